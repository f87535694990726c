"""Spoken units as samples: a WAV each, named by its number and what is spoken, with a list of all."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import Any

from tui_browser.audio.fragment import FrameSpan, copy_spans
from tui_browser.errors import BrowserError
from tui_browser.search.synsets import as_tag
from tui_browser.workbench.new_files import NewFiles
from tui_browser.workbench.phonemes.speech import Speech
from tui_browser.workbench.phonemes.units import Unit

LISTING, NAMES = b"phonemes.json", b"filenames.txt"
DOUBTFUL_TAG = "doubtful"
_LONGEST_TEXT = 80


def unit_name(number: int, unit: Unit) -> bytes:
    """The file name of a unit: `7_ae.wav`."""
    text = re.sub(r"[^\w'+-]+", "_", unit.text).strip("_") or "unit"
    return f"{number}_".encode() + os.fsencode(text)[:_LONGEST_TEXT] + b".wav"


def unit_tags(unit: Unit) -> list[str]:
    """`phone:k`, `word:cat`, and `doubtful` where it is."""
    tags = [f"{unit.kind}:{as_tag(unit.text)}"] if as_tag(unit.text) else []
    if unit.kind == "phone" and as_tag(unit.word):
        tags.append(f"word:{as_tag(unit.word)}")
    return tags + ([DOUBTFUL_TAG] if unit.doubtful else [])


def unit_rows(units: Sequence[Unit], speech: Speech, source: bytes, folder: bytes) -> list[dict[str, Any]]:
    """What the list and `--json` say of each unit."""
    return [
        {
            "path": os.fsdecode(os.path.join(folder, unit_name(number, unit))),
            "source": os.fsdecode(source),
            "number": number,
            unit.kind: unit.text,
            "word": unit.word or None,
            "start_s": span.start / speech.rate,
            "end_s": span.end / speech.rate,
            "sample_rate": speech.rate,
            "frames": span.end - span.start,
            "doubtful": unit.doubtful,
            "tags": unit_tags(unit),
        }
        for number, (unit, span) in enumerate(zip(units, _spans(units, speech), strict=True))
    ]


def write_units(units: Sequence[Unit], speech: Speech, source: bytes, folder: bytes, *, force: bool) -> None:
    """Write all samples, their list and their names, or nothing; raises BrowserError."""
    rows = unit_rows(units, speech, source, folder)
    names = [unit_name(number, unit) for number, unit in enumerate(units)]
    with NewFiles(folder, [*names, LISTING, NAMES], force=force) as files:
        try:
            for _ in copy_spans(speech.path, _spans(units, speech), lambda number: files.open(names[number])):
                pass
            with files.open(NAMES) as file:
                file.writelines(name + b"\n" for name in names)
            with files.open(LISTING) as file:
                listed = [{**row, "path": os.path.basename(row["path"])} for row in rows]
                file.write(json.dumps(listed, indent=1).encode("ascii") + b"\n")
        except OSError as error:
            raise BrowserError(f"the samples could not be written: {error.strerror}", path=folder) from error


def _spans(units: Sequence[Unit], speech: Speech) -> list[FrameSpan]:
    spans = []
    for unit in units:
        start = min(round(unit.start_s * speech.rate), speech.frames - 1)
        spans.append(FrameSpan(start, min(max(start + 1, round(unit.end_s * speech.rate)), speech.frames)))
    return spans
