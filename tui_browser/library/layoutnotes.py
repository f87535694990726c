"""What a library remembers of its layouts: their names, which was shown before, what each was fitted to."""

from __future__ import annotations

from collections.abc import Mapping

from tui_browser.atlas.axes import is_axes, parse_axes, spelled
from tui_browser.atlas.fit import KINDS
from tui_browser.errors import LayoutError
from tui_browser.store.store import Store

HEAD = "map"
"""Name of the layout that a bundle's map head gives."""
HEARD = ".map"
"""Where the map head's places are kept once that layout has been spread; a name with a dot is never listed."""
AUTO = "near"
"""The neighbour-keeping layout that `auto` fits."""
PROVISIONAL = (HEAD, "pca")
GRID = "grid"
EARLIER = "earlier "
"""Before the name of a layout: what it was until it was fitted anew."""
_BEFORE, _MAP, LEFT = "layout:before", "layout:map", "layout:left"
"""Facts that the library remembers of each space: the layout that was shown last, the last that is neither grid nor
axes, and the one that was shown when the library moved to another model."""


def layout_name(text: str) -> str:
    """The name of a layout as it is stored, whichever way its axes were written."""
    return spelled(parse_axes(text)) if is_axes(text) else text


def is_map(name: str) -> bool:
    """Whether nearness means likeness on this layout: it is neither a grid nor one of free axes."""
    return bool(name) and not is_axes(name) and name.removeprefix(EARLIER) != GRID


def check_kind(kind: str) -> None:
    """Raise LayoutError unless there can be such a layout."""
    if is_axes(kind):
        parse_axes(kind)
    elif kind not in KINDS:
        raise LayoutError(
            f"there is no layout called {kind!r}", hint=f"{', '.join(KINDS)}, or axes as in x=dim3 y=length"
        )


class LayoutNotes:
    """The layouts that are stored of one space, and the small facts kept beside them."""

    def __init__(self, store: Store, *, space: str) -> None:
        self._store = store
        self._space = space

    def names(self) -> set[str]:
        """The layouts that are stored of this model."""
        return {layout.name for layout in self._store.layouts() if layout.space == self._space}

    def fact(self, key: str) -> str:
        """What was noted under this key; empty if nothing was."""
        return self._store.meta(f"{key}@{self._space}")

    def note(self, facts: Mapping[str, str]) -> None:
        """Remember facts by key."""
        self._store.set_meta({f"{key}@{self._space}": value for key, value in facts.items()})

    def offers(self, kind: str) -> bool:
        """Whether this layout is stored and may be shown as it is: of this model, and a grid of the present map."""
        if kind not in self.names():
            return False
        return kind != GRID or self.fact("source:grid") == self.grounds(self.map_name)

    @property
    def map_name(self) -> str:
        """The layout that `the map` means beside grid and axes; empty before the first."""
        names = self.names()
        wished = [self._store.shown_layout(), self.fact(_MAP), AUTO, "umap", "tsne", *PROVISIONAL]
        return next((name for name in wished if name in names and is_map(name)), "")

    @property
    def before(self) -> str:
        """What was shown before the present layout; raises LayoutError when that is not there any more."""
        name = self.fact(_BEFORE)
        if name not in self.names():
            raise LayoutError("no other layout was shown before this one")
        return name

    def remember(self, kind: str) -> None:
        """That `kind` is shown from now on."""
        shown = self._store.shown_layout()
        facts = {_BEFORE: shown} if shown and shown != kind else {}
        if is_map(kind):
            facts[_MAP] = kind
        self.note(facts)

    def grounds(self, name: str) -> str:
        """What a grid is made from: this layout, as it was fitted last."""
        mine = (layout for layout in self._store.layouts() if (layout.name, layout.space) == (name, self._space))
        fitted = next((layout.fitted_at for layout in mine), 0.0)
        return f"{name} of {fitted}"

    def shape(self, name: str) -> tuple[int, int]:
        """Columns and rows of a grid; (0, 0) where that is not known."""
        columns, _, rows = self.fact(f"shape:{name}").partition("x")
        return (int(columns), int(rows)) if rows else (0, 0)

    def fitted(self, kind: str) -> int:
        """To how many samples a layout was fitted."""
        return int(self.fact(f"fitted:{kind}") or 0)
