"""The player's own process: takes requests, opens files, feeds the output, tells what happened.

Nothing here waits for a sound: the newest request is answered, older ones are dropped unopened.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait

from tui_browser.audio.backends.choose import open_output
from tui_browser.audio.backends.device import Output
from tui_browser.audio.player import Failed, Finished, Play, PlayerEvent, Prefetch, Ready, Started, Stop
from tui_browser.audio.remote.choose import open_remote
from tui_browser.audio.remote.output import RemoteOutput
from tui_browser.audio.voices import StreamVoice, Voices
from tui_browser.errors import AudioError, PlayerError

_FEED_S = 0.1
_WATCH_S = 1.0
_RETRY_S = 15.0
_RATE = 48_000


def player_main(conn: Connection, choice: str) -> None:
    """Serve the parent at `conn` until it closes; see `open_output` for `choice`."""
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)

    def notify() -> None:
        with contextlib.suppress(BlockingIOError):  # full: it is awake anyway
            os.write(wake, b"!")

    import soundfile  # noqa: F401  # 50 ms that the first sound need not wait for

    desk = Desk(conn, choice, notify)
    try:
        while True:
            ready = wait([conn, woken], timeout=desk.patience_s())
            if woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(woken, 4096)
            if conn in ready:
                for request in _newest(conn):
                    desk.take(request)
            desk.tend()
    finally:
        desk.close()


def _newest(conn: Connection) -> list[Play | Stop | Prefetch]:
    """The newest thing asked for, then the newest hint."""
    newest: dict[bool, Play | Stop | Prefetch] = {}
    while not newest or conn.poll():
        request: Play | Stop | Prefetch = conn.recv()
        newest[isinstance(request, Prefetch)] = request
    return [newest[hint] for hint in sorted(newest)]


class Desk:
    """An output, what it plays, and whom to tell."""

    def __init__(self, conn: Connection, choice: str, notify: Callable[[], None]) -> None:
        self._conn = conn
        self._choice = choice
        self._notify = notify
        self._stream: StreamVoice | None = None
        self._open()

    def _open(self) -> None:
        self._use(*_open_output(self._choice, self._notify))

    def _use(self, output: Output | RemoteOutput, note: str) -> None:
        self._output, self._note = output, note
        self._fell_silent = time.monotonic() if note else None
        self._voices = Voices(_RATE if isinstance(output, RemoteOutput) else output.rate)
        self._ready = self._state()
        self._tell(self._ready)

    def _state(self) -> Ready:
        if isinstance(self._output, RemoteOutput):
            return Ready(self._output.name, *self._output.state)
        return Ready(self._output.name, self._output.sounds, self._note)

    def patience_s(self) -> float | None:
        """How long the loop may sleep when nobody calls."""
        if self._stream is not None:
            return _FEED_S
        return self._output.poll_s if self._output.poll_s is not None else _WATCH_S

    def take(self, request: Play | Stop | Prefetch) -> None:
        """Do what was asked."""
        if isinstance(request, Prefetch):
            if isinstance(self._output, RemoteOutput):
                self._output.prefetch(request.paths)
            return
        self._stream = None
        if isinstance(request, Stop):
            self._output.stop()
            return
        if self._fell_silent is not None and time.monotonic() - self._fell_silent > _RETRY_S:
            self._look_again()
        if isinstance(self._output, RemoteOutput):
            start_s, gain_db = request.start_s, request.gain_db
            self._output.play(request.path, request.token, start_s=start_s, gain_db=gain_db, asked=request.asked)
            return
        try:
            voice = self._voices.open(request.path, start_s=request.start_s, gain_db=request.gain_db)
            self._stream = voice if isinstance(voice, StreamVoice) else None
            self._output.play(voice, request.token, asked=request.asked)
        except (AudioError, PlayerError) as error:
            self._output.stop()
            if self._stream is not None:
                self._stream.close()
                self._stream = None
            self._tell(Failed(request.token, error.what))

    def _look_again(self) -> None:
        """Take the device that was asked for, should it have come back."""
        output, note = _open_output(self._choice, self._notify)
        self._fell_silent = time.monotonic()
        if note:
            output.close()
            return
        self._output.close()
        self._use(output, note)

    def tend(self) -> None:
        """Feed a long sound, tell what was heard, and open the device anew when it has died."""
        if self._stream is not None:
            self._stream.feed()
        for heard in self._output.events():
            if heard.ended:
                self._stream = None
            if heard.failed:
                self._tell(Failed(heard.token, heard.failed))
            else:
                self._tell(Finished(heard.token) if heard.ended else Started(heard.token, heard.after_s))
        if self._ready != self._state():
            self._ready = self._state()
            self._tell(self._ready)
        if not isinstance(self._output, RemoteOutput) and not self._output.alive():
            self._stream = None
            self._output.close()
            self._open()

    def close(self) -> None:
        self._output.close()

    def _tell(self, event: PlayerEvent) -> None:
        self._conn.send(event)


def _open_output(choice: str, notify: Callable[[], None]) -> tuple[Output | RemoteOutput, str]:
    """The listener on the person's laptop where there is one to be used, else a way out on this machine."""
    remote, missed = open_remote(choice, notify, env=os.environ)
    if remote is not None:
        return remote, ""
    output, note = open_output(choice, notify)
    return output, missed if note and missed else note
