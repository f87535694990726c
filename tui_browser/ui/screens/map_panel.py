"""The widgets of the main screen, their layout and focus, and the dialogs that commands open above them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.widgets import Input

from tui_browser.records import SampleId, SampleRow
from tui_browser.ui import layout_mode
from tui_browser.ui.command_screen import CommandScreen
from tui_browser.ui.controllers.presenter import Widgets
from tui_browser.ui.dialogs.chooser import Chooser
from tui_browser.ui.dialogs.class_repair import ClassRepairScreen
from tui_browser.ui.dialogs.collection_actions import CollectionActions
from tui_browser.ui.dialogs.collections import CollectionsScreen
from tui_browser.ui.dialogs.column_actions import ColumnActions
from tui_browser.ui.dialogs.columns import ColumnsDialog
from tui_browser.ui.dialogs.confirm import Confirm
from tui_browser.ui.dialogs.details import DetailsScreen
from tui_browser.ui.dialogs.folder_completion import Completion
from tui_browser.ui.dialogs.help import HelpScreen
from tui_browser.ui.dialogs.mixer import MixerDialog
from tui_browser.ui.dialogs.mixer_actions import MixerActions
from tui_browser.ui.dialogs.picker import Picker
from tui_browser.ui.dialogs.prompt import Prompt
from tui_browser.ui.dialogs.repair_actions import RepairActions
from tui_browser.ui.dialogs.slice_actions import SliceActions
from tui_browser.ui.dialogs.suggestion_actions import SuggestionActions
from tui_browser.ui.dialogs.tag_prompt import TagPrompt
from tui_browser.ui.dialogs.wave import WaveScreen
from tui_browser.ui.dialogs.wave_actions import WaveActions
from tui_browser.ui.dialogs.weight_actions import WeightActions
from tui_browser.ui.dialogs.weights import WeightsDialog
from tui_browser.ui.keys.command import PLACES, VISUALISER, Choice
from tui_browser.ui.widgets.beat_strip import BeatStrip
from tui_browser.ui.widgets.details import Details, Facts
from tui_browser.ui.widgets.header import Header
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.kit_pane import KitPane
from tui_browser.ui.widgets.legend import Legend
from tui_browser.ui.widgets.log_pane import LogPane
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.places_pane import PlacesPane
from tui_browser.ui.widgets.sample_list import SampleList
from tui_browser.ui.widgets.scene_view import SceneView
from tui_browser.ui.widgets.search_bar import SearchBar
from tui_browser.ui.widgets.status_line import StatusLine
from tui_browser.ui.widgets.welcome import WelcomePane


class MapPanel(CommandScreen):
    """Map, list, details; search line or header above, legend, status and key hints below."""

    def __init__(self) -> None:
        super().__init__()
        self._form: layout_mode.Form = "standard"
        self._part = ""
        """The part of the screen that has the keys for a while; empty for the screen itself."""
        self._places_wanted = False
        """Whether places are shown where there is room for them."""

    def compose(self) -> ComposeResult:
        paint = self.theme_styles
        yield Header(paint, id="header")
        yield SearchBar(paint, id="search")
        with Horizontal(id="body"):
            yield PlacesPane(paint, id="places")
            yield WelcomePane(paint, id="welcome")
            yield MapView(paint, id="map")
            yield SceneView(paint, id="scene")
            yield KitPane(paint, id="kit")
            with Vertical(id="side"):
                yield SampleList(paint, id="list")
                yield Details(paint, id="details")
        yield BeatStrip(paint, id="beat")
        yield LogPane(paint, id="log")
        yield Legend(paint, id="legend")
        yield StatusLine(paint, id="status")
        yield Hints(paint, self.keys, screen=self.NAME, id="hints")
        yield WelcomePane(paint, id="small")

    def widgets(self) -> Widgets:
        """The widgets that the presenter draws on."""
        return Widgets(
            self.query_one(Header), self.query_one(SearchBar), self.query_one(MapView), self.query_one(SampleList),
            self.query_one(Details), self.query_one(Legend), self.query_one(LogPane), self.query_one(StatusLine),
            self.query_one(PlacesPane),
        )  # fmt: skip

    def on_resize(self, event: events.Resize) -> None:
        form = layout_mode.form(event.size.width, event.size.height)
        for name in layout_mode.FORMS:
            self.set_class(name == form, f"-{name}")
        if form == "tiny":
            self.query_one("#small", WelcomePane).tell([layout_mode.too_small(event.size.width, event.size.height)])
        self._form = form
        self._lay_out_places(event.size)
        self._show_list_or_map()

    def _show_list_or_map(self) -> None:
        """Where only one of them fits, the list replaces the map while it has the focus."""
        listing = self._form == "compact" and self.query_one(SampleList).active
        if listing != self.has_class("-listing"):  # setting the same class again would repaint the whole screen
            self.set_class(listing, "-listing")

    # --- who has the keys --------------------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        return self.NAME if self._part == "" or self.searching else self._part

    def enter_mode(self, mode: str) -> None:
        """Give the keys to a part of the screen; an empty mode gives them back to a scene that is shown, or the map."""
        self._part = mode or (VISUALISER if self.has_class("-scene") else "")
        self.query_one(Hints).show_screen(self.mode)
        self.query_one(PlacesPane).activate(self._part == PLACES)

    def show_places(self, shown: bool) -> str:
        """Show the pane of places or hide it; where there is no room for it, says so."""
        self._places_wanted = shown
        return self._lay_out_places(self.size)

    def _lay_out_places(self, size: Size) -> str:
        reason = layout_mode.no_room_for_places(size.width, size.height)
        self.set_class(self._places_wanted and not reason, "-places")
        if reason and self._part == PLACES:
            self.enter_mode("")
        return reason

    def show_scene(self, place: str) -> None:
        """Make room for the visualiser: `full`, `beside` the map, or `off`."""
        self.set_class(place != "off", "-scene")
        self.set_class(place == "full", "-scene-full")
        self.set_class(place == "beside", "-scene-beside")
        self.enter_mode("" if place == "off" else VISUALISER)

    @property
    def searching(self) -> bool:
        """Whether the search line has the focus."""
        return bool(self.query_one(SearchBar).field.has_focus)

    @property
    def on_list(self) -> bool:
        """Whether up and down move through the list."""
        return self.searching or bool(self.query_one(SampleList).active)

    def activate(self, on_list: bool) -> None:
        """Let the arrow keys act on the list, or on the map."""
        if self._part == PLACES:
            self.enter_mode("")
        self.query_one(SampleList).activate(on_list)
        self._show_list_or_map()

    def show_search_line(self, shown: bool, *, text: str | None = None) -> None:
        """Show the search line in place of the header, or the header again; `text` replaces its text."""
        bar = self.query_one(SearchBar)
        self.set_class(shown, "-searching")
        bar.display = shown
        if text is not None:
            with bar.field.prevent(Input.Changed):
                bar.field.value = text
                bar.field.cursor_position = len(text)

    def enter_search_line(self) -> None:
        """Let a person type a query."""
        self.show_search_line(True)
        self.set_focus(self.query_one(SearchBar).field)
        self.query_one(Hints).suggest(
            ("enter", "keep"), ("up down", "choose"), (self.keys.first("clear"), "end search"),
            (self.keys.first("switch"), "list"),
        )  # fmt: skip

    def leave_search_line(self, *, on_list: bool) -> None:
        """Make keys commands again, for the list or for the map."""
        self.query_one(Hints).suggest()
        self.set_focus(None)
        self.activate(on_list)

    # --- dialogs -----------------------------------------------------------------------------------------------------

    def choose(self, title: str, choices: Sequence[Choice], then: Callable[[str], None]) -> None:
        """Let a person choose from a list; `then` gets the id of the choice."""
        self.app.push_screen(Chooser(title, choices), lambda choice: None if choice is None else then(choice))

    def pick(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        now: str,
        show: Callable[[str], None],
        back: Callable[[], None],
        keep: Callable[[str], None] | None = None,
    ) -> None:
        """Let a person choose beside the map: `show` is called for each choice on the way, then `keep` or `back`."""

        def closed(choice: str | None) -> None:
            if choice is None:
                back()
            elif keep is not None:
                keep(choice)

        self.app.push_screen(Picker(title, choices, now=now, show=show), closed)

    def prompt(
        self,
        title: str,
        hint: str,
        then: Callable[[str], None],
        *,
        value: str = "",
        complete: Callable[[str], Completion] | None = None,
    ) -> None:
        """Let a person type a line; `then` gets it unless the prompt was cancelled."""
        prompt = Prompt(title, hint, value=value, complete=complete)
        self.app.push_screen(prompt, lambda text: None if text is None else then(text))

    def prompt_tags(
        self, title: str, hint: str, then: Callable[[str], None], *, value: str, tags: Mapping[SampleId, Sequence[str]]
    ) -> None:
        """As `prompt`, with suggestions from the tags of all samples."""
        prompt = TagPrompt(title, hint, value=value, tags=tags)
        self.app.push_screen(prompt, lambda text: None if text is None else then(text))

    def confirm(self, question: str, *lines: str, then: Callable[[], None]) -> None:
        """Ask, and call `then` for yes."""
        self.app.push_screen(Confirm(question, *lines), lambda yes: then() if yes else None)

    def show_collections(self, actions: CollectionActions) -> None:
        """All collections; one of them may be shown."""
        screen = CollectionsScreen(actions)
        self.app.push_screen(screen, lambda name: None if name is None else actions.show(name))

    def show_class_repair(self, actions: RepairActions) -> None:
        """One doubtful sample after another."""
        self.app.push_screen(ClassRepairScreen(actions))

    def show_mixer(self, sounds: Sequence[tuple[str, int]], actions: MixerActions) -> None:
        """Sliders for the weights of sounds, given as names and class indices."""
        self.app.push_screen(MixerDialog(sounds, actions))

    def show_slices(self, path: bytes, actions: SliceActions) -> None:
        """The slices of a recording, to adjust and to write out."""
        from tui_browser.ui.dialogs.slices import SlicesScreen  # codecs and onsets: the start pays for none

        self.app.push_screen(SlicesScreen(path, actions))

    def show_wave(self, path: bytes, actions: WaveActions) -> None:
        """The waveform of a recording, with its slices and a region of it."""
        self.app.push_screen(WaveScreen(path, actions))

    def show_suggested_tags(self, actions: SuggestionActions) -> None:
        """Tags that samples probably lack."""
        from tui_browser.ui.dialogs.suggested_tags import SuggestedTags  # the start pays for no prediction

        self.app.push_screen(SuggestedTags(actions))

    def show_weights(self, actions: WeightActions) -> None:
        """How much each aspect of neighbours counts."""
        self.app.push_screen(WeightsDialog(actions))

    def show_columns(self, actions: ColumnActions) -> None:
        """Which columns the list has."""
        self.app.push_screen(ColumnsDialog(actions))

    def show_help(self) -> None:
        """All keys."""
        self.app.push_screen(HelpScreen())

    def show_facts(self, facts: Facts, row: SampleRow | None) -> None:
        """All that is known of one sample."""
        self.app.push_screen(DetailsScreen(facts, row))
