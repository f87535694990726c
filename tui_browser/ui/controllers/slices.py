"""Slices of a long sound: plays them one by one, and writes one, or what follows, as a WAV of its own."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui_browser.config.places import working_folder
from tui_browser.errors import BrowserError, printable
from tui_browser.library.copy_folder import CopyFolder
from tui_browser.records import FloatArray, SampleId, Slice
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.slice_edit import SliceEdit

_REACHED_S = 0.05
"""A play head so little before a slice counts as within it: positions come ten times a second."""

SliceReader = Callable[[], tuple[FloatArray, float] | None]
"""Reads the vector (D,) and the onset in seconds of a slice; None where the library has lost it. It blocks."""


@dataclass(frozen=True, slots=True)
class _PlayedSlice:
    """The slice that was played last."""

    path: bytes
    token: int
    """Number of the sound that was started for it."""
    place: int


class SliceController:
    """Reads slices and writes files in a thread."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        playback: PlaybackController,
        library: LibraryLike,
        worker: LatestWorker,
    ) -> None:
        self.folder = working_folder()
        """Where the last WAV was written, and where the next one is suggested to go."""
        self.edits: dict[bytes, SliceEdit] = {}
        """Slices that were adjusted, by recording."""
        self._state = state
        self._presenter = presenter
        self._playback = playback
        self._library = library
        self._worker = worker
        self._played: _PlayedSlice | None = None

    def remember_folder(self, folder: str) -> None:
        """Suggest this folder for the next WAV."""
        self.folder = folder

    def play_beside(self, path: bytes, sample: SampleId | None, by: int) -> None:
        """Play the slice after (1) or before (-1) the present one from its onset; at first the first one."""
        self._worker.submit(functools.partial(self.stored, sample), functools.partial(self._play_beside, path, by))

    def stored(self, sample: SampleId | None) -> list[Slice]:
        """The slices of a sample that the library has; it blocks."""
        return self._library.slices(sample) if sample is not None else []

    def _play_beside(self, path: bytes, by: int, slices: Sequence[Slice]) -> None:
        if not slices:
            self._presenter.refuse("this sample has no slices")
            return
        present = self._present(path, slices)
        place = 0 if present is None else present + by
        if not 0 <= place < len(slices):
            self._presenter.refuse("this is the last slice" if by > 0 else "this is the first slice")
            return
        self._playback.play(path, start_s=slices[place].onset_s)
        self._played = _PlayedSlice(path, self._state.playback.token, place)
        self._presenter.say(f"slice {place + 1} of {len(slices)}, at {slices[place].onset_s:.2f} s")

    def _present(self, path: bytes, slices: Sequence[Slice]) -> int | None:
        """The slice that sounds: the one that was started, or the one that the play head has come to since.

        Where nothing sounds, the slice in the neighbour list, or the one that was played from there.
        """
        playback = self._state.playback
        if playback.path != path:
            listed, played = self._state.neighbour_slice(path), self._played
            if listed is None or played is None or (played.path, played.token) != (path, playback.token):
                return None if listed is None else listed.number
            return played.place
        started = self._started()
        if playback.at_s is None:
            return started
        return max(slice_at(slices, playback.at_s), started if started is not None else 0)

    def _started(self) -> int | None:
        """The slice with which the present sound was started; None where it was not started with one."""
        played, playback = self._played, self._state.playback
        if played is not None and played.token == playback.token:
            return played.place
        listed = self._state.neighbour_slice(playback.path) if playback.path is not None else None
        return listed.number if listed is not None and listed.onset_s == playback.start_s else None

    def read_sounding(self, path: bytes, sample: SampleId) -> SliceReader | None:
        """Reads the slice of this file that sounds; None where it was not started with a slice, or has ended."""
        started, at_s = self._started(), self._state.playback.at_s
        if self._state.playback.path != path or started is None:
            return None

        def read() -> tuple[FloatArray, float] | None:
            slices = self.stored(sample)
            place = started if at_s is None else max(slice_at(slices, at_s), started)
            vector = self._library.slice_vector(sample, place)
            return None if vector is None or place >= len(slices) else (vector, slices[place].onset_s)

        return read

    def write_wav(self, path: bytes, sample: SampleId | None, folder: str) -> None:
        """Write the slice under the play head into this folder; without slices, all from the play head on."""
        playback = self._state.playback
        at_s = playback.at_s if playback.path == path else None
        listed = self._state.neighbour_slice(path)
        wanted = self._played.place if self._played is not None and self._played.path == path else None
        wanted = listed.number if wanted is None and listed is not None else wanted
        self.folder = folder

        def write() -> str:
            slices = self.stored(sample)
            if slices:
                place = slice_at(slices, at_s) if at_s is not None else min(wanted or 0, len(slices) - 1)
                return _written(path, folder, slices[place].onset_s, slices[place].length_s)
            return _written(path, folder, at_s or 0.0, None)

        self._worker.submit(write, lambda written: self._presenter.say(f"WAV written: {printable(written)}"))

    def write_part(self, path: bytes, folder: str, start_s: float, length_s: float) -> str:
        """Write a part into this folder, which may be a new one; its path. It blocks; raises BrowserError."""
        self.folder = folder
        try:
            os.makedirs(os.path.expanduser(folder), exist_ok=True)
        except OSError as error:
            raise BrowserError(f"the folder could not be made: {error.strerror}", path=folder) from error
        return _written(path, folder, start_s, length_s)


def slice_at(slices: Sequence[Slice], at_s: float) -> int:
    """The slice at this position; the first one for positions before it."""
    return max(0, sum(part.onset_s <= at_s + _REACHED_S for part in slices) - 1)


def _written(path: bytes, folder: str, start_s: float, length_s: float | None) -> str:
    target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
    try:
        name = CopyFolder(target).add_part(path, start_s=start_s, length_s=length_s)
    except OSError as error:
        raise BrowserError(f"the WAV could not be written: {error.strerror}", path=target) from error
    return os.path.join(os.fsdecode(target), os.fsdecode(name))
