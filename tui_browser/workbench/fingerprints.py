"""Fingerprints: pictures of 32 x 32 numbers in [0, 1] that stand for the first moments of a sound.

`stft` is the magnitude of a short-time Fourier transform, its bands averaged in tens and cropped to the lowest 32;
`cqt` that of a constant-Q transform (Brown: Calculation of a constant Q spectral transform, 1991) with four bands an
octave from C1 on. High bands are at the top of the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

KINDS = ("stft", "cqt")
SIDE = 32
N_FFT, HOP = 1024, 256
BANDS_AVERAGED = 10
CQT_LOWEST_HZ, CQT_PER_OCTAVE = 32.703, 4


def fingerprints(clips: FloatArray, rate: int, *, kind: str = "stft") -> FloatArray:
    """(N, 32, 32) in [0, 1], of clips (N, n) at `rate`; each picture spans 0 to 1 unless it is constant."""
    if kind == "cqt":
        return to_unit_pictures(cqt_magnitude(clips, rate))
    heard = clips[:, : SIDE * HOP + N_FFT]  # no later frame is in the picture
    return to_unit_pictures(_cropped(_block_mean(stft_magnitude(heard), BANDS_AVERAGED)))


def stft_magnitude(clips: FloatArray) -> FloatArray:
    """(N, 513, T) magnitude; frames are centred, with the clip mirrored at its ends."""
    half = N_FFT // 2
    window = np.hanning(N_FFT).astype(np.float32)
    around = ((0, 0), (half, half))
    padded = np.pad(clips, around, mode="reflect") if clips.shape[1] > half else np.pad(clips, around)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT, axis=1)[:, ::HOP]
    spectrum = np.fft.rfft(frames * window, axis=-1)
    return np.abs(spectrum).astype(np.float32).transpose(0, 2, 1)


def cqt_magnitude(clips: FloatArray, rate: int) -> FloatArray:
    """(N, 32, 32) magnitude, from low to high bands; 32 frames share the length of the clip."""
    count, length = clips.shape
    centres = (np.arange(SIDE) * length) // SIDE
    magnitude = np.zeros((count, SIDE, SIDE), dtype=np.float32)
    for band, kernel in enumerate(_cqt_kernels(rate)):
        size = len(kernel)
        padded = np.pad(clips, ((0, 0), (size // 2, size)))
        frames = np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)[:, centres]
        parts = frames.reshape(-1, size) @ np.column_stack((kernel.real, kernel.imag)).astype(np.float32)
        magnitude[:, band] = np.hypot(parts[:, 0], parts[:, 1]).reshape(count, SIDE)
    return magnitude


def _cqt_kernels(rate: int) -> list[NDArray[np.complex128]]:
    """The kernel of each band: a windowed complex tone of a fixed number of periods; empty above half the rate."""
    quality = 1 / (2 ** (1 / CQT_PER_OCTAVE) - 1)
    kernels = []
    for band in range(SIDE):
        hz = CQT_LOWEST_HZ * 2 ** (band / CQT_PER_OCTAVE)
        size = max(2, round(quality * rate / hz))
        tone = np.exp(-2j * np.pi * hz / rate * np.arange(size))
        kernels.append(tone * np.hanning(size) / size if hz < rate / 2 else np.zeros(2, dtype=np.complex128))
    return kernels


def _block_mean(magnitude: FloatArray, height: int) -> FloatArray:
    """Means of each `height` bands; the last block is filled up with zeros."""
    count, bands, frames = magnitude.shape
    blocks = -(-bands // height)
    filled = np.pad(magnitude, ((0, 0), (0, blocks * height - bands), (0, 0)))
    means: FloatArray = filled.reshape(count, blocks, height, frames).mean(axis=2, dtype=np.float32)
    return means


def _cropped(pictures: FloatArray) -> FloatArray:
    """The lowest 32 bands and first 32 frames; what is missing is zero."""
    count, bands, frames = pictures.shape
    out = np.zeros((count, SIDE, SIDE), dtype=np.float32)
    out[:, : min(bands, SIDE), : min(frames, SIDE)] = pictures[:, :SIDE, :SIDE]
    return out


def to_unit_pictures(magnitude: FloatArray) -> FloatArray:
    """Each picture with its least value at 0 and its largest at 1, and its rows from high to low bands."""
    low = magnitude.min(axis=(1, 2), keepdims=True)
    span = magnitude.max(axis=(1, 2), keepdims=True) - low
    unit = (magnitude - low) / np.where(span > 0, span, 1)
    return np.ascontiguousarray(np.clip(unit, 0.0, 1.0)[:, ::-1], dtype=np.float32)
