"""The one listener of a machine, whoever started it."""

from __future__ import annotations

import contextlib
import threading

from tui_browser.errors import PlayerError, WorkerError
from tui_browser.playback.remote.listener import Listener, ListenerOptions, ListenerRunsError

_LOOK_S = 0.5


class SharedListener:
    """Takes the listener that runs at an address; starts one where there is none, or when the other one ends."""

    def __init__(self, options: ListenerOptions, *, log: str | None = None) -> None:
        """Raises PlayerError when no listener runs and none can be started."""
        self._options = options
        self._log = log
        self._listener: Listener | None = None
        self._closing = threading.Event()
        self.notes: list[str] = []
        """What our own listener said, each sentence once."""
        with contextlib.suppress(ListenerRunsError):
            self._listener = Listener(options, log=log)
        self._thread = threading.Thread(target=self._watch, name="shared-listener", daemon=True)
        self._thread.start()

    @property
    def own(self) -> bool:
        """Whether the listener is ours."""
        return self._listener is not None

    def close(self) -> None:
        """End our own listener; somebody else's stays."""
        self._closing.set()
        self._thread.join()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _watch(self) -> None:
        while not self._closing.is_set():
            if self._listener is None:
                self._closing.wait(_LOOK_S)
                with contextlib.suppress(PlayerError):  # it runs still
                    self._listener = Listener(self._options, log=self._log)
                continue
            try:
                note = self._listener.next_note(timeout_s=_LOOK_S)
            except WorkerError:
                self._listener.close()
                self._listener = None
                continue
            if note is not None:
                self.notes.append(note)
