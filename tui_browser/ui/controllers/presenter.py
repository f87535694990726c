"""Shows the state on the widgets.

At each step of the cursor only its mark on the map and the status line change. List and details follow once the cursor
rests, so that holding an arrow key costs a few hundred bytes a step.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import BrowserError, printable
from tui_browser.map.raster import Raster
from tui_browser.records import SampleId
from tui_browser.search.highlights import highlight_words
from tui_browser.ui import formatting
from tui_browser.ui.controllers.details_loader import DetailsLoader, facts_of, guest_facts
from tui_browser.ui.controllers.events import Emit, MakingChanged, MatchesChanged, StatusChanged
from tui_browser.ui.controllers.layout_animation import MOST, LayoutAnimation, moves
from tui_browser.ui.controllers.likeness_view import alike_facts, anchor_words, neighbour_listing, neighbour_words
from tui_browser.ui.controllers.making_view import making_facts, making_line, making_marks
from tui_browser.ui.latest_worker import Background, Stoppable
from tui_browser.ui.sample_names import sample_name
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.colouring import CLASS
from tui_browser.ui.state.listing import Listing
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.state.sound_lamp import lamp_of
from tui_browser.ui.widgets.details import Details
from tui_browser.ui.widgets.header import Header
from tui_browser.ui.widgets.legend import Legend
from tui_browser.ui.widgets.log_pane import LogPane
from tui_browser.ui.widgets.map_overlay import Place
from tui_browser.ui.widgets.map_text import NO_STACKS, RANKS, StackMarks
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.pane import Span
from tui_browser.ui.widgets.places_pane import PlacesPane
from tui_browser.ui.widgets.sample_list import SampleList
from tui_browser.ui.widgets.search_bar import SearchBar
from tui_browser.ui.widgets.status_line import Severity, StatusLine

REST_S = 0.05
"""How long the cursor rests before list and details follow."""
MOST_STACKS = 2_000
"""With more stacks of copies their numbers are not written on the map."""
_PLAY_MARKS = {"sounds": ("♪", ">"), "coming": ("…", "."), "silent": ("×", "x")}
"""The mark before a sound that was asked for, and the one of a plain ASCII screen."""
NOTICE_S = 2.0
"""A warning stays at least so long; the first key after that clears it."""


@dataclass(frozen=True, slots=True)
class Widgets:
    """The widgets of the main screen."""

    header: Header
    search: SearchBar
    map: MapView
    list: SampleList
    details: Details
    legend: Legend
    log: LogPane
    status: StatusLine
    places: PlacesPane


class Presenter:
    """Reads the state and draws it; controllers call it after they have changed something."""

    def __init__(
        self,
        widgets: Widgets,
        state: BrowserState,
        details: DetailsLoader,
        animation: LayoutAnimation,
        background: Background,
        *,
        emit: Emit,
    ) -> None:
        self.widgets = widgets
        self.counts: list[int] = [0] * 256
        """(256,) matching samples of each colour index."""
        self._state = state
        self._details = details
        self._animation = animation
        self._background = background
        self._emit = emit
        self._hovered_row: int | None = None
        """The row under the mouse pointer, while its details are shown."""
        self._rest_timer: Stoppable | None = None
        self._notice_since_s = 0.0
        self._job_notice = ""
        self._play_clock = ""

    @property
    def ramp_steps(self) -> int:
        """Colours of the theme's ramp."""
        return self.widgets.status.paint.steps

    @property
    def aspect(self) -> float:
        """Width of the map pane relative to its height."""
        return self.widgets.map.viewport.aspect

    # --- the map model -----------------------------------------------------------------------------------------------

    def show_map_model(self, map_model: MapModel, *, animate: bool) -> None:
        """Show another map model; with `animate` the dots glide to a new layout."""
        state = self._state
        old, row = state.map_model, state.row
        place = old.place(row) if row is not None else None
        self._animation.finish()
        state.map_model, self._hovered_row = map_model, None
        self._details.mark_stale()
        if state.row is None or not (state.cursor.walked or self._has_dot(state.row)):
            state.cursor.start(self._substitute(place))
        if map_model.snapshot.layout == old.snapshot.layout:
            self._keep_view(old)
        state.visibility.renew(map_model)
        if state.search.renew(map_model):
            self._emit(MatchesChanged())
        if animate and len(map_model) <= MOST and moves(old, map_model):
            self._animation.start(old, map_model, show=self._show_frame, end=self.show_map)
        else:
            self.show_map()
        self.show_list()
        self.show_details()

    def _has_dot(self, row: int) -> bool:
        """Whether a row is on the map; True where nothing is."""
        return not self._state.map_model.placed or bool(np.isfinite(self._state.map_model.xy[row]).all())

    def _keep_view(self, old: MapModel) -> None:
        """Keep an enlarged view on its samples where the layout is stretched in another way."""
        shown, map_model = self.widgets.map, self._state.map_model
        if map_model.stretch != old.stretch and not shown.viewport.whole:
            x, y = map_model.stretch.apply(old.stretch.invert(shown.viewport.centre)).tolist()
            shown.viewport = dataclasses.replace(shown.viewport, centre=(x, y))

    def _substitute(self, place: tuple[float, float] | None) -> SampleId | None:
        """The sample to select when none is: the nearest to `place`, else to the middle of the map."""
        map_model = self._state.map_model
        if not len(map_model):
            return None
        if not map_model.placed:
            return map_model.id_at(0)
        x, y = place if place is not None and np.isfinite(place).all() else (0.5, 0.5)
        distance = (map_model.xy[:, 0] - x) ** 2 + (map_model.xy[:, 1] - y) ** 2
        return map_model.id_at(int(np.nanargmin(distance)))

    def _show_frame(self, raster: Raster) -> None:
        self.widgets.map.mark(None)
        self.widgets.map.show(self._state.map_model, mask=self._state.visibility.drawn, raster=raster)

    def show_map(self) -> None:
        """Dots, marks and legend."""
        self._state.visibility.renew(self._state.map_model)
        self.widgets.map.show(
            self._state.map_model,
            mask=self._state.visibility.drawn,
            chosen=self._selected_rows(),
            marks=(self._cursor_place(), self._state.guest_place),
        )
        self.widgets.map.show_making(making_marks(self._state))
        self._show_legend()

    def show_making(self) -> None:
        """What is made on the map, in the details and in the status line, and to whoever else shows it."""
        self.widgets.map.show_making(making_marks(self._state))
        self.show_details()
        self._emit(MakingChanged())

    def _neighbour_places(self) -> list[Place]:
        """Places of the first neighbours, nearest first; empty without a neighbour list."""
        near, map_model = self._state.cursor.neighbours, self._state.map_model
        rows = [map_model.row_of(sample) for sample in near.ids[:RANKS]] if near is not None else []
        return [map_model.place(row) if row is not None else (np.nan, np.nan) for row in rows]

    def _stack_marks(self, sizes: Mapping[int, int]) -> StackMarks:
        """Where stacks of copies lie on the map, and their sizes; none where there are too many to tell apart."""
        if len(sizes) > MOST_STACKS:
            return NO_STACKS
        rows, counts = np.fromiter(sizes.keys(), np.intp), np.fromiter(sizes.values(), np.int64)
        return StackMarks(self._state.map_model.xy[rows], counts)

    def _cursor_place(self) -> Place | None:
        row = self._state.row
        return self._state.map_model.place(row) if row is not None and not self._state.on_guest else None

    def _show_legend(self) -> None:
        """The legend with the number of matches of each kind."""
        state, map_model = self._state, self._state.map_model
        mask = state.search.mask
        self.counts = map_model.colour_counts(mask if mask is None or len(mask) == len(map_model) else None).tolist()
        self.widgets.legend.explain(map_model.colours, self.counts, off=state.visibility.off(map_model.colours.by))

    def show_selection(self) -> None:
        """Mark the selected samples on map and list, and count them in the header."""
        self.widgets.map.choose(self._selected_rows())
        self.widgets.list.choose(self._state.selection)
        self.show_header()

    def _selected_rows(self) -> NDArray[np.intp] | None:
        return self._state.selection.rows(self._state.map_model) if len(self._state.selection) else None

    # --- the list ----------------------------------------------------------------------------------------------------

    def show_list(self, *, top: int | None = None) -> None:
        """The list: neighbours, else matches, else all samples in the map's order."""
        state = self._state
        map_model, near, matches = state.map_model, state.cursor.neighbours, state.search.matches
        state.visibility.renew(map_model)
        sizes = state.visibility.stack_sizes
        mask = state.visibility.mask if state.visibility.active or sizes else None
        self.widgets.map.stack(self._stack_marks(sizes))
        self.widgets.map.rank(self._neighbour_places())
        if near is not None:
            listing = neighbour_listing(near, map_model)
            top = 0 if top is None else top  # the nearest first, wherever the list of all stood
        elif matches is not None:
            query, found = matches.query, f"found: {printable(state.search.text)}"
            listing = Listing(
                "all samples" if query.only_orders else self.widgets.list.paint.dot.join([*anchor_words(state), found]),
                _rows_in_mask(matches.rows, mask),
                words=highlight_words(query.expression),
                order=query.sort[0] if query.sort else None,
            )
        elif map_model.order is not None:
            listing = Listing(
                "samples shown" if state.visibility.active else "all samples", _rows_in_mask(map_model.order, mask)
            )
        else:
            listing = Listing("all samples", _rows_in_mask(np.arange(len(map_model), dtype=np.intp), mask))
        if sizes:
            listing = dataclasses.replace(listing, stack_sizes=sizes)
        self.widgets.list.list(map_model, listing, None if state.on_guest else state.row, top=top)
        self.show_header()

    # --- moving ------------------------------------------------------------------------------------------------------

    def show_cursor(self, *, keep_in_view: bool = True) -> None:
        """The cursor has moved: its mark and the status line at once, list and details when it rests."""
        row, self._hovered_row = self._state.row, None
        if self._state.making.cursor_moved(self._state.cursor.sample):
            self.widgets.map.show_making(making_marks(self._state))
            self._emit(MakingChanged())
        if keep_in_view and row is not None and not self._state.on_guest:
            view = self.widgets.map.viewport.keep_in_view(self._state.map_model.place(row))
            self.widgets.map.look(view)
        self.widgets.map.mark(self._cursor_place(), self._state.guest_place)
        self.show_status()
        if self._rest_timer is not None:
            self._rest_timer.stop()
        if self.widgets.list.active or self.widgets.search.field.has_focus:
            self.widgets.list.select(row)
        self._rest_timer = self._background.after(REST_S, self.show_details)

    def show_details(self) -> None:
        """List and details follow the cursor."""
        self._rest_timer = None
        state, row = self._state, self._state.row
        self.widgets.list.select(None if state.on_guest else row)
        if (made := making_facts(state)) is not None:
            self._details.load(made, None)
        elif state.on_guest and state.guest is not None:
            self._details.load(guest_facts(state.guest, state.map_model.snapshot.class_names), None)
        else:
            facts = None if row is None else facts_of(state.map_model, row)
            self._details.load(alike_facts(state, facts), state.cursor.sample)
        self.show_status()

    def show_hovered(self, row: int) -> bool:
        """Show the details of the sample under the mouse until the cursor moves; False where they are shown already."""
        if row == self._hovered_row:
            return False
        self._hovered_row = row
        self._details.load(facts_of(self._state.map_model, row), self._state.map_model.id_at(row))
        self.show_status()
        return True

    # --- header, status line, notices --------------------------------------------------------------------------------

    def show_header(self) -> None:
        """The number of samples, and what is switched on."""
        state, map_model = self._state, self._state.map_model
        count = len(state.selection)
        modes = [f"{formatting.samples(count)} selected"] if count else []
        modes += neighbour_words(state) or anchor_words(state)
        modes += [*state.visibility.words, *(["auto-play"] if state.playback.auto else [])]
        folded = sum(state.visibility.stack_sizes.values()) - len(state.visibility.stack_sizes)
        modes += [f"{folded:,} {'copy' if folded == 1 else 'copies'} folded"] if folded else []
        modes += [*state.playback.options.words(), *state.playback.project_words]
        modes += [f"by {map_model.colours.name}"] if state.colour_by != CLASS else []
        level = self.widgets.map.viewport.zoom_level
        modes += [f"{level:.1f}x"] if level > 1.01 else []
        title = formatting.samples(len(map_model)) if len(map_model) else "tui-browser"
        mask = state.visibility.mask
        if mask is not None and len(mask) == len(map_model):
            title = f"{int(mask.sum()):,} of {title} shown"
        unplaced = len(map_model) - map_model.placed
        if unplaced and map_model.placed:
            title += f", {unplaced:,} off the map"
        self.widgets.header.tell(title, *modes, lamp=lamp_of(state.playback.ready, state.playback.line))

    def show_status(self) -> None:
        """The status line: the place in the neighbour list, or the selected sample."""
        paint = self.widgets.status.paint
        text, muted = paint.role("text"), paint.role("muted")
        spans: list[Span] = []
        state, map_model, hovered = self._state, self._state.map_model, self._hovered_row
        made = state.making.shown_sound
        if state.playback.path is not None and state.playback.path == (state.path if made is None else made.path):
            mark, clock = _PLAY_MARKS[state.playback.mark][paint.ascii], self._play_clock
            spans.append((f"{mark} {clock} " if clock else f"{mark} ", paint.role("accent", bold=True)))
        line = making_line(state) or state.cursor.line()
        row = hovered if hovered is not None and hovered < len(map_model) else state.row
        if line and hovered is None:
            spans.append((line.replace(" · ", paint.dot), text))
        elif row is not None:
            hue = map_model.hue_of(row)
            name = formatting.cut_middle(sample_name(map_model.snapshot.names[row]), 40, ellipsis=paint.ellipsis)
            spans += [
                (f"{paint.letter(hue)} ", paint.class_style(hue, bold=True)),
                (name, text),
            ]
        if state.layout_offer:
            spans.append((f"{paint.dot if spans else ''}{state.layout_offer}", muted))
        self.widgets.status.stand(spans)
        self._emit(StatusChanged())

    def show_play_head(self) -> None:
        """How far a long sound has come: a mark in its waveform and the time in the status line."""
        playback = self._state.playback
        at_s = playback.at_s if playback.path == self._state.path else None
        self.widgets.details.play_head(at_s)
        clock = "" if at_s is None else formatting.clock(at_s)
        if clock != self._play_clock:
            self._play_clock = clock
            self.show_status()

    def say(self, text: str, *, severity: Severity = "information", brief: bool = False) -> None:
        """Show one sentence until a key is pressed; a warning, unless `brief`, stays for two seconds at least.

        The log keeps what is not `brief`.
        """
        self._notice_since_s = float("-inf") if brief or severity == "information" else time.monotonic()
        self.widgets.status.say(text, severity=severity)
        if not brief:
            self.log(text, severity)

    def log(self, text: str, severity: Severity = "information") -> None:
        """Keep a sentence in the log without showing it in the status line."""
        self._state.log.note(text, severity)
        self.widgets.log.tell(self._state.log.entries)

    def warn(self, text: str) -> None:
        """Show a warning."""
        self.say(text, severity="warning")

    def show_error(self, error: BrowserError) -> None:
        self.say(str(error), severity="error")

    def refuse(self, reason: str) -> None:
        """Say why a command does nothing."""
        self.say(reason, severity="warning", brief=True)

    def announce_job(self, text: str) -> None:
        """Show a sentence on a long job until a key is pressed or the job has ended."""
        self._job_notice = text
        self.say(text)

    def end_job(self) -> None:
        """The index service rests: clear the sentence on its job."""
        notice, self._job_notice = self._job_notice, ""
        if notice and self.widgets.status.notice == notice:
            self.clear_notice(now=True)

    def clear_notice(self, *, now: bool = False) -> None:
        """Clear a notice that was shown long enough, or with `now` any."""
        if self.widgets.status.notice and (now or time.monotonic() - self._notice_since_s >= NOTICE_S):
            self.widgets.status.say("")


def _rows_in_mask(rows: NDArray[np.intp], mask: NDArray[np.bool_] | None) -> NDArray[np.intp]:
    """The rows that are in the mask."""
    return rows if mask is None else rows[mask[rows]]
