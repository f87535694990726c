"""Which samples are shown: the matches of the search without the kinds that are off in the legend."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import printable
from tui_browser.search.conditions import asks_for_copies
from tui_browser.ui import formatting
from tui_browser.ui.state.colouring import CLASS, LegendEntry, colouring
from tui_browser.ui.state.copy_stacks import CopyStacks
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.state.search import SearchState

KEPT = frozenset((CLASS, "key", "heard"))
"""Kinds that stay off when the map is coloured by something else: computing them again costs little."""


class VisibilityFilter:
    """One mask for map, list, arrows and neighbours."""

    def __init__(self, search: SearchState) -> None:
        self._search = search
        self._off: dict[str, frozenset[str]] = {}
        self._map_model: MapModel | None = None
        self._mask_key: tuple[object, ...] = ()
        self._mask: NDArray[np.bool_] | None = None
        self.fold = True
        """Whether of several copies only the first is shown."""
        self._folded_from: tuple[CopyStacks, NDArray[np.bool_] | None] | None = None
        self._folded: tuple[NDArray[np.bool_] | None, dict[int, int]] = (None, {})

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """(N,) samples that are shown, of each stack of copies the first; None when all are."""
        return self._fold()[0]

    @property
    def stack_sizes(self) -> dict[int, int]:
        """How many copies stand behind a row, with itself; only rows that stand for several."""
        return self._fold()[1]

    def _fold(self) -> tuple[NDArray[np.bool_] | None, dict[int, int]]:
        drawn, map_model = self.drawn, self._map_model
        stacks = map_model.stacks if map_model is not None else None
        asked = self._search.matches is not None and asks_for_copies(self._search.matches.query.expression)
        if map_model is None or stacks is None or not self.fold or asked:
            return drawn, {}
        if drawn is not None and len(drawn) != len(map_model):
            return drawn, {}
        if self._folded_from is None or self._folded_from[0] is not stacks or self._folded_from[1] is not drawn:
            self._folded_from, self._folded = (stacks, drawn), stacks.folded(drawn, len(map_model))
        return self._folded

    @property
    def drawn(self) -> NDArray[np.bool_] | None:
        """(N,) samples whose dots are lit, copies among them; None when all are."""
        matching = self._search.mask
        key = (self._map_model, matching, tuple(sorted(self._off.items())))
        old = self._mask_key
        if len(old) != 3 or key[0] is not old[0] or matching is not old[1] or key[2] != old[2]:
            self._mask_key, self._mask = key, self._without_hidden_kinds(matching)
        return self._mask

    def _without_hidden_kinds(self, matching: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        mask, map_model = matching, self._map_model
        if map_model is None or (matching is not None and len(matching) != len(map_model)):
            return matching
        for by, names in self._off.items():
            colours = map_model.colours
            if colours.by != by:
                colours = colouring(map_model.snapshot, by, steps=1)
            shown = np.ones(256, dtype=np.bool_)
            for entry in colours.entries():
                if entry.id in names:
                    shown[entry.indices] = False
            mask = shown[colours.index] if mask is None else mask & shown[colours.index]
        return mask

    def renew(self, map_model: MapModel) -> None:
        """Other samples or other colours: kinds that the new colours do not tell apart are shown again."""
        self._map_model = map_model
        by = map_model.colours.by
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
        """The number of kinds that are off, for the header."""
        count = sum(map(len, self._off.values()))
        return [f"{count} {'kind' if count == 1 else 'kinds'} off"] if count else []

    @property
    def among(self) -> str:
        """Which samples are shown, in words that follow others; empty where all are."""
        matches = self._search.matches
        if matches is not None and not matches.query.only_orders:
            return f' among "{formatting.cut_end(printable(self._search.text.strip()), 24)}"'
        return " among the kinds shown" if self.active else ""

    # --- switching ---------------------------------------------------------------------------------------------------

    @property
    def state(self) -> dict[str, frozenset[str]]:
        """What is off, for `set`."""
        return dict(self._off)

    def set(self, state: dict[str, frozenset[str]]) -> None:
        """Switch off exactly these."""
        self._off = _without_empty(state)

    def toggled(self, by: str, entry: LegendEntry, entries: Iterable[LegendEntry]) -> dict[str, frozenset[str]]:
        """The state with one kind switched off or on, together with the kinds within it.

        Where the whole kind around it is off, it becomes the only one shown within that.
        """
        off, all_of = self.off(by), list(entries)
        if entry.within in off:
            beside = {each.id for each in all_of if each.within == entry.within}
            return _without_empty({**self._off, by: off - {entry.within} | beside - {entry.id}})
        inside = {each.id for each in all_of if each.within == entry.id}
        return _without_empty({**self._off, by: (off - inside) ^ {entry.id}})

    def alone(self, by: str, entry: LegendEntry, entries: Iterable[LegendEntry]) -> dict[str, frozenset[str]]:
        """The state in which only this kind is shown; all kinds, where it is the only one already."""
        apart = [each for each in entries if not set(each.indices) & set(entry.indices)]
        others = frozenset(each.id for each in apart)
        others -= {each.id for each in apart if each.within in others}
        return _without_empty({**self._off, by: frozenset() if self.off(by) == others else others})


def _without_empty(state: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {by: names for by, names in state.items() if names}
