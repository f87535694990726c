"""The picture of the map: each sample on its dot, colours by majority, filtered-out samples as ground."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui_browser.map.cells import NO_COLOUR, Cells, changed_runs
from tui_browser.map.raster import Raster
from tui_browser.map.viewport import Viewport
from tui_browser.records import FloatArray

# bits of a braille cell as Unicode numbers them: dots 1 2 3 7 on the left, 4 5 6 8 on the right
UNICODE_BITS = {(0, 0): 0, (1, 0): 1, (2, 0): 2, (3, 0): 6, (0, 1): 3, (1, 1): 4, (2, 1): 5, (3, 1): 7}


def straight(
    xy: FloatArray, colours: NDArray[np.uint8], viewport: Viewport, mask: NDArray[np.bool_] | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32], NDArray[np.bool_]]:
    """The same picture, one sample after the other."""
    shape = (viewport.rows, viewport.columns)
    bits, ground = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    votes = np.zeros((*shape, 256), np.int32)
    for row, (x, y) in enumerate(np.floor(viewport.to_dots(xy))):
        if not (0 <= x < viewport.dots[0] and 0 <= y < viewport.dots[1]):
            continue
        at, bit = (int(y) // 4, int(x) // 2), 1 << UNICODE_BITS[int(y) % 4, int(x) % 2]
        if mask is None or mask[row]:
            bits[at] |= bit
            votes[(*at, colours[row])] += 1
        else:
            ground[at] |= bit
    count = votes.sum(axis=2, dtype=np.int32)
    colour = np.where(count > 0, votes.argmax(axis=2), NO_COLOUR).astype(np.uint8)
    dim = (count == 0) & (ground > 0)
    return np.where(dim, ground, bits), colour, count, dim


@given(st.data())
def test_every_sample_falls_on_the_dot_that_the_viewport_says(data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    n = data.draw(st.sampled_from([0, 1, 2, 30, 400]))
    kind = data.draw(st.sampled_from(["even", "clusters", "lattice", "equal", "edges"]))
    xy = rng.random((n, 2)).astype(np.float32)
    if kind == "clusters":
        clusters = rng.random((3, 2))[rng.integers(0, 3, n)] + rng.normal(size=(n, 2)) * 0.01
        xy = np.clip(clusters, 0, 1).astype(np.float32)
    elif kind == "lattice":
        xy = np.round(xy * 8) / np.float32(8)
    elif kind == "equal":
        xy = np.full((n, 2), 0.5, dtype=np.float32)
    elif kind == "edges":
        xy = np.round(xy)
    xy = xy.astype(np.float32)
    xy[rng.random(n) < 0.1] = np.nan
    colours = rng.choice(np.array([0, 3, 4, 255], dtype=np.uint8), n)
    viewport = Viewport(data.draw(st.integers(1, 60)), data.draw(st.integers(1, 30)))
    for _ in range(data.draw(st.integers(0, 3))):
        about = tuple(map(float, rng.random(2)))
        viewport = viewport.zoom(data.draw(st.sampled_from([0.7, 1.3, 2.0, 4.0, 9.7])), about=(about[0], about[1]))
        viewport = viewport.pan(int(rng.integers(-9, 9)), int(rng.integers(-9, 9)))
    mask = rng.random(n) < 0.5 if data.draw(st.booleans()) else None

    cells = Raster(xy, colours).draw(viewport, mask=mask)

    bits, colour, count, dim = straight(xy, colours, viewport, mask)
    np.testing.assert_array_equal(cells.bits, bits)
    np.testing.assert_array_equal(cells.colour, colour)
    np.testing.assert_array_equal(cells.count, count)
    np.testing.assert_array_equal(cells.dim, dim)


@pytest.mark.parametrize("factor", [1.0, 1.25, 2.0, 7.3, 300.0])
def test_many_samples_are_counted_in_blocks_without_losing_one(factor: float) -> None:
    rng = np.random.default_rng(3)
    xy = np.clip(rng.normal(0.5, 0.2, (300_000, 2)), 0, 1).astype(np.float32)
    colours = rng.integers(0, 11, len(xy)).astype(np.uint8)
    mask = rng.random(len(xy)) < 0.3
    viewport = Viewport(97, 31).zoom(factor, about=(0.52, 0.47))
    dots = np.floor(viewport.to_dots(xy)).astype(np.int64)
    seen = ((dots >= 0) & (dots < viewport.dots)).all(axis=1)
    lit = np.zeros((31 * 4, 97 * 2), bool)
    lit[dots[seen, 1], dots[seen, 0]] = True

    cells = Raster(xy, colours).draw(viewport)
    filtered = Raster(xy, colours).draw(viewport, mask=mask)

    assert cells.count.sum() == seen.sum()
    assert np.bitwise_count(cells.bits).sum() == lit.sum()
    assert filtered.count.sum() == (seen & mask).sum()
    votes = np.zeros((31, 97, 11), np.int64)
    np.add.at(votes, (dots[seen & mask, 1] // 4, dots[seen & mask, 0] // 2, colours[seen & mask]), 1)
    shown = filtered.count > 0
    np.testing.assert_array_equal(filtered.colour[shown], votes.argmax(axis=2)[shown])


def drawn(xy: list[tuple[float, float]], colours: list[int], columns: int = 10, rows: int = 5) -> Cells:
    return Raster(np.array(xy, np.float32).reshape(-1, 2), np.array(colours, np.uint8)).draw(Viewport(columns, rows))


def test_the_majority_colours_a_cell_and_the_lowest_index_wins_a_tie() -> None:
    assert drawn([(0.5, 0.5)] * 3, [7, 2, 7]).colour.min() == 7
    assert drawn([(0.5, 0.5)] * 4, [7, 2, 7, 2]).colour.min() == 2


def test_many_samples_on_one_dot_are_brighter_than_one() -> None:
    cells = drawn([(0.2, 0.5)] * 40 + [(0.8, 0.5)], [0] * 41)
    levels = cells.level[cells.count > 0]
    assert levels.tolist() == [3, 0]


def test_brightness_stays_while_panning() -> None:
    rng = np.random.default_rng(0)
    raster = Raster(rng.random((5000, 2)).astype(np.float32), np.zeros(5000, np.uint8))
    viewport = Viewport(40, 20).zoom(4, about=(0.5, 0.5))
    before, after = raster.draw(viewport), raster.draw(viewport.pan(3, -2))
    for name in ("bits", "colour", "count", "level"):
        old, new = getattr(before, name), getattr(after, name)
        np.testing.assert_array_equal(old[:-2, 3:], new[2:, :-3])


def test_other_colours_on_the_same_samples() -> None:
    raster = Raster(np.array([[0.5, 0.5]], np.float32), np.array([1], np.uint8))
    assert raster.with_colours(np.array([9], np.uint8)).draw(Viewport(8, 4)).colour.min() == 9
    assert raster.draw(Viewport(8, 4)).colour.min() == 1


def test_rows_in_a_cell_are_the_samples_drawn_there() -> None:
    rng = np.random.default_rng(4)
    xy = rng.random((3000, 2)).astype(np.float32)
    raster, mask = Raster(xy, np.zeros(3000, np.uint8)), rng.random(3000) < 0.5
    viewport = Viewport(30, 12).zoom(3, about=(0.4, 0.6))
    cells = raster.draw(viewport)
    seen: list[int] = []
    for row in range(12):
        for column in range(30):
            rows = raster.rows_in(viewport, range(column, column + 1), range(row, row + 1))
            assert len(rows) == cells.count[row, column]
            assert all(viewport.cell_at((float(xy[r, 0]), float(xy[r, 1]))) == (column, row) for r in rows)
            seen += rows.tolist()
    assert len(seen) == len(set(seen)) == cells.count.sum()
    at = {row: viewport.cell_at((float(xy[row, 0]), float(xy[row, 1]))) for row in seen}
    some = [row for row, cell in at.items() if cell is not None and cell[0] in range(4, 21)]
    assert raster.rows_in(viewport, range(4, 21), range(-5, 99)).tolist() == sorted(some)
    assert (
        len(raster.rows_in(viewport, range(30, 31), range(1)))
        == len(raster.rows_in(viewport, range(1), range(-1, 0)))
        == 0
    )
    everything = raster.rows_in(viewport, range(30), range(12), mask=mask)
    assert set(everything.tolist()) == {row for row in seen if mask[row]}


def test_a_picture_cannot_be_written_to() -> None:
    cells = drawn([(0.5, 0.5)], [0])
    with pytest.raises(ValueError):
        cells.bits[0, 0] = 1


def test_text_is_braille_and_ascii_grows_with_density() -> None:
    cells = drawn([(0.0, 1.0)], [0], 4, 2)
    assert cells.text(0)[0] in {chr(0x2800 | 1 << bit) for bit in range(8)}
    assert cells.text(0)[1:] == "   " and cells.text(1) == "    "
    assert cells.text(0, 1, 3) == "  "
    assert cells.ascii(0)[0] == "."
    rng = np.random.default_rng(0)
    assert set(drawn([tuple(p) for p in rng.random((5000, 2))], [0] * 5000, 4, 2).ascii(0)) == {"#"}


@given(st.integers(0, 10_000), st.integers(0, 5))
def test_repainting_the_changed_runs_gives_the_new_picture(seed: int, gap: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = (
        drawn([tuple(p) for p in rng.random((n, 2))], rng.integers(0, 3, n).tolist()) for n in rng.integers(0, 60, 2)
    )
    screen = np.stack([first.bits, first.colour, first.level, first.dim])
    wanted = np.stack([second.bits, second.colour, second.level, second.dim])
    for y, x0, x1 in changed_runs(first, second, gap=gap):
        assert (screen[:, y, x0] != wanted[:, y, x0]).any() and (screen[:, y, x1 - 1] != wanted[:, y, x1 - 1]).any()
        screen[:, y, x0:x1] = wanted[:, y, x0:x1]
    np.testing.assert_array_equal(screen, wanted)


def test_a_picture_of_another_size_is_painted_in_full() -> None:
    small, large = drawn([], [], 3, 2), drawn([], [], 4, 3)
    assert changed_runs(small, large) == changed_runs(None, large) == [(0, 0, 4), (1, 0, 4), (2, 0, 4)]
    assert changed_runs(large, large) == []
