"""Reads segments of (Pocket)Sphinx, or lets an installed pocketsphinx find the phones of a recording.

Sphinx counts a hundred frames a second, 160 samples each at 16 kHz; its last frame belongs to the segment.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import BrowserError
from tui_browser.safe_files import read_bounded
from tui_browser.workbench.phonemes.units import ARPABET, Kind, Unit

RATE = 16_000
FRAME_RATE = 100
_MOST_BYTES = 256 << 20
_SHAPE = "lines of WORD START END (frames, or seconds with a point), or JSON with word, start_frame and end_frame"

Segment = tuple[str, float, float]
"""Text, start and end in seconds."""
FrameSegment = tuple[str, int, int]
"""Text, first and last frame."""


def read_segments(path: str, *, kind: Kind | None = None) -> list[Unit]:
    """The units of a segments file; raises BrowserError if it holds none.

    Without `kind` they are phones if all of them are English phones or noise, else words.
    """
    try:
        text = read_bounded(path, _MOST_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise BrowserError(f"the segments cannot be read: {error.strerror}", path=path) from error
    try:
        segments = _from_json(text) if text.lstrip()[:1] in ("{", "[") else _from_lines(text)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        hint = f"{_SHAPE}; {type(error).__name__}: {error}"
        raise BrowserError("the segments are not understood", path=path, hint=hint) from error
    if not segments:
        raise BrowserError("there are no segments in this file", path=path, hint=_SHAPE)
    return as_units(segments, kind)


def as_units(segments: Sequence[Segment], kind: Kind | None) -> list[Unit]:
    """Segments as phones or words; alternative pronunciations, such as `the(2)`, are the word."""
    units = [Unit("phone", re.sub(r"\(\d+\)$", "", text), start_s, end_s) for text, start_s, end_s in segments]
    spoken = {unit.text.lower() for unit in units if not unit.is_noise}
    if kind is None:
        kind = "phone" if spoken <= ARPABET else "word"
    return [Unit(kind, unit.text, unit.start_s, unit.end_s, unit.text if kind == "word" else "") for unit in units]


def in_seconds(segments: Sequence[FrameSegment]) -> list[Segment]:
    """Segments of frames in seconds.

    Sphinx includes the last frame. Where one segment begins at the last frame of another, that frame is left out.
    """
    apart = [after[1] - before[2] for before, after in pairwise(segments)]
    included = 0 if apart and apart.count(0) > apart.count(1) else 1
    return [(text, first / FRAME_RATE, (last + included) / FRAME_RATE) for text, first, last in segments]


def _from_json(text: str) -> list[Segment]:
    try:
        content = json.loads(text)
    except ValueError:
        content = [json.loads(line) for line in text.splitlines() if line.strip()]  # one object a line
    items = list(_segment_objects(content))
    if items and all("start_frame" in item for item in items):
        frames = [(_text(item), int(item["start_frame"]), int(item["end_frame"])) for item in items]
        return in_seconds(frames)
    return [
        (_text(item), _seconds(item["b"]), _seconds(item["b"]) + _seconds(item["d"]))
        if "b" in item
        else (_text(item), _seconds(item["start"]), _seconds(item["end"]))
        for item in items
    ]


def _segment_objects(content: Any) -> Iterator[dict[str, Any]]:
    """The innermost lists of segments: pocketsphinx nests the phones (`w`) of words and the words of utterances."""
    if isinstance(content, list):
        for each in content:
            yield from _segment_objects(each)
    elif isinstance(content, dict):
        inner = content.get("w") or content.get("segments") or content.get("words")
        if isinstance(inner, list):
            yield from _segment_objects(inner)
        else:
            yield content


def _text(item: dict[str, Any]) -> str:
    text = item["word"] if "word" in item else item["t"]
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is no word")
    return text


def _from_lines(text: str) -> list[Segment]:
    """Lines of a word and two numbers, with more behind them or not; other lines, such as sentences, are left out."""
    found = re.findall(r"^\s*(\S+)[ \t]+([0-9.]+)[ \t]+([0-9.]+)(?:[ \t].*)?$", text, re.MULTILINE)
    if any("." in start + end for _, start, end in found):
        return [(word, _seconds(float(start)), _seconds(float(end))) for word, start, end in found]
    return in_seconds([(word, int(start), int(end)) for word, start, end in found])


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no time")
    return float(value)


def decode_phones(mono: NDArray[np.int16]) -> list[Unit]:
    """The phones of a recording, (n,) at 16 kHz, by an installed pocketsphinx and its English model.

    Raises BrowserError if it is not installed.
    """
    try:
        pocketsphinx = importlib.import_module("pocketsphinx")  # no extra of this program: few people need it
    except ImportError as error:
        raise BrowserError(
            "pocketsphinx is not installed, so segments cannot be found here",
            hint="pip install pocketsphinx, or give a file of segments before the recording",
        ) from error
    model = os.path.join(pocketsphinx.get_model_path(), "en-us")
    decoder = pocketsphinx.Decoder(
        hmm=os.path.join(model, "en-us"),
        allphone=os.path.join(model, "en-us-phone.lm.bin"),
        lm=None,
        lw=2.0,
        beam=1e-20,
        pbeam=1e-20,
        loglevel="ERROR",
    )
    decoder.start_utt()
    decoder.process_raw(np.ascontiguousarray(mono).tobytes(), no_search=False, full_utt=True)
    decoder.end_utt()
    return as_units(in_seconds(_decoded(decoder.seg() or ())), "phone")


def _decoded(segments: Iterable[Any]) -> list[FrameSegment]:
    return [(str(each.word), int(each.start_frame), int(each.end_frame)) for each in segments]
