"""Which samples are to be seen: what the search found, without the kinds that the legend has switched off."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import printable
from tui_browser.ui import formatting
from tui_browser.ui.state.colouring import CLASS, LegendEntry, colouring
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.state.search import SearchState

KEPT = frozenset((CLASS, "key", "heard"))
"""Kinds that stay off when the map is coloured by something else: finding them out again costs little."""


class VisibilityFilter:
    """One mask for map, list, arrows and neighbours."""

    def __init__(self, finder: SearchState) -> None:
        self._finder = finder
        self._off: dict[str, frozenset[str]] = {}
        self._world: MapModel | None = None
        self._held: tuple[object, ...] = ()
        self._mask: NDArray[np.bool_] | None = None

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """(N,) samples that are seen; None when all are."""
        found = self._finder.mask
        key = (self._world, found, tuple(sorted(self._off.items())))
        if len(self._held) != 3 or key[0] is not self._held[0] or found is not self._held[1] or key[2] != self._held[2]:
            self._held, self._mask = key, self._sift(found)
        return self._mask

    def _sift(self, found: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        mask, world = found, self._world
        if world is None or (found is not None and len(found) != len(world)):
            return found
        for by, names in self._off.items():
            colours = world.colours
            if colours.by != by:
                colours = colouring(world.snapshot, by, steps=1, family=world.family)
            open_ = np.ones(256, dtype=np.bool_)
            for entry in colours.entries():
                if entry.id in names:
                    open_[entry.indices] = False
            kept = open_[colours.index]
            mask = kept if mask is None else mask & kept
        return mask

    def renew(self, world: MapModel) -> None:
        """Other samples, or other colours: kinds that cannot be told any more are seen again."""
        self._world = world
        by = world.colours.by
        self._off = {key: names for key, names in self._off.items() if key == by or key in KEPT}

    def off(self, by: str) -> frozenset[str]:
        """The kinds (ids of legend entries) that are switched off where the map is coloured by this."""
        return self._off.get(by, frozenset())

    @property
    def active(self) -> bool:
        """Whether any kind is off."""
        return bool(self._off)

    @property
    def words(self) -> list[str]:
        """What is off, for the top line."""
        count = sum(map(len, self._off.values()))
        return [f"{count} {'kind' if count == 1 else 'kinds'} off"] if count else []

    @property
    def among(self) -> str:
        """What is left, in words that follow others; empty where that is everything."""
        if self._finder.active:
            return f' among "{formatting.cut_end(printable(self._finder.text.strip()), 24)}"'
        return " among the kinds shown" if self.active else ""

    # --- switching ---------------------------------------------------------------------------------------------------

    @property
    def state(self) -> dict[str, frozenset[str]]:
        """What is off, to be set again later."""
        return dict(self._off)

    def set(self, state: dict[str, frozenset[str]]) -> None:
        """Switch off exactly these."""
        self._off = self._without_none(state)

    def toggled(self, by: str, entry: LegendEntry, entries: Iterable[LegendEntry]) -> dict[str, frozenset[str]]:
        """The state with one kind off, or on again: with all that is within it, or as the only one within another."""
        off, all_of = self.off(by), list(entries)
        if entry.within in off:
            beside = {each.id for each in all_of if each.within == entry.within}
            return self._without_none({**self._off, by: off - {entry.within} | beside - {entry.id}})
        inside = {each.id for each in all_of if each.within == entry.id}
        return self._without_none({**self._off, by: (off - inside) ^ {entry.id}})

    def alone(self, by: str, entry: LegendEntry, entries: Iterable[LegendEntry]) -> dict[str, frozenset[str]]:
        """The state in which only this kind is seen; all, where it is the only one already."""
        apart = [each for each in entries if not set(each.indices) & set(entry.indices)]
        others = frozenset(each.id for each in apart)
        others -= {each.id for each in apart if each.within in others}
        return self._without_none({**self._off, by: frozenset() if self.off(by) == others else others})

    @staticmethod
    def _without_none(state: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        return {by: names for by, names in state.items() if names}
