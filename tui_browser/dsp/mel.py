"""Log-mel spectrogram, the input of the encoder, with fine time resolution at the attack.

Frame t is centred at `hop * t * (1 + stretch * t)`: frames are a few milliseconds apart at the onset and tens of
milliseconds in the tail, so that 64 frames cover more than a second. Early frames use a short window, which separates
the bursts of a clap; late frames use a longer one. Bands below `low_hz` use a long window on a decimated copy, because
the pitches of kicks and toms are only a few hertz apart. Bands measure energy, so their levels do not depend on the
length of the window.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import power_spectra, sliding_windows
from tui_browser.records import FloatArray

_DECIMATE = 8
_TAPS = 64


@dataclass(frozen=True, slots=True)
class MelFrontEnd:
    """Parameters of `log_mel`, stored in a bundle's config.json."""

    sample_rate: int = 32000
    """Sample rate of the input in Hz."""
    n_fft: int = 1024
    """Window of the late frames, in samples."""
    attack_fft: int = 512
    """Window of the first `attack_frames` frames, in samples."""
    attack_frames: int = 24
    low_fft: int = 2048
    """Window of the bands below `low_hz`, in samples; a multiple of 8."""
    low_hz: float = 800.0
    hop: int = 128
    """Samples between the first two frames, before `stretch`."""
    stretch: float = 0.063
    n_mels: int = 96
    frames: int = 64
    f_min: float = 32.0
    f_max: float = 15500.0
    corner_hz: float = 200.0
    """Band spacing is about linear below this frequency and logarithmic above it."""
    floor_db: float = -75.0
    """Level relative to the loudest cell that becomes 0."""

    @property
    def window_s(self) -> float:
        """Length of sound that the log-mel covers, in seconds."""
        return float(self.positions[-1] + self.low_fft // 2) / self.sample_rate

    @property
    def size(self) -> tuple[int, int]:
        """Mel bands and frames."""
        return self.n_mels, self.frames

    def compute(self, samples: FloatArray) -> FloatArray:
        """The `log_mel` of a sound."""
        return log_mel(samples, front_end=self)

    @property
    def positions(self) -> NDArray[np.int64]:
        """(T,) frame centres, in samples from the onset."""
        return _positions(self.hop, self.stretch, self.frames)

    def to_config(self) -> dict[str, int | float]:
        """The parameters by name, for config.json."""
        return asdict(self)

    @classmethod
    def from_config(cls, numbers: dict[str, Any]) -> MelFrontEnd:
        """The front end of a config.json; raises ValueError with the key that is missing, unknown or out of range."""
        known = {field.name: float if field.type == "float" else int for field in fields(cls)}
        if set(numbers) != set(known):
            raise ValueError(f"front end keys differ: {', '.join(sorted(set(numbers) ^ set(known)))}")
        for name, value in numbers.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
                raise ValueError(f"front end: {name} is not a number")
            if known[name] is int and value != int(value):
                raise ValueError(f"front end: {name} is not a whole number")
        typed: dict[str, Any] = {name: known[name](value) for name, value in numbers.items()}
        front_end = cls(**typed)
        front_end._check()
        return front_end

    def _check(self) -> None:
        nyquist = self.sample_rate / 2
        sizes = (self.n_fft, self.attack_fft, self.low_fft)
        valid = {
            "sample_rate": 8000 <= self.sample_rate <= 96000,
            "n_fft, attack_fft or low_fft": all(64 <= size <= 8192 and size % 16 == 0 for size in sizes),
            "hop": 1 <= self.hop <= 8192,
            "stretch": 0 <= self.stretch <= 1,
            "n_mels": 8 <= self.n_mels <= 512,
            "frames": 4 <= self.frames <= 512,
            "attack_frames": 0 <= self.attack_frames <= self.frames,
            "f_min or f_max": 0 < self.f_min < self.f_max <= nyquist,
            "low_hz": self.low_hz <= nyquist / _DECIMATE / 2,
            "corner_hz": 1 <= self.corner_hz <= nyquist,
            "floor_db": -160 <= self.floor_db <= -20,
        }
        invalid = [name for name, is_valid in valid.items() if not is_valid]
        if invalid or self.window_s > 30:
            raise ValueError(f"front end: {invalid[0] if invalid else 'window'} is out of range")


DEFAULT_FRONT_END = MelFrontEnd()


def log_mel(samples: FloatArray, *, front_end: MelFrontEnd) -> FloatArray:
    """(M, T) log-mel of a mono sound that starts at its onset: 1 is the loudest cell, 0 the floor and below.

    `samples` is (n,) at `front_end.sample_rate`, finite; it is cut or zero-padded to the window. Gain does not change
    the result; silence gives zeros.
    """
    plan = _plan(front_end)
    sound = samples[: plan.length]
    peak = np.float32(max(sound.max(), -sound.min())) if len(sound) else np.float32(0.0)
    if not peak > 0.0:
        return np.zeros((front_end.n_mels, front_end.frames), dtype=np.float32)
    end = plan.lead + len(sound)
    padded = np.zeros(end + -end % _DECIMATE + 2 * plan.lead, dtype=np.float32)
    inner = padded[plan.lead : end]
    np.divide(sound, peak, out=inner)
    inner -= np.float32(inner.sum() / len(inner))
    early = front_end.attack_frames
    mel = np.zeros((front_end.frames, front_end.n_mels), dtype=np.float32)
    _low_energy(padded, end, plan, out=mel[:, : plan.low_bands])
    _energy(padded, end, plan.early, out=mel[:early, plan.low_bands :])
    _energy(padded, end, plan.late, out=mel[early:, plan.low_bands :])
    loudest = mel.max()
    if not loudest > 1e-20:
        return np.zeros((front_end.n_mels, front_end.frames), dtype=np.float32)
    mel /= loudest
    np.maximum(mel, plan.floor, out=mel)
    np.log(mel, out=mel)
    mel *= np.float32(-10.0 / front_end.floor_db / np.log(10.0))
    mel += np.float32(1.0)
    return np.ascontiguousarray(mel.T)


@cache
def _positions(hop: int, stretch: float, frames: int) -> NDArray[np.int64]:
    t = np.arange(frames, dtype=np.float64)
    positions = np.rint(hop * t * (1.0 + stretch * t)).astype(np.int64)
    positions.setflags(write=False)
    return positions


@dataclass(frozen=True, slots=True)
class _FrameGroup:
    """Frames that share a window: their starts, the window, and the filter bank from bins to bands."""

    starts: NDArray[np.int64]
    window: FloatArray
    bank: FloatArray
    """(bins, bands)"""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that follows from a front end, computed once."""

    length: int
    """Samples of sound used."""
    lead: int
    """Zeros before and after the sound."""
    low_bands: int
    """Number of bands computed with the long window."""
    floor: np.float32
    taps: FloatArray
    """(64, 16) decimation filter: weights of 64 samples in the 8 decimated samples of their block and the 8 before."""
    low_starts: NDArray[np.int64]
    """(T,) in decimated samples."""
    low_kernels: FloatArray
    """(low_fft / 8, 2 low_bands) windowed cosine and sine of each band."""
    early: _FrameGroup
    late: _FrameGroup


@cache
def _plan(front_end: MelFrontEnd) -> _Plan:
    fe = front_end
    lead = max(fe.low_fft, fe.n_fft, fe.attack_fft) // 2 + _TAPS
    lead += -lead % _DECIMATE
    length = int(fe.positions[-1]) + fe.low_fft // 2
    length += -length % _DECIMATE
    edges = _edges(fe)
    low_bands = int(np.searchsorted(edges[1:-1], fe.low_hz))
    centres = fe.positions + lead

    def frame_group(positions: NDArray[np.int64], size: int) -> _FrameGroup:
        window = np.hanning(size + 1)[:-1]
        bank = _bank(edges[low_bands:], n_fft=size, rate=fe.sample_rate) / np.square(window).sum()
        return _FrameGroup(
            starts=positions - size // 2,
            window=window.astype(np.float32),
            bank=bank.astype(np.float32),
        )

    # The decimation filter is a windowed sinc, flat up to low_hz; _decimated compensates for its delay.
    n = np.arange(_TAPS) - _TAPS // 2
    taps = np.sinc(n / _DECIMATE * 0.75) * np.hanning(_TAPS + 1)[:-1]
    return _Plan(
        length=length,
        lead=lead,
        low_bands=low_bands,
        floor=np.float32(10.0 ** (fe.floor_db / 10.0)),
        taps=_spread(taps / taps.sum()),
        low_starts=centres // _DECIMATE - fe.low_fft // _DECIMATE // 2,
        low_kernels=_kernels(edges[: low_bands + 2], size=fe.low_fft // _DECIMATE, rate=fe.sample_rate / _DECIMATE),
        early=frame_group(centres[: fe.attack_frames], fe.attack_fft),
        late=frame_group(centres[fe.attack_frames :], fe.n_fft),
    )


def _edges(fe: MelFrontEnd) -> NDArray[np.float64]:
    """(M + 2,) edges and centres of the triangular bands, in Hz."""
    low, high = np.log1p(fe.f_min / fe.corner_hz), np.log1p(fe.f_max / fe.corner_hz)
    return np.asarray(np.expm1(np.linspace(low, high, fe.n_mels + 2)) * fe.corner_hz)


def _bank(edges: NDArray[np.float64], *, n_fft: int, rate: float) -> NDArray[np.float64]:
    """(bins, bands) triangular filters with an area of the band's width, even for bands narrower than a bin."""
    bins = np.arange(n_fft // 2 + 1) * rate / n_fft
    spacing = rate / n_fft
    centre, width = edges[1:-1], (edges[2:] - edges[:-2]) / 2
    left = np.maximum(centre - edges[:-2], spacing)
    right = np.maximum(edges[2:] - centre, spacing)
    away = bins[:, None] - centre
    bank = np.maximum(0.0, 1.0 - np.where(away < 0, -away / left, away / right))
    total = bank.sum(axis=0)
    return np.asarray(bank * (width / rate / np.maximum(total, 1e-9)))


def _kernels(edges: NDArray[np.float64], *, size: int, rate: float) -> FloatArray:
    """(size, 2 bands) windowed cosine and sine of each band; wider bands have shorter windows."""
    n = np.arange(size) - size / 2
    kernels = np.empty((size, 2 * (len(edges) - 2)))
    for band in range(len(edges) - 2):
        width = (edges[band + 2] - edges[band]) / 2
        half = min(size / 2, max(16.0, 0.75 * rate / width))
        window = np.where(np.abs(n) < half, 0.5 + 0.5 * np.cos(np.pi * n / half), 0.0)
        window *= np.sqrt(width / rate * size / np.square(window).sum() / size)
        phase = 2 * np.pi * edges[band + 1] * n / rate
        kernels[:, 2 * band], kernels[:, 2 * band + 1] = window * np.cos(phase), window * np.sin(phase)
    return kernels.astype(np.float32)


def _low_energy(padded: FloatArray, end: int, plan: _Plan, *, out: FloatArray) -> None:
    """Fill in (frames, low_bands) energies with the long window; frames after `end` stay zero."""
    low = _decimated(padded, plan.taps)
    starts = plan.low_starts[: int(np.searchsorted(plan.low_starts, (end + _TAPS) // _DECIMATE))]
    parts = sliding_windows(low, len(plan.low_kernels))[starts] @ plan.low_kernels
    np.square(parts, out=parts)
    np.add(parts[:, ::2], parts[:, 1::2], out=out[: len(starts)])


def _spread(taps: NDArray[np.float64]) -> FloatArray:
    """The decimation filter in the form of `_Plan.taps`."""
    spread = np.zeros((_TAPS, 2 * _TAPS // _DECIMATE), dtype=np.float32)
    for number in range(_TAPS // _DECIMATE):
        shift = number * _DECIMATE
        spread[shift:, number] = taps[: _TAPS - shift]
        spread[:shift, _TAPS // _DECIMATE + number] = taps[_TAPS - shift :]
    return spread


def _decimated(padded: FloatArray, taps: FloatArray) -> FloatArray:
    """Every eighth sample of the low-passed sound; sample i is aligned with sample 8 i of `padded`."""
    half = _TAPS // 2
    rows = -(-(len(padded) + half) // _TAPS) + 1
    spread = np.zeros((rows, _TAPS), dtype=np.float32)
    spread.reshape(-1)[half : half + len(padded)] = padded
    parts = spread @ taps
    half_block = _TAPS // _DECIMATE
    out: FloatArray = (parts[:-1, :half_block] + parts[1:, half_block:]).reshape(-1)[: len(padded) // _DECIMATE]
    return out


def _energy(sound: FloatArray, end: int, group: _FrameGroup, *, out: FloatArray) -> None:
    """Fill in (frames, bands) energies; frames after `end` stay zero."""
    starts = group.starts[: int(np.searchsorted(group.starts, end))]
    np.matmul(power_spectra(sound, starts, group.window), group.bank, out=out[: len(starts)])
