"""The walk through the places: which are open, where the cursor is, and the query that the search line gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_browser.search.tokens import tokens
from tui_browser.ui.state.place_tree import PlaceNode


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A visible line of the tree."""

    node: PlaceNode
    depth: int
    opened: bool


class PlacesState:
    """Survives a new tree: what was open stays open, and the cursor on its place."""

    def __init__(self) -> None:
        self.rows: list[PlaceRow] = []
        """The visible lines, from the top."""
        self.at = 0
        """Index in `rows` of the cursor."""
        self.loaded = False
        """Whether there was a tree."""
        self._tree: tuple[PlaceNode, ...] = ()
        self._open: set[str] = set()
        self._beside = ""
        """What was on the search line before the walk; it holds beside each place."""
        self._put = ""
        """What the walk put there last."""

    @property
    def node(self) -> PlaceNode | None:
        """The place under the cursor."""
        return self.rows[self.at].node if self.rows else None

    def set_tree(self, tree: Sequence[PlaceNode]) -> None:
        """Take another tree; of the first one the folders are open."""
        if not self.loaded and tree:
            top = tree[0]
            self._open = {top.id, *(child.id for child in top.children if len(top.children) == 1)}
        node = self.node
        self._tree, self.loaded = tuple(tree), True
        self._lay_out()
        same = (at for at, row in enumerate(self.rows) if node is not None and row.node.id == node.id)
        self.at = next(same, min(self.at, max(0, len(self.rows) - 1)))

    # --- walking -----------------------------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        self.go(self.at + by)

    def go(self, at: int) -> None:
        """Put the cursor on a visible line, or on the one that is nearest."""
        self.at = max(0, min(at, len(self.rows) - 1))

    def open(self) -> None:
        """Open the place under the cursor; into the first one in it where it is open."""
        if not self.rows or not self.rows[self.at].node.children:
            return
        if self.rows[self.at].opened:
            self.move(1)
        else:
            self.toggle()

    def close(self) -> None:
        """Close the place under the cursor; where it is closed, to the one that holds it."""
        if not self.rows:
            return
        row = self.rows[self.at]
        if row.opened:
            self.toggle()
        else:
            above = (at for at in range(self.at, -1, -1) if self.rows[at].depth < row.depth)
            self.at = next(above, self.at)

    def toggle(self) -> None:
        """Open or close the place under the cursor."""
        if self.node is not None and self.node.children:
            self._open ^= {self.node.id}
            self._lay_out()

    def _lay_out(self) -> None:
        rows, waiting = [], [(node, 0) for node in reversed(self._tree)]
        while waiting:
            node, depth = waiting.pop()
            opened = bool(node.children) and node.id in self._open
            rows.append(PlaceRow(node, depth, opened))
            if opened:
                waiting += [(child, depth + 1) for child in reversed(node.children)]
        self.rows = rows

    # --- the query ---------------------------------------------------------------------------------------------------

    def begin(self, line: str) -> None:
        """The walk begins with this text on the search line; what an earlier walk put there does not count."""
        if line.strip() != self._put or not self._put:
            self._beside, self._put = line.strip(), ""

    @property
    def beside(self) -> str:
        """What is on the search line without a place."""
        return self._beside

    def line(self) -> str:
        """What the search line gets: the place under the cursor, and what was there before the walk."""
        place = self.node.query if self.node is not None else ""
        if not place or not self._beside:
            self._put = place or self._beside
        else:
            either = any(value.text.lower() == "or" for token in tokens(self._beside) for value in token.values)
            self._put = f"{place} ({self._beside})" if either else f"{place} {self._beside}"
        return self._put
