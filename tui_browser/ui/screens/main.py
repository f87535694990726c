"""The screen with the map: it wires widgets, controllers and commands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui_browser.library.messages import Rescan
from tui_browser.records import SampleId
from tui_browser.ui import colouring, sizes
from tui_browser.ui.audition import Ways
from tui_browser.ui.commands import BY_ID, MAIN, Command
from tui_browser.ui.finder import View
from tui_browser.ui.screens.base import CommandScreen
from tui_browser.ui.screens.details import DetailsScreen
from tui_browser.ui.screens.going import GoingCommands
from tui_browser.ui.screens.mapping import MapCommands
from tui_browser.ui.screens.prompt import Prompt
from tui_browser.ui.stage import Stage, Widgets
from tui_browser.ui.widgets.details import Details
from tui_browser.ui.widgets.header import Header
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.legend import Legend
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.sample_list import SampleList
from tui_browser.ui.widgets.search_bar import SearchBar
from tui_browser.ui.widgets.status_line import StatusLine
from tui_browser.ui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from tui_browser.ui.session import Session

ZOOM = 1.5
"""One press of + or -."""
SEEK_S = 5.0
PAN = 8
"""One press moves the view by this part of the screen."""

Direction = Literal["left", "right", "up", "down"]


class MainScreen(GoingCommands, MapCommands, CommandScreen):
    """Map, list, details; a search line; legend, status, keys."""

    NAME = MAIN
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self._form: sizes.Form = "standard"

    def compose(self) -> ComposeResult:
        paint, keys = self.host.paint, self.host.keys
        yield Header(paint, id="header")
        yield SearchBar(paint, id="search")
        with Horizontal(id="body"):
            yield Welcome(paint, id="welcome")
            yield MapView(paint, id="map")
            with Vertical(id="side"):
                yield SampleList(paint, id="list")
                yield Details(paint, id="details")
        yield Legend(paint, id="legend")
        yield StatusLine(paint, id="status")
        yield Hints(paint, keys, screen=self.NAME, id="hints")
        yield Welcome(paint, id="small")

    @property
    def session(self) -> Session:
        return cast(Any, self.app).session  # type: ignore[no-any-return]

    @property
    def stage(self) -> Stage:
        return self.session.stage

    def widgets(self) -> Widgets:
        """The parts that the stage puts things on."""
        return Widgets(
            self.query_one(Header), self.query_one(SearchBar), self.query_one(MapView), self.query_one(SampleList),
            self.query_one(Details), self.query_one(Legend), self.query_one(StatusLine),
        )  # fmt: skip

    # --- form --------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.query_one(SearchBar).display = False
        self.set_class(self.host.paint.ascii, "-ascii")
        cast(Any, self.app).begin()

    def on_resize(self, event: events.Resize) -> None:
        form = sizes.form(event.size.width, event.size.height)
        for name in sizes.FORMS:
            self.set_class(name == form, f"-{name}")
        if form == "tiny":
            self.query_one("#small", Welcome).tell([sizes.too_small(event.size.width, event.size.height)])
        self._form = form
        self._listing()

    def _listing(self) -> None:
        """Where there is room for one of them only, the list shows in place of the map while it has the focus."""
        wanted = self._form == "compact" and self.query_one(SampleList).active
        if wanted != self.has_class("-listing"):  # setting it anew would paint the whole screen
            self.set_class(wanted, "-listing")

    @property
    def searching(self) -> bool:
        """Whether the search line has the focus."""
        return bool(self.query_one(SearchBar).field.has_focus)

    @property
    def on_list(self) -> bool:
        """Whether up and down go through the list."""
        return self.searching or bool(self.query_one(SampleList).active)

    # --- commands: what is there -------------------------------------------------------------------------------------

    def there(self) -> Collection[str]:
        stage, journey = self.stage, self.session.journey
        return {
            name
            for name, holds in (
                ("samples", len(stage.world) > 0),
                ("selection", stage.path is not None),
                ("vectors", stage.world.snapshot.vectors is not None),
                ("trail", bool(journey.trail)),
                ("offer", bool(stage.offer)),
                ("sounding", self.session.audition.at_s is not None),
            )
            if holds
        }

    def perform(self, command: Command | str) -> None:
        self.session.morph.finish()
        self.stage.hush()
        command = BY_ID[command] if isinstance(command, str) else command
        if self.session.audition.in_turn and command.id not in ("louder", "quieter", "faster", "slower"):
            self.session.audition.stop()
            if command.id in ("play_all", "play", "clear"):
                return
        if "samples" in command.needs and not len(self.stage.world) and self.session.progress is not None:
            self.host.refuse("the first samples are on their way")
            return
        super().perform(command)

    # --- commands: walking -------------------------------------------------------------------------------------------

    def do_walk_left(self) -> None:
        self._walk("left")

    def do_walk_right(self) -> None:
        self._walk("right")

    def do_walk_up(self) -> None:
        self._go_beside(-1) if self.on_list else self._walk("up")

    def do_walk_down(self) -> None:
        self._go_beside(1) if self.on_list else self._walk("down")

    def do_page_up(self) -> None:
        self._go_beside(1 - self.query_one(SampleList).page)

    def do_page_down(self) -> None:
        self._go_beside(self.query_one(SampleList).page - 1)

    def do_first(self) -> None:
        self._go_beside(-len(self.stage.world))

    def do_last(self) -> None:
        self._go_beside(len(self.stage.world))

    def _walk(self, direction: Direction) -> None:
        if self.on_list:
            return
        row = self.session.step(direction)
        if row is not None:
            self.session.go(self.stage.world.id_at(row))

    def _go_beside(self, by: int) -> None:
        row = self.query_one(SampleList).row_beside(by)
        if row is None:
            return
        sample = self.stage.world.id_at(row)
        if self.searching:
            self.session.peek(sample)
        else:
            self.session.pick_from_list(sample)

    def do_back(self) -> None:
        sample = self.session.journey.back(self.stage.world)
        if sample is None:
            self.host.refuse("this is where the walk began")
            return
        self.session.leave_guest()
        self.stage.relist()
        self.session.arrived()

    def do_next_neighbour(self) -> None:
        self.session.neighbour(1)

    def do_previous_neighbour(self) -> None:
        self.session.neighbour(-1)

    # --- commands: hearing -------------------------------------------------------------------------------------------

    def do_play(self) -> None:
        path = self.stage.path
        if path is None:
            return
        if self.stage.missing:
            self.host.refuse("the file is not there now")
            return
        self.session.audition.toggle(path)

    def do_auto_play(self) -> None:
        auto = not self.session.audition.auto
        self.session.set_auto_play(auto)
        self.stage.say("auto-play is on: where the walk rests, it sounds" if auto else "auto-play is off")

    def do_louder(self) -> None:
        self._hear_in(self.session.audition.ways.louder(1))

    def do_quieter(self) -> None:
        self._hear_in(self.session.audition.ways.louder(-1))

    def do_faster(self) -> None:
        self._hear_in(self.session.audition.ways.faster(1))

    def do_slower(self) -> None:
        self._hear_in(self.session.audition.ways.faster(-1))

    def do_loop(self) -> None:
        ways = self.session.audition.ways
        self._hear_in(replace(ways, loop=not ways.loop))

    def _hear_in(self, ways: Ways) -> None:
        if ways == self.session.audition.ways:
            self.host.refuse("that is as far as it goes")
            return
        self.session.hear_in(ways)
        self.stage.say(self.host.paint.dot.join(ways.words()) or "heard as it is")

    def do_seek_on(self) -> None:
        self.session.audition.seek(SEEK_S)

    def do_seek_back(self) -> None:
        self.session.audition.seek(-SEEK_S)

    def do_play_all(self) -> None:
        self.session.play_all()

    # --- commands: finding -------------------------------------------------------------------------------------------

    def do_search(self) -> None:
        listing = self.query_one(SampleList)
        view = View(self.query_one(MapView).viewport, self.session.journey.selected, listing.active, listing.top)
        self.session.begin_search(view)
        bar = self.query_one(SearchBar)
        self.query_one(Header).display = False
        bar.display = True
        self.set_focus(bar.field)
        keys = self.host.keys
        self.query_one(Hints).suggest(
            ("enter", "go there"), ("up down", "choose"), (keys.first("clear"), "back as it was"),
            (keys.first("switch"), "list"),
        )  # fmt: skip

    def on_search_bar_typed(self) -> None:
        bar = self.query_one(SearchBar)
        if bar.display:
            self.session.finder.search(bar.field.value, self.stage.world)

    def entered(self, text: str) -> None:
        finder = self.session.finder
        if text != finder.text:
            finder.search(text, self.stage.world)
        if finder.active and not len(finder.matches or ()):
            self.host.refuse("nothing matches")
            return
        if not finder.text.strip():
            self.do_clear()
            return
        self._leave_search_line(on_list=finder.before is not None and finder.before.on_list)
        self.session.keep_search()

    def do_clear(self) -> None:
        """End what was begun last: neighbours or guest, then the search, then a notice."""
        if not self.searching and self.session.leave_neighbours():
            self.session.visitors.next()
            return
        bar = self.query_one(SearchBar)
        if bar.display:
            view = self.session.end_search()
            bar.display = False
            self.query_one(Header).display = True
            bar.field.value = ""
            self._leave_search_line(on_list=view is not None and view.on_list)
            return
        if not self.session.visitors.next():
            self.stage.hush(now=True)

    def search_for(self, text: str) -> None:
        """Show what matches a text, as if it had been typed and kept."""
        listing, bar = self.query_one(SampleList), self.query_one(SearchBar)
        self.query_one(Header).display = False
        bar.display = True
        with bar.field.prevent(Input.Changed):
            bar.field.value = text
        self.session.search_for(text, View(self.query_one(MapView).viewport, None, listing.active, listing.top))

    def _leave_search_line(self, *, on_list: bool) -> None:
        self.query_one(Hints).suggest()
        self.set_focus(None)
        self._activate(on_list)

    def _activate(self, on_list: bool) -> None:
        """Let the arrow keys act on the list, or on the map."""
        self.query_one(SampleList).activate(on_list)
        self._listing()

    def do_switch(self) -> None:
        if self.searching:
            self._leave_search_line(on_list=True)
        else:
            self._activate(not self.query_one(SampleList).active)

    # --- commands: looking -------------------------------------------------------------------------------------------

    def _pan(self, across: int, down: int) -> None:
        view = self.query_one(MapView)
        columns, rows = max(2, view.size.width // PAN), max(1, view.size.height // PAN)
        view.look(view.viewport.pan(across * columns, down * rows))

    def do_pan_left(self) -> None:
        self._pan(-1, 0)

    def do_pan_right(self) -> None:
        self._pan(1, 0)

    def do_pan_up(self) -> None:
        self._pan(0, -1)

    def do_pan_down(self) -> None:
        self._pan(0, 1)

    def do_zoom_in(self) -> None:
        self._zoom(ZOOM)

    def do_zoom_out(self) -> None:
        self._zoom(1 / ZOOM)

    def _zoom(self, factor: float) -> None:
        view, stage = self.query_one(MapView), self.stage
        place = stage.world.place(stage.row) if stage.row is not None else None
        seen = place is not None and view.viewport.cell_at(place) is not None
        view.look(view.viewport.zoom(factor, about=place if seen else None))
        self.session.describe()

    def do_fit(self) -> None:
        view = self.query_one(MapView)
        view.look(view.viewport.fit())
        self.session.describe()

    def do_colour_by(self) -> None:
        session = self.session
        now = colouring.CYCLE.index(session.colour_by) if session.colour_by in colouring.CYCLE else -1
        session.colour_by = colouring.CYCLE[(now + 1) % len(colouring.CYCLE)]
        session.recolour()

    def do_details(self) -> None:
        inspector = self.session.inspector
        if inspector.facts is not None:
            self.app.push_screen(DetailsScreen(inspector.facts, inspector.row))

    def do_newer_map(self) -> None:
        self.session.accept_layout()

    # --- commands: keeping -------------------------------------------------------------------------------------------

    def do_copy(self) -> None:
        path = self.stage.path
        if path is not None:
            self.session.handing.copy_path(path)

    def do_copy_as(self) -> None:
        self.session.copy_as()

    def do_favourite(self) -> None:
        stage, sample = self.stage, self.session.journey.selected
        if stage.on_guest or stage.row is None or sample is None:
            self.host.refuse("a guest is not in the library")
            return
        self.session.edits.favourite(stage.world, stage.row, sample)

    def do_tag(self) -> None:
        stage, sample = self.stage, self.session.journey.selected
        if stage.on_guest or sample is None:
            self.host.refuse("a guest is not in the library")
            return
        before = stage.world.snapshot.tags.get(sample, ())
        self.app.push_screen(
            Prompt("Tags", "blanks between them; enter keeps, esc leaves", value=" ".join(before)),
            lambda typed: None if typed is None else self.session.edits.tag(sample, before, typed),
        )

    # --- commands: library and app -----------------------------------------------------------------------------------

    def do_rescan(self) -> None:
        self.session.request(Rescan())
        self.stage.say("comparing all folders with the disk")

    def do_roots(self) -> None:
        cast(Any, self.app).show_roots()

    def do_theme(self) -> None:
        cast(Any, self.app).choose_theme()

    def do_palette(self) -> None:
        cast(Any, self.app).show_palette()

    def do_help(self) -> None:
        cast(Any, self.app).show_help()

    def do_quit(self) -> None:
        self.host.quit_now()

    # --- mouse and paste ---------------------------------------------------------------------------------------------

    @on(MapView.Pointed)
    def _pointed(self, event: MapView.Pointed) -> None:
        self._activate(False)
        sample = self.session.sample_near(event.point, event.reach)
        if sample is not None:
            self._hear(sample)

    @on(SampleList.Chosen)
    def _chosen(self, event: SampleList.Chosen) -> None:
        self._activate(True)
        self.session.pick_from_list(self.stage.world.id_at(event.row), silently=True)
        self._play_selected()

    @on(Details.Sought)
    def _sought(self, event: Details.Sought) -> None:
        path = self.stage.path
        if path is not None and not self.stage.missing:
            self.session.audition.play(path, start_s=event.at_s)

    def _hear(self, sample: SampleId) -> None:
        self.session.go(sample, silently=True)
        self._play_selected()

    def _play_selected(self) -> None:
        path = self.stage.path
        if path is not None and not self.stage.missing:
            self.session.audition.play(path)

    @on(MapView.Moved)
    def _map_moved(self) -> None:
        self.session.reshape()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.session.visitors.pasted(event.text)
