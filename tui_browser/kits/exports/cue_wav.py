"""A kit as one WAV with a cue point and a region a slot, for samplers and editors that cut at them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable

import numpy as np
import soundfile

from tui_browser.audio.cue_points import CuePoint, with_cue_points
from tui_browser.audio.source import open_file, open_source
from tui_browser.kits.kit import Kit
from tui_browser.kits.slot_sound import slot_sound
from tui_browser.records import FloatArray

_GAP_S = 0.01
"""Silence after each sound, so that none clicks into the next."""


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
        points.append(CuePoint(slot.role, start, len(sound)))
        parts += [sound, gap]
        start += len(sound) + len(gap)
        on_pad()
    whole = np.concatenate(parts)
    peak = float(np.abs(whole).max())
    return with_cue_points(_wav(whole / max(1.0, peak), rate), points), points


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
