"""From any number of channels to one, as onsets, descriptors and the model need it."""

from __future__ import annotations

import numpy as np

from tui_browser.dsp.trim import SILENCE
from tui_browser.records import FloatArray

_CANCELLATION = 0.1
"""Channels cancel if their mean has less than this share of the energy of unrelated channels."""


def downmix(samples: FloatArray) -> FloatArray:
    """Convert (n, channels) to mono, (n,), as for the model: the mean, or the loudest channel if channels cancel."""
    peak = float(np.abs(samples).max(initial=0.0))
    return to_mono(samples, channel_for_mono(samples, peak) if peak >= SILENCE else None)


def channel_for_mono(block: FloatArray, peak: float) -> int:
    """The channel to use as mono: -1 for the mean of all, or the loudest one if the channels cancel."""
    count = block.shape[1]
    if count == 1:
        return -1
    part = block[: 1 << 16]
    part = part / np.float32(peak)
    energy = np.einsum("ij,ij->j", part, part)
    mean = to_mono(part, -1)
    unrelated = float(energy.sum()) / count**2
    return int(energy.argmax()) if float(np.dot(mean, mean)) < _CANCELLATION * unrelated else -1


def to_mono(block: FloatArray, channel: int | None) -> FloatArray:
    """One channel, (n,), or the mean of all for None or -1."""
    count = block.shape[1]
    if channel is not None and channel >= 0:
        return block[:, channel].copy()
    if count == 1:
        return block[:, 0]
    share = np.float32(1.0 / count)
    mono = block[:, 0] * share
    for other in range(1, count):
        mono += block[:, other] * share
    return mono
