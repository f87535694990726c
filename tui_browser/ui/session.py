"""One sitting with a library: joins the controllers, and says what each command means for all of them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from tui_browser.atlas.labels import Labels
from tui_browser.atlas.walk import Walk
from tui_browser.config.state import LibraryState
from tui_browser.config.templates import Subject
from tui_browser.errors import BrowserError, printable
from tui_browser.library.messages import AcceptLayout, Guest, LayoutChanged, Request
from tui_browser.records import HEARD, Progress, Root, SampleId
from tui_browser.ui import words
from tui_browser.ui.audition import Audition, Stoppable, Ways
from tui_browser.ui.colouring import KINDS
from tui_browser.ui.edits import Edits
from tui_browser.ui.feed import Feed
from tui_browser.ui.finder import Finder, View
from tui_browser.ui.handing import Handing, Way, guest_subject, subject
from tui_browser.ui.heard import Heard
from tui_browser.ui.inspector import Inspector
from tui_browser.ui.journey import Journey, Neighbours, find_neighbours
from tui_browser.ui.kinds import SHADES
from tui_browser.ui.lane import Lane
from tui_browser.ui.likely import LIKELY_REST_S, follower, likely
from tui_browser.ui.morph import Morph
from tui_browser.ui.ports import LibraryLike, PlayerLike, Remember
from tui_browser.ui.stage import Stage, Widgets
from tui_browser.ui.visitors import Visitors
from tui_browser.ui.widgets.details import Facts
from tui_browser.ui.widgets.sample_list import SampleList
from tui_browser.ui.world import World, recoloured

INLINE = 20_000_000
"""Numbers that a neighbour search may go through at once (some 5 ms); above, in a thread."""
RESHAPE = 0.1
"""How much the shape of the map may change (as a logarithm) before the ways of the arrows are worked out anew."""


class Session:
    """Made once the main screen is there."""

    def __init__(
        self,
        app: Any,
        widgets: Widgets,
        *,
        library: LibraryLike,
        player: PlayerLike,
        request: Callable[[Request], None],
        remember: Remember,
        library_path: str,
        rest_s: float,
        glide: Callable[[], bool],
        colour_by: str,
        auto_play: bool,
        ways: Ways,
        selected: SampleId | None,
        marks: Mapping[str, SampleId] | None = None,
        first_shown: Callable[[], None],
    ) -> None:
        self.request = request
        self.colour_by = colour_by
        self.progress: Progress | None = None
        self.modes: tuple[str, ...] = ()
        """What the top line tells beside its own."""
        self._app = app
        self._widgets = widgets
        self._glide = glide
        self._remember = remember
        self._library_path = library_path
        self._library = library
        self._searching_for = False
        self._near = Lane(app, "near", failed=self.failed)
        self._about = Lane(app, "about", failed=self.failed)
        self._about_walk = Lane(app, "walk", failed=self.failed)
        self._about_labels = Lane(app, "labels", failed=self.failed)
        self._about_colours = Lane(app, "colours", failed=self.failed)
        self.labelled = True
        """Whether regions of the map have their names on."""
        self.journey = Journey()
        self.journey.start(selected)
        self.morph = Morph(app.set_interval)
        self.audition = Audition(
            player,
            rest_s=rest_s,
            after=self._after,
            say=self.warn,
            changed=self._sound_changed,
            moved_on=lambda: self.stage.play_head(self.audition.at_s),
            ways=ways,
            began=self._began,
        )
        self.heard = Heard(request=request, after=self._after)
        self.marks: dict[str, SampleId] = dict(marks or {})
        """By their letters."""
        self._likely_soon: Stoppable | None = None
        self.audition.auto = auto_play
        self.inspector = Inspector(library, Lane(app, "details", failed=self.failed), show=self._inform)
        self.stage = Stage(
            widgets, self.journey, self.inspector, self.morph, after=self._after, sounding=lambda: self.audition.path
        )
        self.finder = Finder(Lane(app, "search", failed=self.failed), found=self._found)
        self.stage.finder = self.finder
        self.feed = Feed(
            library,
            Lane(app, "library", failed=self._feed_failed),
            swap=self._swap,
            after=self._after,
            look=lambda: (self.colour_by, app.paint.steps, widgets.map.viewport.aspect),
            first=first_shown,
        )
        self.edits = Edits(request=request, say=self.stage.say)
        self.handing = Handing(
            Lane(app, "handing", failed=self.failed),
            own=app.settings.templates,
            maps=app.settings.path_map,
            write_osc52=app.write_from_thread,
            say=self.stage.say,
            show=app.show_copied,
        )
        self.visitors = Visitors(
            library,
            Lane(app, "visitors", failed=self.failed),
            request=request,
            ask=app.ask,
            go=self._show_known,
            say=self.stage.say,
        )

    def _inform(self, facts: Facts | None) -> None:
        self._widgets.details.inform(facts)
        if facts is not None:
            self._app.inform(facts, self.inspector.row)

    def _after(self, delay_s: float, call: Callable[[], None]) -> Stoppable:
        timer: Stoppable = self._app.set_timer(delay_s, call)
        return timer

    # --- the library -------------------------------------------------------------------------------------------------

    def _swap(self, world: World) -> None:
        if world.colours.by != self.colour_by:  # chosen while this world was being made
            world = recoloured(world, by=self.colour_by, steps=self._app.paint.steps)
            self.feed.adopt(world)
        if world.snapshot.layout != self.stage.world.snapshot.layout:
            self._widgets.map.label(None)
        self.stage.swap(world, glide=self._glide())
        self.label()
        self.describe()
        if not world.placed:
            self.explain_emptiness()
        else:
            self._app.show_map()
        if world.index is not None:
            self._app.run_errand()

    def recolour(self) -> None:
        """Colour the map by `colour_by` with the theme's ramp."""
        world, steps = self.stage.world, self._app.paint.steps
        if self.colour_by in (*KINDS, SHADES):
            self._about_colours.ask(
                functools.partial(recoloured, world, by=self.colour_by, steps=steps), self._recoloured
            )
        else:
            self._recoloured(recoloured(world, by=self.colour_by, steps=steps))

    def _recoloured(self, world: World) -> None:
        if world.snapshot is not self.stage.world.snapshot or world.colours.by != self.colour_by:
            return
        world = dataclasses.replace(self.stage.world, colours=world.colours, raster=world.raster)
        self.stage.world = world
        self.feed.adopt(world)
        self.stage.show_map()
        self.describe()

    def reshape(self) -> None:
        """The map has another shape: what is right of a sample, and what is above it, may be others now."""
        self.describe()
        world, aspect = self.stage.world, self._widgets.map.viewport.aspect
        if world.walk is None or abs(np.log(aspect / world.aspect)) < RESHAPE:
            return

        def done(walk: Walk) -> None:
            if self.stage.world.snapshot is world.snapshot:
                self.stage.world = dataclasses.replace(self.stage.world, walk=walk, aspect=aspect)
                self.feed.adopt(self.stage.world)

        self._about_walk.ask(functools.partial(Walk, world.snapshot.xy, aspect=aspect), done)

    def label(self) -> None:
        """Find the names of the map's regions, in a thread; those of the same places stay on till then."""
        world, on = self.stage.world, self.labelled
        if not on or world.walk is None or not world.placed:
            return
        snapshot = world.snapshot
        work = functools.partial(
            Labels, snapshot.xy, snapshot.classes, snapshot.names, class_names=snapshot.class_names
        )
        self._about_labels.ask(work, lambda labels: self._widgets.map.label(labels if self.labelled else None))

    def set_labelled(self, on: bool) -> None:
        """Show names of regions, or none."""
        self.labelled = on
        self._widgets.map.label(None)
        self.label()

    def ask_latent(self, then: Callable[[int], None]) -> None:
        """Find out how many latent dimensions the library's model has."""
        self._about.ask(self._library.latent, then)

    def explain_emptiness(self) -> None:
        """Find out why there is nothing to show, and tell."""
        library = self._library
        self._about.ask(lambda: (library.roots(), len(library.rejects())), lambda found: self._explained(*found))

    def _explained(self, roots: list[Root], rejects: int) -> None:
        if not self.stage.world.placed:
            self._app.show_emptiness(len(self.stage.world), roots, rejects, self.progress)

    def _feed_failed(self, error: BrowserError) -> None:
        self.failed(error)
        self.feed.failed()

    def failed(self, error: BrowserError) -> None:
        """Show an error that came from a thread."""
        self.stage.say(str(error), severity="error")

    def warn(self, text: str) -> None:
        """One sentence of warning."""
        self.stage.say(text, severity="warning")

    def describe(self) -> None:
        """The top line."""
        world, modes = self.stage.world, list(self.modes)
        if self.audition.auto:
            modes.append("auto-play")
        modes += self.audition.ways.words()
        if self.colour_by != "class":
            modes.append(f"by {world.colours.name}")
        level = self._widgets.map.viewport.zoom_level
        if level > 1.01:
            modes.append(f"{level:.1f}x")
        off = len(world) - world.placed
        title = words.samples(len(world)) if len(world) else "tui-browser"
        if off and world.placed:
            title += f", {off:,} off the map"
        self._widgets.header.tell(title, *modes)

    # --- moving ------------------------------------------------------------------------------------------------------

    def step(self, direction: Literal["left", "right", "up", "down"]) -> int | None:
        """The row that an arrow leads to; None while the map is still being made ready or nobody is there."""
        world, row, mask = self.stage.world, self.stage.row, self.finder.mask
        if world.walk is None or not world.placed:
            return None
        if row is None or not np.isfinite(world.snapshot.xy[row]).all():
            return world.walk.nearest(self._widgets.map.viewport.centre, mask=mask)
        return world.walk.step(row, direction, mask=mask)

    def go(self, sample: SampleId, *, silently: bool = False) -> None:
        """Select a sample by walking or clicking."""
        listed = self.journey.neighbours is not None
        self.leave_guest()
        moved = self.journey.go(sample)
        if listed:
            self.stage.relist()
        if moved or listed:
            self.arrived(silently=silently)

    def pick_from_list(self, sample: SampleId, *, silently: bool = False) -> None:
        """Select a sample of the list; within a neighbour list, which stays."""
        near = self.journey.neighbours
        if near is not None and sample in near.ids:
            self.journey.step(near.ids.index(sample) + 1 - self.journey.rank, self.stage.world)
            self.arrived(silently=silently)
        else:
            self.go(sample, silently=silently)

    def arrived(self, *, silently: bool = False) -> None:
        """The cursor is on another sample."""
        self.stage.moved()
        self._get_likely_ready()
        path = self.stage.path
        if path is not None and not silently:
            self.audition.moved(path)

    def sample_near(self, point: tuple[float, float], reach: tuple[float, float]) -> SampleId | None:
        """The sample at a place of the map that was clicked, if there is one within reach."""
        world = self.stage.world
        row = world.walk.nearest(point, mask=self.finder.mask) if world.walk is not None else None
        if row is None:
            return None
        x, y = world.place(row)
        return world.id_at(row) if abs(x - point[0]) <= reach[0] and abs(y - point[1]) <= reach[1] else None

    # --- neighbours --------------------------------------------------------------------------------------------------

    def neighbour(self, by: int) -> None:
        """Go to the next or previous neighbour of the anchor; without one, this sample becomes it."""
        if self.journey.neighbours is not None:
            self._step(by)
            return
        world, row, sample = self.stage.world, self.stage.row, self.journey.selected
        vectors = world.snapshot.vectors
        if row is None or vectors is None or sample is None:
            return
        if by < 0:
            self._app.refuse("this is where the list would begin")
            return
        if not np.isfinite(vectors[row]).all():
            self._app.refuse("this sample has no sound to compare")
            return
        name = words.file_name(world.snapshot.names[row])
        work = functools.partial(find_neighbours, world, vectors[row], name=name, anchor=sample, mask=self.finder.mask)
        if vectors.size <= INLINE:
            self._begin(sample, work())
        else:
            self._near.ask(work, functools.partial(self._begin, sample))

    def _begin(self, sample: SampleId, near: Neighbours) -> None:
        if self.journey.selected != sample or self.journey.neighbours is not None:
            return  # the person has gone on meanwhile
        self.journey.begin_neighbours(near)
        self.stage.relist()
        self._step(1)

    def _step(self, by: int) -> None:
        if self.journey.step(by, self.stage.world) is not None:
            self.arrived()
        elif self.stage.guest is not None and by < 0 and self.journey.rank == 1:
            self.journey.rank = 0
            self.arrived()
        else:
            near = self.journey.neighbours
            count = len(near) if near is not None else 0
            self._app.refuse(f"these were all {count} neighbours" if by > 0 else "this is where the list begins")
        self.stage.status()

    def leave_neighbours(self) -> bool:
        """End the neighbour list and send a guest away; False when there was none."""
        if self.journey.neighbours is None and self.stage.guest is None:
            return False
        self.journey.end_neighbours()
        self.leave_guest()
        self.stage.relist()
        self.stage.moved(keep=False)
        return True

    # --- guests ------------------------------------------------------------------------------------------------------

    def _show_known(self, sample: SampleId) -> bool:
        """Select a sample that was dropped; False when the map does not have it yet."""
        if self.stage.world.row_of(sample) is None:
            return False
        self.go(sample)
        return True

    def welcome_guest(self, guest: Guest) -> None:
        """Put a located file on the map as a guest, with its neighbours in the list."""
        if guest.path != self.visitors.awaited:
            return
        self.visitors.awaited = None
        world = self.stage.world
        name = words.file_name(guest.path)
        if world.snapshot.vectors is None or world.snapshot.vectors.shape[1] != len(guest.vector):
            near = Neighbours(name, None, (), ())
        else:
            near = find_neighbours(world, guest.vector, name=name, anchor=None, mask=self.finder.mask)
        self.stage.guest = guest
        self.journey.begin_neighbours(near)
        view = self._widgets.map.viewport.keep_in_view(guest.xy)
        self._widgets.map.look(view)
        self.stage.hush(now=True)
        self.stage.relist()
        self.stage.moved(keep=False)
        if self.audition.auto:
            self.audition.moved(guest.path)

    def leave_guest(self) -> None:
        """Take the guest off the map."""
        self.stage.guest = None

    # --- search ------------------------------------------------------------------------------------------------------

    def begin_search(self, view: View) -> None:
        """Remember the view; neighbours end."""
        self.leave_neighbours()
        self.finder.begin(view)

    def _found(self) -> None:
        """There are other matches: dim the rest, list them, put the cursor on the best one."""
        matches, world, before = self.finder.matches, self.stage.world, self.finder.before
        self._widgets.search.count(None if matches is None else len(matches.rows), len(world))
        if self._widgets.search.field.has_focus:
            if matches is not None and len(matches.rows):
                self.journey.start(world.id_at(int(matches.rows[0])))
            elif matches is None and before is not None:
                self.journey.start(before.selected)
        self.stage.show_map()
        self.stage.relist()
        self.stage.moved(keep=False)
        if self._searching_for:
            self._answered()

    def peek(self, sample: SampleId) -> None:
        """Look at one of the matches while the search line has the focus."""
        self.journey.start(sample)
        self.arrived()

    def keep_search(self) -> None:
        """Go to the chosen match; the trail leads back to where the search began."""
        chosen, before = self.journey.selected, self.finder.before
        if before is not None:
            self.journey.start(before.selected)
        if chosen is not None:
            self.journey.go(chosen)
        self.arrived()

    def end_search(self) -> View | None:
        """Clear the search and bring back the view as it was."""
        view = self.finder.end()
        self._widgets.search.count(None, 0)
        if view is not None:
            if view.selected is not None and self.stage.world.row_of(view.selected) is not None:
                self.journey.start(view.selected)
            size = self._widgets.map.viewport
            self._widgets.map.look(view.viewport.resize(size.columns, size.rows))
        self.stage.show_map()
        self.stage.relist(top=view.list_top if view is not None else None)
        self.stage.moved(keep=False)
        self.describe()
        return view

    def search_for(self, text: str, view: View) -> None:
        """Search for a text that nobody types; the best match is selected as soon as there is an answer."""
        self._searching_for = True
        self.begin_search(view)
        self.finder.search(text, self.stage.world)

    def _answered(self) -> None:
        matches, world = self.finder.matches, self.stage.world
        if matches is None:  # not yet, or not asked any more
            return
        self._searching_for = False
        if len(matches.rows):
            self.journey.start(world.id_at(int(matches.rows[0])))
            self.stage.moved(keep=True)
        else:
            self._app.found_nothing()

    # --- handing on --------------------------------------------------------------------------------------------------

    def copy_as(self) -> None:
        """Offer the ways to write the selected sample, and all that a search has found."""
        world, row, matches = self.stage.world, self.stage.row, self.finder.matches
        if self.stage.on_guest and self.stage.guest is not None:
            one = guest_subject(self.stage.guest)
        elif row is not None:
            one = subject(world, row)
        else:
            return
        rows = () if matches is None else matches.rows

        def many() -> list[Subject]:
            return [subject(world, int(each)) for each in rows]

        def ask(ways: list[Way]) -> None:
            self._app.choose_way(ways, lambda way: self.handing.take(way, one, many))

        self.handing.offer(one, found=len(rows), ask=ask)

    # --- modes -------------------------------------------------------------------------------------------------------

    def _sound_changed(self) -> None:
        self.stage.play_head(self.audition.at_s)
        self.stage.status()

    @property
    def listing(self) -> SampleList:
        """The list: neighbours, matches, or all."""
        return self._widgets.list

    def hear_in(self, ways: Ways) -> None:
        """Hear everything in this way, now and at the next start."""
        self.audition.go(ways)
        self._remember(
            lambda state: dataclasses.replace(state, volume_db=ways.volume_db, speed=ways.speed, loop=ways.loop)
        )
        self.describe()

    def play_all(self) -> None:
        """Play the list in turn, from the selected sample on, round and round."""
        first = True

        def following() -> bytes | None:
            nonlocal first
            row = follower(self, first=first)
            first = False
            if row is None:
                return None
            self.pick_from_list(self.stage.world.id_at(row), silently=True)
            return self.stage.path

        self.audition.take_turns(following)

    def _get_likely_ready(self) -> None:
        if self._likely_soon is not None:
            self._likely_soon.stop()
        self._likely_soon = self._after(LIKELY_REST_S, lambda: self.audition.likely(likely(self)))

    def set_mark(self, letter: str, sample: SampleId) -> None:
        """A letter leads to this sample from now on."""
        self.marks[letter] = sample

    def _began(self, path: bytes) -> None:
        """A sound has begun: the sample under the cursor was heard."""
        row, sample = self.stage.row, self.journey.selected
        if row is None or sample is None or self.stage.path != path or self.stage.on_guest:
            return
        if not self.stage.world.snapshot.flags[row] & HEARD:
            self.heard.note(sample)

    def set_auto_play(self, on: bool) -> None:
        """Switch auto-play, now and at the next start."""
        self.audition.auto = on
        if not on:
            self.audition.stop()
        self._remember(lambda state: dataclasses.replace(state, auto_play=on))
        self.describe()

    def farewell(self) -> None:
        """Remember where the person leaves the library."""
        selected = self.journey.selected
        self.heard.flush()
        kept = LibraryState(int(selected) if selected is not None else None, self.colour_by, dict(self.marks))
        if self._library_path and len(self.stage.world):
            self._remember(lambda state: state.with_library(self._library_path, kept))

    # --- what the service tells --------------------------------------------------------------------------------------

    def take_progress(self, progress: Progress) -> None:
        """A long job goes on, or ends."""
        self.progress = None if progress.phase == "idle" else progress
        self._widgets.status.work(words.progress_line(progress))
        if not self.stage.world.placed:
            self.explain_emptiness()

    def offer_layout(self) -> None:
        """A fitted map stands ready: shown at once, unless the person walks on the provisional one already."""
        if not self.journey.walked:
            self.request(AcceptLayout())
            return
        self.stage.offer = f"{self._app.keys.first('newer_map')} shows the better map that is ready now"
        self.stage.status()

    def accept_layout(self) -> None:
        """Show the newer map."""
        self.stage.offer = ""
        self.request(AcceptLayout())
        self.stage.status()

    def layout_changed(self, event: LayoutChanged) -> None:
        """Another layout is shown from its revision on."""
        self.stage.offer = ""
        moved = ""
        if event.drift_p95:
            moved = f"; half of the samples moved by less than {100 * event.drift_median:.0f} % of it"
        self.stage.say(f"the map is laid out anew ({printable(event.name)}){moved}")
        self.feed.refresh()
