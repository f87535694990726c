"""Magnitude spectrogram in decibels, the input of autoencoders that were trained for Audio Intellimixer.

512 samples a frame at 22,050 Hz, the first 64 frames of a sound, the lowest 256 bins, -100 to 0 dB as 0 to 1. Older
models see 512 rows: below the magnitudes lie the phases in radians, -100 to 100 as 0 to 1.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.frames import sliding_windows, spectra
from tui_browser.records import FloatArray

REFERENCES = ("loudest", "one")
"""What 0 dB is: the loudest cell of the picture, or a magnitude of 1 in a sound whose peak is 1."""
PHASE_RANGE = 100.0
"""Phases of -100 to 100 rad become 0 to 1, so that real ones lie close to 0.5: the scale of those older models."""


@dataclass(frozen=True, slots=True)
class StftFrontEnd:
    """Parameters of the spectrogram, stored in a bundle's config.json."""

    KIND: ClassVar[str] = "stft"

    sample_rate: int = 22050
    samples: int = 16361
    """Samples of sound that count; the rest is cut off."""
    n_fft: int = 512
    hop: int = 128
    frames: int = 64
    phase: int = 0
    """1 if the phases lie below the magnitudes."""
    floor_db: float = -100.0
    """Level that becomes 0."""
    reference: str = "loudest"
    """One of `REFERENCES`."""

    @property
    def bins(self) -> int:
        """Number of frequency bins; the highest one of the FFT is left out."""
        return self.n_fft // 2

    @property
    def size(self) -> tuple[int, int]:
        return self.bins * (1 + self.phase), self.frames

    @property
    def length(self) -> int:
        """Samples of sound that the picture covers: frame t is centred `t hop` after the onset."""
        return min(self.samples, (self.frames - 1) * self.hop + self.n_fft // 2)

    @property
    def window_s(self) -> float:
        return self.length / self.sample_rate

    def compute(self, samples: FloatArray) -> FloatArray:
        """(rows, columns) picture of a mono sound (n,) at `sample_rate` from its onset; zeros for silence."""
        sound = samples[: self.length]
        peak = np.float32(max(sound.max(), -sound.min())) if len(sound) else np.float32(0.0)
        if not peak > 0.0:
            return np.zeros(self.size, dtype=np.float32)
        padded = np.zeros((self.frames - 1) * self.hop + self.n_fft, dtype=np.float32)
        np.divide(sound, peak, out=padded[self.n_fft // 2 :][: len(sound)])
        frames = sliding_windows(padded, self.n_fft)[:: self.hop] * _window(self.n_fft)
        cells = spectra(frames)[:, : self.bins].T * np.float32(self.n_fft)
        magnitude = np.abs(cells)
        if self.reference == "loudest":
            magnitude /= max(float(magnitude.max()), 1e-20)
        levels = 20.0 * np.log10(np.maximum(magnitude, np.float32(10 ** (self.floor_db / 20))))
        picture = np.maximum(1.0 - levels / np.float32(self.floor_db), 0.0)
        if self.phase:
            picture = np.concatenate([picture, (np.angle(cells) + PHASE_RANGE) / (2 * PHASE_RANGE)])
        return np.ascontiguousarray(picture, dtype=np.float32)

    def magnitudes(self, picture: FloatArray) -> FloatArray:
        """(bins, frames) magnitudes of a picture, the floor and what lies below it being 0."""
        levels = self.floor_db * (1.0 - np.clip(picture[: self.bins], 0.0, 2.0))
        magnitudes: FloatArray = np.where(levels > self.floor_db, 10.0 ** (levels / 20), 0.0).astype(np.float32)
        return magnitudes

    def phases(self, picture: FloatArray) -> FloatArray | None:
        """(bins, frames) phases in radians of a picture; None where it has none."""
        if not self.phase:
            return None
        phases: FloatArray = ((picture[self.bins :] * 2.0 - 1.0) * PHASE_RANGE).astype(np.float32)
        return phases

    def to_config(self) -> dict[str, Any]:
        return {"kind": self.KIND, **asdict(self)}

    @classmethod
    def from_config(cls, values: dict[str, Any]) -> StftFrontEnd:
        """The front end of a config.json, without its kind; raises ValueError with the key that is wrong."""
        known = {field.name: field.type for field in fields(cls)}
        if set(values) != set(known):
            raise ValueError(f"front end keys differ: {', '.join(sorted(set(values) ^ set(known)))[:200]}")
        for name, value in values.items():
            kind: Any = {"int": int, "float": (int, float), "str": str}[str(known[name])]
            if isinstance(value, bool) or not isinstance(value, kind):
                raise ValueError(f"front end: {name} is of the wrong type")
        front_end = cls(**values)
        front_end._check()
        return front_end

    def _check(self) -> None:
        valid = {
            "sample_rate": 8000 <= self.sample_rate <= 96000,
            "n_fft": 64 <= self.n_fft <= 4096 and self.n_fft % 2 == 0,
            "hop": self.n_fft // 16 <= self.hop <= self.n_fft // 2,
            "frames": 4 <= self.frames <= 512,
            "samples": self.n_fft <= self.samples <= 30 * self.sample_rate,
            "phase": self.phase in (0, 1),
            "floor_db": -160 <= self.floor_db <= -20,
            "reference": self.reference in REFERENCES,
        }
        invalid = [name for name, is_valid in valid.items() if not is_valid]
        if invalid:
            raise ValueError(f"front end: {invalid[0]} is out of range")


@cache
def _window(size: int) -> FloatArray:
    """(size,) periodic Hann window."""
    window: NDArray[np.float32] = np.hanning(size + 1)[:-1].astype(np.float32)
    window.setflags(write=False)
    return window
