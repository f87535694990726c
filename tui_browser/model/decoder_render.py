"""From charts to sound: partials where a band is tone, shaped fresh noise where it is not.

Deterministic plus stochastic synthesis as in X. Serra, J. Smith, "Spectral modeling synthesis" (1990), with peaks
linked as in R. McAulay, T. Quatieri (1986); the charts take the place of their analysis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.decoder_charts import noise_offset_db
from tui_browser.model.decoder_partials import add_partials
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.records import FloatArray

_LONG, _SHORT = 1024, 256
"""Windows of the noise: in the tail, at the attack."""
_TURN_S = (0.040, 0.070)
"""The noise goes over from short windows to long ones."""
_NOISE, _TONE = 0.2, 0.7
"""Of the tone chart: what is all noise, what is all tone."""
_ONSET_DB, _ONSET_S = 8.0, 0.006
"""The windows of high bands are deaf at their rims, and so to a click at the onset: what the highest gains, falling to
nothing within that time and towards the lowest."""
_EVEN = 0.5
"""How far the noise's magnitudes are drawn together, by their logarithms: 0 leaves them as chance gives them, 1 makes
all alike. One draw of noise lies as far from a recording's as that from its mean; one of less spread lies nearer."""
_FADE_S = 0.003
"""At the end."""


def render_charts(charts: FloatArray, *, shape: DecoderShape, seconds: float, rng: np.random.Generator) -> FloatArray:
    """(n,) float32 sound at `RATE` of the charts (3, M, T): finite, peak 1 (silence stays silence).

    Noise comes from `rng`; the same charts and state give the same sound.
    """
    count = max(1, round(seconds * RATE))
    level, tone = charts[:2].astype(np.float64)
    tone = np.clip((tone - _NOISE) / (_TONE - _NOISE), 0.0, 1.0)
    onset = np.clip(1.0 - shape.seconds / _ONSET_S, 0.0, 1.0) * np.linspace(0.0, _ONSET_DB, shape.bands)[:, None]
    db = (level - 1.0) * -shape.floor_db + onset
    power = np.where(level > 0.0, 10 ** (db / 10), 0.0)
    tonal = power * tone * 10 ** (noise_offset_db(shape) / 10)
    sound, kept = add_partials(tonal, charts[2], shape=shape, count=count, rng=rng)
    hiss = power * np.where(kept, 1.0 - tone, 1.0)
    sound += _noise(10 * np.log10(np.maximum(hiss, 1e-12)), shape=shape, count=count, rng=rng)
    fade = min(count, round(_FADE_S * RATE))
    sound[count - fade :] *= np.linspace(1.0, 0.0, fade)
    return to_peak(sound.astype(np.float32))


def to_peak(sound: FloatArray) -> FloatArray:
    """The sound with a peak of 1; silence stays silence."""
    peak = np.float32(np.abs(sound).max(initial=0.0))
    return np.asarray(sound / peak if peak > 1e-30 else np.zeros_like(sound), dtype=np.float32)


def _noise(
    db: NDArray[np.float64], *, shape: DecoderShape, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Fresh noise with power densities `db` (M, T): short windows at the attack, long ones behind it."""
    start, end = (round(s * RATE) for s in _TURN_S)
    early = min(count, end)
    sound = np.zeros(count)
    short = _shaped(db, _SHORT, 0, early, shape=shape, rng=rng)
    ramp = np.clip((np.arange(early) - start) / (end - start), 0.0, 1.0) * np.pi / 2
    sound[:early] = short * np.cos(ramp)
    if count > start:
        long = _shaped(db, _LONG, start, count - start, shape=shape, rng=rng)
        long[: early - start] *= np.sin(ramp[start:])
        sound[start:] += long
    return sound


def _shaped(
    db: NDArray[np.float64], size: int, start: int, count: int, *, shape: DecoderShape, rng: np.random.Generator
) -> NDArray[np.float64]:
    """`count` samples of noise from sample `start` on, each window with the densities of its middle."""
    hop = size // 4
    frames = count // hop + 4
    noise = rng.standard_normal(frames * hop + size)
    window = np.hanning(size + 1)[:-1]
    spectra = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(noise, size)[::hop][:frames] * window, axis=1)
    spectra *= (np.abs(spectra) + 1e-9) ** -_EVEN
    spectra *= np.sqrt(np.square(window).sum() / np.square(np.abs(spectra)).mean())
    middles = (start + (np.arange(frames) - 3) * hop + size // 2) / RATE
    spectra *= 10 ** (_at_bins(_at_times(db, middles, shape), size, shape) / 20)
    parts = np.fft.irfft(spectra, size, axis=1) * (window / 1.5)
    out = np.zeros((frames + 3, hop))
    for quarter in range(4):
        out[quarter : quarter + frames] += parts[:, quarter * hop : (quarter + 1) * hop]
    return np.asarray(out.reshape(-1)[3 * hop : 3 * hop + count])


def _at_times(db: NDArray[np.float64], seconds: NDArray[np.float64], shape: DecoderShape) -> NDArray[np.float64]:
    """(frames, M) levels between the charts' frames."""
    at = np.interp(seconds, shape.seconds, np.arange(shape.frames))
    low = np.minimum(at.astype(np.intp), shape.frames - 2)
    share = (at - low)[:, None]
    return np.asarray(db.T[low] * (1 - share) + db.T[low + 1] * share)


def _at_bins(db: NDArray[np.float64], size: int, shape: DecoderShape) -> NDArray[np.float64]:
    """(frames, bins) levels between the bands' centres."""
    hertz = np.arange(size // 2 + 1) * RATE / size
    at = np.interp(hertz, shape.edges_hz[1:-1], np.arange(shape.bands))
    low = np.minimum(at.astype(np.intp), shape.bands - 2)
    share = at - low
    out = db[:, low] * (1 - share) + db[:, low + 1] * share
    out[:, hertz > shape.f_max * 1.05] = -300.0
    return np.asarray(out)
