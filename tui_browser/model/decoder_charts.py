"""The charts of a recorded sound: what the decoder learns to draw.

Every frame is looked at through windows that fit its place: short ones at the attack and for high bands, long ones in
the tail and for low bands. No window reaches back over the onset, so that a sound is there in full from its first
sample. A band is tone as far as its bins agree on one frequency: they do to a tenth of a bin for a sine, and differ by
half a bin in noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import sliding_windows, spectra
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.records import FloatArray

REACH = 4.0
"""Bands that the place chart covers to each side: -1 to 1."""

_FFT = (4096, 4096, 2048)
"""Of each span: at least twice its windows, so that no power is missed between the bins."""
_STEP = 12
"""Samples between the two looks that tell a bin's frequency."""
_SPANS_HZ = (700.0, 3000.0)
"""Below the first, between them, above the second: each span has windows of its own."""
_EARLY_S, _LATE_S = 0.010, 0.060
_WINDOWS = ((1024, 2048, 2048), (512, 1024, 2048), (256, 512, 1024))
"""Samples; of each span, before `_EARLY_S`, until `_LATE_S`, and from then on."""


@dataclass(frozen=True, slots=True)
class _Resolution:
    """Frames and bands that share a window."""

    frames: NDArray[np.intp]
    bands: slice
    size: int
    fft: int
    starts: NDArray[np.intp]
    first: int
    last: int
    """Bins."""
    bank: FloatArray
    """(bins, bands): triangles that sum to 1, over the band's width."""
    near: FloatArray
    """(bins, bands): what of the neighbourhood counts for the frequency of a band."""
    offset: FloatArray
    """(bands,) dB that the mean level of noise lies below the level of its mean power: of a gamma distribution."""


def charts(sound: FloatArray, *, shape: DecoderShape) -> FloatArray:
    """(3, M, T): level (1 the loudest band, 0 the floor), tone (0 to 1), place (-1 to 1) of a sound from its onset.

    `sound` is (n,) mono at `RATE`; silence gives zeros.
    """
    looks = _plan(shape)
    peak = max(float(np.abs(sound).max(initial=0.0)), 1e-30)
    padded = np.concatenate([sound.astype(np.float32) / np.float32(peak), np.zeros(max(_FFT) + _STEP, np.float32)])
    db = np.full((shape.bands, shape.frames), -300.0, dtype=np.float32)
    tone = np.zeros_like(db)
    place = np.zeros_like(db)
    index = np.arange(shape.bands, dtype=np.float32)
    for look in looks:
        some = look.starts < len(sound)
        if not some.any():
            continue
        frames, starts = look.frames[some], look.starts[some]
        last = len(padded) - look.size - _STEP
        view = sliding_windows(padded, look.size)
        window = np.hanning(look.size + 1)[:-1].astype(np.float32)
        one, two = (
            spectra(view[np.minimum(starts + later, last)] * window, look.fft)[:, look.first : look.last]
            for later in (0, _STEP)
        )
        power = (np.square(one.real) + np.square(one.imag)) * (look.fft**2 / np.square(window).sum())
        bins = np.arange(look.first, look.last, dtype=np.float32) / look.fft
        expected = np.exp(-2j * np.pi * _STEP * bins).astype(np.complex64)
        # Positions of what each bin hears, in bins of the window.
        heard = (bins + np.angle(two * np.conj(one) * expected) / np.float32(2 * np.pi * _STEP)) * look.size
        weight = power @ look.near + 1e-20
        centre = (power * heard) @ look.near / weight
        square = (power * np.square(heard)) @ look.near / weight
        spread = np.sqrt(np.maximum(square - np.square(centre), 0.0))
        density = power @ look.bank
        db[look.bands, frames] = (10 * np.log10(density + 1e-30) - look.offset).T
        tone[look.bands, frames] = np.clip(1.0 - spread, 0.0, 1.0).T
        hertz = np.maximum(centre * RATE / look.size, 1.0)
        place[look.bands, frames] = np.clip((_position(hertz, shape) - index[look.bands]) / REACH, -1.0, 1.0).T
    if db.max() < -200.0:
        return np.zeros((3, shape.bands, shape.frames), dtype=np.float32)
    level = np.maximum(1.0 - (db - db.max()) / shape.floor_db, 0.0)
    return np.stack([level, tone, place]).astype(np.float32)


