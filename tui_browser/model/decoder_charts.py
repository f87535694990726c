"""Analysis of a recorded sound into charts (level, tone, place), the targets of the decoder.

The window size depends on time and frequency: short at the attack and for high bands, long in the tail and for low
bands. No window starts before the onset, so the first frame has the full level. A band counts as tonal as far as its
bins agree on one instantaneous frequency: to a tenth of a bin for a sine, while bins of noise differ by half a bin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import sliding_windows, spectra
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.records import FloatArray

PLACE_REACH = 4.0
"""Distance in bands between a band's centre and its tone at place 1."""

_FFT = (4096, 4096, 2048)
"""FFT size of each frequency range: at least twice its windows, so that no power is lost between bins."""
_STEP = 12
"""Samples between the two transforms whose phase difference gives a bin's instantaneous frequency."""
_RANGES_HZ = (700.0, 3000.0)
"""Borders between the low, middle and high frequency range; each range has its own windows."""
_EARLY_S, _LATE_S = 0.010, 0.060
_WINDOWS = ((1024, 2048, 2048), (512, 1024, 2048), (256, 512, 1024))
"""Window sizes in samples of each frequency range: before `_EARLY_S`, until `_LATE_S`, and after."""


@dataclass(frozen=True, slots=True)
class _Resolution:
    """The part of the charts that is analysed with one window size."""

    frames: NDArray[np.intp]
    bands: slice
    size: int
    """Window length in samples."""
    fft: int
    starts: NDArray[np.intp]
    """First sample of the window of each frame."""
    first_bin: int
    end_bin: int
    filter_bank: FloatArray
    """(bins, bands) triangular filters, each summing to 1."""
    frequency_weights: FloatArray
    """(bins, bands) weight of each bin in the frequency estimate of a band."""
    noise_offset_db: FloatArray
    """(bands,) how far the mean dB level of noise lies below the dB level of its mean power (gamma distribution)."""


def analyse(sound: FloatArray, *, shape: DecoderShape) -> FloatArray:
    """(3, M, T) charts of a sound that starts at its onset.

    They are level (1 the loudest band, 0 the floor), tone (0 to 1) and place (-1 to 1). `sound` is (n,) mono at `RATE`;
    silence gives zeros.
    """
    peak = max(float(np.abs(sound).max(initial=0.0)), 1e-30)
    padded = np.concatenate([sound.astype(np.float32) / np.float32(peak), np.zeros(max(_FFT) + _STEP, np.float32)])
    db = np.full((shape.bands, shape.frames), -300.0, dtype=np.float32)
    tone = np.zeros_like(db)
    place = np.zeros_like(db)
    band_index = np.arange(shape.bands, dtype=np.float32)
    for part in _resolutions(shape):
        sounding = part.starts < len(sound)
        if not sounding.any():
            continue
        frames, starts = part.frames[sounding], part.starts[sounding]
        last_start = len(padded) - part.size - _STEP
        view = sliding_windows(padded, part.size)
        window = np.hanning(part.size + 1)[:-1].astype(np.float32)
        spectrum, later_spectrum = (
            spectra(view[np.minimum(starts + delay, last_start)] * window, part.fft)[:, part.first_bin : part.end_bin]
            for delay in (0, _STEP)
        )
        power = (np.square(spectrum.real) + np.square(spectrum.imag)) * (part.fft**2 / np.square(window).sum())
        bins = np.arange(part.first_bin, part.end_bin, dtype=np.float32) / part.fft
        expected_turn = np.exp(-2j * np.pi * _STEP * bins).astype(np.complex64)
        # Instantaneous frequency of each bin, in bins of the window.
        turn = np.angle(later_spectrum * np.conj(spectrum) * expected_turn) / np.float32(2 * np.pi * _STEP)
        frequency = (bins + turn) * part.size
        weight = power @ part.frequency_weights + 1e-20
        mean = (power * frequency) @ part.frequency_weights / weight
        mean_square = (power * np.square(frequency)) @ part.frequency_weights / weight
        deviation = np.sqrt(np.maximum(mean_square - np.square(mean), 0.0))
        density = power @ part.filter_bank
        db[part.bands, frames] = (10 * np.log10(density + 1e-30) - part.noise_offset_db).T
        tone[part.bands, frames] = np.clip(1.0 - deviation, 0.0, 1.0).T
        hertz = np.maximum(mean * RATE / part.size, 1.0)
        offset = _hz_to_position(hertz, shape) - band_index[part.bands]
        place[part.bands, frames] = np.clip(offset / PLACE_REACH, -1.0, 1.0).T
    if db.max() < -200.0:
        return np.zeros((3, shape.bands, shape.frames), dtype=np.float32)
    level = np.maximum(1.0 - (db - db.max()) / shape.floor_db, 0.0)
    return np.stack([level, tone, place]).astype(np.float32)


