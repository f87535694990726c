"""What a recording has and the sound of its latent lacks: a smooth correction of its levels, and its peak.

A latent of 64 numbers says what kind of sound it is; the detail keeps what makes the recording this one. Sounds that
are made again or varied from a file carry it beside their latent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.decoder_shape import DecoderShape
from tui_browser.model.peaks import Peak, measure_peak
from tui_browser.records import FloatArray

_BANDS, _FRAMES = 24, 16
"""Cosines over the bands, and over the frames up to the end of the sound."""
N_DETAIL = _BANDS * _FRAMES + 2
"""The cosines' coefficients in dB, the crest in dB and the time of the rise in seconds."""
_MAX_DB = 30.0
"""Limit of the correction."""
_RIDGE = 1e-4


def fit_detail(
    sound: FloatArray,
    charts: FloatArray,
    *,
    decoded: FloatArray,
    weights: tuple[FloatArray, FloatArray],
    seconds: float,
    shape: DecoderShape,
) -> FloatArray:
    """(N_DETAIL,) that brings decoded charts (3, M, T) nearest to those of a recorded sound (n,).

    `weights` are those of bands (M,) and frames (T,).
    """
    band_weight, frame_weight = (values.astype(np.float64) / values.sum() for values in weights)
    bands, frames = _bases(shape, seconds)
    difference_db = (np.clip(charts[0], 0.0, 1.0) - decoded[0]) * -shape.floor_db
    coefficients = _projection(bands, band_weight) @ difference_db @ _projection(frames, frame_weight).T
    peak = measure_peak(sound)
    values = [*np.round(coefficients.reshape(-1), 2), round(peak.crest_db, 2), round(peak.rise_s, 4)]
    return np.array(values, dtype=np.float32)


def add_detail(charts: FloatArray, detail: FloatArray, *, seconds: float, shape: DecoderShape) -> FloatArray:
    """Charts (3, M, T) with the levels of a detail (N_DETAIL,); what is silent stays silent."""
    bands, frames = _bases(shape, seconds)
    coefficients = detail[:-2].reshape(_BANDS, _FRAMES).astype(np.float64)
    gain_db = np.clip(bands @ coefficients @ frames.T, -_MAX_DB, _MAX_DB)
    level = np.where(charts[0] > 0.0, np.clip(charts[0] - gain_db / shape.floor_db, 0.0, 1.5), 0.0)
    return np.concatenate([level[None], charts[1:]]).astype(np.float32)


def detail_peak(detail: FloatArray) -> Peak | None:
    """The peak that a detail asks for; None for one without."""
    crest_db, rise_s = map(float, detail[-2:])
    return Peak(crest_db, rise_s) if crest_db > 0.0 else None


def mix_details(details: FloatArray, weights: NDArray[np.float64]) -> FloatArray:
    """(1, N_DETAIL) of a mixture of sounds with details (N, N_DETAIL).

    A sound has all of its detail where it is alone and little in an even mixture, where corrections of silent bands
    would cut holes into the other sound. A mixture has no peak to follow.
    """
    limited = np.clip(weights, -1.0, 1.0)
    mixed = (limited * np.abs(limited)) @ details
    if np.abs(weights).max() < 1.0:
        mixed[-2:] = 0.0
    return np.round(mixed, 4).astype(np.float32)[None]


def _bases(shape: DecoderShape, seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cosines over the bands (M, B) and over the frames (T, F); frames after the end repeat the last one."""
    sounding = int(np.clip(np.searchsorted(shape.seconds, seconds) + 1, 2, shape.frames))
    frames = np.zeros((shape.frames, _FRAMES))
    count = min(_FRAMES, sounding)
    frames[:sounding, :count] = _cosines(sounding, count)
    frames[sounding:] = frames[sounding - 1]
    return _cosines(shape.bands, _BANDS), frames


def _cosines(size: int, count: int) -> NDArray[np.float64]:
    at = (np.arange(size) + 0.5) / size
    return np.asarray(np.cos(np.pi * at[:, None] * np.arange(count)))


def _projection(basis: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K, N) weighted least squares onto a basis (N, K)."""
    weighted = basis * weight[:, None]
    return np.asarray(np.linalg.solve(basis.T @ weighted + _RIDGE * np.eye(basis.shape[1]), weighted.T))
