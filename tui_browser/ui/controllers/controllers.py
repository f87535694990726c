"""One sitting with a library: makes the controllers and joins them; each of them holds one idea."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui_browser.config.settings import Settings
from tui_browser.config.state import SavedState, SavedView
from tui_browser.errors import BrowserError
from tui_browser.records import SampleId
from tui_browser.service.messages import Guest, Request
from tui_browser.service.neighbour_client import NeighbourClient
from tui_browser.ui import formatting
from tui_browser.ui.controllers.annotations import AnnotationController
from tui_browser.ui.controllers.copy_as import CopyController
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.details_loader import DetailsLoader
from tui_browser.ui.controllers.drop_handler import DropHandler
from tui_browser.ui.controllers.generation import GenerationController
from tui_browser.ui.controllers.heard_log import HeardLog
from tui_browser.ui.controllers.layout_animation import LayoutAnimation
from tui_browser.ui.controllers.layout_prompt import LayoutPrompt
from tui_browser.ui.controllers.map import MapController
from tui_browser.ui.controllers.neighbours import NeighbourController
from tui_browser.ui.controllers.playback import PlaybackController, PlaybackOptions, Stoppable
from tui_browser.ui.controllers.playback_settings import PlaybackSettings
from tui_browser.ui.controllers.presenter import Presenter, Widgets
from tui_browser.ui.controllers.search import SearchController
from tui_browser.ui.controllers.slices import SliceController
from tui_browser.ui.controllers.snapshot_loader import SnapshotLoader
from tui_browser.ui.controllers.tour import Tour
from tui_browser.ui.controllers.undoable_edits import UndoableEdits
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike, PlayerLike, Remember
from tui_browser.ui.state.colouring import CHOICES, CLASS
from tui_browser.ui.state.cursor import CursorState
from tui_browser.ui.state.history import History
from tui_browser.ui.state.search import SearchState
from tui_browser.ui.state.visibility_filter import VisibilityFilter
from tui_browser.ui.widgets.details import Facts


@dataclass(frozen=True, slots=True)
class AppContext:
    """What a session is given of the world outside of the screen."""

    library: LibraryLike
    player: PlayerLike
    request: Callable[[Request], None]
    send: Callable[[Request], None]
    """The same from any thread, raising WorkerError."""
    remember: Remember
    settings: Settings
    state: SavedState
    """What was remembered when the app started."""
    library_path: str
    glide: Callable[[], bool]
    """Whether the map may move by itself just now."""
    first_shown: Callable[[], None]
    offer_tour: bool
    """Whether this person is new here."""


class Controllers:
    """Made once the main screen is there."""

    def __init__(self, app: Any, widgets: Widgets, around: AppContext) -> None:
        """`app` is a `Shell` that runs threads and timers."""
        kept, settings = around.state.library(around.library_path), around.settings
        self.request = around.request
        self.around = around
        self.marks = {letter: SampleId(sample) for letter, sample in kept.marks.items()}
        """By their letters."""
        self._app = app
        self.journey = CursorState()
        self.journey.start(SampleId(kept.selected) if kept.selected is not None else None)
        self.morph = LayoutAnimation(app.set_interval)
        self.audition = PlaybackController(
            around.player,
            rest_s=settings.auto_play_delay_ms / 1000,
            after=self.after,
            say=self.warn,
            changed=lambda: self.listening.sound_changed(),
            moved_on=lambda: self.listening.moved_on(),
            ways=PlaybackOptions(around.state.volume_db, around.state.speed),
            began=lambda path: self.listening.began(path),
            known=lambda path: self.inspector.level_of(path),
            part=lambda path: self.likeness.part(path),
        )
        self.audition.auto = kept.auto_play
        self.inspector = DetailsLoader(around.library, self.lane("details"), show=self._inform, after=self.after)
        self.finder = SearchState(self.lane("search"), found=lambda: self.seeking.found())
        self.sieve = VisibilityFilter(self.finder)
        self.stage = Presenter(
            widgets, self.journey, self.inspector, self.morph, self.finder, self.sieve, after=self.after,
            sounding=lambda: self.audition.path,
        )  # fmt: skip
        self.scenery = MapController(
            app, self.stage, around.library, self.lane,
            colour_by=kept.colour_by if kept.colour_by in CHOICES else CLASS, glide=around.glide, modes=self._on,
        )  # fmt: skip
        self.feed = SnapshotLoader(
            around.library,
            LatestWorker(app, "library", failed=self.scenery.failed),
            swap=self.scenery.swap,
            after=self.after,
            look=lambda: (self.scenery.colour_by, app.paint.steps, widgets.map.viewport.aspect),
            first=around.first_shown,
        )
        self.scenery.feed = self.feed
        self.history = History()
        self.changes = UndoableEdits(self.stage, self.sieve, self.history, describe=self.describe)
        self.selection = self.changes.selection
        self.stage.selection = self.selection
        self.walker = CursorController(self.stage, self.journey, self.sieve, self.audition, after=self.after)
        self.likeness = NeighbourController(self.walker, self.sieve, self.lane("near"), refuse=app.refuse)
        self.indexed = self.likeness.indexed = NeighbourClient(around.send)
        self.seeking = SearchController(
            self.walker, self.finder, self.likeness, found_nothing=app.found_nothing, ended=self.describe
        )
        self.tour = Tour(self.stage, app.keys, offer=around.offer_tour, remember=around.remember)
        self.heard = HeardLog(request=self.request, after=self.after)
        self.listening = PlaybackSettings(
            self.walker, self.audition, self.heard, self.selection, remember=around.remember,
            library_path=around.library_path, describe=self.describe,
        )  # fmt: skip
        self.offers = LayoutPrompt(self.stage, self.feed, app.keys, self.history, request=self.request)
        self.edits = AnnotationController(request=self.request, say=self.stage.say, history=self.history)
        self.handing = CopyController(
            self.lane("handing"),
            own=settings.templates,
            maps=settings.path_map,
            write_osc52=app.write_from_thread,
            say=self.stage.say,
            show=app.show_copied,
        )
        self.parts = SliceController(
            around.library, self.lane("parts"), audition=self.audition, say=self.stage.say, refuse=app.refuse
        )
        self.likeness.sounding, self.likeness.aside = self.parts.sounding, around.library.nearest_slices
        self.parts.listed = self.likeness.hit
        self.making = GenerationController(
            self.lane("making"), request=self.request, play=self.audition.play, say=self.stage.say, refuse=self.warn
        )
        self.visitors = DropHandler(
            around.library,
            self.lane("visitors"),
            request=self.request,
            ask=app.ask,
            go=self.likeness.show_known,
            say=self.stage.say,
        )

    def lane(self, name: str) -> LatestWorker:
        """A thread's worth of work; what fails in it is told."""
        return LatestWorker(self._app, name, failed=self.failed)

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
            *([f"{formatting.samples(count)} selected"] if count else []),
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
        kept = SavedView(
            int(selected) if selected is not None else None,
            self.scenery.colour_by,
            dict(self.marks),
            auto_play=self.audition.auto,
        )
        if path and len(self.stage.world):
            self.around.remember(lambda state: state.with_library(path, kept))
