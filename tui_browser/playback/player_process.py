"""The player's own process: takes requests, and wakes the desk that answers them.

Nothing here waits for a sound: the newest request is answered, older ones are dropped unopened.
"""

from __future__ import annotations

import contextlib
import os
from multiprocessing.connection import Connection, wait

from tui_browser.playback.engine import PlaybackEngine
from tui_browser.playback.messages import PlayerRequest, newest


def player_main(conn: Connection, choice: str) -> None:
    """Serve the parent at `conn` until it closes; see `open_output` for `choice`."""
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)

    def notify() -> None:
        with contextlib.suppress(BlockingIOError):  # full: it is awake anyway
            os.write(wake, b"!")

    import soundfile  # noqa: F401  # 50 ms that the first sound need not wait for

    desk = PlaybackEngine(conn.send, choice, notify)
    try:
        while True:
            ready = wait([conn, woken], timeout=desk.patience_s())
            if woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(woken, 4096)
            if conn in ready:
                for request in newest(_all(conn)):
                    desk.take(request)
            desk.tend()
    finally:
        desk.close()


def _all(conn: Connection) -> list[PlayerRequest]:
    requests: list[PlayerRequest] = [conn.recv()]
    while conn.poll():
        requests.append(conn.recv())
    return requests
