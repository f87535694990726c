"""Walking by arrows: the same step as a plain search over all samples, and a way from each sample to each other."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui_browser.map.walk import Direction, Walk
from tui_browser.records import FloatArray

DIRECTIONS: tuple[Direction, ...] = ("left", "right", "up", "down")
KINDS = ("even", "clusters", "lattice", "line", "diagonal", "upright", "equal", "copies", "circle", "outlier")


def map_of(kind: str, n: int, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    xy = rng.random((n, 2))
    step = np.linspace(0.1, 0.9, n)
    if kind == "clusters":
        xy = rng.random((4, 2))[rng.integers(0, 4, n)] + rng.normal(size=(n, 2)) * 0.003
    elif kind == "lattice":
        xy = rng.integers(0, 6, (n, 2)) / 8
    elif kind == "line":
        xy = np.stack([step, np.full(n, 0.5)], axis=1)
    elif kind == "diagonal":
        xy = np.stack([np.arange(n), rng.choice([1, -1]) * np.arange(n)], axis=1) / 64 + 0.5
    elif kind == "upright":
        xy = np.stack([np.full(n, 0.25), step], axis=1)
    elif kind == "equal":
        xy = np.full((n, 2), 0.5)
    elif kind == "copies":
        xy = xy[rng.integers(0, max(1, n // 5), n)]
    elif kind == "circle":
        turn = np.arange(n) * 2 * np.pi / max(1, n)
        xy = np.stack([np.cos(turn), np.sin(turn)], axis=1) / 3 + 0.5
    elif kind == "outlier":
        xy = xy * 0.001
        xy[:1] = 1
    return np.clip(xy, 0, 1).astype(np.float32)[rng.permutation(n)]


def plain_step(xy: FloatArray, aspect: float, row: int, direction: Direction, mask: NDArray[np.bool_]) -> int:
    """The rule of the walk, read aloud: all samples, one after the other, in whole numbers."""
    scale = np.array([max(1, aspect), max(1, 1 / aspect)]) * 2**24
    points = [None if np.isnan(p).any() else tuple(map(int, np.rint(p.astype(float) * scale))) for p in xy]
    here = points[row]
    if here is None:
        return row
    stack = [other for other in range(len(xy)) if mask[other] and points[other] == points[row]]
    onwards = [other for other in stack if other > row] if direction == "right" else []
    if direction == "left":
        onwards = [other for other in reversed(stack) if other < row]
    if onwards:
        return onwards[0]
    turns = {"right": 0, "up": 1, "left": 2, "down": 3}[direction]
    quarter, ahead = [], []
    for other, point in enumerate(points):
        if point is None or not mask[other] or point == points[row]:
            continue
        dx, dy = point[0] - here[0], point[1] - here[1]
        for _ in range(turns):
            dx, dy = dy, -dx
        entry = (dx, abs(dy), -dy, point)
        if -dx <= dy < dx:
            quarter.append(entry)
        elif dx > 0:
            ahead.append((dx * dx + dy * dy, *entry))
    if quarter:
        target = min(quarter)[-1]
    elif ahead:
        target = min(ahead)[-1]
    else:
        return row
    members = [other for other in range(len(xy)) if mask[other] and points[other] == target]
    return members[-1 if direction == "left" else 0]


def reached(edges: list[list[int]], start: int) -> set[int]:
    seen, queue = {start}, deque([start])
    while queue:
        for other in edges[queue.popleft()]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return seen


def assert_all_reachable(xy: FloatArray, aspect: float, mask: NDArray[np.bool_] | None) -> None:
    walk = Walk(xy, aspect=aspect)
    rows = np.flatnonzero(np.isfinite(xy).all(axis=1) & (True if mask is None else mask)).tolist()
    if not rows:
        return
    edges: list[list[int]] = [[] for _ in xy]
    back: list[list[int]] = [[] for _ in xy]
    for row in rows:
        edges[row] = [walk.step(row, direction, mask=mask) for direction in DIRECTIONS]
        for other in edges[row]:
            back[other].append(row)
    assert reached(edges, rows[0]) == set(rows)
    assert reached(back, rows[0]) == set(rows)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.integers(0, 60),
    st.integers(0, 10**6),
    st.sampled_from([1.0, 2.0, 0.5, 80 / 48, 1.7]),
    st.booleans(),
)
def test_step_is_the_plain_search_over_all_samples(kind: str, n: int, seed: int, aspect: float, masked: bool) -> None:
    xy = map_of(kind, n, seed)
    rng = np.random.default_rng(seed)
    xy[rng.random(n) < 0.05] = np.nan
    mask = rng.random(n) < 0.4 if masked else np.ones(n, dtype=np.bool_)
    walk = Walk(xy, aspect=aspect)
    for row in rng.permutation(n)[:8].tolist():
        for direction in DIRECTIONS:
            assert walk.step(row, direction, mask=mask if masked else None) == plain_step(
                xy, aspect, row, direction, mask
            )


@pytest.mark.parametrize("kind", KINDS)
def test_slab_search_and_asking_each_lead_to_the_same_sample(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    xy = map_of(kind, 3000, 5)
    rng = np.random.default_rng(1)
    mask = rng.random(3000) < 0.2
    walk = Walk(xy, aspect=2.0)
    rows = rng.integers(0, 3000, 40).tolist()
    points = [(float(x), float(y)) for x, y in rng.random((40, 2)) * 1.4 - 0.2]
    few = [walk.step(row, direction, mask=mask) for row in rows for direction in DIRECTIONS]
    few_near = [walk.nearest(point, mask=mask) for point in points]
    monkeypatch.setattr("tui_browser.map.walk._FEW", -1)
    assert [walk.step(row, direction, mask=mask) for row in rows for direction in DIRECTIONS] == few
    assert [walk.nearest(point, mask=mask) for point in points] == few_near


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.integers(0, 90),
    st.integers(0, 10**6),
    st.sampled_from([1.0, 2.0, 0.5, 80 / 48, 3.3]),
    st.sampled_from([None, 0.05, 0.5]),
)
def test_every_sample_is_reached_from_every_other(
    kind: str, n: int, seed: int, aspect: float, share: float | None
) -> None:
    mask = None if share is None else np.random.default_rng(seed + 1).random(n) < share
    assert_all_reachable(map_of(kind, n, seed), aspect, mask)


@settings(max_examples=300, deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=20),
    st.sampled_from([1.0, 2.0, 3.0, 0.5]),
)
def test_lattices_are_walkable(cells: set[tuple[int, int]], aspect: float) -> None:
    assert_all_reachable(np.array(sorted(cells), dtype=np.float32) / np.float32(8), aspect, None)


@pytest.mark.parametrize("kind", ["even", "clusters", "copies"])
def test_every_sample_is_reached_on_a_larger_map(kind: str) -> None:
    assert_all_reachable(map_of(kind, 2000, 8), 2.0, None)


def test_a_grid_is_walked_straight() -> None:
    xy = np.array([(x / 10, y / 10) for y in range(10) for x in range(10)], dtype=np.float32)
    walk = Walk(xy, aspect=2.0)
    assert [walk.step(44, direction) for direction in DIRECTIONS] == [43, 45, 54, 34]


def test_a_stack_fans_out_under_right_and_left() -> None:
    xy = np.array([[0.1, 0.5], [0.5, 0.5], [0.5, 0.5], [0.9, 0.5], [0.5, 0.5]], dtype=np.float32)
    walk = Walk(xy)
    trail = [0]
    for _ in range(5):
        trail.append(walk.step(trail[-1], "right"))
    assert trail == [0, 1, 2, 4, 3, 3]
    for _ in range(4):
        trail.append(walk.step(trail[-1], "left"))
    assert trail[-4:] == [4, 2, 1, 0]
    assert walk.stack(4).tolist() == [1, 2, 4]
    assert walk.stack(0).tolist() == [0]


def test_a_filter_is_walked_from_a_sample_outside_of_it() -> None:
    xy = np.array([[0.1, 0.5], [0.3, 0.5], [0.5, 0.5], [0.7, 0.5]], dtype=np.float32)
    mask = np.array([True, False, False, True])
    walk = Walk(xy)
    assert walk.step(1, "right", mask=mask) == 3
    assert walk.step(3, "left", mask=mask) == 0
    assert walk.step(0, "left", mask=mask) == 0
    assert walk.step(2, "right", mask=np.zeros(4, dtype=np.bool_)) == 2


def test_samples_without_a_place_are_not_on_the_map() -> None:
    xy = np.array([[0.1, 0.5], [np.nan, np.nan], [0.9, 0.5]], dtype=np.float32)
    walk = Walk(xy)
    assert len(walk) == 2
    assert walk.step(0, "right") == 2
    assert walk.step(1, "right") == 1
    assert walk.stack(1).tolist() == []
    assert walk.nearest((0.4, 0.4)) == 0
    assert walk.nearest((float("nan"), 0.4)) is None


def test_an_empty_map_has_nothing_to_walk() -> None:
    assert Walk(np.empty((0, 2), dtype=np.float32)).nearest((0.5, 0.5)) is None
    assert Walk(np.full((3, 2), np.nan, dtype=np.float32)).nearest((0.5, 0.5)) is None


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 300), st.integers(0, 10**6), st.booleans())
def test_b4_nearest_is_the_nearest_on_the_screen(kind: str, n: int, seed: int, masked: bool) -> None:
    xy, rng = map_of(kind, n, seed), np.random.default_rng(seed)
    mask = rng.random(n) < 0.5 if masked else None
    walk = Walk(xy, aspect=2.0)
    scale = np.array([2.0, 1.0]) * 2**24
    points = np.rint(xy.astype(float) * scale)
    for point in (*rng.random((5, 2)), xy[0].astype(float)):
        distance = ((points - np.rint(point * scale)) ** 2).sum(axis=1)
        if mask is not None:
            distance[~mask] = np.inf
        expected = None if np.isinf(distance).all() else int(distance.argmin())
        assert walk.nearest((float(point[0]), float(point[1])), mask=mask) == expected


def test_b4_a_thousand_cursors_find_their_nearest_sample() -> None:
    rng = np.random.default_rng(4)
    xy = rng.random((2_000, 2)).astype(np.float32)
    walk = Walk(xy, aspect=1.0)
    for point in rng.random((1_000, 2)):
        distance = ((xy.astype(float) - point) ** 2).sum(axis=1)
        nearest = walk.nearest((float(point[0]), float(point[1])))
        assert nearest is not None and distance[nearest] <= distance.min() + 1e-6
