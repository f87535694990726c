"""Metadata of the layouts in a library: names, which one was shown before, how many samples each was fitted to."""

from __future__ import annotations

from collections.abc import Mapping

from tui_browser.errors import LayoutError
from tui_browser.layouts.axes import axes_name, is_axes, parse_axes
from tui_browser.layouts.fit import LAYOUT_KINDS
from tui_browser.store.store import Store

HEAD = "map"
"""Name of the layout by a bundle's map head."""
HEAD_RAW = ".map"
"""Where the map head's places are kept once that layout has been spread; a name with a dot is never listed."""
AUTO = "near"
"""The layout that `auto` fits."""
PROVISIONAL = (HEAD, "pca")
GRID = "grid"
EARLIER = "earlier "
"""Prefix of the name of a layout that has been replaced by a new fit."""
_BEFORE, _MAP, LEFT = "layout:before", "layout:map", "layout:left"
"""Keys in the library for each space: the layout that was shown before, the last one that is neither grid nor axes, and
the one that was shown when the library switched to another model."""


def layout_name(text: str) -> str:
    """The stored name of a layout, with axes in canonical spelling."""
    return axes_name(parse_axes(text)) if is_axes(text) else text


def is_map(name: str) -> bool:
    """Whether near samples sound alike in this layout, which is not so in grids and free axes."""
    return bool(name) and not is_axes(name) and name.removeprefix(EARLIER) != GRID


def check_kind(kind: str) -> None:
    """Raise LayoutError for an unknown kind of layout."""
    if is_axes(kind):
        parse_axes(kind)
    elif kind not in LAYOUT_KINDS:
        raise LayoutError(
            f"there is no layout called {kind!r}", hint=f"{', '.join(LAYOUT_KINDS)}, or axes as in x=dim3 y=length"
        )


class LayoutNotes:
    """The stored layouts of one space, and key-value metadata beside them."""

    def __init__(self, store: Store, *, space: str) -> None:
        self._store = store
        self._space = space

    def names(self) -> set[str]:
        """Names of the stored layouts of this space."""
        return {layout.name for layout in self._store.layouts() if layout.space == self._space}

    def fact(self, key: str) -> str:
        """The value of a key; empty if it is not set."""
        return self._store.meta(f"{key}@{self._space}")

    def note(self, facts: Mapping[str, str]) -> None:
        """Store values by key."""
        self._store.set_meta({f"{key}@{self._space}": value for key, value in facts.items()})

    def offers(self, kind: str) -> bool:
        """Whether a layout is stored and can be shown without a fit; a grid must belong to the present map."""
        if kind not in self.names():
            return False
        return kind != GRID or self.fact("source:grid") == self.grounds(self.map_name)

    @property
    def map_name(self) -> str:
        """The current layout that is neither grid nor axes; empty if there is none."""
        names = self.names()
        candidates = [self._store.shown_layout(), self.fact(_MAP), AUTO, "umap", "tsne", *PROVISIONAL]
        return next((name for name in candidates if name in names and is_map(name)), "")

    @property
    def before(self) -> str:
        """The layout that was shown before the present one; raises LayoutError if there is none."""
        name = self.fact(_BEFORE)
        if name not in self.names():
            raise LayoutError("there is no earlier layout to return to")
        return name

    def remember(self, kind: str) -> None:
        """Record that `kind` becomes the shown layout."""
        shown = self._store.shown_layout()
        facts = {_BEFORE: shown} if shown and shown != kind else {}
        if is_map(kind):
            facts[_MAP] = kind
        self.note(facts)

    def grounds(self, name: str) -> str:
        """Name and time of the last fit of a layout, which identify the source of a grid."""
        mine = (layout for layout in self._store.layouts() if (layout.name, layout.space) == (name, self._space))
        fitted = next((layout.fitted_at for layout in mine), 0.0)
        return f"{name} of {fitted}"

    def shape(self, name: str) -> tuple[int, int]:
        """Columns and rows of a grid; (0, 0) if unknown."""
        columns, _, rows = self.fact(f"shape:{name}").partition("x")
        return (int(columns), int(rows)) if rows else (0, 0)

    def fitted(self, kind: str) -> int:
        """Number of samples that a layout was fitted to."""
        return int(self.fact(f"fitted:{kind}") or 0)
