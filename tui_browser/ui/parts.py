"""Parts of a sound: going through the hits of a long one, and writing one, or what follows, as a WAV of its own."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence

from tui_browser.config.places import working_folder
from tui_browser.errors import BrowserError, printable
from tui_browser.library.copies import Copies
from tui_browser.library.hits import NearHit
from tui_browser.records import FloatArray, SampleId, Slice
from tui_browser.ui.audition import Audition
from tui_browser.ui.lane import Lane
from tui_browser.ui.ports import LibraryLike

_REACHED_S = 0.05
"""A play head so little before a hit has reached it: its place is told ten times a second."""


class Parts:
    """Asks for hits and writes files in a thread; plays and tells on the UI thread."""

    def __init__(
        self,
        library: LibraryLike,
        lane: Lane,
        *,
        audition: Audition,
        say: Callable[[str], None],
        refuse: Callable[[str], None],
    ) -> None:
        self.folder = working_folder()
        """Where the last part went, and the next one is offered to go."""
        self._library = library
        self._lane = lane
        self._audition = audition
        self._say = say
        self._refuse = refuse
        self._heard: tuple[bytes, int, int] | None = None
        """The hit that was asked for last: its file, the number of the sound that this began, its place."""
        self.listed: Callable[[bytes], NearHit | None] = lambda _: None
        """The hit by which a file is in the list of neighbours: then it is heard from there."""

    def go(self, path: bytes, sample: SampleId | None, by: int) -> None:
        """Hear the hit after (1) or before (-1) the one that sounds, from its onset; at first the first one."""
        self._lane.ask(functools.partial(self._hits, sample), functools.partial(self._go, path, by))

    def _hits(self, sample: SampleId | None) -> list[Slice]:
        return self._library.slices(sample) if sample is not None else []

    def _go(self, path: bytes, by: int, hits: Sequence[Slice]) -> None:
        if not hits:
            self._refuse("this sample has no separate hits")
            return
        now = self._now(path, hits)
        place = 0 if now is None else now + by
        if not 0 <= place < len(hits):
            self._refuse("this is the last hit" if by > 0 else "this is the first hit")
            return
        self._audition.play(path, start_s=hits[place].onset_s)
        self._heard = (path, self._audition.number, place)
        self._say(f"hit {place + 1} of {len(hits)}, at {hits[place].onset_s:.2f} s")

    def _now(self, path: bytes, hits: Sequence[Slice]) -> int | None:
        """The hit that sounds: the one asked for last, or the one that the play head has come to since.

        Where nothing sounds, that of the list, or where these keys went from there.
        """
        if self._audition.path != path:
            listed, heard = self.listed(path), self._heard
            if listed is None or heard is None or heard[:2] != (path, self._audition.number):
                return None if listed is None else listed.place
            return heard[2]
        asked = self._asked()
        if self._audition.at_s is None:
            return asked
        return max(hit_at(hits, self._audition.at_s), asked if asked is not None else 0)

    def _asked(self) -> int | None:
        """The hit that the present sound was begun with; None where it was begun otherwise."""
        heard, path = self._heard, self._audition.path
        if heard is not None and heard[1] == self._audition.number:
            return heard[2]
        listed = self.listed(path) if path is not None else None
        return listed.place if listed is not None and listed.onset_s == self._audition.start_s else None

    def sounding(self, path: bytes, sample: SampleId) -> Callable[[], tuple[FloatArray, float] | None] | None:
        """What reads the vector (D,) and the onset of the hit that sounds, in a thread.

        None where no hit of this file was asked for, or it sounds no more.
        """
        asked, at_s = self._asked(), self._audition.at_s
        if self._audition.path != path or asked is None:
            return None

        def read() -> tuple[FloatArray, float] | None:
            hits = self._hits(sample)
            place = asked if at_s is None else max(hit_at(hits, at_s), asked)
            vector = self._library.slice_vector(sample, place)
            return None if vector is None or place >= len(hits) else (vector, hits[place].onset_s)

        return read

    def cut(self, path: bytes, sample: SampleId | None, folder: str) -> None:
        """Write the hit under the play head, or without hits all from the play head on, into this folder."""
        at_s = self._audition.at_s if self._audition.path == path else None
        listed = self.listed(path)
        asked = self._heard[2] if self._heard is not None and self._heard[0] == path else None
        asked = listed.place if asked is None and listed is not None else asked
        self.folder = folder

        def write() -> str:
            hits = self._hits(sample)
            if hits:
                place = hit_at(hits, at_s) if at_s is not None else min(asked or 0, len(hits) - 1)
                return _written(path, folder, hits[place].onset_s, hits[place].length_s)
            return _written(path, folder, at_s or 0.0, None)

        self._lane.ask(write, lambda written: self._say(f"WAV written: {printable(written)}"))


def hit_at(hits: Sequence[Slice], at_s: float) -> int:
    """The hit that sounds there; the first one before it."""
    return max(0, sum(hit.onset_s <= at_s + _REACHED_S for hit in hits) - 1)


def _written(path: bytes, folder: str, start_s: float, length_s: float | None) -> str:
    target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
    try:
        name = Copies(target).add_part(path, start_s=start_s, length_s=length_s)
    except OSError as error:
        raise BrowserError(f"the WAV could not be written: {error.strerror}", path=target) from error
    return os.path.join(os.fsdecode(target), os.fsdecode(name))
