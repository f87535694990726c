"""What the library measures of a sound in memory: descriptors, and what the model sees."""

from __future__ import annotations

import numpy as np

from tui_browser.dsp.descriptors import describe
from tui_browser.dsp.front_end import FrontEnd
from tui_browser.dsp.trim import dc_offset, leading_silence
from tui_browser.records import FEATURES, FloatArray
from tui_browser.synth.signal import RATE


def measured(sound: FloatArray, front_end: FrontEnd) -> tuple[FloatArray, FloatArray]:
    """(F,) columns of `FEATURES` and (M, T) the model's input of a sound (n,) at `RATE`, as in indexing."""
    import soxr

    onset = min(leading_silence(sound, RATE), max(0, len(sound) - 1))
    features = np.full(len(FEATURES), np.nan, dtype=np.float32)
    found = describe(sound, RATE, onset=onset)
    for place, name in enumerate(FEATURES):
        features[place] = getattr(found, name, np.nan)
    part = sound[onset : onset + int(front_end.window_s * RATE) + RATE // 50]
    part = part - np.float32(dc_offset(part))
    peak = max(float(np.abs(part).max(initial=0.0)), 1e-30)
    if not 1e-3 < peak < 1e3:
        part = part / np.float32(peak)
    return features, front_end.compute(soxr.resample(part, RATE, front_end.sample_rate))