@cache
def noise_offset_db(shape: DecoderShape) -> FloatArray:
    """(M, T) dB by which `analyse` raises levels, so that noise gets the level of its mean power on average."""
    offset = np.zeros((shape.bands, shape.frames), dtype=np.float32)
    for part in _resolutions(shape):
        offset[part.bands, part.frames[0] : part.frames[-1] + 1] = part.noise_offset_db[:, None]
    return offset


def _hz_to_position(hertz: NDArray[np.floating], shape: DecoderShape) -> FloatArray:
    """Fractional band index of a frequency; 0 is the centre of the first band."""
    low, high = np.log1p(shape.f_min / shape.corner_hz), np.log1p(shape.f_max / shape.corner_hz)
    share = (np.log1p(hertz / shape.corner_hz) - low) / (high - low)
    return np.asarray(share * (shape.bands + 1) - 1, dtype=np.float32)


def position_to_hz(position: NDArray[np.floating], shape: DecoderShape) -> NDArray[np.float64]:
    """Frequency of a fractional band index; the inverse of `_hz_to_position`."""
    low, high = np.log1p(shape.f_min / shape.corner_hz), np.log1p(shape.f_max / shape.corner_hz)
    return np.asarray(np.expm1(low + (position + 1) / (shape.bands + 1) * (high - low)) * shape.corner_hz)


@cache
def _resolutions(shape: DecoderShape) -> tuple[_Resolution, ...]:
    centres, times = shape.edges_hz[1:-1], shape.seconds
    band_borders = [0, *np.searchsorted(centres, _RANGES_HZ), shape.bands]
    frame_borders = [0, *np.searchsorted(times, (_EARLY_S, _LATE_S)), shape.frames]
    parts = []
    for band_range, sizes in enumerate(_WINDOWS):
        for frame_range, size in enumerate(sizes):
            bands = slice(int(band_borders[band_range]), int(band_borders[band_range + 1]))
            frames = np.arange(frame_borders[frame_range], frame_borders[frame_range + 1])
            if bands.start == bands.stop or not len(frames):
                continue
            starts = np.maximum(np.rint(times[frames] * RATE).astype(np.intp) - size // 2, 0)
            parts.append(_resolution(shape, bands, frames, size, starts, _FFT[band_range]))
    return tuple(parts)


def _resolution(
    shape: DecoderShape, bands: slice, frames: NDArray[np.intp], size: int, starts: NDArray[np.intp], fft: int
) -> _Resolution:
    edges = shape.edges_hz
    low, centre, high = edges[:-2][bands], edges[1:-1][bands], edges[2:][bands]
    hertz = np.arange(fft // 2 + 1) * RATE / fft
    lobe = RATE / size
    first_bin = max(1, int((low[0] - 3 * lobe) * fft / RATE))
    end_bin = min(len(hertz), int((high[-1] + 3 * lobe) * fft / RATE) + 2)
    at = hertz[first_bin:end_bin, None]
    spacing = RATE / fft
    left, right = np.maximum(centre - low, spacing), np.maximum(high - centre, spacing)
    filter_bank = np.maximum(0.0, 1.0 - np.where(at < centre, (centre - at) / left, (at - centre) / right))
    filter_bank /= filter_bank.sum(axis=0)
    half_width = np.maximum(1.5 * lobe, 0.7 * (high - low))
    frequency_weights = np.square(np.cos(np.pi / 2 * np.clip((at - centre) / half_width, -1, 1)))
    # Power in a band of noise is gamma-distributed; correlated bins lower the shape parameter.
    lag = np.abs(np.arange(end_bin - first_bin)[:, None] - np.arange(end_bin - first_bin))
    window = np.hanning(size + 1)[:-1]
    correlation = np.square(np.abs(np.fft.rfft(np.square(window), fft)) / np.square(window).sum())
    pairs = np.minimum(lag, len(correlation) - 1)
    gamma_shape = 1.0 / np.einsum("ib,ij,jb->b", filter_bank, correlation[pairs], filter_bank, optimize=True)
    offset_db = 10 / np.log(10) * (-1 / (2 * gamma_shape) - 1 / (12 * gamma_shape**2))
    return _Resolution(
        frames=frames,
        bands=bands,
        size=size,
        fft=fft,
        starts=starts,
        first_bin=first_bin,
        end_bin=end_bin,
        filter_bank=filter_bank.astype(np.float32),
        frequency_weights=frequency_weights.astype(np.float32),
        noise_offset_db=offset_db.astype(np.float32),
    )
