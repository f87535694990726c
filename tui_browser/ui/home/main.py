"""The screen with the map: its widgets, its form, and which groups of commands act on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tui_browser.ui import sizes
from tui_browser.ui.command import MAIN, Command
from tui_browser.ui.commands import BY_ID, on_screen
from tui_browser.ui.doing.back import TakingBack
from tui_browser.ui.doing.base import Doing
from tui_browser.ui.doing.find import Finding
from tui_browser.ui.doing.go import Going
from tui_browser.ui.doing.hear import Hearing
from tui_browser.ui.doing.house import House
from tui_browser.ui.doing.keep import Keeping
from tui_browser.ui.doing.layout import Layouts
from tui_browser.ui.doing.legend import Filtering
from tui_browser.ui.doing.look import Looking
from tui_browser.ui.doing.make import MakingSounds
from tui_browser.ui.doing.parts import Parting
from tui_browser.ui.doing.select import Selecting
from tui_browser.ui.doing.walk import Walking
from tui_browser.ui.home.counting import CountingKeys
from tui_browser.ui.screens.base import CommandScreen
from tui_browser.ui.screens.chooser import Choice, Chooser
from tui_browser.ui.session import Session
from tui_browser.ui.shell import Shell
from tui_browser.ui.stage import Stage, Widgets
from tui_browser.ui.tables.look import GROUP as LOOK
from tui_browser.ui.tables.many import UNDO
from tui_browser.ui.widgets.details import Details
from tui_browser.ui.widgets.header import Header
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.legend import Legend
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.sample_list import SampleList
from tui_browser.ui.widgets.search_bar import SearchBar
from tui_browser.ui.widgets.status_line import StatusLine
from tui_browser.ui.widgets.welcome import Welcome

DOINGS: tuple[type[Doing], ...] = (
    Walking, Going, Hearing, Parting, Finding, Looking, Filtering, Selecting, Layouts, Keeping,
    MakingSounds, TakingBack, House,
)  # fmt: skip
"""The groups of commands that act on the map; a new one is a class and its place here."""


class MainScreen(CountingKeys, CommandScreen):
    """Map, list, details; a search line; legend, status, keys."""

    NAME = MAIN
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self._form: sizes.Form = "standard"
        self._mode = ""
        self.session: Session
        self.shell: Shell
        self.finding: Finding
        self.filtering: Filtering
        self.handlers: dict[str, Callable[[], None]] = {}

    def join(self, session: Session, shell: Shell) -> None:
        """From now on commands act on this session."""
        self.session, self.shell = session, shell
        for each in DOINGS:
            doing = each(session, self)
            if isinstance(doing, Finding):
                self.finding = doing
            if isinstance(doing, Filtering):
                self.filtering = doing
            for name in dir(doing):
                if name.startswith("do_"):
                    self.handlers[name.removeprefix("do_")] = getattr(doing, name)

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
    def mode(self) -> str:
        return self.NAME if self._mode == "" or self.searching else self._mode

    def enter_mode(self, mode: str) -> None:
        """Let a part of the screen have the keys, or the map again for an empty one."""
        self._mode = mode
        self.query_one(Hints).show_screen(self.mode)

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
                ("chosen", len(self.session.selection) > 0),
                ("sounding", self.session.audition.at_s is not None),
            )
            if holds
        }

    def perform(self, command: Command | str) -> None:
        self.session.morph.finish()
        self.stage.hush()
        command = BY_ID[command] if isinstance(command, str) else command
        if self._mode and self._mode not in command.screens and command.id != "colour_by":
            self.handlers["legend_leave"]()
        if self.session.audition.in_turn and command.id not in ("louder", "quieter", "faster", "slower"):
            self.session.audition.stop()
            if command.id in ("play_all", "play", "clear"):
                return
        if "samples" in command.needs and not len(self.stage.world) and self.session.scenery.progress is not None:
            self.host.refuse("the first samples are being indexed")
            return
        before = self.session.stage.widgets.map.viewport
        refused = bool(self.host.keys.refusal(command, self.there()))
        super().perform(command)
        if not refused:
            self.session.tour.did(command.id)
        if command.group == LOOK:
            self.session.changes.looked(before)
        elif command.group != UNDO:
            self.session.history.pause()

    # --- commands: who carries them out ------------------------------------------------------------------------------

    def handler(self, command_id: str) -> Callable[[], None]:
        own: Callable[[], None] | None = getattr(self, f"do_{command_id}", None)
        return own if own is not None else self.handlers[command_id]

    @classmethod
    def carries_out(cls, command_id: str) -> bool:
        """Whether this screen has a method for a command."""
        return any(hasattr(each, f"do_{command_id}") for each in (cls, *DOINGS))

    def entered(self, text: str) -> None:
        self.finding.entered(text)

    # --- what commands ask of the screen -----------------------------------------------------------------------------

    def show_search_line(self, shown: bool) -> None:
        """The search line in place of the top line, or the other way round."""
        self.query_one(Header).display = not shown
        self.query_one(SearchBar).display = shown

    def enter_search_line(self) -> None:
        """Let a person type what to search for."""
        self.show_search_line(True)
        self.set_focus(self.query_one(SearchBar).field)
        keys = self.shell.keys
        self.query_one(Hints).suggest(
            ("enter", "keep"), ("up down", "choose"), (keys.first("clear"), "end search"),
            (keys.first("switch"), "list"),
        )  # fmt: skip

    def leave_search_line(self, *, on_list: bool) -> None:
        """Keys are commands again, for the list or for the map."""
        self.query_one(Hints).suggest()
        self.set_focus(None)
        self.activate(on_list)

    def activate(self, on_list: bool) -> None:
        """Let the arrow keys act on the list, or on the map."""
        self.query_one(SampleList).activate(on_list)
        self._listing()

    def open(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Show another screen above this one; `then` gets its answer."""
        self.app.push_screen(screen, then)

    def show_palette(self) -> None:
        """All commands of this screen, those that cannot act now with the reason."""
        there, keys = self.there(), self.shell.keys
        choices = [
            Choice(one.id, one.label, one.help, keys.first(one.id, ascii=self.shell.paint.ascii),
                   keys.refusal(one, there))
            for one in on_screen(self.NAME) if one.id not in ("palette", "force_quit")
        ]  # fmt: skip
        self.open(Chooser("Command", choices), lambda id: self.perform(id) if id else None)

    # --- mouse, typing, paste ----------------------------------------------------------------------------------------

    def on_search_bar_typed(self) -> None:
        bar = self.query_one(SearchBar)
        if bar.display and bar.field.value != self.session.finder.text:
            self.session.finder.search(bar.field.value, self.stage.world)

    @on(MapView.Pointed)
    def _pointed(self, event: MapView.Pointed) -> None:
        self.activate(False)
        sample = self.session.walker.sample_near(event.point, event.reach)
        if sample is not None:
            if event.shift:
                self.session.selection.toggle(sample)
                return
            self.session.walker.go(sample, silently=True)
            self.session.listening.play_selected()
            if self.session.around.settings.click_copies and self.stage.path is not None:
                self.session.handing.copy_path(self.stage.path)
        else:
            self.session.making.point(self.session.journey.selected, event.point)
            if key := self.shell.keys.first("make_here"):
                self.stage.say(f"no sample here: {key} makes a sound for this place")

    @on(MapView.Hovered)
    def _hovered(self, event: MapView.Hovered) -> None:
        if self.session.around.settings.hover and not self.searching:
            sample = self.session.walker.sample_near(event.point, event.reach)
            row = self.stage.world.row_of(sample)
            if row is not None and self.stage.glance(row):
                self.session.audition.moved(self.stage.world.snapshot.names[row])

    @on(SampleList.Chosen)
    def _chosen(self, event: SampleList.Chosen) -> None:
        self.activate(True)
        self.session.walker.pick_from_list(self.stage.world.id_at(event.row), silently=True)
        self.session.listening.play_selected()

    @on(Legend.Clicked)
    def _kind_clicked(self, event: Legend.Clicked) -> None:
        if event.alone:
            self.session.history.undo()  # what the first of the two clicks did
            self.filtering.solo(event.entry)
        else:
            self.filtering.toggle(event.entry)

    @on(Details.Sought)
    def _sought(self, event: Details.Sought) -> None:
        path = self.stage.path
        if path is not None and not self.stage.missing:
            self.session.audition.play(path, start_s=event.at_s)

    @on(MapView.Moved)
    def _map_moved(self) -> None:
        self.session.scenery.reshape()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.session.visitors.pasted(event.text)
