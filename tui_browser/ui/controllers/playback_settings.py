"""Hearing as a person leaves it set: louder, faster, over and over, by itself, in turn; and what was heard."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from tui_browser.records import HEARD, MISSING, SampleId
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.heard_log import HeardLog
from tui_browser.ui.controllers.playback import PlaybackController, PlaybackOptions
from tui_browser.ui.controllers.prefetch import follower
from tui_browser.ui.ports import Remember
from tui_browser.ui.state.selection import Selection


class PlaybackSettings:
    """Changes how sounds are heard, and remembers it."""

    def __init__(
        self,
        walker: CursorController,
        audition: PlaybackController,
        heard: HeardLog,
        selection: Selection,
        *,
        remember: Remember,
        library_path: str,
        describe: Callable[[], None],
    ) -> None:
        """`describe` writes the top line anew."""
        self._walker = walker
        self._stage = walker.stage
        self._audition = audition
        self._heard = heard
        self._selection = selection
        self._remember = remember
        self._library_path = library_path
        self._describe = describe

    def in_ways(self, ways: PlaybackOptions) -> None:
        """Hear everything in this way; volume and speed at the next start too, over and over in this session only."""
        self._audition.go(ways)
        self._remember(lambda state: dataclasses.replace(state, volume_db=ways.volume_db, speed=ways.speed))
        self._describe()

    def set_auto_play(self, on: bool) -> None:
        """Switch auto-play, now and at the next start with this library."""
        self._audition.auto = on
        if not on:
            self._audition.stop()
        path = self._library_path
        if path:
            self._remember(
                lambda state: state.with_library(path, dataclasses.replace(state.library(path), auto_play=on))
            )
        self._describe()

    def play_selected(self) -> None:
        """Play the selected sample from its start, unless its file is gone."""
        path = self._stage.path
        if path is not None and not self._stage.missing:
            self._audition.play(path)

    def play_all(self) -> None:
        """Play the list in turn, from the selected sample on, round and round; a selection once, from its start."""
        if len(self._selection):
            self._play_selection()
            return
        first = True

        def following() -> bytes | None:
            nonlocal first
            row = follower(self._walker, first=first)
            first = False
            if row is None:
                return None
            self._walker.pick_from_list(self._stage.world.id_at(row), silently=True)
            return self._stage.path

        self._audition.take_turns(following)

    def _play_selection(self) -> None:
        waiting = list(map(int, self._selection.ids))

        def following() -> bytes | None:
            world = self._stage.world
            while waiting:
                sample = SampleId(waiting.pop(0))
                row = world.row_of(sample)
                if row is not None and not world.snapshot.flags[row] & MISSING:
                    self._walker.go(sample, silently=True)
                    return world.snapshot.names[row]
            return None

        self._audition.take_turns(following)

    def sound_changed(self) -> None:
        """Something else sounds, or nothing."""
        self._stage.play_head(self._audition.at_s)
        self._stage.status()

    def moved_on(self) -> None:
        """A long sound has come further."""
        self._stage.play_head(self._audition.at_s)

    def began(self, path: bytes) -> None:
        """A sound has begun: the sample under the cursor was heard."""
        row, sample = self._stage.row, self._walker.journey.selected
        if row is None or sample is None or self._stage.path != path or self._stage.on_guest:
            return
        if not self._stage.world.snapshot.flags[row] & HEARD:
            self._heard.note(sample)
