"""Jumps of the cursor: to a class, to a mark, to a region that was not heard yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui_browser.records import CLASSES, HEARD, SampleId, colour_places
from tui_browser.ui import formatting
from tui_browser.ui.commands.group import CommandGroup, MainPanel
from tui_browser.ui.keys.command import SAMPLE, SAMPLES, Command, command
from tui_browser.ui.state.classes import typed_letter
from tui_browser.ui.state.unheard import unheard_region

if TYPE_CHECKING:
    from tui_browser.ui.controllers.controllers import Controllers

COMMANDS: tuple[Command, ...] = (
    command(
        "go_class",
        "z",
        "To class",
        "then the letter of a class: go to its surest sample, then the next",
        "Walk",
        needs=SAMPLES,
    ),
    command(
        "next_unheard",
        "]",
        "Unheard",
        "go to a near region with many samples not heard yet",
        "Walk",
        needs=SAMPLES,
        repeats=True,
    ),
    command("previous_unheard", "[", "Unheard, back", "back to the region before it", "Walk", needs=SAMPLES),
    command("set_mark", "M", "Mark", "then a letter: set a mark with it here", "Walk", needs=SAMPLE),
    command("go_mark", "'", "To mark", "then a letter: go to the mark with this letter", "Walk", needs=SAMPLES),
)


class JumpCommands(CommandGroup):
    """Some of them wait for a letter."""

    def __init__(self, controllers: Controllers, panel: MainPanel) -> None:
        super().__init__(controllers, panel)
        self._seen_unheard: tuple[SampleId, ...] = ()
        """Samples that `]` led to, in order."""
        self._regions: frozenset[int] = frozenset()
        """The regions of these samples."""
        self._seen_of_class: tuple[int, tuple[SampleId, ...]] = (-1, ())
        """A class, and the samples that `z` with its letter led to, in order."""

    # --- classes -----------------------------------------------------------------------------------------------------

    def _letters(self) -> dict[str, int]:
        """Index of the class of each letter."""
        names, styles = self.state.map_model.snapshot.class_names, self.panel.theme_styles
        places = colour_places(names)
        coloured = [at for at in range(len(names)) if places[at] < len(CLASSES)]
        return {styles.letter(int(places[at])): at for at in sorted(coloured, key=lambda at: int(places[at]))}

    def do_go_class(self) -> None:
        if not self.state.map_model.snapshot.class_names:
            self.refuse("this library's model has no classes")
            return
        self.panel.await_key(f"class? {' '.join(self._letters())}", self._go_class)

    def _go_class(self, key: str) -> None:
        letters = self._letters()
        letter = typed_letter(key, letters)
        if not letter:
            self.refuse(f"no class has the letter {key}")
            return
        if not self._go_to_surest(letters[letter]):
            name = self.state.map_model.snapshot.class_names[letters[letter]]
            self.refuse(f"there is no other {formatting.class_word(name)}")

    def _go_to_surest(self, kind: int) -> bool:
        """Go to the other sample of a class with the highest probability in whole per cent, of several to the nearest.

        Called again, to the next one. False where there is none.
        """
        map_model, cursor, mask = self.state.map_model, self.state.cursor, self.state.visibility.mask
        if self._seen_of_class[0] != kind or cursor.sample not in self._seen_of_class[1][-1:]:
            self._seen_of_class = (kind, ())
        candidates = (map_model.snapshot.classes == kind) & np.isfinite(map_model.snapshot.xy[:, 0])
        if mask is not None:
            candidates &= mask
        for row in (map_model.row_of(cursor.sample), *map(map_model.row_of, self._seen_of_class[1])):
            if row is not None:
                candidates[row] = False
        if not candidates.any():
            return False
        percent = np.rint(100 * map_model.snapshot.class_p)
        moved = self.cursor.go_nearest(candidates & (percent == percent[candidates].max()))
        if moved and cursor.sample is not None:
            self._seen_of_class = (kind, (*self._seen_of_class[1], cursor.sample))
        return moved

    # --- marks -------------------------------------------------------------------------------------------------------

    def do_set_mark(self) -> None:
        self.panel.await_key("letter of the mark?", self._set_mark)

    def _set_mark(self, letter: str) -> None:
        sample = self.state.cursor.sample
        if len(letter) == 1 and letter.isalnum() and sample is not None:
            self.state.marks[letter] = sample
            self.say(f"mark {letter} set: {self.first_key('go_mark')}{letter} leads here")
        else:
            self.refuse("a mark is a letter or a digit")

    def do_go_mark(self) -> None:
        marks = self.state.marks
        if not marks:
            self.refuse(f"no mark is set yet: {self.first_key('set_mark')} sets one")
            return
        self.panel.await_key(f"mark? {' '.join(sorted(marks))}", self._go_mark)

    def _go_mark(self, letter: str) -> None:
        sample = self.state.marks.get(letter)
        if sample is None or self.state.map_model.row_of(sample) is None:
            self.refuse(f"there is no mark {letter}")
            return
        self.cursor.go(sample)

    # --- what was not heard ------------------------------------------------------------------------------------------

    def do_next_unheard(self) -> None:
        map_model = self.state.map_model
        unheard = (map_model.snapshot.flags & HEARD) == 0
        for sample in (*self.controllers.heard_log.unsaved, *self._seen_unheard):
            row = map_model.row_of(sample)
            if row is not None:
                unheard[row] = False
        if self.state.visibility.mask is not None:
            unheard &= self.state.visibility.mask
        target = unheard_region(map_model.xy, unheard, self.cursor.place, avoid=self._regions)
        if target is None:
            self._seen_unheard, self._regions = (), frozenset()
            self.refuse("every sample shown was heard")
            return
        tile, row = target
        self._regions = frozenset((tile,)) if tile in self._regions else self._regions | {tile}
        self.cursor.go_row(row)
        if self.state.cursor.sample is not None:
            self._seen_unheard = (*self._seen_unheard, self.state.cursor.sample)

    def do_previous_unheard(self) -> None:
        seen = [sample for sample in self._seen_unheard if self.state.map_model.row_of(sample) is not None]
        if seen and seen[-1] == self.state.cursor.sample:
            seen.pop()
        if not seen:
            self.refuse("no unheard sample was visited before this one")
            return
        self.cursor.go(seen[-1])
        self._seen_unheard = tuple(seen)
