"""Records a sound and shows it on the map as a guest, with its neighbours."""

from __future__ import annotations

import os

from tui_browser.config.places import cache_dir, log_file
from tui_browser.playback.recorder import Recorder
from tui_browser.ui.controllers.drop_handler import DropHandler
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker

SECONDS = 10.0
"""A recording ends by itself after so long."""
NAME = "recording.wav"


class RecordingController:
    """One recording at a time; the last one stays in the cache folder."""

    def __init__(
        self, presenter: Presenter, playback: PlaybackController, drops: DropHandler, worker: LatestWorker
    ) -> None:
        self._presenter = presenter
        self._playback = playback
        self._drops = drops
        self._worker = worker
        self._recorder: Recorder | None = None

    def toggle(self) -> None:
        """Begin to record, or end what is being recorded."""
        if self._recorder is not None:
            self._recorder.stop()
            return
        if self._worker.busy:
            return
        self._playback.stop()
        self._presenter.say(f"recording for {SECONDS:.0f} s at most: the same key ends it")
        self._worker.submit(self._record, self._show)

    def _record(self) -> bytes:
        path = os.path.join(cache_dir(), NAME)
        with Recorder(path, seconds=SECONDS, log=log_file("recorder")) as recorder:
            self._recorder = recorder
            try:
                recorder.finish()
            finally:
                self._recorder = None
        return os.fsencode(path)

    def _show(self, path: bytes) -> None:
        self._drops.show_files([path])
