"""The app object: theme, ports, screens; what happens on a screen is the screens' business."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import RenderableType
from textual import events
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen

from tui_browser.config.settings import Settings
from tui_browser.config.state import State
from tui_browser.config.themes import Theme
from tui_browser.errors import BrowserError, ConfigError, WorkerError
from tui_browser.library.messages import (
    Changed,
    Request,
)
from tui_browser.records import Progress, Root, SampleRow
from tui_browser.ui.clipboard import Copied
from tui_browser.ui.commands import Keys
from tui_browser.ui.drag_source import drag_out
from tui_browser.ui.driver import TerminalDriver, Told
from tui_browser.ui.errand import Errand
from tui_browser.ui.handing import Way
from tui_browser.ui.home.main import MainScreen
from tui_browser.ui.home.pick import PickScreen
from tui_browser.ui.news import newest, take
from tui_browser.ui.pace import Pace
from tui_browser.ui.paint import Paint, textual_theme
from tui_browser.ui.ports import LibraryLike, PlayerLike, Remember, ServiceLike
from tui_browser.ui.screens.chooser import Choice, Chooser
from tui_browser.ui.screens.confirm import Confirm
from tui_browser.ui.screens.details import DetailsScreen
from tui_browser.ui.screens.handed import HandedScreen
from tui_browser.ui.screens.roots import RootsScreen
from tui_browser.ui.session import Session, Surroundings
from tui_browser.ui.style import CSS
from tui_browser.ui.themed import ThemedApp
from tui_browser.ui.thrift import Thrift, backlog, synchronised
from tui_browser.ui.widgets.details import Facts
from tui_browser.ui.widgets.field import Typing
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.welcome import Welcome, sentences

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Signals that end the app."""


