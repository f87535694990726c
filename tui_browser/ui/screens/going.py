"""Going far: to a class, to a mark, to what was not heard yet; and keys that take a letter or a number with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from textual import events

from tui_browser.records import CLASSES, HEARD, SampleId
from tui_browser.ui import words
from tui_browser.ui.commands import Command, key_name

MOST = 999
"""The greatest number that a command can be told to be done."""
REPEATED = frozenset(
    (
        "walk_left", "walk_right", "walk_up", "walk_down", "pan_left", "pan_right", "pan_up", "pan_down", "zoom_in",
        "zoom_out", "next_neighbour", "previous_neighbour", "back", "next_unheard", "page_up", "page_down", "louder",
        "quieter", "faster", "slower",
    )
)  # fmt: skip
"""Commands that a number before them repeats."""


class GoingCommands:
    """Mixed into the screen with the map."""

    _awaits: Callable[[str], None] | None = None
    """What the next key is for, when it is no command."""
    _count = 0
    _seen_unheard: tuple[SampleId, ...] = ()
    """Where `]` led, one after the other."""

    @property
    def _parts(self) -> Any:
        """The screen itself: its session, stage and host."""
        return cast(Any, self)

    async def _act(self, event: events.Key) -> None:
        """A key after `z`, `M` or `'` is theirs, a digit belongs to the command after it, all else is a command."""
        name = key_name(event.key, event.character)
        if self._parts.focused is None:
            awaits, self._awaits = self._awaits, None
            if awaits is not None:
                self._parts.stage.hush(now=True)
                if name != "escape":
                    awaits(name)
                return
            if name.isdecimal() and name.isascii() and len(name) == 1 and (name != "0" or self._count):
                self._count = min(self._count * 10 + int(name), MOST)
                self._parts.stage.say(f"{self._count} times ...")
                return
        await cast(Any, super())._act(event)
        self._count = 0

    def perform(self, command: Command | str) -> None:
        """Carry out a command, as often as the number before it says."""
        count, self._count = self._count, 0
        identity = command if isinstance(command, str) else command.id
        for _ in range(count if count and identity in REPEATED else 1):
            before = self._parts.session.journey.selected, self._parts.stage.widgets.map.viewport
            cast(Any, super()).perform(command)
            after = self._parts.session.journey.selected, self._parts.stage.widgets.map.viewport
            if count and before == after and not identity.endswith(("er", "_up", "_down")):
                break  # as far as it goes

    def _await(self, say: str, then: Callable[[str], None]) -> None:
        self._awaits = then
        self._parts.stage.say(say)

    # --- classes -----------------------------------------------------------------------------------------------------

    @property
    def _class_names(self) -> tuple[str, ...]:
        """The library's classes that have a letter."""
        names: tuple[str, ...] = self._parts.stage.world.snapshot.class_names
        return names[: len(CLASSES)]

    def do_go_class(self) -> None:
        letters = " ".join(self._parts.host.paint.letter(index) for index in range(len(self._class_names)))
        self._await(f"to which class? {letters}", self._go_class)

    def _go_class(self, letter: str) -> None:
        paint = self._parts.host.paint
        letters = [paint.letter(index) for index in range(len(self._class_names))]
        found = [at for at, one in enumerate(letters) if one == letter]
        found = found or [at for at, one in enumerate(letters) if one.casefold() == letter.casefold()]
        if not found:
            self._parts.host.refuse(f"no class has the letter {letter}")
            return
        classes = self._parts.stage.world.snapshot.classes
        if not self._go_nearest(classes == found[0]):
            self._parts.host.refuse(f"there is no other {words.class_word(self._class_names[found[0]])} here")

    # --- marks -------------------------------------------------------------------------------------------------------

    def do_set_mark(self) -> None:
        self._await("a letter for this place?", self._set_mark)

    def _set_mark(self, letter: str) -> None:
        sample = self._parts.session.journey.selected
        if len(letter) == 1 and letter.isalnum() and sample is not None:
            self._parts.session.set_mark(letter, sample)
            self._parts.stage.say(f"marked {letter}: {self._parts.host.keys.first('go_mark')}{letter} leads here")
        else:
            self._parts.host.refuse("a mark is a letter or a digit")

    def do_go_mark(self) -> None:
        marks = self._parts.session.marks
        if not marks:
            self._parts.host.refuse(f"no place is marked yet: {self._parts.host.keys.first('set_mark')} marks one")
            return
        self._await(f"to which mark? {' '.join(sorted(marks))}", self._go_mark)

    def _go_mark(self, letter: str) -> None:
        sample = self._parts.session.marks.get(letter)
        if sample is None or self._parts.stage.world.row_of(sample) is None:
            self._parts.host.refuse(f"nothing is marked {letter}")
            return
        self._parts.session.go(sample)

    # --- what was not heard ------------------------------------------------------------------------------------------

    def do_next_unheard(self) -> None:
        world, session = self._parts.stage.world, self._parts.session
        unheard = (world.snapshot.flags & HEARD) == 0
        for sample in (*session.heard.waiting, *self._seen_unheard):
            row = world.row_of(sample)
            if row is not None:
                unheard[row] = False
        if not self._go_nearest(unheard):
            self._seen_unheard = ()
            self._parts.host.refuse("all of these were heard")
            return
        self._seen_unheard = (*self._seen_unheard, session.journey.selected)

    def do_previous_unheard(self) -> None:
        session = self._parts.session
        seen = [one for one in self._seen_unheard if self._parts.stage.world.row_of(one) is not None]
        if seen and seen[-1] == session.journey.selected:
            seen.pop()
        if not seen:
            self._parts.host.refuse("this is where the way through unheard samples began")
            return
        session.go(seen[-1])
        self._seen_unheard = tuple(seen)

    def _go_nearest(self, among: NDArray[np.bool_]) -> bool:
        """Go to the nearest other sample among these that the search leaves; False when there is none."""
        session, stage = self._parts.session, self._parts.stage
        world, row = stage.world, stage.row
        if world.walk is None:
            return False
        mask = among & np.isfinite(world.snapshot.xy[:, 0])
        if session.finder.mask is not None:
            mask &= session.finder.mask
        if row is not None:
            mask[row] = False
        place = world.place(row) if row is not None else stage.widgets.map.viewport.centre
        if not np.isfinite(place).all():
            place = stage.widgets.map.viewport.centre
        target = world.walk.nearest(place, mask=mask)
        if target is None:
            return False
        session.go(world.id_at(target))
        return True
