"""One sitting with a library: makes the controllers and joins them; each of them holds one idea."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui_browser.config.settings import Settings
from tui_browser.config.state import LibraryState, State
from tui_browser.errors import BrowserError
from tui_browser.library.messages import Guest, Request
from tui_browser.records import SampleId
from tui_browser.ui import words
from tui_browser.ui.audition import Audition, Stoppable, Ways
from tui_browser.ui.changes import Changes
from tui_browser.ui.colouring import CHOICES, CLASS
from tui_browser.ui.edits import Edits
from tui_browser.ui.feed import Feed
from tui_browser.ui.finder import Finder
from tui_browser.ui.handing import Handing
from tui_browser.ui.heard import Heard
from tui_browser.ui.history import History
from tui_browser.ui.inspector import Inspector
from tui_browser.ui.journey import Journey
from tui_browser.ui.lane import Lane
from tui_browser.ui.likeness import Likeness
from tui_browser.ui.listening import Listening
from tui_browser.ui.making import Making
from tui_browser.ui.morph import Morph
from tui_browser.ui.offers import Offers
from tui_browser.ui.parts import Parts
from tui_browser.ui.ports import LibraryLike, PlayerLike, Remember
from tui_browser.ui.scenery import Scenery
from tui_browser.ui.seeking import Seeking
from tui_browser.ui.sieve import Sieve
from tui_browser.ui.stage import Stage, Widgets
from tui_browser.ui.tour import Tour
from tui_browser.ui.visitors import Visitors
from tui_browser.ui.walker import Walker
from tui_browser.ui.widgets.details import Facts


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a session is given of the world outside of the screen."""

    library: LibraryLike
    player: PlayerLike
    request: Callable[[Request], None]
    remember: Remember
    settings: Settings
    state: State
    """What was remembered when the app started."""
    library_path: str
    glide: Callable[[], bool]
    """Whether the map may move by itself just now."""
    first_shown: Callable[[], None]
    offer_tour: bool
    """Whether this person is new here."""


class Session:
    """Made once the main screen is there."""

    def __init__(self, app: Any, widgets: Widgets, around: Surroundings) -> None:
        """`app` is a `Shell` that runs threads and timers."""
        kept, settings = around.state.library(around.library_path), around.settings
        self.request = around.request
        self.around = around
        self.marks = {letter: SampleId(sample) for letter, sample in kept.marks.items()}
        """By their letters."""
        self._app = app
        self.journey = Journey()
        self.journey.start(SampleId(kept.selected) if kept.selected is not None else None)
        self.morph = Morph(app.set_interval)
        self.audition = Audition(
            around.player,
            rest_s=settings.auto_play_delay_ms / 1000,
            after=self.after,
            say=self.warn,
            changed=lambda: self.listening.sound_changed(),
            moved_on=lambda: self.listening.moved_on(),
            ways=Ways(around.state.volume_db, around.state.speed),
            began=lambda path: self.listening.began(path),
            known=lambda path: self.inspector.level_of(path),
            part=lambda path: self.likeness.part(path),
        )
        self.audition.auto = kept.auto_play
        self.inspector = Inspector(around.library, self.lane("details"), show=self._inform, after=self.after)
        self.finder = Finder(self.lane("search"), found=lambda: self.seeking.found())
        self.sieve = Sieve(self.finder)
        self.stage = Stage(
            widgets, self.journey, self.inspector, self.morph, self.finder, self.sieve, after=self.after,
            sounding=lambda: self.audition.path,
        )  # fmt: skip
        self.scenery = Scenery(
            app, self.stage, around.library, self.lane,
            colour_by=kept.colour_by if kept.colour_by in CHOICES else CLASS, glide=around.glide, modes=self._on,
        )  # fmt: skip
        self.feed = Feed(
            around.library,
            Lane(app, "library", failed=self.scenery.failed),
            swap=self.scenery.swap,
            after=self.after,
            look=lambda: (self.scenery.colour_by, app.paint.steps, widgets.map.viewport.aspect),
            first=around.first_shown,
        )
        self.scenery.feed = self.feed
        self.history = History()
        self.changes = Changes(self.stage, self.sieve, self.history, describe=self.describe)
        self.selection = self.changes.selection
        self.stage.selection = self.selection
        self.walker = Walker(self.stage, self.journey, self.sieve, self.audition, after=self.after)
        self.likeness = Likeness(self.walker, self.sieve, self.lane("near"), refuse=app.refuse)
        self.seeking = Seeking(
            self.walker, self.finder, self.likeness, found_nothing=app.found_nothing, ended=self.describe
        )
        self.tour = Tour(self.stage, app.keys, offer=around.offer_tour, remember=around.remember)
        self.heard = Heard(request=self.request, after=self.after)
        self.listening = Listening(
            self.walker, self.audition, self.heard, self.selection, remember=around.remember,
            library_path=around.library_path, describe=self.describe,
        )  # fmt: skip
        self.offers = Offers(self.stage, self.feed, app.keys, self.history, request=self.request)
        self.edits = Edits(request=self.request, say=self.stage.say, history=self.history)
        self.handing = Handing(
            self.lane("handing"),
            own=settings.templates,
            maps=settings.path_map,
            write_osc52=app.write_from_thread,
            say=self.stage.say,
            show=app.show_copied,
        )
        self.parts = Parts(
            around.library, self.lane("parts"), audition=self.audition, say=self.stage.say, refuse=app.refuse
        )
        self.likeness.sounding, self.likeness.aside = self.parts.sounding, around.library.near_hits
        self.parts.listed = self.likeness.hit
        self.making = Making(
            self.lane("making"), request=self.request, play=self.audition.play, say=self.stage.say, refuse=self.warn
        )
        self.visitors = Visitors(
            around.library,
            self.lane("visitors"),
            request=self.request,
            ask=app.ask,
            go=self.likeness.show_known,
            say=self.stage.say,
        )

    def lane(self, name: str) -> Lane:
        """A thread's worth of work; what fails in it is told."""
        return Lane(self._app, name, failed=self.failed)

    def after(self, delay_s: float, call: Callable[[], None]) -> Stoppable:
        """Call back later."""
        timer: Stoppable = self._app.set_timer(delay_s, call)
        return timer

    def _inform(self, facts: Facts | None) -> None:
        self.stage.widgets.details.inform(facts)
        if facts is not None:
            self._app.inform(facts, self.inspector.row)

    def _on(self) -> list[str]:
        count = len(self.selection)
        return [
            *([f"{words.samples(count)} selected"] if count else []),
            *self.sieve.words,
            *(["auto-play"] if self.audition.auto else []),
            *self.audition.ways.words(),
        ]

    def describe(self) -> None:
        """The top line."""
        self.scenery.describe()

    def failed(self, error: BrowserError) -> None:
        """Show an error that came from a thread."""
        self.stage.say(str(error), severity="error")

    def warn(self, text: str) -> None:
        """One sentence of warning."""
        self.stage.say(text, severity="warning")

    def welcome_guest(self, guest: Guest) -> None:
        """A file was located: put it on the map, if that one is still waited for."""
        if guest.path == self.visitors.awaited:
            self.visitors.awaited = None
            self.likeness.welcome(guest)

    def farewell(self) -> None:
        """Remember where the person leaves the library."""
        selected, path = self.journey.selected, self.around.library_path
        self.heard.flush()
        kept = LibraryState(
            int(selected) if selected is not None else None,
            self.scenery.colour_by,
            dict(self.marks),
            auto_play=self.audition.auto,
        )
        if path and len(self.stage.world):
            self.around.remember(lambda state: state.with_library(path, kept))
