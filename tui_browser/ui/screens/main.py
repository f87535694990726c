"""The main screen: makes the state and its controllers, and joins them with keys, mouse and events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from textual import on
from textual.message import Message

from tui_browser.errors import BrowserError
from tui_browser.map.viewport import Viewport
from tui_browser.service.messages import ClassesRefitted, Event
from tui_browser.ui.commands.groups import GROUPS
from tui_browser.ui.commands.legend import LegendCommands
from tui_browser.ui.commands.list_columns import ListCommands
from tui_browser.ui.commands.places import PlacesCommands
from tui_browser.ui.commands.search import SearchCommands
from tui_browser.ui.commands.visualise import GROUP as VISUALISE
from tui_browser.ui.controllers.controllers import AppContext, Controllers
from tui_browser.ui.controllers.events import (
    ClipboardUncertain,
    ControllerEvent,
    DetailsChanged,
    FoldersDropped,
    JobFailed,
    MapEmpty,
    MapShown,
)
from tui_browser.ui.dialogs.class_repair import ClassRepairScreen
from tui_browser.ui.dialogs.collections import CollectionsScreen
from tui_browser.ui.dialogs.confirm import Confirm
from tui_browser.ui.dialogs.copied_text import CopiedTextScreen
from tui_browser.ui.dialogs.details import DetailsScreen
from tui_browser.ui.dialogs.freesound import FreesoundScreen
from tui_browser.ui.dialogs.mixer import MixerDialog
from tui_browser.ui.dialogs.models import ModelsScreen
from tui_browser.ui.dialogs.roots import RootsScreen
from tui_browser.ui.keys.command import KIT, LEGEND, MAIN, PLACE, PLACES, Choice, Command
from tui_browser.ui.latest_worker import Background
from tui_browser.ui.launch_options import LaunchOptions
from tui_browser.ui.screens.control_requests import ControlRequests
from tui_browser.ui.screens.event_router import route_controller_event, route_service_event, without_superseded
from tui_browser.ui.screens.kit_panel import KitPanel
from tui_browser.ui.screens.pointer_actions import PointerActions
from tui_browser.ui.widgets.details import Details
from tui_browser.ui.widgets.legend import Legend
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.places_pane import PlacesPane
from tui_browser.ui.widgets.sample_list import SampleList
from tui_browser.ui.widgets.scene_view import SceneView
from tui_browser.ui.widgets.search_bar import SearchBar
from tui_browser.ui.widgets.welcome import WelcomePane, sentences

_LARGEST_COUNT = 999
_NEEDS_MAP = ("search", "legend", "places", "switch", "colour_by")
"""Commands that make room for the map where a scene fills the screen."""
_STAY = {PLACES: ("Hear",), KIT: ("Hear", "Undo", "App")}
"""Groups of commands of the screen that leave the keys with a part of it."""
_VOLUME_AND_SPEED = ("louder", "quieter", "faster", "slower")


class MainScreen(KitPanel):
    """The only switchboard: controllers emit events, and `route` passes them on."""

    NAME = MAIN
    AUTO_FOCUS = ""

    class LoadingBegan(Message):
        """The screen has its controllers, and the library is being loaded."""

    class LibraryShown(Message):
        """The first map is painted, or the library could not be read."""

    def __init__(self, context: AppContext, options: LaunchOptions) -> None:
        super().__init__()
        self._app_context = context
        self._options = options
        self._launched = False
        """Whether the search and the files of the launch options were shown."""
        self._count = 0
        """The number that is being typed before a command."""
        self._times = 1
        """How often the next command is carried out."""
        self._answer_key: Callable[[str], None] | None = None
        """Takes the next key in place of a command."""
        self._view_before: Viewport | None = None
        """The view when the present command began."""
        self.control_requests: ControlRequests
        self._search: SearchCommands
        self._legend: LegendCommands
        self._places: PlacesCommands
        self._lists: ListCommands
        self._mouse: PointerActions
        self._handlers: dict[str, Callable[[], None]] = {}

    def on_mount(self) -> None:
        """The widgets are there: make the controllers and begin to load the library."""
        self.query_one(SearchBar).display = False
        self.query_one("#welcome").display = False
        self.set_class(self.theme_styles.ascii, "-ascii")
        self.controllers = controllers = Controllers(
            self._app_context,
            self.widgets(),
            self.query_one(SceneView),
            self.kit_widgets,
            self.keys,
            Background(self.app, failed=self._job_failed),
            animate=self._app_context.settings.motion and self.app.animation_level != "none",
            write_from_thread=self.host.write_from_thread,
            emit=self.route,
        )
        groups = [group(controllers, self) for group in GROUPS]
        for group in groups:
            self._handlers.update(group.handlers())
        self._search = next(group for group in groups if isinstance(group, SearchCommands))
        self._legend = next(group for group in groups if isinstance(group, LegendCommands))
        self._places = next(group for group in groups if isinstance(group, PlacesCommands))
        self._lists = next(group for group in groups if isinstance(group, ListCommands))
        self._mouse = PointerActions(controllers, self._app_context.settings, self.keys)
        self.control_requests = ControlRequests(controllers, self)
        controllers.snapshots.start()
        self.post_message(self.LoadingBegan())

    # --- events ------------------------------------------------------------------------------------------------------

    def route(self, event: ControllerEvent) -> None:
        """Take an event of a controller."""
        route_controller_event(event, self)

    def take_service_events(self, service_events: Sequence[Event]) -> None:
        """Take events of the index service."""
        for event in without_superseded(service_events):
            route_service_event(event, self)

    def _job_failed(self, error: BrowserError) -> None:
        self.route(JobFailed(error))

    def report_first_load(self) -> None:
        self.post_message(self.LibraryShown())

    def map_shown(self, event: MapShown) -> None:
        """Show the map in place of the welcome text; once names are indexed, do what the app was opened for."""
        if event.placed:
            self.remove_class("-empty", "-unplaced")
            self.query_one("#welcome").display = False
            self.controllers.tour.map_shown()
        if event.searchable and not self._launched:
            self._launched = True
            if self._options.query.strip():
                self._search.search_for(self._options.query)
            if self._options.guests:
                self.controllers.drops.show_files(self._options.guests)

    def show_emptiness(self, event: MapEmpty) -> None:
        """Say what to do next, in place of the map."""
        welcome, progress = self.query_one("#welcome", WelcomePane), self.controllers.state.progress
        welcome.display = True
        self.set_class(event.samples == 0, "-empty")
        self.set_class(event.samples > 0, "-unplaced")
        if event.samples:
            why = "The map follows as samples are indexed" if progress is not None else "All samples are off the map"
            welcome.tell([why, "", "The list shows every sample, and each can be played."])
        else:
            welcome.tell(sentences(self.keys, event.roots, event.rejects, progress))

    def nothing_matched(self) -> None:
        """Nothing matches what the app was opened with."""
        self.controllers.presenter.refuse("no sample matches")

    def show_loaded_details(self, event: DetailsChanged) -> None:
        """Show the details in their panel, and on the screen of details where that is open."""
        self.controllers.presenter.widgets.details.inform(event.facts)
        screen = self.app.screen if self.app.screen_stack else None
        if event.facts is not None and isinstance(screen, DetailsScreen):
            screen.inform(event.facts, event.row)
        if isinstance(screen, MixerDialog):
            screen.inform(event.facts)

    def open_freesound(self) -> None:
        """The search for sounds on Freesound."""
        self.app.push_screen(FreesoundScreen(self.controllers.freesound))

    def show_freesound(self) -> None:
        """Show what became of a search there, where its screen is open."""
        if self.app.screen_stack and isinstance(self.app.screen, FreesoundScreen):
            self.app.screen.redraw()

    def making_changed(self) -> None:
        """Give the keys back where the free cursor is gone; the mixer shows what was made."""
        if self._part == PLACE and self.controllers.state.making.place is None:
            self.enter_mode("")

    def show_copied_text(self, event: ClipboardUncertain) -> None:
        """A text in full, for a person to select."""
        self.app.push_screen(CopiedTextScreen(event.text, event.copied))

    def ask_to_add(self, event: FoldersDropped) -> None:
        """Ask whether to add folders."""
        question = Confirm(event.question, *event.lines, yes="add", no="leave")
        self.app.push_screen(question, lambda yes: event.add() if yes else None)

    def renew_lists(self) -> None:
        """Load the list of folders or collections again, where one is open."""
        if isinstance(self.app.screen, (RootsScreen, CollectionsScreen)):
            self.app.screen.renew()

    def show_refit(self, event: ClassesRefitted) -> None:
        """What was learned from corrected classes, where the screen that asked for it is open."""
        if isinstance(self.app.screen, ClassRepairScreen):
            self.app.screen.take_refit(event)

    # --- commands ----------------------------------------------------------------------------------------------------

    def available(self) -> Collection[str]:
        state = self.controllers.state
        conditions = {
            "samples": len(state.map_model) > 0,
            "selection": state.path is not None,
            "vectors": state.map_model.snapshot.vectors is not None,
            "trail": bool(state.cursor.trail),
            "offer": bool(state.layout_offer),
            "made": state.making.sound is not None,
            "chosen": len(state.selection) > 0,
            "kit": state.beat.at_hand is not None,
            "sounding": state.playback.at_s is not None,
        }
        return {need for need, met in conditions.items() if met}

    def handler(self, command_id: str) -> Callable[[], None]:
        own: Callable[[], None] | None = getattr(self, f"do_{command_id}", None)
        return own if own is not None else self._handlers[command_id]

    @classmethod
    def carries_out(cls, command_id: str) -> bool:
        return any(hasattr(each, f"do_{command_id}") for each in (cls, *GROUPS))

    def intercept(self, key: str) -> bool:
        """The answer to `await_key`, or a digit of the number that repeats the next command."""
        answer, self._answer_key = self._answer_key, None
        if answer is not None:
            self.controllers.presenter.clear_notice(now=True)
            if key != "escape":
                answer(key)
            return True
        if key.isdecimal() and key.isascii() and len(key) == 1 and (key != "0" or self._count):
            self._count = min(self._count * 10 + int(key), _LARGEST_COUNT)
            self.controllers.presenter.say(f"repeat {self._count} times: press a command")
            return True
        self._times, self._count = self._count or 1, 0
        return False

    def await_key(self, question: str, then: Callable[[str], None]) -> None:
        """Ask for a key; `then` gets its name, unless it is escape."""
        self._answer_key = then
        self.controllers.presenter.say(question)

    def begin_command(self, command: Command) -> int:
        """End what any key ends: animation, old notice, the legend's mode, playing in turn."""
        times, self._times = self._times, 1
        controllers, state = self.controllers, self.controllers.state
        controllers.animation.finish()
        controllers.presenter.clear_notice()
        if self._part == LEGEND and LEGEND not in command.screens and command.id != "colour_by":
            self._legend.do_legend_leave()
        if self._part in _STAY and self._part not in command.screens and command.group not in _STAY[self._part]:
            self.enter_mode("")
        if controllers.visualiser.place == "full" and command.id in _NEEDS_MAP:
            self._handlers["scene_place"]()
        if state.playback.in_turn and command.id not in _VOLUME_AND_SPEED and command.group != VISUALISE:
            on_tour = controllers.sound_tour.under_way
            controllers.playback.stop()
            if on_tour or command.id in ("play_all", "play", "clear"):
                return 0
        if "samples" in command.needs and not len(state.map_model) and state.progress is not None:
            controllers.presenter.refuse("the first samples are being indexed")
            return 0
        self._view_before = self.query_one(MapView).viewport
        return times if command.repeats else 1

    def end_command(self, command: Command, *, done: bool) -> None:
        if done:
            self.controllers.tour.command_done(command.id)
        self.controllers.follow_sound()
        if command.group == "Look" and self._view_before is not None:
            self.controllers.undoable_edits.view_changed(self._view_before)
        elif command.group != "Undo":
            self.controllers.state.history.pause()

    def position(self) -> object:
        state = self.controllers.state
        beat = state.beat
        return (
            state.cursor.sample,
            state.making.place,
            beat.at_hand,
            beat.row,
            beat.step,
            self.controllers.presenter.widgets.map.viewport,
        )

    def entered(self, text: str) -> None:
        self._search.keep_search(text)

    def first_key(self, command_id: str) -> str:
        """A command's first key as a person reads it."""
        return self.keys.first(command_id, ascii=self.theme_styles.ascii)

    def show_palette(self) -> None:
        """All commands of this screen; those that cannot act now with the reason."""
        available = self.available()
        names = (*self.kit_parts, self.NAME)
        commands = dict.fromkeys(each for name in names for each in self.keys.on_screen(name))
        choices = [
            Choice(each.id, each.label, each.help, self.first_key(each.id), self.keys.refusal(each, available))
            for each in commands
            if each.id not in ("palette", "force_quit")
        ]
        self.choose("Command", choices, self.perform)

    def show_roots(self) -> None:
        """The folders of the library."""
        presenter = self.controllers.presenter
        roots = RootsScreen(self._app_context.library, request=self.controllers.request)
        self.app.push_screen(roots, lambda notice: presenter.announce_job(notice) if notice else None)

    def show_models(self) -> None:
        """The models, and which of them the library uses."""
        presenter = self.controllers.presenter
        models = ModelsScreen(self._app_context.library, request=self.controllers.request)
        self.app.push_screen(models, lambda notice: presenter.announce_job(notice) if notice else None)

    def search_for(self, text: str, *, may_be_none: bool = False) -> None:
        """Show what matches a text, as if it had been typed and kept."""
        self._search.search_for(text, may_be_none=may_be_none)

    def choose_theme(self) -> None:
        self.host.choose_theme()

    # --- mouse, typing, paste ----------------------------------------------------------------------------------------

    def on_search_bar_typed(self) -> None:
        bar = self.query_one(SearchBar)
        if bar.display and bar.field.value != self.controllers.state.search.text:
            self.controllers.search.search(bar.field.value)

    @on(MapView.Pointed)
    def _map_clicked(self, event: MapView.Pointed) -> None:
        self.activate(False)
        self._mouse.click_map(event)

    @on(MapView.Hovered)
    def _map_hovered(self, event: MapView.Hovered) -> None:
        if not self.searching:
            self._mouse.hover_map(event)

    @on(SampleList.Chosen)
    def _list_clicked(self, event: SampleList.Chosen) -> None:
        self.activate(True)
        self._mouse.click_list(event)

    @on(PlacesPane.Chosen)
    def _place_clicked(self, event: PlacesPane.Chosen) -> None:
        self._places.click(event.at, mark=event.mark)

    @on(SampleList.HeaderClicked)
    def _header_clicked(self, event: SampleList.HeaderClicked) -> None:
        self._lists.sort_by(event.column)

    @on(SampleList.RowsShown)
    def _waves_in_view(self, event: SampleList.RowsShown) -> None:
        self.controllers.tiny_waves.show(event.rows)

    @on(Legend.Clicked)
    def _legend_clicked(self, event: Legend.Clicked) -> None:
        if event.alone:
            self.controllers.state.history.undo()  # what the first of the two clicks did
            self._legend.solo(event.entry)
        else:
            self._legend.toggle(event.entry)

    @on(Details.SeekRequested)
    def _waveform_clicked(self, event: Details.SeekRequested) -> None:
        self._mouse.click_waveform(event)

    @on(SceneView.Resized)
    def _scene_resized(self) -> None:
        self.controllers.visualiser.draw()

    @on(SceneView.Clicked)
    def _scene_clicked(self) -> None:
        self.perform("scene_next")

    @on(MapView.Moved)
    def _map_moved(self) -> None:
        self.controllers.map.reshape()

    def pasted(self, text: str) -> None:
        self.controllers.drops.paste(text)
