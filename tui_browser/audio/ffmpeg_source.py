"""Decodes with FFmpeg through PyAV: m4a, aac, wma, and variants that libsndfile cannot read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from tui_browser.audio.patched_file import check_readable
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

_UNRELIABLE = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "truehd", "mlp", "loas", "mpeg", "mpegvideo", "tty"})
"""Formats that FFmpeg also detects in noise."""
_EXACT_LENGTH = frozenset({"mov", "caf", "wav", "w64", "aiff", "asf", "matroska", "wv", "ape", "tta", "flac"})
"""Containers whose length is stored, not estimated."""


def has_av() -> bool:
    """Whether PyAV, the extra `av`, is installed."""
    try:
        import av  # noqa: F401  # 60 ms, only for files that libsndfile cannot read
    except ImportError:
        return False
    return True


class FfmpegSource:
    """An audio source decoded by FFmpeg; it ends where the file is damaged."""

    seeks_fast = False

    def __init__(self, fd: int, path: bytes, *, known: bool) -> None:
        """`known` says that the format was recognised; otherwise formats that FFmpeg guesses are refused.

        Raises AudioError.
        """
        import av

        self._fd, self._path = fd, path
        self._failures: tuple[type[Exception], ...] = (av.error.FFmpegError, ValueError, EOFError, OSError)
        os.lseek(fd, 0, os.SEEK_SET)
        self._stream = os.fdopen(fd, "rb", closefd=False)
        try:
            self._container = av.open(self._stream, mode="r", metadata_errors="replace")
        except self._failures as error:
            self._stream.close()
            check_readable(fd, path)
            raise AudioError(f"damaged or not audio: {_error_text(error)}", path=path) from error
        try:
            names = frozenset(self._container.format.name.split(","))
            if not self._container.streams.audio:
                raise AudioError("holds no sound", path=path)
            if self._container.streams.audio[0].codec_context is None:
                raise AudioError("unknown encoding", path=path)
            if not known and names & _UNRELIABLE:
                raise AudioError("not audio: unknown format", path=path)
            self._has_exact_length = bool(names & _EXACT_LENGTH)
            self._start()
        except self._failures as error:
            self.close()
            raise AudioError(f"damaged: {_error_text(error)}", path=path) from error
        except BaseException:  # ctrl-c included: nobody else closes the container
            self.close()
            raise

    def _start(self) -> None:
        import av

        track = self._container.streams.audio[0]
        self.rate: int = int(track.rate or 0)
        self.channels: int = int(track.codec_context.channels)
        length = float((track.duration or 0) * (track.time_base or 0)) if self._has_exact_length else 0.0
        self.frames = round(length * self.rate) if 0 < length < 1e7 else None
        self._resampler = av.AudioResampler(format="flt", layout=track.codec_context.layout, rate=self.rate)
        self._decoded = self._blocks(track)
        self._buffer = np.zeros((0, self.channels), dtype=np.float32)
        self._damaged = False
        self._delivered = 0

    def _blocks(self, track: Any) -> Iterator[FloatArray]:
        for frame in self._container.decode(track):
            for part in self._resampler.resample(frame):
                yield part.to_ndarray().reshape(-1, self.channels).astype(np.float32, copy=False)

    def read(self, frames: int) -> FloatArray:
        parts, count = [self._buffer], len(self._buffer)
        try:
            while count < frames and not self._damaged and (block := next(self._decoded, None)) is not None:
                parts.append(block)
                count += len(block)
        except self._failures as error:
            check_readable(self._fd, self._path)
            if not count + self._delivered:
                raise AudioError(f"damaged: {_error_text(error)}", path=self._path) from error
            self._damaged = True
        samples = np.concatenate(parts)
        self._buffer = samples[frames:]
        self._delivered += min(frames, len(samples))
        return np.ascontiguousarray(samples[:frames])

    def seek(self, frame: int) -> None:
        """Read from the beginning to `frame`, as FFmpeg's own seeking is not exact."""
        try:
            self._container.seek(0)
        except self._failures as error:
            raise AudioError(f"damaged: {_error_text(error)}", path=self._path) from error
        self._start()
        while frame > 0 and len(block := self.read(min(frame, 1 << 16))):
            frame -= len(block)

    def ends_early(self, read: int) -> str:
        if self._damaged:
            return f"ends early: damaged after {read / self.rate:.2f} s"
        if self.frames is not None and read < 0.95 * self.frames - 8192:
            return f"ends early: {read / self.rate:.2f} of {self.frames / self.rate:.2f} s"
        return ""

    def close(self) -> None:
        self._container.close()
        self._stream.close()


def _error_text(error: Exception) -> str:
    text = str(getattr(error, "strerror", None) or error or type(error).__name__)
    return "nothing can be decoded" if text.startswith("Invalid data found") else text
