"""Names of regions hide next to nothing, stand by their region, and keep their place while the view moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tui_browser.atlas.label_placement import MOST_HIDDEN, REACH, Placement, Region
from tui_browser.atlas.labels import Labels
from tui_browser.atlas.raster import Raster
from tui_browser.atlas.viewport import Viewport
from tui_browser.records import Names

WORDS = [b"dusty", b"vinyl", b"tape", b"room", b"acid", b"metal", b"wood", b"jazz", b"lofi", b"dub", b"glass"]


def spread(count: int, *, seed: int = 3) -> tuple[np.ndarray, np.ndarray, Names]:
    """Samples all over the map, a class and a word in each of eleven regions."""
    rng = np.random.default_rng(seed)
    xy = rng.random((count, 2)).astype(np.float32)
    centres = np.random.default_rng(7).random((11, 2))
    classes = ((xy[:, np.newaxis] - centres) ** 2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    paths = [b"/s/%b/%d.wav" % (WORDS[kind], row) for row, kind in enumerate(classes.tolist())]
    return xy, classes, Names(b"".join(paths), np.cumsum([0, *map(len, paths)]).astype(np.int64))


@pytest.mark.parametrize("count", [300, 2000, 20_000, 200_000])
@pytest.mark.parametrize("pane", [(50, 18), (106, 41), (150, 44)])
def test_names_hide_at_most_three_percent_of_the_lit_dots_and_there_are_some(count: int, pane: tuple[int, int]) -> None:
    xy, classes, names = spread(count)
    view = Viewport(*pane)
    cells = Raster(xy, classes).draw(view)
    labels = Labels(xy, classes, names).seen(view, cells=cells, by_class=True)
    ink = np.bitwise_count(cells.bits)
    hidden = sum(
        int(ink[each.row, max(0, each.column - 1) : each.column + len(each.text) + 1].sum()) for each in labels
    )
    hidden += sum(int(ink[y, x]) for each in labels for x, y, _ in each.leader)
    assert hidden <= MOST_HIDDEN * ink.sum()
    assert len(labels) >= 2


def test_a_name_stands_beside_a_dense_region_and_what_lies_within_others_has_a_leader() -> None:
    rng = np.random.default_rng(11)
    heap = 0.5 + (rng.random((60_000, 2)) - 0.5) * [0.3, 0.25]
    xy = np.concatenate([heap, np.full((30, 2), 0.5)]).astype(np.float32)
    classes = np.repeat([0, 4], [60_000, 30]).astype(np.uint8)
    view = Viewport(120, 40)
    cells = Raster(xy, classes).draw(view)
    middle = view.cell_at((0.5, 0.5))
    assert middle is not None
    colour = cells.colour.copy()
    colour[middle[1], middle[0]] = 4
    regions = [Region((0, 0), "kick dusty", 0, (middle[0] - 10, middle[1])), Region((0, 1), "hat", 4, middle)]
    kick, hat = Placement().place(regions, replace(cells, colour=colour), by_class=True)
    for label in (kick, hat):
        assert not cells.count[label.row, label.column - 1 : label.column + len(label.text) + 1].any()
        assert abs(label.row - middle[1]) <= REACH[1] + 1
    assert not kick.leader, "it stands right beside its region"
    x, y, _ = hat.leader[-1]
    assert abs(x - middle[0]) + abs(y - middle[1]) == 1 and len(hat.leader) >= 3


def test_a_name_stays_on_the_map_while_the_view_is_panned_whatever_comes_into_it() -> None:
    xy, classes, names = spread(3000)
    raster, labels, placement = Raster(xy, classes), Labels(xy, classes, names), Placement()
    view = Viewport(100, 30).zoom(3.0, about=(0.5, 0.5))
    before = labels.seen(view, cells=raster.draw(view), placement=placement)
    moved = view.pan(7, -3)
    after = labels.seen(moved, cells=raster.draw(moved), placement=placement)
    there = {(each.text, each.column + 7, each.row - 3 + 6): each for each in after}
    inside = [each for each in before if 8 <= each.column < 80 and 2 <= each.row < 26]
    assert inside and all((each.text, each.column, each.row + 6) in there for each in inside)


def test_what_a_search_leaves_out_has_no_name_and_the_rest_is_named_where_it_is_lit() -> None:
    xy, classes, names = spread(4000)
    raster, labels = Raster(xy, classes), Labels(xy, classes, names)
    view, mask = Viewport(150, 44), classes == 4
    cells = raster.draw(view, mask=mask)
    seen = labels.seen(view, cells=cells, mask=mask)
    assert seen and {each.class_index for each in seen} == {4}
    for region in labels.regions(view, mask=mask):
        assert cells.count[region.cell[1], region.cell[0]]
    assert labels.seen(view, mask=np.zeros(4000, np.bool_)) == []
    assert labels.seen(view, mask=np.ones(3, np.bool_)) == [], "the mask of other samples says nothing of these"


def test_no_name_stands_over_what_is_taken_and_none_beside_another() -> None:
    xy, classes, names = spread(800)
    view = Viewport(150, 44)
    cells = Raster(xy, classes).draw(view)
    taken = [(0, 43, 150), (0, 0, 8)]
    labels = Labels(xy, classes, names).seen(view, cells=cells, taken=taken)
    assert labels and all(each.row < 43 and not (each.row == 0 and each.column < 9) for each in labels)
    for one in labels:
        for other in labels:
            if one is not other and abs(one.row - other.row) <= 1:
                assert (
                    one.column + len(one.text) + 2 <= other.column or other.column + len(other.text) + 2 <= one.column
                )
