"""Labels of regions: what they say, and that they stay where they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.map.label_placement import Label, Placement
from tui_browser.map.labels import MapLabels, drop_overlapping
from tui_browser.map.path_tokens import code_of, path_words, token_text
from tui_browser.map.viewport import Viewport
from tui_browser.records import CLASSES, DRUM_CLASSES, UNCLASSED, Names


def named(paths: list[bytes]) -> Names:
    return Names(b"".join(paths), np.cumsum([0, *map(len, paths)]).astype(np.int64))


def library(count: int = 600, seed: int = 0) -> MapLabels:
    """Dusty kicks at the lower left, vinyl snares at the upper right, and hats all over the lower right."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 3, count)
    xy = np.array([[0.2, 0.2], [0.8, 0.8], [0.8, 0.2]])[corner] + rng.normal(size=(count, 2)) * 0.05
    words = np.array([b"Dusty Crates/kick", b"vinyl/Snare", b"plain/hat"])[corner]
    paths = [b"/home/me/pool/%b_%03d.wav" % (word, number) for number, word in enumerate(words.tolist())]
    xy[5] = np.nan
    return MapLabels(xy.astype(np.float32), np.array([0, 1, 4], np.uint8)[corner], named(paths))


def test_a_region_is_named_by_its_class_and_by_words_that_only_it_has() -> None:
    texts = {label.text for label in library().seen(Viewport(80, 20))}
    assert texts == {"kick crates dusty", "snare vinyl", "hat closed plain"}
    assert {label.class_index for label in library().seen(Viewport(80, 20))} == {0, 1, 4}


