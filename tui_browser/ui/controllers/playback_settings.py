"""Volume, speed, loop and auto-play as a person sets them; and playing the list or the selection in turn."""

from __future__ import annotations

import dataclasses

from tui_browser.config.project import Project
from tui_browser.records import MISSING, SampleId
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.prefetch import next_in_list
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.ports import Remember
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.playback import PlaybackOptions


class PlaybackSettings:
    """Changes the options and saves them for the next start."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        cursor: CursorController,
        playback: PlaybackController,
        *,
        remember: Remember,
        library_path: str,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._cursor = cursor
        self._playback = playback
        self._remember = remember
        self._library_path = library_path

    def set_options(self, options: PlaybackOptions) -> None:
        """Play everything in this way; volume and speed are saved, loop is not."""
        self._playback.set_options(options)
        self._remember(lambda saved: dataclasses.replace(saved, volume_db=options.volume_db, speed=options.speed))
        self._presenter.show_header()

    def set_project(self, project: Project) -> None:
        """Bring sounds to this tempo and key, now and at the next start."""
        self._playback.set_project(project)
        self._remember(lambda saved: dataclasses.replace(saved, project_bpm=project.bpm, project_key=project.key))
        self._presenter.show_header()

    def set_auto_play(self, on: bool) -> None:
        """Switch auto-play, now and at the next start with this library."""
        self._state.playback.auto = on
        if not on:
            self._playback.stop()
        path = self._library_path
        if path:
            self._remember(
                lambda saved: saved.with_library(path, dataclasses.replace(saved.library(path), auto_play=on))
            )
        self._presenter.show_header()

    def play_at_cursor(self, *, start_s: float | None = None) -> None:
        """Play the file under the cursor, unless it is missing."""
        path = self._state.path
        if path is not None and not self._state.missing:
            self._playback.play(path, start_s=start_s)

    def play_all(self) -> None:
        """Play the list from the cursor on, round and round; a selection once, from its start."""
        if len(self._state.selection):
            self._play_selection()
        else:
            self.play_list()

    def skip(self) -> None:
        """Play the next sample of what is played in turn, or of the list."""
        if not self._playback.skip():
            self.play_list(include_cursor=False)

    def play_list(self, *, include_cursor: bool = True) -> None:
        """Play the list round and round, from the cursor or from the sample after it."""
        first = include_cursor

        def next_path() -> bytes | None:
            nonlocal first
            row = next_in_list(self._state, self._presenter.widgets.list, include_cursor=first)
            first = False
            if row is None:
                return None
            self._cursor.go_in_list(self._state.map_model.id_at(row), silently=True)
            return self._state.path

        self._playback.play_in_turn(next_path)

    def _play_selection(self) -> None:
        remaining = list(map(int, self._state.selection.ids))

        def next_path() -> bytes | None:
            map_model = self._state.map_model
            while remaining:
                sample = SampleId(remaining.pop(0))
                row = map_model.row_of(sample)
                if row is not None and not map_model.snapshot.flags[row] & MISSING:
                    self._cursor.go(sample, silently=True)
                    return map_model.snapshot.names[row]
            return None

        self._playback.play_in_turn(next_path)
