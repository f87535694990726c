"""The app: theme, terminal, player and index service. What happens on a screen is up to the screens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Sequence

from textual import events
from textual.errors import NoWidget

from tui_browser.config.settings import Settings
from tui_browser.config.state import SavedState
from tui_browser.config.themes import Theme
from tui_browser.errors import BrowserError, ConfigError, WorkerError
from tui_browser.folder.sample_path import refusal
from tui_browser.freesound.process import FreesoundProcess
from tui_browser.records import MISSING
from tui_browser.ui.commands.table import command_keys
from tui_browser.ui.controllers.controllers import AppContext, Controllers
from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.launch_options import LaunchOptions
from tui_browser.ui.ports import FreesoundLike, LibraryLike, PlayerLike, Remember, ServiceLike
from tui_browser.ui.screens.main import MainScreen
from tui_browser.ui.screens.pick import PickScreen
from tui_browser.ui.styles import Styles, textual_theme
from tui_browser.ui.terminal.drag_out import DragOut
from tui_browser.ui.terminal.events import TerminalReported, TypedText
from tui_browser.ui.terminal.textual_patches import is_exiting
from tui_browser.ui.themed import ThemedApp
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.sample_list import SampleList
from tui_browser.ui.widgets.scene_view import SceneView

CSS = """
Screen { color: $foreground; }
MainScreen { background: $background; layout: vertical; overflow: hidden; }
#body { height: 1fr; width: 1fr; }
#side { width: 30; border-left: solid $wall; }
#details { height: 9; border-top: solid $wall; }
#small { display: none; }
MainScreen.-wide #side { width: 34%; max-width: 64; }
MainScreen.-wide.-columns #side { width: 60%; max-width: 160; }
MainScreen.-wide #details { height: 16; }
MainScreen.-tall #body { layout: vertical; }
MainScreen.-tall #map { height: 3fr; }
MainScreen.-tall #side { width: 1fr; height: 2fr; border-left: none; border-top: solid $wall; }
MainScreen.-tall #details { display: none; }
MainScreen.-compact #side { display: none; }
MainScreen.-compact #details { display: none; }
MainScreen.-compact.-listing #side { display: block; width: 1fr; border-left: none; }
MainScreen.-compact.-listing #map { display: none; }
MainScreen.-tiny > * { display: none; }
MainScreen.-tiny #small { display: block; }
MainScreen.-empty #map, MainScreen.-empty #side, MainScreen.-empty #legend { display: none; }
MainScreen.-unplaced #map { display: none; }
MainScreen.-places #places { display: block; }
MainScreen.-kit #kit, MainScreen.-beat #beat { display: block; }
MainScreen.-kit-instead #side, MainScreen.-kit-alone #map { display: none; }
MainScreen.-kit-alone #kit { width: 1fr; border-left: none; }
MainScreen.-beat-low #details { display: none; }
MainScreen.-tall #kit { width: 1fr; height: 2fr; border-left: none; border-top: solid $wall; }
MainScreen.-scene-full #places, MainScreen.-empty #places { display: none; }
MainScreen.-scene-full #kit, MainScreen.-scene-full #beat { display: none; }
MainScreen.-empty #kit, MainScreen.-empty #beat { display: none; }
MainScreen.-searching #header { display: none; }
MainScreen.-scene #scene { display: block; }
MainScreen.-scene-full #header, MainScreen.-scene-full #legend { display: none; }
MainScreen.-scene-full #map, MainScreen.-scene-full #side { display: none; }
MainScreen.-scene-beside #side { display: none; }
MainScreen.-ascii #places { border-right: ascii $wall; }
MainScreen.-ascii #side, MainScreen.-ascii #kit { border-left: ascii $wall; }
MainScreen.-ascii #beat { border-top: ascii $wall; }
MainScreen.-ascii #details { border-top: ascii $wall; }
MainScreen.-ascii.-tall #side { border-left: none; border-top: ascii $wall; }
Input { color: $foreground; }
Input > .input--placeholder { color: $muted; }
"""
"""Layouts of the main screen by its form; colours come from the theme alone."""

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
        offer: str = "",
        ascii: bool = False,
        state: SavedState | None = None,
        remember: Remember | None = None,
        library_path: str = "",
        load_theme: Callable[[str], Theme] | None = None,
        theme_names: Callable[[], Sequence[str]] | None = None,
        launch_options: LaunchOptions | None = None,
        offer_tour: bool = False,
        freesound: FreesoundLike | None = None,
    ) -> None:
        """`offer` is a sentence at the start, `remember` saves what the next start needs; `load_theme` and
        `theme_names` give themes to choose from.
        """
        super().__init__(plain_textual=settings.plain_textual, ansi_color=True if theme.depth != "truecolor" else None)
        options = launch_options or LaunchOptions()
        self.service = service
        self.player = player
        self.settings = settings
        self.paint = Styles(theme, ascii)
        self.keys, problem = _keys(settings)
        self._notice, self._offer = notice or problem, offer
        self._control_place = options.control
        self._remember: Remember = remember or (lambda change: change(SavedState()))
        self._load_theme = load_theme
        self._theme_names = theme_names
        self._readers: dict[int, ServiceLike | PlayerLike] = {}
        context = AppContext(
            library, service, player, settings, state or SavedState(), self._remember, library_path,
            offer_tour=offer_tour and not options.pick, freesound=freesound or FreesoundProcess(),
        )  # fmt: skip
        self.main = PickScreen(context, options) if options.pick else MainScreen(context, options)
        self.drag_out = DragOut(
            write=self.write_terminal,
            source=self._dragged_files,
            fetch=LatestWorker(self, "drag", failed=self.show_error).submit,
            say=self._say,
        )
        self.register_theme(textual_theme(theme))
        self.theme = f"tui-{theme.name}"

    def on_terminal_lagged(self) -> None:
        self.send_less()
        self.controllers.presenter.warn("the terminal does not keep up: fewer frames and colours from now on")

    def send_less(self) -> None:
        """Send fewer frames, colours and levels of density: the line is slow."""
        super().send_less()
        self.main.query_one(MapView).send_less()
        self.main.query_one(SceneView).send_less()
        self.refresh()

    def get_default_screen(self) -> MainScreen:
        return self.main

    async def on_event(self, event: events.Event) -> None:
        """Pass keys and pastes to the screen, which knows the focus only after it has handled those before."""
        if isinstance(event, events.Key | TypedText | events.Paste) and not event.is_forwarded:
            self.app_focus = True
            self.screen.post_message(event)
        else:
            await super().on_event(event)

    # --- start and end -----------------------------------------------------------------------------------------------

    @property
    def controllers(self) -> Controllers:
        """The controllers of the main screen."""
        return self.main.controllers

    def on_main_screen_loading_began(self) -> None:
        """The library is being loaded: listen to the player and to signals."""
        if self.settings.slow:
            self.send_less()
        if self._notice:
            self.controllers.presenter.warn(self._notice)
        if self._offer:
            self.controllers.presenter.say(self._offer)
        self._add_reader(self.player, self.read_player)
        self.app_suspend_signal.subscribe(self.main, lambda _: self.drag_out.close())
        self.app_resume_signal.subscribe(self.main, lambda _: self._resumed())
        loop = asyncio.get_running_loop()
        for end in ENDING:
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not in the main thread: tests
                loop.add_signal_handler(end, self.quit_now, 128 + end)

    def on_main_screen_library_shown(self) -> None:
        """The first map is shown: start what the first paint must not wait for."""
        self.call_after_refresh(self._start_service)
        if self._control_place is not None:
            self.controllers.control.open(self._control_place)
        self.drag_out.open(term=os.environ.get("TERM", ""))

    def _resumed(self) -> None:
        self.screen.refresh(layout=True)
        self.drag_out.open(term=os.environ.get("TERM", ""))

    def _start_service(self) -> None:
        """The map is painted: now the index service may use the processor."""
        try:
            self.service.start()
        except WorkerError as error:
            self.show_error(error)
            return
        self._add_reader(self.service, self.read_service)

    def _add_reader(self, port: ServiceLike | PlayerLike, read: Callable[[], None]) -> None:
        descriptor = port.fileno()
        if descriptor >= 0:
            asyncio.get_running_loop().add_reader(descriptor, read)
            self._readers[descriptor] = port

    def _remove_reader(self, port: ServiceLike | PlayerLike) -> None:
        for descriptor in [descriptor for descriptor, each in self._readers.items() if each is port]:
            asyncio.get_running_loop().remove_reader(descriptor)
            del self._readers[descriptor]

    def on_unmount(self) -> None:
        self.controllers.control.close()
        self._remove_reader(self.service)
        self._remove_reader(self.player)
        loop = asyncio.get_running_loop()
        for end in ENDING:
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
                loop.remove_signal_handler(end)

    def quit_now(self, code: int = 0) -> None:
        """End the app: stop the sound and save the state."""
        if is_exiting(self):
            return
        self._remove_reader(self.service)  # later events would reach widgets that are gone
        self._remove_reader(self.player)
        self.drag_out.close()
        with contextlib.suppress(BrowserError):
            self.controllers.playback.stop()
            self.controllers.beat_player.stop()
        self.controllers.control.close()
        self.controllers.features.close()
        self.controllers.freesound.close()
        self.controllers.beat_export.close()
        self.controllers.save()
        self.exit(code, return_code=code)

    # --- player and index service ------------------------------------------------------------------------------------

    def read_player(self) -> None:
        """Handle the player's events."""
        for event in self.player.poll():
            self.controllers.playback.handle(event)
            self.controllers.beat_player.handle(event)
        self.controllers.follow_sound()

    def read_service(self) -> None:
        """Handle the index service's events."""
        try:
            service_events = self.service.poll()
        except WorkerError as error:
            self._remove_reader(self.service)
            self.show_error(error)
            return
        self.main.take_service_events(service_events)

    # --- notices -----------------------------------------------------------------------------------------------------

    def refuse(self, reason: str) -> None:
        """Say why a command does nothing."""
        self.controllers.presenter.refuse(reason)

    def show_error(self, error: BrowserError) -> None:
        self.controllers.presenter.show_error(error)

    def _say(self, text: str) -> None:
        self.controllers.presenter.say(text)

    # --- the terminal ------------------------------------------------------------------------------------------------

    def write_from_thread(self, sequence: str) -> None:
        """Send an escape sequence to the terminal; called from a thread."""
        self.call_from_thread(self.write_terminal, sequence)

    def on_terminal_reported(self, event: TerminalReported) -> None:
        """The terminal reports on drag and drop."""
        self.drag_out.receive(event.body)

    def _dragged_files(self, x: int, y: int) -> Sequence[bytes]:
        """Paths that a drag from this cell takes along: a row of the list, with the selection that it is part of.

        Empty where there is no sample; files that are missing or outside of the library's folders are left out.
        """
        state = self.controllers.state
        map_model, selection = state.map_model, state.selection
        try:
            widget, region = self.screen.get_widget_at(x, y)
        except NoWidget:
            return ()
        row = widget.row_at(y - region.y) if isinstance(widget, SampleList) else None
        if row is None or row >= len(map_model):
            return ()
        rows = selection.rows(map_model).tolist() if map_model.id_at(row) in selection else [row]
        snapshot = map_model.snapshot
        paths = [snapshot.names[each] for each in rows if not snapshot.flags[each] & MISSING]
        return [path for path in paths if not (map_model.roots and refusal(path, map_model.roots))]


def _keys(settings: Settings) -> tuple[Keys, str]:
    """The keys with a person's own; the default ones, and what is wrong, where those make no sense."""
    try:
        return command_keys(settings.keys), ""
    except ConfigError as error:
        return command_keys(), str(error)
