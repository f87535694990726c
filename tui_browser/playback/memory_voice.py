"""A sound in memory as a voice: the whole of it, or its beginning while the rest is read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np

from tui_browser.records import FloatArray

FADE_S = 0.005
"""How long what is cut off takes to fade out."""


class MemoryVoice:
    """A decoded sound."""

    rings = True

    def __init__(
        self,
        samples: FloatArray,
        *,
        start: int = 0,
        gain: float = 1.0,
        loop: bool = False,
        per_s: float = 48_000.0,
        duration_s: float | None = None,
        end: int | None = None,
    ) -> None:
        """`per_s` frames of it are a second of the file, which lasts `duration_s` (default: as long as the samples).

        Before the frame `end` it fades out and ends, unless it is looped.
        """
        self.rises = start > 0
        self.loop = loop
        self.duration_s = len(samples) / per_s if duration_s is None else duration_s
        self._samples = samples
        self._at = start % len(samples) if loop else start
        self._gain = self._gain_now = gain
        self._per_s = per_s
        self._end = end

    def read(self, frames: int) -> FloatArray:
        if self.loop:
            chunk = self._samples.take(np.arange(self._at, self._at + frames), axis=0, mode="wrap")
            self._at = (self._at + frames) % len(self._samples)
        else:
            chunk = self._samples[self._at : self._at + frames]
            if self._end is not None and self._end < len(self._samples):
                chunk = cut_off(chunk, self._end - self._at, fade=round(FADE_S * self._per_s))
            self._at += len(chunk)
        before, self._gain_now = self._gain_now, self._gain
        return amplified(chunk, before, self._gain_now)

    @property
    def at_s(self) -> float:
        """Where in the file the next frame lies."""
        return self._at / self._per_s

    @property
    def ended(self) -> bool:
        last = len(self._samples) if self._end is None else min(self._end, len(self._samples))
        return self._at >= last and not self.loop

    def close(self) -> None:
        pass


class GrowingVoice(MemoryVoice):
    """A sound whose beginning is in memory; `feed` adds the rest, while another thread reads."""

    def __init__(
        self,
        beginning: FloatArray,
        grow: Callable[[], tuple[FloatArray, float]],
        files: contextlib.ExitStack,
        *,
        gain: float,
        per_s: float,
        duration_s: float,
    ) -> None:
        """`grow` gives the whole, of which `beginning` is the beginning, and its gain; `files` are open until then."""
        super().__init__(beginning, gain=gain, per_s=per_s, duration_s=duration_s)
        self._grow = grow
        self._files = files
        self._whole = False

    def feed(self) -> None:
        """Have all of it."""
        if not self._whole:
            with self._files:
                self._samples, self._gain = self._grow()
            self._whole = True

    @property
    def ended(self) -> bool:
        return self._whole and super().ended

    def close(self) -> None:
        self._whole = True
        self._files.close()


def cut_off(chunk: FloatArray, left: int, *, fade: int) -> FloatArray:
    """What is heard of a stretch of sound, (n, 2), that ends `left` frames after its beginning, by a fade."""
    chunk = chunk[: max(0, left)]
    if left - len(chunk) >= fade:
        return chunk
    gains = np.minimum((left - np.arange(len(chunk), dtype=np.float32)) / np.float32(max(1, fade)), np.float32(1))
    faded: FloatArray = chunk * gains[:, None]
    return faded


def amplified(chunk: FloatArray, before: float, after: float) -> FloatArray:
    """A stretch of sound, (n, 2), while the gain goes from one to the other."""
    if before != after:
        return chunk * np.linspace(before, after, len(chunk), dtype=np.float32)[:, None]
    return chunk if before == 1 else chunk * np.float32(before)
