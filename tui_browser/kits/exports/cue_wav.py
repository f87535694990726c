"""A kit as one WAV with a cue point and a region a slot, for samplers and editors that cut at them.

The chunks `cue ` and `LIST` (type `adtl`, with `labl` and `ltxt`) follow the Multimedia Programming Interface and Data
Specifications 1.0 (IBM and Microsoft, 1991).
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import soundfile

from tui_browser.audio.source import open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.kits.kit import Kit
from tui_browser.kits.slot_sound import slot_sound
from tui_browser.records import FloatArray

_GAP_S = 0.01
"""Silence after each sound, so that none clicks into the next."""


@dataclass(frozen=True, slots=True)
class CuePoint:
    """Where a slot lies in the file."""

    label: str
    start: int
    """In frames."""
    frames: int


def cue_wav(kit: Kit, *, on_pad: Callable[[], None] = lambda: None) -> tuple[bytes, list[CuePoint]]:
    """The WAV (stereo, 24 bit, the rate that most of the sounds have) and its cue points; raises AudioError.

    The sounds are as the kit plays them. Where one would clip, all are turned down alike.
    """
    rate = _common_rate(kit)
    parts: list[FloatArray] = []
    points: list[CuePoint] = []
    gap = np.zeros((round(_GAP_S * rate), 2), dtype=np.float32)
    start = 0
    for slot in kit.slots:
        sound = slot_sound(slot, rate=rate)
        if not len(sound):
            raise AudioError("there is no sound after its onset", path=slot.path)
        points.append(CuePoint(slot.role, start, len(sound)))
        parts += [sound, gap]
        start += len(sound) + len(gap)
        on_pad()
    whole = np.concatenate(parts)
    peak = float(np.abs(whole).max())
    return with_cue_points(_wav(whole / max(1.0, peak), rate), points), points


def with_cue_points(wav: bytes, points: Sequence[CuePoint]) -> bytes:
    """A RIFF WAV with these cue points added at its end."""
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
    body = wav[8:] + b"\0" * (len(wav) % 2)
    body += _chunk(b"cue ", struct.pack("<I", len(points)) + entries) + _chunk(b"LIST", b"adtl" + labels + regions)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _wav(samples: FloatArray, rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_24")
    return file.getvalue()


def _common_rate(kit: Kit) -> int:
    rates: Counter[int] = Counter()
    for slot in kit.slots:
        with open_file(slot.path) as fd, open_source(fd, slot.path) as source:
            rates[source.rate] += 1
    return max(rates, key=lambda rate: (rates[rate], rate))
