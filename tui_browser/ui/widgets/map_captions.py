"""The texts on the map: names of regions or of samples, and what the edges say of the axes."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_browser.atlas.label_placement import Label, Placement
from tui_browser.atlas.labels import Labels
from tui_browser.ui.widgets.map_edges import AxisEdges, Text
from tui_browser.ui.widgets.map_inset import Box
from tui_browser.ui.widgets.map_line import LABEL, NAME
from tui_browser.ui.widgets.map_text import Detail, Picture, leader, names, regions, written


@dataclass(slots=True)
class Captions:
    """Found anew for each view; which of it is hidden by cursor and small map is told when it is written."""

    labels: Labels | None = None
    """Names of regions; None for none."""
    edges: AxisEdges | None = None
    """What the axes mean; None where they mean nothing."""
    texts: list[tuple[Label, int]] = field(default_factory=list)
    """Names in this view, and their style."""
    _edging: list[Text] = field(default_factory=list)
    _placement: Placement = field(default_factory=Placement)

    def find(self, picture: Picture | None, detail: Detail, *, ascii: bool) -> None:
        """Find out which names this view has and where they stand; none while the map moves."""
        self.texts, self._edging = [], []
        if picture is None:
            return
        view = picture.view
        if self.edges is not None:
            self._edging = self.edges.texts(view, picture.world.stretch, ascii=ascii)
        if detail > Detail.DOTS:
            self.texts = [(label, NAME) for label in names(picture, plain=ascii)]
        elif self.labels is not None:
            taken = [(column, row, len(text) + 1) for column, row, text in self._edging]
            taken += [(0, view.rows - 1, view.columns)] if taken else []
            self.texts = [(label, LABEL) for label in regions(self.labels, picture, self._placement, taken=taken)]

    def cells(
        self, columns: int, *, cursor: tuple[int, int] | None, box: Box | None, ascii: bool
    ) -> dict[tuple[int, int], tuple[str, int]]:
        """What stands in which cells of so many columns, in which style; no name over the cursor's cell or `box`."""
        found: dict[tuple[int, int], tuple[str, int]] = {}
        for label, kind in self.texts:
            hidden = box is not None and box.meets(label.column - 1, label.row, len(label.text) + 2)
            if not hidden and not (cursor is not None and label.covers(cursor)):
                found |= {cell: (char, NAME) for cell, char in leader(label, ascii=ascii).items()}
                found |= {cell: (char, kind) for cell, char in written(label, columns).items()}
        for column, row, text in self._edging:
            found |= {(x, row): (char, NAME) for x, char in enumerate(text, start=column)}
        return found