@cache
def noise_offset(shape: DecoderShape) -> FloatArray:
    """(M, T) dB that noise of a given power is seen below that power on average; a tone is seen as it is."""
    offset = np.zeros((shape.bands, shape.frames), dtype=np.float32)
    for look in _plan(shape):
        offset[look.bands, look.frames[0] : look.frames[-1] + 1] = look.offset[:, None]
    return offset


def _position(hertz: NDArray[np.floating], shape: DecoderShape) -> FloatArray:
    """Where a frequency lies among the bands: 0 the centre of the first."""
    low, high = np.log1p(shape.f_min / shape.corner_hz), np.log1p(shape.f_max / shape.corner_hz)
    share = (np.log1p(hertz / shape.corner_hz) - low) / (high - low)
    return np.asarray(share * (shape.bands + 1) - 1, dtype=np.float32)


def frequency(position: NDArray[np.floating], shape: DecoderShape) -> NDArray[np.float64]:
    """Hertz at a place among the bands: the inverse of what the place chart holds."""
    low, high = np.log1p(shape.f_min / shape.corner_hz), np.log1p(shape.f_max / shape.corner_hz)
    return np.asarray(np.expm1(low + (position + 1) / (shape.bands + 1) * (high - low)) * shape.corner_hz)


@cache
def _plan(shape: DecoderShape) -> tuple[_Resolution, ...]:
    centres, times = shape.edges_hz[1:-1], shape.seconds
    cuts = [0, *np.searchsorted(centres, _SPANS_HZ), shape.bands]
    moments = [0, *np.searchsorted(times, (_EARLY_S, _LATE_S)), shape.frames]
    looks = []
    for span, sizes in enumerate(_WINDOWS):
        for moment, size in enumerate(sizes):
            bands = slice(int(cuts[span]), int(cuts[span + 1]))
            frames = np.arange(moments[moment], moments[moment + 1])
            if bands.start == bands.stop or not len(frames):
                continue
            starts = np.maximum(np.rint(times[frames] * RATE).astype(np.intp) - size // 2, 0)
            looks.append(_look(shape, bands, frames, size, starts, _FFT[span]))
    return tuple(looks)


def _look(
    shape: DecoderShape, bands: slice, frames: NDArray[np.intp], size: int, starts: NDArray[np.intp], fft: int
) -> _Resolution:
    edges = shape.edges_hz
    low, centre, high = edges[:-2][bands], edges[1:-1][bands], edges[2:][bands]
    hertz = np.arange(fft // 2 + 1) * RATE / fft
    lobe = RATE / size
    first = max(1, int((low[0] - 3 * lobe) * fft / RATE))
    last = min(len(hertz), int((high[-1] + 3 * lobe) * fft / RATE) + 2)
    at = hertz[first:last, None]
    spacing = RATE / fft
    left, right = np.maximum(centre - low, spacing), np.maximum(high - centre, spacing)
    bank = np.maximum(0.0, 1.0 - np.where(at < centre, (centre - at) / left, (at - centre) / right))
    bank /= bank.sum(axis=0)
    wide = np.maximum(1.5 * lobe, 0.7 * (high - low))
    near = np.square(np.cos(np.pi / 2 * np.clip((at - centre) / wide, -1, 1)))
    lag = np.abs(np.arange(last - first)[:, None] - np.arange(last - first))
    window = np.hanning(size + 1)[:-1]
    alike = np.square(np.abs(np.fft.rfft(np.square(window), fft)) / np.square(window).sum())
    pairs = np.minimum(lag, len(alike) - 1)
    shapes = 1.0 / np.einsum("ib,ij,jb->b", bank, alike[pairs], bank, optimize=True)
    offset = 10 / np.log(10) * (-1 / (2 * shapes) - 1 / (12 * shapes**2))
    return _Resolution(
        frames=frames,
        bands=bands,
        size=size,
        fft=fft,
        starts=starts,
        first=first,
        last=last,
        bank=bank.astype(np.float32),
        near=near.astype(np.float32),
        offset=offset.astype(np.float32),
    )
