"""Decodes with libsndfile; a damaged file ends where the damage starts, and FFmpeg gets one that starts with it."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.audio.ffmpeg_source import FfmpegSource, has_av
from tui_browser.audio.patched_file import FileStream, PatchedFile, check_readable
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

if TYPE_CHECKING:
    import soundfile

_EXACT_SEEK = frozenset({"WAV", "WAVEX", "AIFF", "AU", "CAF", "W64", "RF64", "FLAC"})
_ESTIMATED_LENGTH = frozenset({"OGG", "MP3"})
"""Formats whose length in the header may be wrong."""
_MPEG = frozenset({"MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"})
_BITS = {
    "PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64, "ULAW": 8, "ALAW": 8,
    "ALAC_16": 16, "ALAC_20": 20, "ALAC_24": 24, "ALAC_32": 32,
}  # fmt: skip
_SALVAGE_FRAMES = 1024
"""Frames read at a time before the damage."""


class SndfileSource:
    """An audio source of libsndfile, without the seek of soundfile after each block, which streamed FLAC lacks."""

    def __init__(self, fd: int, path: bytes, stream: FileStream) -> None:
        """Raises soundfile.LibsndfileError if libsndfile cannot open it."""
        self._fd, self._path, self._stream = fd, path, stream
        self._file = self._open()
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.form: str = self._file.format
        self.subtype: str = self._file.subtype
        self.bits = _BITS.get(self.subtype)
        frames: int = self._file.frames
        self._header_frames = frames if 0 <= frames < 1 << 48 else None
        self.frames = self._header_frames if stream.frames is None and stream.claimed is None else stream.frames
        self.seeks_fast = self.form in _EXACT_SEEK and self.subtype not in _MPEG
        self._position = 0
        self._damaged = False
        self._second: FfmpegSource | None = None
        """Decodes instead, where libsndfile opens a file and finds nothing in it."""

    def _open(self) -> Any:
        if self._stream.spans is None:
            os.lseek(self._fd, 0, os.SEEK_SET)
            return _forward_only_file()(self._fd, closefd=False)
        return _forward_only_file()(PatchedFile(self._fd, self._stream.spans, claimed=self._stream.claimed))

    def read(self, frames: int) -> FloatArray:
        if self._second is not None:
            return self._second.read(frames)
        try:
            block: FloatArray = self.read_as(frames, "float32")
            return block
        except AudioError:
            if not self._try_ffmpeg():
                raise
            return self.read(frames)

    def _try_ffmpeg(self) -> bool:
        """Let FFmpeg decode a file of which nothing was read; whether it can."""
        if self._position or self._stream.spans is not None or not has_av():
            return False
        try:
            second = FfmpegSource(self._fd, self._path, known=True)
        except AudioError:
            return False
        if (second.rate, second.channels) != (self.rate, self.channels):
            second.close()
            return False
        self._second = second
        return True

    def read_as(self, frames: int, dtype: str) -> NDArray[Any]:
        """The next frames, (n, channels), in one of libsndfile's types."""
        import soundfile

        if self._damaged:
            frames = 0
        elif self._header_frames is not None:
            frames = max(0, min(frames, self._header_frames - self._position))
        if frames == 0:
            return np.empty((0, self.channels), dtype=dtype)
        try:
            block: NDArray[Any] = self._file.read(frames, dtype=dtype, always_2d=True)
        except soundfile.LibsndfileError as error:
            block = self._salvage(frames, dtype, error)
        self._position += len(block)
        return block

    def seek(self, frame: int) -> None:
        import soundfile

        if self._second is not None:
            self._second.seek(frame)
            return

        try:
            self._file.seek(frame)
        except soundfile.LibsndfileError as error:
            raise self._error(error) from error
        self._position = frame
        self._damaged = False

    def ends_early(self, read: int) -> str:
        """A note if the `read` frames, which are all that could be read, are fewer than the header says."""
        if self._second is not None:
            return self._second.ends_early(read)
        seconds = f"{read / self.rate:.2f}"
        total = round(read * self._stream.promised)
        is_exact = self.form not in _ESTIMATED_LENGTH and self.subtype not in _MPEG
        if self._header_frames is not None and is_exact:
            total = max(total, self._header_frames)
        if total > read:
            check_readable(self._fd, self._path)
            seconds += f" of {total / self.rate:.2f}"
        if self._damaged:
            return f"ends early: damaged after {seconds} s"
        if total > read:
            return f"ends early: {seconds} s"
        return f"ends early: {self._stream.cut}" if self._stream.cut else ""

    def close(self) -> None:
        if self._second is not None:
            self._second.close()
        self._file.close()

    def _salvage(self, frames: int, dtype: str, error: soundfile.LibsndfileError) -> NDArray[Any]:
        """Read the frames before the damage again, in small steps; raises AudioError if there are none."""
        import soundfile

        check_readable(self._fd, self._path)
        self._damaged = True
        self._file.close()
        parts: list[NDArray[Any]] = []
        at = 0
        try:
            self._file = self._open()
            while at < self._position + frames and len(
                part := self._file.read(_SALVAGE_FRAMES, dtype=dtype, always_2d=True)
            ):
                at += len(part)
                if at > self._position:
                    parts.append(part[-(at - self._position) :])
        except soundfile.LibsndfileError:
            pass
        if at == 0:
            raise self._error(error) from error
        return np.concatenate(parts)[:frames] if parts else np.zeros((0, self.channels), dtype=dtype)

    def _error(self, error: soundfile.LibsndfileError) -> AudioError:
        reason = str(error.error_string).strip().rstrip(".").removeprefix("Error : ")
        return AudioError(f"damaged or truncated: {reason}", path=self._path)


@cache
def _forward_only_file() -> Any:
    import soundfile  # 30 ms

    class ForwardOnlyFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
        def seekable(self) -> bool:
            return False

    return ForwardOnlyFile
