"""Voice of a long sound, read from its file while it plays."""

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
_READ_AHEAD_S = 1.5


class StreamVoice:
    """A long sound: one thread reads blocks from the file by `feed`, another takes frames by `read`."""

    rings = False

    def __init__(
        self,
        source: AudioSource,
        files: contextlib.ExitStack,
        *,
        rate: int,
        start_s: float = 0.0,
        gain: float = 1.0,
        loop: bool = False,
        speed: float = 1.0,
        end_s: float | None = None,
    ) -> None:
        """`files` are closed with the voice. Unless it is looped, the sound fades out before `end_s`."""
        self.rises = start_s > 0
        self.loop = loop
        self.duration_s = source.frames / source.rate if source.frames is not None else float("inf")
        self._source = source
        self._files = files
        self._rate = rate
        self._speed = speed
        self._gain = self._current_gain = gain
        self._block = round(_BLOCK_S * source.rate)
        self._blocks: deque[FloatArray] = deque()
        self._written = self._taken = 0  # frames; each is changed by one thread only
        self._exhausted = False
        self._resampler = None
        if source.rate * speed != rate:
            self._resampler = soxr.ResampleStream(source.rate * speed, rate, 2, dtype="float32")
        start = round(start_s * source.rate) if start_s > 0 else 0
        if source.frames is not None:
            start = min(start, source.frames)
        self._start_s = start / source.rate
        self._remaining = None if end_s is None else max(0, round((end_s - self._start_s) * rate / speed))
        if start:
            source.seek(start)
        self._feed_block()

    def feed(self) -> None:
        """Read until 1.5 s are buffered."""
        while not self._exhausted and self._written - self._taken < _READ_AHEAD_S * self._rate:
            self._feed_block()

    def _feed_block(self) -> None:
        raw = self._read_source()
        last = len(raw) < self._block
        if last and self.loop:
            try:
                self._source.seek(0)
                beginning = self._source.read(self._block - len(raw))
            except AudioError:
                beginning = raw[:0]
            if len(beginning):
                raw, last = np.concatenate((raw, beginning)), False
        block = stereo(raw)
        if self._resampler is not None:
            block = self._resampler.resample_chunk(block, last=last)
        if len(block):
            self._blocks.append(block)
            self._written += len(block)
        self._exhausted = last

    def _read_source(self) -> FloatArray:
        try:
            return self._source.read(self._block)
        except AudioError:
            return np.zeros((0, self._source.channels), dtype=np.float32)  # damaged from here on: the sound ends here

    def read(self, frames: int) -> FloatArray:
        parts: list[FloatArray] = []
        remaining = None if self.loop else self._remaining
        if remaining is not None:
            frames = min(frames, remaining)
        missing = frames
        while missing and self._blocks:
            block = self._blocks[0]
            if len(block) <= missing:
                parts.append(self._blocks.popleft())
            else:
                parts.append(block[:missing])
                self._blocks[0] = block[missing:]
            missing -= len(parts[-1])
        self._taken += frames - missing
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        previous, self._current_gain = self._current_gain, self._gain
        chunk = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if remaining is not None:
            chunk = cut_off(chunk, remaining, fade=round(FADE_S * self._rate))
            self._remaining = remaining - len(chunk)
        return amplified(chunk, previous, self._current_gain)

    def set_gain(self, gain: float) -> None:
        """Move to this gain with the next frames."""
        self._gain = gain

    @property
    def position_s(self) -> float:
        """Position of the next frame in the file, in seconds."""
        position_s = self._start_s + self._taken / self._rate * self._speed
        return position_s % self.duration_s if position_s > self.duration_s > 0 else position_s

    @property
    def ended(self) -> bool:
        return (self._exhausted and not self._blocks) or (self._remaining == 0 and not self.loop)

    def close(self) -> None:
        self._exhausted = True
        self._files.close()
