"""The app's end of the feature process; its calls block, so that the app makes them in a thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from tui_browser.audio.source import open_file
from tui_browser.child import Child, start
from tui_browser.errors import AudioError, WorkerError
from tui_browser.visualiser.feature_cache import FeatureCache, FileKey
from tui_browser.visualiser.feature_process import Computed, Share, Unreadable
from tui_browser.visualiser.features import Features
from tui_browser.visualiser.reading import untold

_TARGET = "tui_browser.visualiser.feature_process:feature_main"
_NICENESS = 5
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""The other cores are the app's and the player's."""
_LOOK_S = 0.05
"""How soon it is noticed that a request is not wanted any more."""


class FeatureClient:
    """Starts the process at the first request, and again where it died; one thread at a time asks."""

    def __init__(self, *, log: Callable[[str], str | None] | None = None) -> None:
        """`log` makes the process's log file of a name."""
        self._log = log
        self._child: Child | None = None
        self._cache = FeatureCache()
        self._lock = threading.Lock()
        self._closed = False

    def features(
        self, path: bytes, *, wanted: Callable[[], bool], progress: Callable[[float], None] = untold
    ) -> Features | None:
        """The features of a file; None once they are not `wanted` any more.

        Raises AudioError for a file that cannot be read, WorkerError where the process ended.
        """
        key = _key(path)
        features = self._cache.get(key)
        if features is None:
            features = self._compute(path, wanted, progress)
            if features is not None:
                self._cache.keep(key, features)
        return features

    def close(self) -> None:
        """End the process; may be called from another thread."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.close(grace_s=0.0)

    def _compute(self, path: bytes, wanted: Callable[[], bool], progress: Callable[[float], None]) -> Features | None:
        child = self._running()
        try:
            child.send(path)
            while wanted():
                if not child.conn.poll(_LOOK_S):
                    continue
                match child.receive():
                    case Share(path=answered, part=part) if answered == path:
                        progress(part)
                    case Computed(path=answered, features=features) if answered == path:
                        return features if isinstance(features, Features) else None
                    case Unreadable(path=answered, reason=reason) if answered == path:
                        raise AudioError(reason, path=path)
                    case _:
                        pass  # of a request that was replaced
        except (WorkerError, OSError) as error:
            if self._closed:
                return None
            self._child = None
            child.close(grace_s=0.0)
            raise WorkerError("the visualiser's features could not be computed", path=path, hint=str(error)) from error
        return None

    def _running(self) -> Child:
        with self._lock:
            if self._closed:
                raise WorkerError("the visualiser is closed")
            if self._child is None or not self._child.alive:
                self._child = start(
                    _TARGET, log=self._log("features") if self._log else None, niceness=_NICENESS, env=_ONE_THREAD
                )
            return self._child


def _key(path: bytes) -> FileKey:
    with open_file(path) as fd:
        stat = os.fstat(fd)
    return path, stat.st_mtime_ns, stat.st_size
