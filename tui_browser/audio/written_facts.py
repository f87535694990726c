"""What a file says of its sound beside the sound itself: chunks and tags, each source for itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui_browser.audio.chunks import read_chunks
from tui_browser.audio.source import open_file
from tui_browser.dsp.fingerprint import fingerprint
from tui_browser.dsp.front_end import FrontEnd
from tui_browser.errors import AudioError
from tui_browser.records import Clip, WrittenFacts
from tui_browser.search.name_facts import FASTEST, SLOWEST, key_name

_TEMPO_FIELDS = ("bpm", "tempo", "tbpm", "tmpo")
_KEY_FIELDS = ("initial_key", "initialkey", "key", "tkey")
_KEY = re.compile(r"([A-Ga-g])\s?(#|♯|b|♭|sharp|flat|)\s*(minor|major|min|maj|m|)", re.IGNORECASE)
_WHEEL = re.compile(r"(\d{1,2})([ABdm])", re.IGNORECASE)
"""A key on the wheel that disc jockeys use: `8A` or, in the other notation, `1m` is A minor."""
_FIFTHS = ("G#m", "D#m", "A#m", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m")
_FIFTHS_MAJOR = ("B", "F#", "C#", "G#", "D#", "A#", "F", "C", "G", "D", "A", "E")


def with_written_facts(clip: Clip, *, front_end: FrontEnd) -> Clip:
    """The clip with what its file says of its sound, and with its fingerprint. Names are read where it is stored."""
    return replace(clip, facts=file_facts(clip.stat.path), fingerprint=fingerprint(clip.mel, front_end=front_end))


def file_facts(path: bytes) -> tuple[WrittenFacts, ...]:
    """What tags and chunks of a file say, one for each source that says something."""
    try:
        with open_file(path) as fd:
            chunks = read_chunks(fd)
    except (OSError, AudioError):
        return ()
    tags = tag_facts(path) if chunks.tagged else None
    return (*([tags] if tags is not None else []), *chunks.facts)


def tag_facts(path: bytes) -> WrittenFacts | None:
    """Tempo and key in the tags of a file; None without them."""
    import tinytag  # 15 ms, and 15 us a file

    try:
        tag = tinytag.TinyTag.get(os.fsdecode(path), duration=False)
    except Exception:  # noqa: BLE001 - whatever strange tags lead to, the sound is good
        return None
    return facts_of_tags(tag.as_dict())


def facts_of_tags(tags: Mapping[str, Any]) -> WrittenFacts | None:
    """Tempo and key among tags by name; None without them."""
    texts = {name.lower(): text for name, value in tags.items() if (text := _text(value))}
    tempo = next((found for name in _TEMPO_FIELDS if (found := _tempo(texts.get(name, ""))) is not None), None)
    key = next(filter(None, (key_of_tag(texts.get(name, "")) for name in _KEY_FIELDS)), None)
    facts = WrittenFacts("tag", tempo, key)
    return None if facts.empty else facts


def key_of_tag(text: str) -> str | None:
    """A key as tags write it: `Am`, `F# minor`, `Bbmaj`, `8A` or `1m`."""
    if wheel := _WHEEL.fullmatch(text.strip()):
        number, letter = int(wheel[1]), wheel[2].lower()
        if not 1 <= number <= 12:
            return None
        if letter in "dm":  # that wheel begins seven steps later
            number, letter = (number + 6) % 12 + 1, "a" if letter == "m" else "b"
        return (_FIFTHS if letter == "a" else _FIFTHS_MAJOR)[number - 1]
    match = _KEY.fullmatch(text.strip())
    return None if match is None else key_name(match[1], match[2], "m" if match[3] == "m" else match[3])


def _tempo(text: str) -> float | None:
    try:
        tempo = float(text.replace(",", ".").lower().removesuffix("bpm"))
    except ValueError:
        return None
    return round(tempo, 2) if SLOWEST <= tempo <= FASTEST else None


def _text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = value[0] if value else ""
    return str(value)[:100] if isinstance(value, str | int | float) else ""
