"""Lines on tempo, key and what is written of a sound, each with the source that it comes from."""

from __future__ import annotations

from tui_browser.errors import counted
from tui_browser.records import KEYS, SampleRow, WrittenFacts
from tui_browser.search.chosen_facts import kind_of, ranked_facts, source_of

SOURCE_WORDS = {
    "name": "name", "folder": "folder", "tag": "tags", "acid": "ACID chunk", "basc": "Apple Loop chunk",
    "smpl": "sampler chunk", "inst": "instrument chunk", "cue": "markers",
}  # fmt: skip
"""Sources of facts in words."""


def fact_lines(row: SampleRow) -> list[tuple[str, str]]:
    """Tempo and key with their sources, and all that names, tags and chunks say; empty where nothing is known."""
    tempo = _shown(row, "bpm", None if row.bpm is None else f"{row.bpm:g} bpm")
    if tempo and row.bpm_heard is not None and row.bpm_heard != row.bpm:
        tempo += f" ({row.bpm_heard:g} is heard)"
    key = _shown(row, "key", row.key)
    if key and row.key_heard is not None and row.key_heard != row.key:
        key += f" ({row.key_heard} is heard)"
    loop = next((each.loop for each in ranked_facts(row.facts) if each.loop is not None), None)
    kind = "" if loop is None else {"loop": "a loop", "oneshot": "a one-shot"}[kind_of(loop, row.bpm)]
    written = "; ".join(map(written_line, ranked_facts(row.facts)))
    return [("tempo", tempo), ("key", key), ("kind", kind), ("written", written)]


def written_line(facts: WrittenFacts) -> str:
    """All that one source says."""
    said = [
        f"{facts.bpm:g} bpm" if facts.bpm is not None else "",
        facts.key or "",
        {True: "loop", False: "one-shot", None: ""}[facts.loop],
        f"root note {note_name(facts.note)}" if facts.note is not None else "",
        counted(facts.points, "marked place") if facts.points is not None else "",
    ]
    return f"{SOURCE_WORDS[facts.source]}: {', '.join(filter(None, said))}"


def note_name(note: int) -> str:
    """A MIDI note with its octave; 60 is C4."""
    return f"{KEYS[note % 12]}{note // 12 - 1}"


def _shown(row: SampleRow, field: str, text: str | None) -> str:
    if text is None:
        return ""
    heard = row.bpm_heard if field == "bpm" else row.key_heard
    source = source_of(row.facts, field, row.bpm if field == "bpm" else row.key, heard=heard)
    return text + (f", by its {SOURCE_WORDS[source]}" if source in SOURCE_WORDS else "")
