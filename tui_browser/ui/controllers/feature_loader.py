"""The features of the sound that plays, for the visualiser and for a map that breathes."""

from __future__ import annotations

from tui_browser.errors import AudioError, BrowserError
from tui_browser.ui import formatting
from tui_browser.ui.controllers.events import Emit, FeaturesReady
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import Background
from tui_browser.ui.sample_names import sample_name
from tui_browser.visualiser.feature_client import FeatureClient
from tui_browser.visualiser.features import Features

_LONG_S = 0.4
"""Work that takes longer is told."""


class FeatureLoader:
    """Asks the feature process for one file at a time, the newest; emits `FeaturesReady`."""

    def __init__(self, presenter: Presenter, client: FeatureClient, background: Background, *, emit: Emit) -> None:
        self.features: Features | None = None
        """Of the file last asked for, once they are there."""
        self._presenter = presenter
        self._client = client
        self._emit = emit
        self._after = background.after
        self._worker = background.worker("features", failed=self._failed)
        self._path: bytes | None = None
        self._part = 0.0
        self._prepared: bytes | None = None
        """The file that was last prepared."""

    def follow(self, path: bytes | None) -> None:
        """Get the features of this file; None for none."""
        if path == self._path:
            return
        self._path, self.features, self._part = path, None, 0.0
        if path is not None:
            self._worker.submit(lambda: self._compute(path), self._take)
            self._after(_LONG_S, lambda: self._tell(path))

    def prepare(self, path: bytes) -> None:
        """Find the features of the sound that follows, while nothing else is to be found."""
        current = self._path
        if self.features is None or path in (current, self._prepared) or self._worker.busy:
            return
        self._prepared = path
        self._worker.submit(
            lambda: self._client.features(path, wanted=lambda: self._path in (current, path)), _kept_in_cache
        )

    def _compute(self, path: bytes) -> tuple[bytes, Features | None]:
        def progress(part: float) -> None:
            self._part = part

        return path, self._client.features(path, wanted=lambda: self._path == path, progress=progress)

    def _take(self, answer: tuple[bytes, Features | None]) -> None:
        path, features = answer
        if path == self._path and features is not None and features.frames:
            self.features = features
            self._presenter.widgets.status.work("")
            self._emit(FeaturesReady())

    def _tell(self, path: bytes) -> None:
        """Say how far the features are, while they are not there."""
        if path != self._path or self.features is not None:
            return
        name = formatting.cut_middle(sample_name(path), 40)
        self._presenter.widgets.status.work(f"listening to {name} {100 * self._part:.0f} %")
        self._after(_LONG_S, lambda: self._tell(path))

    def _failed(self, error: BrowserError) -> None:
        if self.features is not None:
            return  # of what was prepared: told when it plays
        self._path = None if not isinstance(error, AudioError) else self._path
        self._presenter.widgets.status.work("")
        self._presenter.show_error(error)

    def close(self) -> None:
        """End the process."""
        self._path = None
        self._client.close()


def _kept_in_cache(features: Features | None) -> None:
    """The client keeps what it computes: there is nothing more to do."""
