"""A tour for newcomers: seven lines below the map, each of which waits for the key that it teaches."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.ports import Remember


@dataclass(frozen=True, slots=True)
class TourStep:
    """One line of the tour."""

    commands: tuple[str, ...]
    """Any of them leads to the next line."""
    text: str
    """`{id}` stands for that command's first key."""


STEPS = (
    TourStep(("walk_left", "walk_down", "walk_up", "walk_right"), "arrow keys walk to the nearest sample, as hjkl do"),
    TourStep(("play",), "{play} plays the sample"),
    TourStep(("auto_play",), "{auto_play} plays each sample that you walk to; again ends that"),
    TourStep(("search",), "{search} searches: type a few letters and watch the map"),
    TourStep(("next_neighbour",), "enter keeps the search; then {next_neighbour} goes to the most similar sound"),
    TourStep(("copy",), "{copy} copies the path of the file"),
    TourStep(("help",), "{help} shows all keys"),
)


class Tour:
    """Begins by itself once, then only by its command."""

    def __init__(self, presenter: Presenter, keys: Keys, *, offer: bool, remember: Remember) -> None:
        """With `offer` it begins by itself once there is a map."""
        self._presenter = presenter
        self._keys = keys
        self._offer = offer
        self._remember = remember
        self._at: int | None = None

    @property
    def running(self) -> bool:
        return self._at is not None

    def map_shown(self) -> None:
        """Begin, if this person has never seen the tour."""
        if self._offer:
            self._offer = False
            self._remember(lambda state: dataclasses.replace(state, tour=True))
            self.begin()

    def begin(self) -> None:
        """Show the first line."""
        self._show(0)

    def command_done(self, command_id: str) -> None:
        """A command was carried out: show the next line, if the present one waits for it."""
        if self._at is not None and command_id in STEPS[self._at].commands:
            self._show(self._at + 1)

    def leave(self) -> bool:
        """End the tour; False where there was none."""
        was_running, self._at = self.running, None
        self._presenter.widgets.status.guide("")
        return was_running

    def _show(self, at: int) -> None:
        """Show this line; a step without a key of its own is left out."""
        while at < len(STEPS) and not any(self._keys.first(each) for each in STEPS[at].commands):
            at += 1
        if at == len(STEPS):
            self.leave()
            palette = self._keys.first("palette")
            self._presenter.say(f"end of the tour: {palette} finds every command by its name, the tour too")
            return
        self._at = at
        step = STEPS[at]
        text = step.text.format_map({each: self._keys.first(each) for each in self._keys.of})
        leave = self._keys.first("clear")
        more = f"{leave} ends it" if leave else ""
        self._presenter.widgets.status.guide(f"Tour {at + 1}/{len(STEPS)}: {text}", more)
