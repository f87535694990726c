"""Puts the state on the widgets: the world, the selected sample, the matches, the notices.

At each step of a walk only the map's cursor and the status line change; list and details follow once the walk rests,
so that holding an arrow key costs a few hundred bytes a step.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import printable
from tui_browser.library.messages import Guest
from tui_browser.records import MISSING, SampleId
from tui_browser.ui import words
from tui_browser.ui.audition import Stoppable
from tui_browser.ui.classes import class_index
from tui_browser.ui.finder import Finder
from tui_browser.ui.inspector import Inspector, facts_of, guest_facts
from tui_browser.ui.journey import Journey
from tui_browser.ui.morph import MOST, Morph, moves
from tui_browser.ui.names import sample_name
from tui_browser.ui.selection import Selection
from tui_browser.ui.sieve import Sieve
from tui_browser.ui.widgets.details import Details
from tui_browser.ui.widgets.header import Header
from tui_browser.ui.widgets.legend import Legend
from tui_browser.ui.widgets.map_text import RANKS
from tui_browser.ui.widgets.map_view import MapView, Place
from tui_browser.ui.widgets.pane import Span
from tui_browser.ui.widgets.sample_list import Listing, SampleList
from tui_browser.ui.widgets.search_bar import SearchBar
from tui_browser.ui.widgets.status_line import Severity, StatusLine
from tui_browser.ui.world import World, empty_world

SETTLE_S = 0.05
"""How long the cursor rests before list and details follow."""
NOTICE_S = 2.0
"""A warning stays at least so long; the first key after that takes it away."""


@dataclass(frozen=True, slots=True)
class Widgets:
    """The widgets of the main screen."""

    header: Header
    search: SearchBar
    map: MapView
    list: SampleList
    details: Details
    legend: Legend
    status: StatusLine


class Stage:
    """What is shown; asked for by the screen, told by the controllers."""

    def __init__(
        self,
        widgets: Widgets,
        journey: Journey,
        inspector: Inspector,
        morph: Morph,
        finder: Finder,
        sieve: Sieve,
        *,
        after: Callable[[float, Callable[[], None]], Stoppable],
        sounding: Callable[[], bytes | None],
    ) -> None:
        self.world: World = empty_world()
        self.guest: Guest | None = None
        self.offer = ""
        """What to tell of a newer map that stands ready; empty without one."""
        self.finder = finder
        self.selection: Selection | None = None
        self.counts: list[int] = [0] * 256
        """(256,) samples of each colour index that the search leaves."""
        self._sieve = sieve
        self._glanced: int | None = None
        """The row under the pointer, while that is what is shown."""
        self.widgets = widgets
        self._journey = journey
        self._inspector = inspector
        self._morph = morph
        self._after = after
        self._sounding = sounding
        self._settling: Stoppable | None = None
        self._said_at = 0.0
        self._announced = ""
        self._clock = ""

    # --- what is selected --------------------------------------------------------------------------------------------

    @property
    def row(self) -> int | None:
        """The selected sample's row in the world that is shown."""
        return self.world.row_of(self._journey.selected)

    @property
    def on_guest(self) -> bool:
        """Whether the guest, and not a sample, is what keys act on."""
        return self.guest is not None and self._journey.rank == 0 and self._journey.neighbours is not None

    @property
    def path(self) -> bytes | None:
        """The file that keys act on."""
        if self.on_guest and self.guest is not None:
            return self.guest.path
        row = self.row
        return None if row is None else self.world.snapshot.names[row]

    @property
    def missing(self) -> bool:
        """Whether that file is known to be gone just now."""
        row = self.row
        return not self.on_guest and row is not None and bool(self.world.snapshot.flags[row] & MISSING)

    # --- the world ---------------------------------------------------------------------------------------------------

    def swap(self, world: World, *, glide: bool) -> None:
        """Show another world; with `glide` a new layout is moved to and not jumped to."""
        old, row = self.world, self.row
        place = old.place(row) if row is not None else None
        self._morph.finish()
        self.world, self._glanced = world, None
        self._inspector.forget()
        if self.row is None or not (self._journey.walked or self._has_dot(self.row)):
            self._journey.start(self._instead(place))
        if world.snapshot.layout == old.snapshot.layout:
            self._keep_view(old)
        self._sieve.renew(world)
        self.finder.renew(world)
        if glide and len(world) <= MOST and moves(old, world):
            self._morph.start(old, world, show=self._between, end=self._arrived)
        else:
            self.show_map()
        self.relist()
        self.settle()

    def _has_dot(self, row: int) -> bool:
        """Whether a row is on the map; True where nothing is."""
        return not self.world.placed or bool(np.isfinite(self.world.xy[row]).all())

    def _keep_view(self, old: World) -> None:
        """Where the pane is filled in another way, an enlarged view goes on showing the same samples."""
        shown, world = self.widgets.map, self.world
        if world.stretch != old.stretch and not shown.viewport.whole:
            x, y = world.stretch.apply(old.stretch.invert(shown.viewport.centre)).tolist()
            shown.viewport = dataclasses.replace(shown.viewport, centre=(x, y))

    def _instead(self, place: tuple[float, float] | None) -> SampleId | None:
        """The sample to select when none is: the one nearest to where the cursor was, else the middle of the map."""
        world = self.world
        if not len(world):
            return None
        if not world.placed:
            return world.id_at(0)
        x, y = place if place is not None and np.isfinite(place).all() else (0.5, 0.5)
        distance = (world.xy[:, 0] - x) ** 2 + (world.xy[:, 1] - y) ** 2
        return world.id_at(int(np.nanargmin(distance)))

    def _between(self, raster: object) -> None:
        self.widgets.map.mark(None)
        self.widgets.map.show(self.world, mask=self._sieve.mask, raster=raster)  # type: ignore[arg-type]

    def _arrived(self) -> None:
        self.show_map()

    def show_map(self) -> None:
        """The dots, in the world's colours and under the filter, and the marks on them."""
        self._sieve.renew(self.world)
        self.widgets.map.show(
            self.world, mask=self._sieve.mask, chosen=self._chosen_rows(), marks=(self._cursor(), self.guest_place)
        )
        self.explain()

    def mark(self) -> None:
        """Cursor and guest on the map."""
        self.widgets.map.mark(self._cursor(), self.guest_place)

    def _neighbours(self) -> list[Place]:
        """Where the nearest of the neighbour list lie, nearest first; none outside of one."""
        near, world = self._journey.neighbours, self.world
        rows = [world.row_of(sample) for sample in near.ids[:RANKS]] if near is not None else []
        return [world.place(row) if row is not None else (np.nan, np.nan) for row in rows]

    def _cursor(self) -> Place | None:
        row = self.row
        return self.world.place(row) if row is not None and not self.on_guest else None

    @property
    def guest_place(self) -> Place | None:
        """Where the guest is drawn; None without one."""
        if self.guest is None:
            return None
        x, y = self.world.stretch.apply(self.guest.xy).tolist()
        return x, y

    def explain(self) -> None:
        """The legend, with the counts of what matches."""
        found = self.finder.mask if self.finder.mask is None or len(self.finder.mask) == len(self.world) else None
        self.counts = self.world.colour_counts(found).tolist()
        self.widgets.legend.explain(self.world.colours, self.counts, off=self._sieve.off(self.world.colours.by))

    def choose(self, selection: Selection) -> None:
        """Show what is selected, on map and list."""
        self.selection = selection
        self.widgets.map.choose(self._chosen_rows())
        self.widgets.list.choose(selection)

    def _chosen_rows(self) -> NDArray[np.intp] | None:
        return self.selection.rows(self.world) if self.selection is not None and len(self.selection) else None

    # --- the list ----------------------------------------------------------------------------------------------------

    def relist(self, *, top: int | None = None) -> None:
        """The list: neighbours, else matches, else all samples in the map's order."""
        world, near, matches = self.world, self._journey.neighbours, self.finder.matches
        mask = self._sieve.mask if self._sieve.active else None
        self.widgets.map.rank(self._neighbours())
        if near is not None:
            pairs = [
                (world.row_of(sample), distance) for sample, distance in zip(near.ids, near.distances, strict=True)
            ]
            kept = [(row, distance) for row, distance in pairs if row is not None]
            rows = np.array([row for row, _ in kept], dtype=np.intp)
            listing = Listing(
                f"neighbours of {near.name}{near.among}",
                rows,
                np.array([distance for _, distance in kept], dtype=np.float32),
            )
            top = 0 if top is None else top  # the nearest first, wherever the list of all stood
        elif matches is not None:
            listing = Listing(f"found: {printable(self.finder.text)}", _of(matches.rows, mask))
        elif world.order is not None:
            listing = Listing("all samples" if mask is None else "samples shown", _of(world.order, mask))
        else:
            listing = Listing("all samples", _of(np.arange(len(world), dtype=np.intp), mask))
        self.widgets.list.list(world, listing, self.row, top=top)

    # --- moving ------------------------------------------------------------------------------------------------------

    def moved(self, *, keep: bool = True) -> None:
        """Another sample is selected: cursor and status at once, the rest when the walk rests."""
        row, self._glanced = self.row, None
        if keep and row is not None and not self.on_guest:
            view = self.widgets.map.viewport.keep_in_view(self.world.place(row))
            self.widgets.map.look(view)
        self.mark()
        self.status()
        if self._settling is not None:
            self._settling.stop()
        if self.widgets.list.active or self.widgets.search.field.has_focus:
            self.widgets.list.select(row)
        self._settling = self._after(SETTLE_S, self.settle)

    def settle(self) -> None:
        """List and details follow the cursor."""
        self._settling = None
        row = self.row
        self.widgets.list.select(None if self.on_guest else row)
        if self.on_guest and self.guest is not None:
            self._inspector.inspect(guest_facts(self.guest, self.world.snapshot.class_names), None)
        else:
            facts = None if row is None else facts_of(self.world, row)
            self._inspector.inspect(facts, self._journey.selected)
        self.status()

    def glance(self, row: int) -> bool:
        """Show what is known of a sample under the pointer, until the cursor moves; False when it is shown already."""
        if row == self._glanced:
            return False
        self._glanced = row
        self._inspector.inspect(facts_of(self.world, row), self.world.id_at(row))
        self.status()
        return True

    # --- telling -----------------------------------------------------------------------------------------------------

    def status(self) -> None:
        """The standing line: the place in the neighbour list, or the selected sample."""
        paint = self.widgets.status.paint
        text, muted = paint.role("text"), paint.role("muted")
        spans: list[Span] = []
        if self._sounding() is not None and self._sounding() == self.path:
            mark = ">" if paint.ascii else "♪"
            spans.append((f"{mark} {self._clock} " if self._clock else f"{mark} ", paint.role("accent", bold=True)))
        line = self._journey.line()
        row = self._glanced if self._glanced is not None and self._glanced < len(self.world) else self.row
        if line and self._glanced is None:
            spans.append((line.replace(" · ", paint.dot), text))
        elif row is not None:
            index = class_index(self.world.snapshot, row)
            name = words.cut_middle(sample_name(self.world.snapshot.names[row]), 40, ellipsis=paint.ellipsis)
            spans += [(f"{paint.letter(index)} ", paint.class_style(self.world.hue_of(row), bold=True)), (name, text)]
        if self.offer:
            spans.append((f"{paint.dot if spans else ''}{self.offer}", muted))
        self.widgets.status.stand(spans)

    def play_head(self, at_s: float | None) -> None:
        """How far a long sound has come: a mark in its waveform, the time in the status line; None when none sounds."""
        at_s = at_s if self._sounding() == self.path else None
        self.widgets.details.play_head(at_s)
        clock = "" if at_s is None else words.clock(at_s)
        if clock != self._clock:
            self._clock = clock
            self.status()

    def say(self, text: str, *, severity: Severity = "information", brief: bool = False) -> None:
        """One sentence; it stays until a key is pressed, a warning (unless `brief`) for two seconds at least."""
        self._said_at = float("-inf") if brief or severity == "information" else time.monotonic()
        self.widgets.status.say(text, severity=severity)

    def announce(self, text: str) -> None:
        """A sentence on a long job; it goes with the next key, or when the job has ended."""
        self._announced = text
        self.say(text)

    def job_done(self) -> None:
        """The service rests."""
        announced, self._announced = self._announced, ""
        if announced and self.widgets.status.notice == announced:
            self.hush(now=True)

    def hush(self, *, now: bool = False) -> None:
        """A key was pressed: a notice that was there long enough goes."""
        if self.widgets.status.notice and (now or time.monotonic() - self._said_at >= NOTICE_S):
            self.widgets.status.say("")


def _of(rows: NDArray[np.intp], mask: NDArray[np.bool_] | None) -> NDArray[np.intp]:
    """Those of the rows that are in the mask."""
    return rows if mask is None else rows[mask[rows]]
