"""An order in which near sounds follow each other: whole, from the first sound on, and short."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.records import FloatArray
from tui_browser.search.listening_order import MOST, listening_order, path_length


def points(count: int, seed: int, *, dim: int = 2) -> FloatArray:
    return np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)


@given(st.integers(0, 60), st.integers(0, 1000))
def test_every_sound_comes_once_and_the_first_stays_first(count: int, seed: int) -> None:
    order = listening_order(points(count, seed), first=count // 2 if count > 1 else 0)
    assert sorted(order.tolist()) == list(range(count))
    assert count < 2 or order[0] == count // 2


@given(st.integers(0, 1000))
def test_few_sounds_are_hardly_farther_than_on_the_best_way(seed: int) -> None:
    vectors = points(7, seed)
    best = min(path_length(vectors, np.array((0, *rest))) for rest in itertools.permutations(range(1, 7)))
    assert path_length(vectors, listening_order(vectors)) <= 1.3 * best


def test_sounds_in_line_are_walked_along_it() -> None:
    line = np.arange(40, dtype=np.float32)[:, np.newaxis] * np.ones(3, np.float32)
    shuffled = np.random.default_rng(4).permutation(40)
    order = listening_order(line[shuffled], first=int(np.flatnonzero(shuffled == 0)[0]))
    assert shuffled[order].tolist() == list(range(40))


def test_it_is_far_shorter_than_chance_and_has_a_limit() -> None:
    vectors = points(400, 1, dim=8)
    order = listening_order(vectors)
    assert path_length(vectors, order) < 0.6 * path_length(vectors, np.arange(400))
    with pytest.raises(ValueError, match="more than"):
        listening_order(np.zeros((MOST + 1, 2), np.float32))
