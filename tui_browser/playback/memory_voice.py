"""Voices of sounds in memory: decoded as a whole, or with the first part first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np

from tui_browser.records import FloatArray

FADE_S = 0.005
"""Fade-out of a sound that is cut off at `end`."""


class MemoryVoice:
    """A decoded sound."""

    rings = True

    def __init__(
        self,
        samples: FloatArray,
        *,
        start: int = 0,
        end: int | None = None,
        gain: float = 1.0,
        loop: bool = False,
        frames_per_s: float = 48_000.0,
        duration_s: float | None = None,
    ) -> None:
        """`samples` is (n, 2), with `frames_per_s` frames for a second of the file.

        `duration_s` is the length of the file; by default that of the samples. Unless it is looped, the sound fades
        out before frame `end`.
        """
        self.rises = start > 0
        self.loop = loop
        self.duration_s = len(samples) / frames_per_s if duration_s is None else duration_s
        self._samples = samples
        self._frame = start % len(samples) if loop else start
        self._gain = self._current_gain = gain
        self._frames_per_s = frames_per_s
        self._end = end

    def feed(self) -> None:
        pass

    def read(self, frames: int) -> FloatArray:
        if self.loop:
            chunk = self._samples[np.arange(self._frame, self._frame + frames) % len(self._samples)]
            self._frame = (self._frame + frames) % len(self._samples)
        else:
            chunk = self._samples[self._frame : self._frame + frames]
            if self._end is not None and self._end < len(self._samples):
                chunk = cut_off(chunk, self._end - self._frame, fade=round(FADE_S * self._frames_per_s))
            self._frame += len(chunk)
        previous, self._current_gain = self._current_gain, self._gain
        return amplified(chunk, previous, self._current_gain)

    @property
    def position_s(self) -> float:
        """Position of the next frame in the file, in seconds."""
        return self._frame / self._frames_per_s

    @property
    def ended(self) -> bool:
        last = len(self._samples) if self._end is None else min(self._end, len(self._samples))
        return self._frame >= last and not self.loop

    def close(self) -> None:
        pass


class GrowingVoice(MemoryVoice):
    """A sound whose first part is in memory; `feed` reads the rest while another thread plays."""

    def __init__(
        self,
        first_part: FloatArray,
        read_all: Callable[[], tuple[FloatArray, float]],
        files: contextlib.ExitStack,
        *,
        gain: float,
        frames_per_s: float,
        duration_s: float,
    ) -> None:
        """`read_all` returns all samples, which begin with `first_part`, and the gain; `files` are open until then."""
        super().__init__(first_part, gain=gain, frames_per_s=frames_per_s, duration_s=duration_s)
        self._read_all = read_all
        self._files = files
        self._complete = False

    def feed(self) -> None:
        """Read the rest of the file, once."""
        if not self._complete:
            with self._files:
                self._samples, self._gain = self._read_all()
            self._complete = True

    @property
    def ended(self) -> bool:
        return self._complete and super().ended

    def close(self) -> None:
        self._complete = True
        self._files.close()


def cut_off(chunk: FloatArray, remaining: int, *, fade: int) -> FloatArray:
    """A chunk, (n, 2), of a sound that ends `remaining` frames after the chunk's start, faded over `fade` frames."""
    chunk = chunk[: max(0, remaining)]
    if remaining - len(chunk) >= fade:
        return chunk
    ramp = (remaining - np.arange(len(chunk), dtype=np.float32)) / np.float32(max(1, fade))
    faded: FloatArray = chunk * np.minimum(ramp, np.float32(1))[:, None]
    return faded


def amplified(chunk: FloatArray, first_gain: float, last_gain: float) -> FloatArray:
    """A chunk, (n, 2), times a gain that moves in a line from the first to the last value."""
    if first_gain != last_gain:
        return chunk * np.linspace(first_gain, last_gain, len(chunk), dtype=np.float32)[:, None]
    return chunk if first_gain == 1 else chunk * np.float32(first_gain)
