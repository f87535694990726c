"""A sound as it travels in a page: from its onset, at a common loudness, bounded in length, as MP3.

Every browser decodes MP3; Safari learned Opus in 2025. The encoder writes the gap before and after the sound into its
header, so that a browser starts where the sound does.
"""

from __future__ import annotations

import io

import numpy as np

from tui_browser.audio.loudness import measure_loudness
from tui_browser.audio.mono import downmix
from tui_browser.audio.waveform import read_window
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

_RATES = frozenset((16_000, 22_050, 24_000, 32_000, 44_100, 48_000))
"""Rates that stay."""
_RATE = 44_100
_QUALITY = 0.5
"""Of variable bit rate, 0 (best) to 1: some 70 kbit/s in mono."""
_LEAD_S = 0.002
_FADE_S = 0.03
_SHORTEST_S = 0.05
"""A shorter sound is followed by silence: an encoder needs a few frames."""
_WIDE = 1e-3
"""Stereo is kept if the difference of both channels has at least this share of the energy (-30 dB)."""


def encode_excerpt(path: bytes, *, onset_s: float, seconds: float) -> bytes:
    """The first `seconds` of a sound as MP3; raises AudioError where the file cannot be read any more."""
    import soundfile  # 30 ms

    samples, rate = read_window(path, start_s=max(0.0, onset_s - _LEAD_S), seconds=seconds)
    if not len(samples):
        raise AudioError("it ends before its sound began when it was indexed", path=path, hint="index again")
    samples = _mono_or_stereo(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0))
    if rate not in _RATES:
        import soxr  # 3 ms

        samples, rate = (
            np.asarray(soxr.resample(samples, rate, _RATE), dtype=np.float32).reshape(-1, samples.shape[1]),
            _RATE,
        )
    whole = len(samples) < int(seconds * rate) - 1
    samples = _levelled(samples, rate)
    if not whole:
        fade = min(len(samples), int(_FADE_S * rate))
        samples[len(samples) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]
    missing = int(_SHORTEST_S * rate) - len(samples)
    if missing > 0:
        samples = np.concatenate((samples, np.zeros((missing, samples.shape[1]), dtype=np.float32)))
    file = io.BytesIO()
    soundfile.write(
        file, samples, rate, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="VARIABLE", compression_level=_QUALITY
    )
    return file.getvalue()


def _mono_or_stereo(samples: FloatArray) -> FloatArray:
    """(n, 2) of a sound that is wide, else (n, 1)."""
    if samples.shape[1] == 2:
        energy = float(np.square(samples, dtype=np.float64).sum())
        side = float(np.square((samples[:, 0] - samples[:, 1]) / 2, dtype=np.float64).sum())
        if side > _WIDE * energy:
            return samples
    mono: FloatArray = downmix(samples)[:, None]
    return mono


def _levelled(samples: FloatArray, rate: int) -> FloatArray:
    """The samples at the common loudness of playback, no peak above its ceiling."""
    both = samples if samples.shape[1] == 2 else np.repeat(samples, 2, axis=1)
    gain = 10 ** (measure_loudness(both, rate).gain_db / 20)
    levelled: FloatArray = np.clip(samples * np.float32(gain), -1.0, 1.0)
    return levelled
