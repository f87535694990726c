"""libsndfile as a source of sound: what it decodes before it stumbles is heard."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.audio.view import Stream, View, check_readable
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

if TYPE_CHECKING:
    import soundfile

_SEEKING = frozenset({"WAV", "WAVEX", "AIFF", "AU", "CAF", "W64", "RF64", "FLAC"})
_ESTIMATING = frozenset({"OGG", "MP3"})
"""What counts its sound in headers that need not be right."""
_MPEG = frozenset({"MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"})
_STEP = 1024
"""Frames at a time on the way to where a file is damaged."""


class Sndfile:
    """libsndfile, read without the seek that soundfile does after each block (streamed FLAC cannot seek)."""

    def __init__(self, fd: int, path: bytes, stream: Stream) -> None:
        """Raises soundfile.LibsndfileError where libsndfile cannot open it."""
        self._fd, self._path, self._stream = fd, path, stream
        self._file = self._opened()
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.form: str = self._file.format
        self.subtype: str = self._file.subtype
        frames: int = self._file.frames
        self._told = frames if 0 <= frames < 1 << 48 else None
        self.frames = self._told if stream.frames is None and stream.claimed is None else stream.frames
        self.seeks_fast = self.form in _SEEKING and self.subtype not in _MPEG
        self._at = 0
        self._damaged = False

    def _opened(self) -> Any:
        if self._stream.pieces is None:
            os.lseek(self._fd, 0, os.SEEK_SET)
            return _forward()(self._fd, closefd=False)
        return _forward()(View(self._fd, self._stream.pieces, claimed=self._stream.claimed))

    def read(self, frames: int) -> FloatArray:
        block: FloatArray = self.read_as(frames, "float32")
        return block

    def read_as(self, frames: int, dtype: str) -> NDArray[Any]:
        """The next frames, (n, channels), in one of libsndfile's types."""
        import soundfile

        if self._damaged:
            frames = 0
        elif self._told is not None:
            frames = max(0, min(frames, self._told - self._at))
        try:
            block: NDArray[Any] = self._file.read(frames, dtype=dtype, always_2d=True)
        except soundfile.LibsndfileError as error:
            block = self._salvaged(frames, dtype, error)
        self._at += len(block)
        return block

    def seek(self, frame: int) -> None:
        import soundfile

        try:
            self._file.seek(frame)
        except soundfile.LibsndfileError as error:
            raise self._error(error) from error
        self._at = frame
        self._damaged = False

    def ends_early(self, read: int) -> str:
        """What is to be said where `read` frames, all that came, are fewer than was promised; or nothing."""
        seconds = f"{read / self.rate:.2f}"
        total = round(read * self._stream.promised)
        counts = self.form not in _ESTIMATING and self.subtype not in _MPEG
        if self._told is not None and counts:
            total = max(total, self._told)
        if total > read:
            check_readable(self._fd, self._path)
            seconds += f" of {total / self.rate:.2f}"
        if self._damaged:
            return f"ends early: damaged after {seconds} s"
        if total > read:
            return f"ends early: {seconds} s"
        return f"ends early: {self._stream.cut}" if self._stream.cut else ""

    def close(self) -> None:
        self._file.close()

    def _salvaged(self, frames: int, dtype: str, error: soundfile.LibsndfileError) -> NDArray[Any]:
        """What comes before the damage, read once more and in small steps; raises AudioError where nothing does."""
        import soundfile

        check_readable(self._fd, self._path)
        self._damaged = True
        self._file.close()
        parts: list[NDArray[Any]] = []
        at = 0
        try:
            self._file = self._opened()
            while at < self._at + frames and len(part := self._file.read(_STEP, dtype=dtype, always_2d=True)):
                at += len(part)
                if at > self._at:
                    parts.append(part[-(at - self._at) :])
        except soundfile.LibsndfileError:
            pass
        if at == 0:
            raise self._error(error) from error
        return np.concatenate(parts)[:frames] if parts else np.zeros((0, self.channels), dtype=dtype)

    def _error(self, error: soundfile.LibsndfileError) -> AudioError:
        said = str(error.error_string).strip().rstrip(".").removeprefix("Error : ")
        return AudioError(f"damaged or truncated: {said}", path=self._path)


@cache
def _forward() -> Any:
    import soundfile  # 30 ms

    class Forward(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
        def seekable(self) -> bool:
            return False

    return Forward
