"""Samples made ready to be heard: two channels, the device's rate, and a circle where a sound goes round."""

from __future__ import annotations

import numpy as np
import soxr

from tui_browser.records import FloatArray

_SEAM_S = 0.02


def stereo(samples: FloatArray) -> FloatArray:
    """(n, channels) as (n, 2): mono on both sides, more than two channels as their mean; never NaN or infinite."""
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    if samples.shape[1] == 1:
        return np.repeat(samples, 2, axis=1)
    if samples.shape[1] > 2:
        return np.repeat(samples.mean(axis=1, keepdims=True, dtype=np.float32), 2, axis=1)
    return samples


def resampled(samples: FloatArray, rate: float, to: int) -> FloatArray:
    """A whole sound at another rate."""
    if rate == to:
        return samples
    return np.ascontiguousarray(soxr.resample(samples, rate, to), dtype=np.float32)


def circle(samples: FloatArray, rate: float, to: int) -> FloatArray:
    """A sound that is to be heard round and round, resampled as such: its end goes over into its beginning.

    What is shorter than half a second is repeated first, so that rounding to whole frames does not put it out of tune.
    """
    if rate == to:
        return samples
    count = len(samples) * max(1, round(0.5 * rate / len(samples)))
    margin = round(_SEAM_S * rate)
    round_about = samples.take(np.arange(-margin, count + margin), axis=0, mode="wrap")
    found = resampled(round_about, rate, to)
    start = round(margin * to / rate)
    return np.ascontiguousarray(found[start : start + round(count * to / rate)])
