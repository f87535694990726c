"""Devices paced by the clock: a silent one, and one that records to a WAV file.

Both pull frames only while something plays, so a recording holds the sounds one after the other, without the silence
between them.
"""

from __future__ import annotations

import os
import struct
import threading
import time
from typing import BinaryIO

from tui_browser.errors import PlayerError
from tui_browser.playback.mixer import Mixer
from tui_browser.records import FloatArray

_RATE = 48_000
_TICK_S = 0.01


class NullDevice:
    """Pulls frames in real time and discards them."""

    name = "null"
    sounds = False
    rate = _RATE
    runs_always = False
    buffer_s: float | None = None

    def __init__(self) -> None:
        self._closing = False
        self._thread: threading.Thread | None = None
        self._mixer: Mixer | None = None

    def start(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._thread = threading.Thread(target=self._run, args=(mixer,), name=self.name, daemon=True)
        self._thread.start()

    def write(self, frames: FloatArray) -> None:
        """Handle the next frames, (n, 2)."""

    def _run(self, mixer: Mixer) -> None:
        while not self._closing:
            mixer.sounding.wait()
            written, started = 0, time.monotonic()
            while mixer.sounding.is_set() and not self._closing:
                due = round((time.monotonic() - started + _TICK_S) * self.rate)
                frames = mixer.mix(due - written)
                self.write(frames[: len(frames) - mixer.silent_tail])
                written = due
                time.sleep(_TICK_S)

    def close(self) -> None:
        self._closing = True
        if self._thread is not None and self._mixer is not None:
            self._mixer.sounding.set()
            self._thread.join()
            self._thread = None


class RecorderDevice(NullDevice):
    """Records float32 stereo at 48 kHz; appends to an earlier recording, and never overwrites any other file."""

    name = "recorder"

    def __init__(self, path: str) -> None:
        super().__init__()
        self._file, self._bytes = _open_recording(path)

    def write(self, frames: FloatArray) -> None:
        data = frames.astype("<f4", copy=False).tobytes()
        self._file.write(data)
        self._bytes += len(data)
        self._file.seek(0)
        self._file.write(_header(self._bytes))
        self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        super().close()
        self._file.close()


def _header(data_bytes: int) -> bytes:
    """A WAV header for float32 stereo, with a `tuib` chunk that marks it as a recording of this program."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 2, _RATE, _RATE * 8, 8, 32)
    chunks = b"WAVE" + form + b"tuib" + struct.pack("<I", 0) + b"data" + struct.pack("<I", data_bytes)
    return b"RIFF" + struct.pack("<I", len(chunks) + data_bytes) + chunks


def _open_recording(path: str) -> tuple[BinaryIO, int]:
    size = len(_header(0))
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        file = os.fdopen(descriptor, "r+b", buffering=0)
    except OSError as error:
        hint = error.strerror or str(error)
        raise PlayerError("the recording cannot be written", path=path, hint=hint) from error
    start = file.read(size)
    if not start:
        file.write(_header(0))
    elif start[8 : size - 4] != _header(0)[8 : size - 4]:
        file.close()
        raise PlayerError("the recording would overwrite another file", path=path, hint="choose a new file name")
    return file, file.seek(0, os.SEEK_END) - size
