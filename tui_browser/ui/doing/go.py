"""Going far: to a class, to a mark, to what was not heard yet."""

from __future__ import annotations

import numpy as np

from tui_browser.records import CLASSES, HEARD, SampleId
from tui_browser.ui import words
from tui_browser.ui.doing.base import Doing, Panel
from tui_browser.ui.session import Session
from tui_browser.ui.unheard import region


class Going(Doing):
    """Some of these take the letter that is pressed next."""

    def __init__(self, session: Session, panel: Panel) -> None:
        super().__init__(session, panel)
        self._seen_unheard: tuple[SampleId, ...] = ()
        """Where `]` led, one after the other."""
        self._regions: frozenset[int] = frozenset()
        """The regions that it led through."""
        self._seen_of_class: tuple[int, tuple[SampleId, ...]] = (-1, ())
        """A class, and where `z` with its letter led, one after the other."""

    # --- classes -----------------------------------------------------------------------------------------------------

    @property
    def _class_names(self) -> tuple[str, ...]:
        """The library's classes that have a letter."""
        return self.stage.world.snapshot.class_names[: len(CLASSES)]

    def do_go_class(self) -> None:
        if not self._class_names:
            self.refuse("this library's model has no classes")
            return
        letters = " ".join(self.panel.shell.paint.letter(index) for index in range(len(self._class_names)))
        self.panel.await_key(f"class? {letters}", self._go_class)

    def _go_class(self, letter: str) -> None:
        paint = self.panel.shell.paint
        letters = [paint.letter(index) for index in range(len(self._class_names))]
        found = [at for at, one in enumerate(letters) if one == letter]
        found = found or [at for at, one in enumerate(letters) if one.casefold() == letter.casefold()]
        if not found:
            self.refuse(f"no class has the letter {letter}")
            return
        if not self._go_surest(found[0]):
            self.refuse(f"there is no other {words.class_word(self._class_names[found[0]])}")

    def _go_surest(self, kind: int) -> bool:
        """Go to the surest other sample of a class, in whole per cent, of equally sure ones to the nearest; pressed
        again, to the next. False when there is none.
        """
        world, journey, mask = self.stage.world, self.session.journey, self.session.sieve.mask
        if self._seen_of_class[0] != kind or journey.selected not in self._seen_of_class[1][-1:]:
            self._seen_of_class = (kind, ())
        left = (world.snapshot.classes == kind) & np.isfinite(world.snapshot.xy[:, 0])
        if mask is not None:
            left &= mask
        for row in (world.row_of(journey.selected), *map(world.row_of, self._seen_of_class[1])):
            if row is not None:
                left[row] = False
        if not left.any():
            return False
        sure = np.rint(100 * world.snapshot.class_p)
        gone = self.walker.go_nearest(left & (sure == sure[left].max()))
        if gone and journey.selected is not None:
            self._seen_of_class = (kind, (*self._seen_of_class[1], journey.selected))
        return gone

    # --- marks -------------------------------------------------------------------------------------------------------

    def do_set_mark(self) -> None:
        self.panel.await_key("letter of the mark?", self._set_mark)

    def _set_mark(self, letter: str) -> None:
        sample = self.session.journey.selected
        if len(letter) == 1 and letter.isalnum() and sample is not None:
            self.session.marks[letter] = sample
            self.say(f"mark {letter} set: {self.first_key('go_mark')}{letter} leads here")
        else:
            self.refuse("a mark is a letter or a digit")

    def do_go_mark(self) -> None:
        marks = self.session.marks
        if not marks:
            self.refuse(f"no mark is set yet: {self.first_key('set_mark')} sets one")
            return
        self.panel.await_key(f"mark? {' '.join(sorted(marks))}", self._go_mark)

    def _go_mark(self, letter: str) -> None:
        sample = self.session.marks.get(letter)
        if sample is None or self.stage.world.row_of(sample) is None:
            self.refuse(f"there is no mark {letter}")
            return
        self.walker.go(sample)

    # --- what was not heard ------------------------------------------------------------------------------------------

    def do_next_unheard(self) -> None:
        world, session = self.stage.world, self.session
        unheard = (world.snapshot.flags & HEARD) == 0
        for sample in (*session.heard.waiting, *self._seen_unheard):
            row = world.row_of(sample)
            if row is not None:
                unheard[row] = False
        if session.sieve.mask is not None:
            unheard &= session.sieve.mask
        found = region(world.xy, unheard, self.walker.place, but=self._regions)
        if found is None:
            self._seen_unheard, self._regions = (), frozenset()
            self.refuse("every sample shown was heard")
            return
        tile, row = found
        self._regions = frozenset((tile,)) if tile in self._regions else self._regions | {tile}
        self.walker.go_row(row)
        if session.journey.selected is not None:
            self._seen_unheard = (*self._seen_unheard, session.journey.selected)

    def do_previous_unheard(self) -> None:
        seen = [one for one in self._seen_unheard if self.stage.world.row_of(one) is not None]
        if seen and seen[-1] == self.session.journey.selected:
            seen.pop()
        if not seen:
            self.refuse("no unheard sample was visited before this one")
            return
        self.walker.go(seen[-1])
        self._seen_unheard = tuple(seen)
