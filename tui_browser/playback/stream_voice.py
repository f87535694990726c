"""A long sound as a voice, read from its file as it is heard."""

from __future__ import annotations

import contextlib
from collections import deque

import numpy as np
import soxr

from tui_browser.audio.resampling import stereo
from tui_browser.audio.source import AudioSource
from tui_browser.errors import AudioError
from tui_browser.playback.memory_voice import FADE_S, amplified, cut_off
from tui_browser.records import FloatArray

_BLOCK_S = 0.25
_AHEAD_S = 1.5


class StreamVoice:
    """A long sound, read block by block by `feed`, which one thread calls while another reads."""

    rings = False

    def __init__(
        self,
        source: AudioSource,
        *,
        rate: int,
        start_s: float = 0.0,
        gain: float = 1.0,
        loop: bool = False,
        speed: float = 1.0,
        end_s: float | None = None,
    ) -> None:
        """Before `end_s` it fades out and ends, unless it is looped."""
        self.rises = start_s > 0
        self.loop = loop
        self.duration_s = source.frames / source.rate if source.frames is not None else float("inf")
        self._source = source
        self.files = contextlib.ExitStack()
        """What is open for as long as it is heard."""
        self._rate = rate
        self._speed = speed
        self._gain = self._gain_now = gain
        self._block = round(_BLOCK_S * source.rate)
        self._blocks: deque[FloatArray] = deque()
        self._written = self._taken = 0  # frames; each is counted by one thread only
        self._exhausted = False
        self._resampler = None
        if source.rate * speed != rate:
            self._resampler = soxr.ResampleStream(source.rate * speed, rate, 2, dtype="float32")
        first = round(start_s * source.rate) if start_s > 0 else 0
        if source.frames is not None:
            first = min(first, source.frames)
        self._start_s = first / source.rate
        self._left = None if end_s is None else max(0, round((end_s - self._start_s) * rate / speed))
        if first:
            source.seek(first)
        self._feed_block()

    def feed(self) -> None:
        """Read until a second and a half lies ready."""
        while not self._exhausted and self._written - self._taken < _AHEAD_S * self._rate:
            self._feed_block()

    def _feed_block(self) -> None:
        raw = self._next()
        last = len(raw) < self._block
        if last and self.loop:
            try:
                self._source.seek(0)
                again = self._source.read(self._block - len(raw))
            except AudioError:
                again = raw[:0]
            if len(again):
                raw, last = np.concatenate((raw, again)), False
        block = stereo(raw)
        if self._resampler is not None:
            block = self._resampler.resample_chunk(block, last=last)
        if len(block):
            self._blocks.append(block)
            self._written += len(block)
        self._exhausted = last

    def _next(self) -> FloatArray:
        try:
            return self._source.read(self._block)
        except AudioError:
            return np.zeros((0, self._source.channels), dtype=np.float32)  # damaged from here on: it ends here

    def read(self, frames: int) -> FloatArray:
        parts: list[FloatArray] = []
        cut = self._left is not None and not self.loop
        if cut and self._left is not None:
            frames = min(frames, self._left)
        wanted = frames
        while wanted and self._blocks:
            block = self._blocks[0]
            if len(block) <= wanted:
                parts.append(self._blocks.popleft())
            else:
                parts.append(block[:wanted])
                self._blocks[0] = block[wanted:]
            wanted -= len(parts[-1])
        self._taken += frames - wanted
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        before, self._gain_now = self._gain_now, self._gain
        chunk = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if cut and self._left is not None:
            chunk = cut_off(chunk, self._left, fade=round(FADE_S * self._rate))
            self._left -= len(chunk)
        return amplified(chunk, before, self._gain_now)

    def set_gain(self, gain: float) -> None:
        """Go over to this gain."""
        self._gain = gain

    @property
    def at_s(self) -> float:
        """Where in the file the next frame lies."""
        at_s = self._start_s + self._taken / self._rate * self._speed
        return at_s % self.duration_s if at_s > self.duration_s > 0 else at_s

    @property
    def ended(self) -> bool:
        return (self._exhausted and not self._blocks) or (self._left == 0 and not self.loop)

    def close(self) -> None:
        self._exhausted = True
        self.files.close()
