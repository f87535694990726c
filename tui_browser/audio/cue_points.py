"""Cue points of a WAV: places with labels and lengths, which samplers and editors show and cut at.

The chunks `cue ` and `LIST` (type `adtl`, with `labl` and `ltxt`) follow the Multimedia Programming Interface and Data
Specifications 1.0 (IBM and Microsoft, 1991).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CuePoint:
    """Where a sound lies in the file."""

    label: str
    start: int
    """In frames."""
    frames: int


def cue_chunks(points: Sequence[CuePoint]) -> bytes:
    """The chunks that stand behind the sound."""
    entries = b"".join(
        struct.pack("<II4sIII", number, point.start, b"data", 0, 0, point.start)
        for number, point in enumerate(points, start=1)
    )
    labels = b"".join(
        _chunk(b"labl", struct.pack("<I", number) + point.label.encode() + b"\0")
        for number, point in enumerate(points, start=1)
    )
    regions = b"".join(
        _chunk(b"ltxt", struct.pack("<II4sHHHH", number, point.frames, b"rgn ", 0, 0, 0, 0))
        for number, point in enumerate(points, start=1)
    )
    return _chunk(b"cue ", struct.pack("<I", len(points)) + entries) + _chunk(b"LIST", b"adtl" + labels + regions)


def with_cue_points(wav: bytes, points: Sequence[CuePoint]) -> bytes:
    """A RIFF WAV with these cue points added at its end."""
    body = wav[8:] + b"\0" * (len(wav) % 2) + cue_chunks(points)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