class BrowserApp(ThemedApp, inherit_bindings=False):
    """The library as a map; the result is the exit code."""

    CSS = CSS
    TITLE = "tui-browser"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""

    def __init__(
        self,
        *,
        library: LibraryLike,
        service: ServiceLike,
        player: PlayerLike,
        settings: Settings,
        theme: Theme,
        notice: str = "",
        ascii: bool = False,
        state: State | None = None,
        remember: Remember | None = None,
        library_path: str = "",
        load_theme: Callable[[str], Theme] | None = None,
        theme_names: Callable[[], Sequence[str]] | None = None,
        errand: Errand | None = None,
        offer_tour: bool = False,
    ) -> None:
        """`remember` keeps what outlives the app (default: nothing does); themes are chosen by the two after it."""
        super().__init__(ansi_color=True if theme.depth != "truecolor" else None)
        self.library = library
        self.service = service
        self.player = player
        self.settings = settings
        self.paint = Paint(theme, ascii)
        self.keys, problem = _keys(settings)
        self._notice = notice or problem
        self._state = state or State()
        self._remember: Remember = remember or (lambda change: change(State()))
        self._library_path = library_path
        self._load_theme = load_theme
        self._theme_names = theme_names
        self._readers: dict[int, str] = {}
        self.errand = errand or Errand()
        self._offer_tour = offer_tour
        self._errand_begun = False
        self.main = PickScreen(self.errand) if self.errand.pick else MainScreen()
        self.session: Session
        self.dragging = drag_out(self, write=self.write_terminal, session=lambda: self.session)
        self.thrift = Thrift()
        self._own_pace = Pace()  # of a driver that has none
        self._held_since = 0.0
        self._synchronised = synchronised()
        self.register_theme(textual_theme(theme))
        self.theme = f"tui-{theme.name}"

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        if isinstance(self._driver, TerminalDriver):
            self._driver.ask()

    def may_paint(self) -> bool:
        """Whether the terminal takes another frame now; what changes until then is in the next one."""
        now, driver = time.monotonic(), self._driver
        pace = driver.pace if isinstance(driver, TerminalDriver) else self._own_pace
        if not pace.ready(now, queued=backlog(driver)):
            self._held_since = self._held_since or now
            return False
        held_s, self._held_since = now - self._held_since if self._held_since else 0.0, 0.0
        if self.thrift.lags(held_s):
            self.send_less()
            self.session.warn("the terminal does not keep up: fewer frames and colours from now on")
        return True

    def send_less(self) -> None:
        """Fewer frames and colours: the line is slow."""
        self.thrift.begin(self)
        self.main.query_one(MapView).send_less()
        self.refresh()

    def _begin_update(self) -> None:
        if self._synchronised:
            super()._begin_update()

    def _end_update(self) -> None:
        if self._synchronised:
            super()._end_update()

    def get_default_screen(self) -> MainScreen:
        return self.main

    async def on_event(self, event: events.Event) -> None:
        """Every key goes to the screen: it knows who has the focus only once it has handled what was typed before."""
        if isinstance(event, events.Key | Typing) and not event.is_forwarded:
            self.app_focus = True
            self.screen._forward_event(event)
        else:
            await super().on_event(event)

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice, with an ear for drag and drop where that is a terminal."""
        chosen = super().get_driver_class()
        return TerminalDriver if chosen is LinuxDriver else chosen

    # --- start and end -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The main screen has its widgets: start showing, listening, loading."""
        around = Surroundings(
            self.library,
            self.player,
            request=self.request,
            remember=self._remember,
            settings=self.settings,
            state=self._state,
            library_path=self._library_path,
            glide=lambda: self.settings.motion and self.animation_level != "none",
            first_shown=self._first_shown,
            offer_tour=self._offer_tour and not self.errand.pick,
        )
        self.session = Session(self, self.main.widgets(), around)
        self.main.join(self.session, self)
        self.main.query_one("#welcome").display = False
        self.session.feed.start()
        if self.settings.slow:
            self.send_less()
        if self._notice:
            self.session.warn(self._notice)
        self._listen(self.player, "player")
        self.app_suspend_signal.subscribe(self.main, lambda _: self.dragging.close())
        self.app_resume_signal.subscribe(self.main, lambda _: self._resumed())
        loop = asyncio.get_running_loop()
        for end in ENDING:
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not in the main thread: tests
                loop.add_signal_handler(end, self.quit_now, 128 + end)

    def _resumed(self) -> None:
        self.screen.refresh(layout=True)
        self.dragging.open(term=os.environ.get("TERM", ""))

    def _first_shown(self) -> None:
        self.call_after_refresh(self._start_service)
        self.dragging.open(term=os.environ.get("TERM", ""))

    def _start_service(self) -> None:
        """The map is painted: now the service may have the processor."""
        try:
            self.service.start()
        except WorkerError as error:
            self.session.failed(error)
            return
        self._listen(self.service, "service")

    def _listen(self, port: ServiceLike | PlayerLike, name: str) -> None:
        descriptor = port.fileno()
        if descriptor >= 0:
            hear = self.hear_service if name == "service" else self.hear_player
            asyncio.get_running_loop().add_reader(descriptor, hear)
            self._readers[descriptor] = name

    def _deafen(self, name: str) -> None:
        for descriptor in [one for one, of in self._readers.items() if of == name]:
            asyncio.get_running_loop().remove_reader(descriptor)
            del self._readers[descriptor]

    def on_unmount(self) -> None:
        self._deafen("service")
        self._deafen("player")
        loop = asyncio.get_running_loop()
        for end in ENDING:
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
                loop.remove_signal_handler(end)

    def quit_now(self, code: int = 0) -> None:
        """End the app; what sounds is stopped, the place is remembered."""
        if self._exit:
            return
        self._deafen("service")  # what is told from here on would reach widgets that are gone
        self._deafen("player")
        self.dragging.close()
        with contextlib.suppress(BrowserError):
            self.session.audition.stop()
        self.session.farewell()
        self.exit(code, return_code=code)

    # --- ports -------------------------------------------------------------------------------------------------------

    def hear_player(self) -> None:
        """The player has something to tell."""
        for event in self.player.poll():
            self.session.audition.hear(event)

    def hear_service(self) -> None:
        """The index service has something to tell."""
        try:
            events = self.service.poll()
        except WorkerError as error:
            self._deafen("service")
            self.session.failed(error)
            return
        for event in newest(events):
            take(event, self.session, self.keys, self.paint)
            if isinstance(event, Changed) and isinstance(self.screen, RootsScreen):
                self.screen.renew()

    def request(self, request: Request) -> None:
        """Ask the index service; where it is gone, say so."""
        try:
            self.service.send(request)
        except WorkerError as error:
            self.session.failed(error)

    def refuse(self, reason: str) -> None:
        """Say why a command does nothing."""
        self.session.stage.say(reason, severity="warning", brief=True)

    def write_from_thread(self, sequence: str) -> None:
        """Send an escape sequence to the terminal; called from a thread."""
        self.call_from_thread(self.write_terminal, sequence)

    def write_terminal(self, sequence: str) -> None:
        """Send an escape sequence to the terminal."""
        if self._driver is not None:
            self._driver.write(sequence)

    def on_told(self, told: Told) -> None:
        """The terminal said something of drag and drop."""
        self.dragging.hear(told.body)

    # --- errands -----------------------------------------------------------------------------------------------------

    def run_errand(self) -> None:
        """The library is there to be searched: do what the app was opened for, once."""
        if self._errand_begun:
            return
        self._errand_begun = True
        if self.errand.query.strip():
            self.main.finding.search_for(self.errand.query)
        if self.errand.guests:
            self.session.visitors.bring(self.errand.guests)

    def found_nothing(self) -> None:
        """Nothing matches what the app was opened with."""
        if self.errand.pick:
            self.quit_now(1)
        else:
            self.refuse("no sample matches")

    # --- what is shown -----------------------------------------------------------------------------------------------

    def show_map(self) -> None:
        """The map in place of the welcome."""
        self.main.remove_class("-empty", "-unplaced")
        self.main.query_one("#welcome").display = False
        self.session.tour.offer()

    def show_emptiness(self, count: int, roots: Sequence[Root], rejects: int, progress: Progress | None) -> None:
        """What to do next, in place of the map."""
        welcome = self.main.query_one("#welcome", Welcome)
        welcome.display = True
        self.main.set_class(count == 0, "-empty")
        self.main.set_class(count > 0, "-unplaced")
        if count:
            why = "The map follows as samples are indexed" if progress is not None else "All samples are off the map"
            welcome.tell([why, "", "The list shows every sample, and each can be played."])
        else:
            welcome.tell(sentences(self.keys, roots, rejects, progress))

    def ask(self, question: str, more: Sequence[str], then: Callable[[], None]) -> None:
        """Ask whether to add something; `then` is called on a yes."""
        self.push_screen(Confirm(question, *more, yes="add", no="leave"), lambda yes: then() if yes else None)

    def inform(self, facts: Facts, row: SampleRow | None) -> None:
        """More is known of the selected sample: the screen with its details shows it, where that is open."""
        if self.screen_stack and isinstance(self.screen, DetailsScreen):
            self.screen.inform(facts, row)

    def choose_way(self, ways: Sequence[Way], then: Callable[[str], None]) -> None:
        """Let a person choose how a sample is handed on."""
        choices = [Choice(way.id, way.label, way.help, "", way.refusal) for way in ways]
        self.push_screen(Chooser("Copy as", choices), lambda way: then(way) if way else None)

    def show_copied(self, text: str, copied: Copied) -> None:
        """A text in full, for a person to select."""
        self.push_screen(HandedScreen(text, copied))


def _keys(settings: Settings) -> tuple[Keys, str]:
    """The keys with a person's own; the default ones, and what is wrong, where those make no sense."""
    try:
        return Keys(settings.keys), ""
    except ConfigError as error:
        return Keys(), str(error)
