"""Small sound files by number: the same number is the same bytes on every machine."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
import soundfile

RATE = 22_050
FORMATS = (("wav", "WAV", "PCM_16"), ("flac", "FLAC", "PCM_16"), ("aif", "AIFF", "PCM_16"), ("wav", "WAV", "FLOAT"))


@lru_cache(maxsize=4096)
def sound_file(number: int) -> tuple[str, bytes]:
    """Ending and content of sound `number`: mostly one-shots, every eighth a loop, every twentieth no sound at all."""
    rng = np.random.default_rng((7, number))
    if number % 20 == 19:
        return "wav", rng.bytes(300)
    seconds = 2.4 if number % 8 == 7 else 0.05 + 0.25 * rng.random()
    t = np.arange(int(seconds * RATE)) / RATE
    hz = 60.0 * 2.0 ** (5.0 * rng.random())
    beat = t % 0.4 if number % 8 == 7 else t
    sound = (np.sin(2 * np.pi * hz * t) + 0.3 * rng.standard_normal(len(t))) * np.exp(-beat * (5 + 30 * rng.random()))
    ending, form, subtype = FORMATS[number % len(FORMATS)]
    content = io.BytesIO()
    soundfile.write(content, 0.5 * sound.astype(np.float32), RATE, format=form, subtype=subtype)
    return ending, content.getvalue()
