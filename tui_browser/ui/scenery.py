"""What the library looks like on the screen: its world, its colours, the names of its regions, and the top line."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from tui_browser.atlas.axes import Scale, is_axes, parse_axes
from tui_browser.atlas.labels import Labels
from tui_browser.atlas.walk import Walk
from tui_browser.errors import BrowserError
from tui_browser.records import Progress, Root
from tui_browser.ui import words
from tui_browser.ui.colouring import CLASS, DATE, KINDS
from tui_browser.ui.dates import dates
from tui_browser.ui.families import find_families
from tui_browser.ui.feed import Feed
from tui_browser.ui.kinds import SHADES
from tui_browser.ui.lane import Lane
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.shell import Shell
from tui_browser.ui.stage import Stage
from tui_browser.ui.widgets.map_edges import AxisEdges
from tui_browser.ui.world import World, recoloured, regrouped

RESHAPE = 0.1
"""How much the shape of the map may change (as a logarithm) before the ways of the arrows are worked out anew."""


class Scenery:
    """Takes each new world, and makes in threads what it needs beside its dots."""

    def __init__(
        self,
        shell: Shell,
        stage: Stage,
        library: LibraryLike,
        lane: Callable[[str], Lane],
        *,
        colour_by: str,
        glide: Callable[[], bool],
        modes: Callable[[], list[str]],
    ) -> None:
        """`lane` makes one with a name, `glide` tells whether the map may move, `modes` what is on."""
        self.colour_by = colour_by
        self.labelled = True
        """Whether regions of the map have their names on."""
        self.progress: Progress | None = None
        self.feed: Feed
        self._shell = shell
        self._stage = stage
        self._library = library
        self._glide = glide
        self._modes = modes
        self._about, self._walks = lane("about"), lane("walk")
        self._labels, self._colours, self._families = lane("labels"), lane("colours"), lane("families")
        self._roots, self._axes = lane("roots"), lane("axes")

    def swap(self, world: World) -> None:
        """Show another state of the library."""
        if world.colours.by != self.colour_by:  # chosen while this world was being made
            world = recoloured(world, by=self.colour_by, steps=self._shell.paint.steps)
            self.feed.adopt(world)
        if world.snapshot.layout != self._stage.world.snapshot.layout:
            self._stage.widgets.map.label(None)
        self._edge(world)
        self._stage.swap(world, glide=self._glide())
        self.label()
        self._find_families()
        self._find_roots()
        self.describe()
        if not world.placed:
            self.explain_emptiness()
        else:
            self._shell.show_map()
        if world.index is not None:
            self._shell.run_errand()

    def _edge(self, world: World) -> None:
        """Find out what the axes of the layout mean, in a thread, and write it on the edges of the map."""
        layout, shown = world.snapshot.layout, self._stage.widgets.map
        if not is_axes(layout):
            shown.edge(None)
            return

        def done(scales: tuple[Scale, Scale] | None) -> None:
            if self._stage.world.snapshot.layout == layout:
                shown.edge(None if scales is None else AxisEdges(parse_axes(layout), scales))

        self._axes.ask(lambda: self._library.scales(layout), done)

    # --- colours -----------------------------------------------------------------------------------------------------

    def colour(self, by: str) -> None:
        """Colour the map by this, one of `colouring.CHOICES`."""
        self.colour_by = by
        self.recolour()

    def recolour(self) -> None:
        """Colour the map by `colour_by` with the theme's ramp."""
        world, steps = self._stage.world, self._shell.paint.steps
        by, library = self.colour_by, self._library

        def work() -> World:
            return recoloured(world, by=by, steps=steps, dates=dates(library, world.snapshot, by))

        if by in (*KINDS, SHADES, DATE):
            self._colours.ask(work, self._recoloured)
        else:
            self._recoloured(work())

    def _recoloured(self, world: World) -> None:
        stage = self._stage
        if world.snapshot is not stage.world.snapshot or world.colours.by != self.colour_by:
            return
        stage.world = dataclasses.replace(stage.world, colours=world.colours, raster=world.raster)
        self.feed.adopt(stage.world)
        stage.show_map()
        self.describe()

    def _find_roots(self) -> None:
        """Find out, in a thread, what the library's roots are: folders are shown from there on."""

        def done(roots: tuple[bytes, ...]) -> None:
            stage = self._stage
            if roots != stage.world.roots:
                stage.world = dataclasses.replace(stage.world, roots=roots)
                self.feed.adopt(stage.world)
                stage.relist()
                stage.settle()

        if self._stage.world.walk is not None:
            self._roots.ask(lambda: tuple(self._library.root_paths()), done)

    def _find_families(self) -> None:
        """Find out, in a thread, what the samples of class `other` are by their words; the dots do not wait for it."""
        world = self._stage.world
        if world.walk is None:
            return
        snapshot = world.snapshot

        def work() -> World:
            found = find_families(snapshot, world.families)
            same = world.family is not None and np.array_equal(world.family, found.index)
            return dataclasses.replace(world if same else regrouped(world, found.index), families=found)

        def done(made: World) -> None:
            stage, now = self._stage, self._stage.world
            if now.snapshot is not snapshot:
                return
            same = made.family is now.family
            now = dataclasses.replace(now, family=made.family, families=made.families)
            if made.colours.by == now.colours.by == CLASS:
                now = dataclasses.replace(now, colours=made.colours, raster=made.raster)
            elif now.colours.by == CLASS:  # coloured by something else when it was asked for
                now = recoloured(now, by=CLASS, steps=1)
            stage.world = now
            self.feed.adopt(now)
            if not same:
                stage.show_map()
                stage.relist()
                stage.settle()

        self._families.ask(work, done)

    # --- ways and labels ---------------------------------------------------------------------------------------------

    def reshape(self) -> None:
        """The map has another shape: what is right of a sample, and what is above it, may be others now."""
        self.describe()
        stage = self._stage
        world, aspect = stage.world, stage.widgets.map.viewport.aspect
        if world.walk is None or abs(np.log(aspect / world.aspect)) < RESHAPE:
            return

        def done(walk: Walk) -> None:
            if stage.world.snapshot is world.snapshot:
                stage.world = dataclasses.replace(stage.world, walk=walk, aspect=aspect)
                self.feed.adopt(stage.world)

        self._walks.ask(functools.partial(Walk, world.xy, aspect=aspect), done)

    def label(self) -> None:
        """Find the names of the map's regions, in a thread; those of the same places stay on till then."""
        world, on = self._stage.world, self.labelled
        if not on or world.walk is None or not world.placed:
            return
        snapshot = world.snapshot
        work = functools.partial(Labels, world.xy, snapshot.classes, snapshot.names, class_names=snapshot.class_names)
        self._labels.ask(work, lambda labels: self._stage.widgets.map.label(labels if self.labelled else None))

    def set_labelled(self, on: bool) -> None:
        """Show names of regions, or none."""
        self.labelled = on
        self._stage.widgets.map.label(None)
        self.label()

    def ask_latent(self, then: Callable[[int], None]) -> None:
        """Find out how many latent dimensions the library's model has."""
        self._about.ask(self._library.latent, then)

    # --- telling -----------------------------------------------------------------------------------------------------

    def take_progress(self, progress: Progress) -> None:
        """A long job goes on, or ends."""
        self.progress = None if progress.phase == "idle" else progress
        if self.progress is None:
            self._stage.job_done()
        self._stage.widgets.status.work(words.progress_line(progress))
        if not self._stage.world.placed:
            self.explain_emptiness()

    def explain_emptiness(self) -> None:
        """Find out why there is nothing to show, and tell."""
        library = self._library
        self._about.ask(lambda: (library.roots(), len(library.rejects())), lambda found: self._explained(*found))

    def _explained(self, roots: list[Root], rejects: int) -> None:
        if not self._stage.world.placed:
            self._shell.show_emptiness(len(self._stage.world), roots, rejects, self.progress)

    def failed(self, error: BrowserError) -> None:
        """The library could not be fetched."""
        self._stage.say(str(error), severity="error")
        self.feed.failed()

    def describe(self) -> None:
        """The top line."""
        world, modes = self._stage.world, self._modes()
        if self.colour_by != "class":
            modes.append(f"by {world.colours.name}")
        level = self._stage.widgets.map.viewport.zoom_level
        if level > 1.01:
            modes.append(f"{level:.1f}x")
        off = len(world) - world.placed
        title = words.samples(len(world)) if len(world) else "tui-browser"
        if off and world.placed:
            title += f", {off:,} off the map"
        self._stage.widgets.header.tell(title, *modes)
