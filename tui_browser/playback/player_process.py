"""The player's process: reads requests, drops all but the newest, and runs the engine."""

from __future__ import annotations

import contextlib
import os
from multiprocessing.connection import Connection, wait

from tui_browser.playback.engine import PlaybackEngine
from tui_browser.playback.messages import PlayerRequest, newest


def player_main(conn: Connection, choice: str) -> None:
    """Serve the parent at `conn` until it closes; `choice` is the `backend` of `Player`."""
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)

    def notify() -> None:
        with contextlib.suppress(BlockingIOError):  # a full pipe wakes as well
            os.write(wake, b"!")

    import soundfile  # noqa: F401  # 50 ms that the first sound need not wait for

    engine = PlaybackEngine(conn.send, choice, notify)
    try:
        while True:
            ready = wait([conn, woken], timeout=engine.patience_s())
            if woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(woken, 4096)
            if conn in ready:
                for request in newest(_receive_all(conn)):
                    engine.handle(request)
            engine.tend()
    finally:
        engine.close()


def _receive_all(conn: Connection) -> list[PlayerRequest]:
    requests: list[PlayerRequest] = [conn.recv()]
    while conn.poll():
        requests.append(conn.recv())
    return requests
