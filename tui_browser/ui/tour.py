"""A tour for a newcomer: seven lines below the map, each of which waits for the key that it teaches."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from tui_browser.ui.commands import Keys
from tui_browser.ui.ports import Remember
from tui_browser.ui.stage import Stage


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the tour."""

    commands: tuple[str, ...]
    """Any of them leads to the next line."""
    text: str
    """`{id}` stands for that command's first key."""


STEPS = (
    Step(("walk_left", "walk_down", "walk_up", "walk_right"), "arrow keys walk to the nearest sample, as hjkl do"),
    Step(("play",), "{play} plays the sample"),
    Step(("auto_play",), "{auto_play} plays each sample that you walk to; again ends that"),
    Step(("search",), "{search} searches: type a few letters and watch the map"),
    Step(("next_neighbour",), "enter keeps the search; then {next_neighbour} goes to the most similar sound"),
    Step(("copy",), "{copy} copies the path of the file"),
    Step(("help",), "{help} shows all keys"),
)


class Tour:
    """At most one at a time; offered once, then only when it is asked for."""

    def __init__(self, stage: Stage, keys: Keys, *, offer: bool, remember: Remember) -> None:
        """With `offer` it begins by itself once there is a map."""
        self._stage = stage
        self._keys = keys
        self._offer = offer
        self._remember = remember
        self._at: int | None = None

    @property
    def on(self) -> bool:
        return self._at is not None

    def offer(self) -> None:
        """There is a map: begin, if this person has never seen the tour."""
        if self._offer:
            self._offer = False
            self._remember(lambda state: dataclasses.replace(state, tour=True))
            self.begin()

    def begin(self) -> None:
        """Show the first line."""
        self._go(0)

    def did(self, command_id: str) -> None:
        """A command was carried out: go on, if it is the one that is waited for."""
        if self._at is not None and command_id in STEPS[self._at].commands:
            self._go(self._at + 1)

    def leave(self) -> bool:
        """End the tour; False where there was none."""
        was_on, self._at = self.on, None
        self._stage.widgets.status.guide("")
        return was_on

    def _go(self, at: int) -> None:
        """Show this line; a step without a key of its own is left out."""
        while at < len(STEPS) and not any(self._keys.first(each) for each in STEPS[at].commands):
            at += 1
        if at == len(STEPS):
            self.leave()
            palette = self._keys.first("palette")
            self._stage.say(f"end of the tour: {palette} finds every command by its name, the tour too")
            return
        self._at = at
        step = STEPS[at]
        text = step.text.format_map({each: self._keys.first(each) for each in self._keys.of})
        leave = self._keys.first("clear")
        more = f"{leave} ends it" if leave else ""
        self._stage.widgets.status.guide(f"Tour {at + 1}/{len(STEPS)}: {text}", more)