def test_labels_stand_on_their_region() -> None:
    view = Viewport(80, 20)
    for label in library().seen(view):
        x, y = view.cell_centre(label.column + len(label.text) // 2, label.row)
        corner = {"kick": (0.2, 0.2), "snare": (0.8, 0.8), "hat": (0.8, 0.2)}[label.text.split()[0]]
        assert abs(x - corner[0]) < 0.1 and abs(y - corner[1]) < 0.1


@given(st.integers(-30, 30), st.integers(-8, 8), st.floats(1.0, 12.0))
def test_panning_moves_labels_with_the_map_and_changes_none(columns: int, rows: int, zoom: float) -> None:
    labels = LIBRARY
    view = Viewport(100, 30).zoom(zoom, about=(0.75, 0.4))
    moved = view.pan(columns, rows)
    (x0, y0), (x1, y1) = view.to_dots((0.5, 0.5)), moved.to_dots((0.5, 0.5))
    across, down = (x1 - x0) / 2, (y1 - y0) / 4
    placement = Placement()
    before = labels.seen(view, placement=placement)
    there = {label.text + str(label.class_index): label for label in labels.seen(moved, placement=placement)}
    for label in before:
        wanted = label.column + across, label.row + down
        if wanted[0] >= 2 and wanted[0] + len(label.text) <= 98 and 2 <= wanted[1] <= 27:
            same = there[label.text + str(label.class_index)]
            assert abs(same.column - wanted[0]) <= 1 and abs(same.row - wanted[1]) <= 1


LIBRARY = library()


@given(st.floats(1.0, 60.0), st.floats(0, 1), st.floats(0, 1), st.integers(20, 200), st.integers(6, 50))
def test_labels_never_overlap_and_never_hide_the_cursor(
    zoom: float, x: float, y: float, columns: int, rows: int
) -> None:
    view = Viewport(columns, rows).zoom(zoom, about=(x, y))
    cursor = (0.8, 0.21)
    labels = LIBRARY.seen(view, cursor=cursor)
    cells = [(label.row, column) for label in labels for column in range(label.column, label.column + len(label.text))]
    assert len(cells) == len(set(cells))
    assert all(0 <= row < rows and 0 <= column < columns for row, column in cells)
    at = view.cell_at(cursor)
    assert at is None or not any(label.covers(at) for label in labels)


def test_the_same_library_has_the_same_labels() -> None:
    view = Viewport(120, 40).zoom(2.0)
    assert library().seen(view) == library().seen(view)


def test_hidden_only_by_greater_ones_that_are_there_whatever_is_shown() -> None:
    middles = np.array([[10.0, 5.0], [14.0, 5.4], [40.0, 5.0], [18.0, 9.0]])
    np.testing.assert_array_equal(
        drop_overlapping(middles, np.array([8, 8, 8, 8]), np.array([5, 9, 1, 1])), [False, True, True, True]
    )


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_few_samples_have_no_regions(count: int) -> None:
    labels = MapLabels(np.full((count, 2), 0.5, np.float32), np.zeros(count, np.uint8), named([b"/a/b.wav"] * count))
    assert labels.seen(Viewport(80, 24)) == []


def test_samples_without_class_or_words_have_no_label() -> None:
    rng = np.random.default_rng(2)
    xy = rng.random((100, 2)).astype(np.float32)
    labels = MapLabels(xy, np.full(100, UNCLASSED, np.uint8), named([b"/%04d.wav" % n for n in range(100)]))
    assert labels.seen(Viewport(80, 24)) == []


def test_words_are_read_as_a_person_reads_them() -> None:
    paths = [b"/x/Big_Room-808 kick01.wav"] * 3 + [b"/x/Gl\xc3\xa4ser 123 vol2.WAV"] * 3 + [b"", b"\xff"] * 2
    words = path_words(named(paths), np.arange(10), fewest=2, most=1.0)
    assert [token_text(code) for code in words.vocabulary.tolist()] == ["big", "room", "vol", "808"]
    assert {token_text(int(words.vocabulary[word])) for word in words.words[words.rows == 1]} == {"big", "room", "808"}
    chosen = path_words(named(paths), np.array([2, 4, 5]), fewest=2, most=1.0)
    assert set(chosen.rows.tolist()) == {4, 5}
    assert token_text(code_of("percussion")) == "percussion"


def test_a_label_covers_its_cells_and_a_little_beside() -> None:
    label = Label(10, 3, "kick", 0)
    assert label.covers((8, 3)) and label.covers((15, 3)) and not label.covers((16, 3)) and not label.covers((11, 4))


def test_from_far_each_class_is_named_beside_one_that_is_everywhere() -> None:
    rng = np.random.default_rng(4)
    most = rng.uniform(0.0, 1.0, (4000, 2))
    corners = ((0.2, 0.3), (0.7, 0.25), (0.5, 0.8))
    few = [rng.normal(middle, 0.01, (60, 2)) for middle in corners]
    xy = np.concatenate([most, *few]).clip(0.0, 0.999).astype(np.float32)
    other = DRUM_CLASSES.index("other")
    classes = np.concatenate([np.full(4000, other), np.repeat([0, 1, 2], 60)]).astype(np.uint8)
    labels = MapLabels(xy, classes, named([b"/l/%d.wav" % at for at in range(len(xy))]))
    view = Viewport(50, 20)
    seen = {label.text: label for label in labels.seen(view)}
    assert {DRUM_CLASSES[kind] for kind in (0, 1, 2)} <= seen.keys()
    for kind, middle in enumerate(corners):
        cell = view.cell_at(middle)
        assert cell is not None
        column, row = cell
        label = seen[DRUM_CLASSES[kind]]
        assert abs(label.row - row) <= 2
        assert abs(label.column + len(label.text) / 2 - column) <= 4


def test_a_name_of_a_region_does_not_say_its_class_twice() -> None:
    rng = np.random.default_rng(6)
    middles = ((0.2, 0.2), (0.8, 0.8), (0.2, 0.8))
    xy = np.concatenate([rng.normal(middle, 0.02, (60, 2)) for middle in middles]).astype(np.float32)
    words = ("bass reese", "loop tonal", "loops riff")
    paths = [f"/l/{words[at // 60]} {at}.wav".encode() for at in range(180)]
    places = np.repeat([CLASSES.index(name) for name in ("bass", "loop_tonal", "loop_tonal")], 60).astype(np.uint8)
    labels = MapLabels(xy, places, named(paths), class_names=CLASSES)
    assert {label.text for label in labels.seen(Viewport(80, 24))} == {"bass reese", "loop tonal", "loop tonal riff"}
