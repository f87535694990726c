"""From charts to sound: sinusoidal partials for tonal bands plus filtered noise for the others.

Deterministic plus stochastic synthesis as in X. Serra and J. Smith, "Spectral modeling synthesis" (1990).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.decoder_charts import noise_offset_db
from tui_browser.model.decoder_partials import render_partials
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.model.peaks import Peak, give_peak
from tui_browser.records import FloatArray

_LONG, _SHORT = 1024, 256
"""Window sizes of the noise in samples: in the tail and at the attack."""
_CROSSFADE_S = (0.040, 0.070)
"""When the noise changes from short to long windows."""
_NOISE, _TONE = 0.2, 0.7
"""Tone values up to which a band is pure noise, and from which it is a pure tone."""
_WHITENING = 0.7
"""Exponent that flattens the random magnitudes of the noise: 0 leaves them Rayleigh-distributed, 1 makes them equal.
Less variance brings the noise closer to any one recording."""
_FADE_S = 0.003
"""Fade-out at the end."""


def render_charts(
    charts: FloatArray,
    *,
    shape: DecoderShape,
    seconds: float,
    rng: np.random.Generator,
    peak: Peak | None = None,
) -> FloatArray:
    """(n,) float32 sound at `RATE` of charts (3, M, T): finite, with a peak of 1 (silence stays silent).

    Phases and noise come from `rng`; the same charts and state give the same sound. `peak` is
    where and how high it peaks, as far as that is known.
    """
    count = max(1, round(seconds * RATE))
    level, tone = charts[:2].astype(np.float64)
    tone = np.clip((tone - _NOISE) / (_TONE - _NOISE), 0.0, 1.0)
    db = (level - 1.0) * -shape.floor_db
    power = np.where(level > 0.0, 10 ** (db / 10), 0.0)
    tonal = power * tone * 10 ** (noise_offset_db(shape) / 10)
    sound, covered = render_partials(tonal, charts[2], shape=shape, count=count, rng=rng)
    noise_power = power * np.where(covered, 1.0 - tone, 1.0)
    sound += _noise(10 * np.log10(np.maximum(noise_power, 1e-12)), shape=shape, count=count, rng=rng)
    if peak is not None and np.abs(sound).max() > 1e-30:
        sound = give_peak(sound, peak)
    fade = min(count, round(_FADE_S * RATE))
    sound[count - fade :] *= np.linspace(1.0, 0.0, fade)
    sound32 = sound.astype(np.float32)
    highest = np.float32(np.abs(sound32).max(initial=0.0))
    return np.asarray(sound32 / highest if highest > 1e-30 else np.zeros_like(sound32), dtype=np.float32)


def _noise(
    db: NDArray[np.float64], *, shape: DecoderShape, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(count,) noise with power densities `db` (M, T): short windows at the attack, long ones after it."""
    start, end = (round(s * RATE) for s in _CROSSFADE_S)
    early = min(count, end)
    sound = np.zeros(count)
    short = _filtered_noise(db, _SHORT, 0, early, shape=shape, rng=rng)
    ramp = np.clip((np.arange(early) - start) / (end - start), 0.0, 1.0) * np.pi / 2
    sound[:early] = short * np.cos(ramp)
    if count > start:
        long = _filtered_noise(db, _LONG, start, count - start, shape=shape, rng=rng)
        long[: early - start] *= np.sin(ramp[start:])
        sound[start:] += long
    return sound


def _filtered_noise(
    db: NDArray[np.float64], size: int, start: int, count: int, *, shape: DecoderShape, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(count,) noise from sample `start` on, filtered by overlap-add; each window has the densities of its middle."""
    hop = size // 4
    frames = count // hop + 4
    noise = rng.standard_normal(frames * hop + size)
    window = np.hanning(size + 1)[:-1]
    spectra = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(noise, size)[::hop][:frames] * window, axis=1)
    spectra *= (np.abs(spectra) + 1e-9) ** -_WHITENING
    spectra *= np.sqrt(np.square(window).sum() / np.square(np.abs(spectra)).mean())
    middles = (start + (np.arange(frames) - 3) * hop + size // 2) / RATE
    spectra *= 10 ** (_at_bins(_at_times(db, middles, shape), size, shape) / 20)
    parts = np.fft.irfft(spectra, size, axis=1) * (window / 1.5)
    out = np.zeros((frames + 3, hop))
    for quarter in range(4):
        out[quarter : quarter + frames] += parts[:, quarter * hop : (quarter + 1) * hop]
    return np.asarray(out.reshape(-1)[3 * hop : 3 * hop + count])


def _at_times(db: NDArray[np.float64], seconds: NDArray[np.float64], shape: DecoderShape) -> NDArray[np.float64]:
    """(frames, M) levels at the given times, interpolated between the frames of the charts."""
    at = np.interp(seconds, shape.seconds, np.arange(shape.frames))
    low = np.minimum(at.astype(np.intp), shape.frames - 2)
    fraction = (at - low)[:, None]
    return np.asarray(db.T[low] * (1 - fraction) + db.T[low + 1] * fraction)


def _at_bins(db: NDArray[np.float64], size: int, shape: DecoderShape) -> NDArray[np.float64]:
    """(frames, bins) levels at the bins of an FFT of `size`, interpolated between the centres of the bands."""
    hertz = np.arange(size // 2 + 1) * RATE / size
    at = np.interp(hertz, shape.edges_hz[1:-1], np.arange(shape.bands))
    low = np.minimum(at.astype(np.intp), shape.bands - 2)
    fraction = at - low
    bins = db[:, low] * (1 - fraction) + db[:, low + 1] * fraction
    bins[:, hertz > shape.f_max * 1.05] = -300.0
    return np.asarray(bins)
