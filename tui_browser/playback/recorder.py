"""Records a few seconds from the microphone, in a child process: ALSA writes to descriptor 2 where there is no card."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

import numpy as np

from tui_browser import child
from tui_browser.errors import BrowserError, PlayerError, WorkerError
from tui_browser.records import FloatArray

LONGEST_S = 30.0
"""A sound to compare others with; longer recordings are stopped here."""
STARTING_S = 5.0
"""Longest wait for the first samples: a sound server may be asleep."""
_SILENT = 1e-4
"""A peak below this is the noise of a converter: the input is muted or not connected."""


def record_main(conn: Connection, path: str, seconds: float) -> None:
    """The child: records until `seconds` have passed or a message comes, writes a WAV, sends its peak or an error."""
    try:
        conn.send(None)
        samples, rate = _captured(conn, min(seconds, LONGEST_S))
        import soundfile

        soundfile.write(path, samples, rate, subtype="PCM_24", format="WAV")
        conn.send(float(np.abs(samples).max(initial=0.0)))
    except BrowserError as error:
        conn.send(error)
    except (ImportError, OSError, RuntimeError) as error:
        conn.send(PlayerError("the recording failed", hint=str(error)))


def _captured(conn: Connection, seconds: float) -> tuple[FloatArray, int]:
    import miniaudio

    real = sorted(
        (b for b in miniaudio.get_enabled_backends() if b.name not in ("NULL", "CUSTOM")), key=lambda b: int(b.value)
    )
    try:
        device = miniaudio.CaptureDevice(
            input_format=miniaudio.SampleFormat.FLOAT32, nchannels=1, sample_rate=48_000, buffersize_msec=50,
            backends=real, app_name="tui-browser",
        )  # fmt: skip
    except miniaudio.MiniaudioError as error:
        raise PlayerError("there is no input device to record from", hint="near FILE takes a sound file") from error
    pieces: list[bytes] = []
    begun, lost = threading.Event(), threading.Event()

    def take() -> Generator[None, bytes, None]:
        while True:
            pieces.append(bytes((yield)))
            begun.set()

    taking = take()
    next(taking)
    device.stop_callback = lost.set
    try:
        device.start(taking)
        if not begun.wait(STARTING_S):
            raise PlayerError("the input device gives no sound", hint="choose another input in your sound settings")
        end = time.monotonic() + seconds
        while not conn.poll(min(0.05, max(0.0, end - time.monotonic()))) and time.monotonic() < end:
            if lost.is_set():
                break
    except miniaudio.MiniaudioError as error:
        raise PlayerError("the input device could not be started", hint=str(error.args[-1])) from error
    finally:
        device.stop_callback = None
        device.close()
    return np.frombuffer(b"".join(pieces), dtype=np.float32), 48_000


class Recorder:
    """One recording under way; a context manager that ends it."""

    def __init__(self, path: str, *, seconds: float, log: str | None = None) -> None:
        """Begin to record into the WAV `path`."""
        self._child = child.start("tui_browser.playback.recorder:record_main", path, seconds, log=log)
        self._stopped = False

    def fileno(self) -> int:
        """Readable when `finish` does not wait."""
        return self._child.conn.fileno()

    def stop(self) -> None:
        """End the recording early; what was recorded is written."""
        if not self._stopped:
            self._stopped = True
            self._child.send(None)

    def finish(self) -> None:
        """Wait for the WAV. Raises PlayerError where there is no input device, or nothing was to be heard."""
        try:
            while (answer := self._child.receive()) is None:
                pass
        except WorkerError as error:
            raise PlayerError("the recording ended by itself", hint="see the log in the cache folder") from error
        if isinstance(answer, BrowserError):
            raise answer
        if not answer > _SILENT:
            raise PlayerError("the recording is silent", hint="is the microphone muted?")

    def close(self) -> None:
        self._child.close(grace_s=0.2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
