"""Text on the map: names of regions or samples, and axis titles and ticks on the edges."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_browser.map.label_placement import Label, Placement
from tui_browser.map.labels import MapLabels
from tui_browser.ui.widgets.map_edges import AxisEdges, EdgeText
from tui_browser.ui.widgets.map_inset import InsetBox
from tui_browser.ui.widgets.map_line import LABEL, NAME
from tui_browser.ui.widgets.map_text import Detail, MapText, leader, names, regions, written


@dataclass(slots=True)
class Captions:
    """The text of one view of the map; what cursor and inset hide is left out when its cells are written."""

    labels: MapLabels | None = None
    """Names of regions; None shows none."""
    edges: AxisEdges | None = None
    """Titles and ticks of the axes; None where the axes have no meaning."""
    texts: list[tuple[Label, int]] = field(default_factory=list)
    """Names in this view with their style numbers."""
    _edge_texts: list[EdgeText] = field(default_factory=list)
    _placement: Placement = field(default_factory=Placement)

    def place(self, picture: MapText | None, detail: Detail, *, ascii: bool) -> None:
        """Choose the names of this view and place them; none while the map moves."""
        self.texts, self._edge_texts = [], []
        if picture is None:
            return
        view = picture.view
        if self.edges is not None:
            self._edge_texts = self.edges.texts(view, picture.world.stretch, ascii=ascii)
        if detail > Detail.DOTS:
            self.texts = [(label, NAME) for label in names(picture, plain=ascii)]
        elif self.labels is not None:
            taken = [(column, row, len(text) + 1) for column, row, text in self._edge_texts]
            taken += [(0, view.rows - 1, view.columns)] if taken else []
            self.texts = [(label, LABEL) for label in regions(self.labels, picture, self._placement, taken=taken)]

    def cells(
        self, columns: int, *, cursor: tuple[int, int] | None, box: InsetBox | None, ascii: bool
    ) -> dict[tuple[int, int], tuple[str, int]]:
        """Character and style number by cell; names that cover the cursor's cell or `box` are left out."""
        cells: dict[tuple[int, int], tuple[str, int]] = {}
        for label, kind in self.texts:
            hidden = box is not None and box.meets(label.column - 1, label.row, len(label.text) + 2)
            if not hidden and not (cursor is not None and label.covers(cursor)):
                cells |= {cell: (char, NAME) for cell, char in leader(label, ascii=ascii).items()}
                cells |= {cell: (char, kind) for cell, char in written(label, columns).items()}
        for column, row, text in self._edge_texts:
            cells |= {(x, row): (char, NAME) for x, char in enumerate(text, start=column)}
        return cells
