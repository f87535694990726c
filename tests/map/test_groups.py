"""Groups, shades and copies."""

from __future__ import annotations

import numpy as np
import pytest

from tui_browser.map.groups import GROUPS, SHADES, duplicate_groups, groups, shade, shade_index, shades
from tui_browser.records import FloatArray


def kinds(count: int = 300) -> tuple[FloatArray, np.ndarray]:
    rng = np.random.default_rng(3)
    kind = rng.choice(4, count, p=[0.4, 0.3, 0.2, 0.1])
    vectors = (rng.normal(size=(4, 16))[kind] + rng.normal(size=(count, 16)) * 0.05).astype(np.float32)
    return vectors, kind


def test_groups_are_the_kinds_that_there_are_the_largest_first_and_always_the_same() -> None:
    vectors, kind = kinds()
    vectors[7] = np.nan
    found = groups(vectors, count=4)
    assert found[7] == 4
    known = np.arange(len(vectors)) != 7
    np.testing.assert_array_equal(found[known], kind[known])
    np.testing.assert_array_equal(found, groups(vectors, count=4))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_few_or_equal_sounds_are_groups_too(count: int) -> None:
    assert (groups(np.ones((count, 8), np.float32)) < GROUPS).all()
    assert (shades(np.ones((count, 8), np.float32)) == 0.5).all()
    assert duplicate_groups(np.ones((count, 8), np.float32)).tolist() == [count > 1] * count


def test_shades_are_colours_and_sounds_alike_have_shades_alike() -> None:
    vectors, kind = kinds()
    vectors[7] = np.nan
    colours = shades(vectors)
    assert colours.shape == (300, 3) and colours.min() >= 0 and colours.max() <= 1
    assert (colours[7] == 0.5).all()
    np.testing.assert_array_equal(colours, shades(vectors))
    means = np.array([colours[kind == each].mean(axis=0) for each in range(4)])
    inside = np.linalg.norm(colours - means[kind], axis=1)
    assert (
        np.delete(inside, 7).max() < np.linalg.norm(means[:, np.newaxis] - means, axis=2)[np.triu_indices(4, 1)].min()
    )


def test_an_index_is_the_nearest_shade() -> None:
    every = np.array([shade(index) for index in range(SHADES**3)], np.float32)
    assert len(np.unique(every, axis=0)) == SHADES**3
    np.testing.assert_array_equal(shade_index(every), np.arange(SHADES**3))
    np.testing.assert_array_equal(shade_index(np.clip(every + 0.1, 0, 1)), np.arange(SHADES**3))


def test_copies_are_exact() -> None:
    vectors, _ = kinds(50)
    vectors[9], vectors[30] = vectors[4], np.nan
    vectors[31] = np.nan
    nearly = vectors[12].copy()
    nearly[0] = np.nextafter(nearly[0], np.float32(9))
    vectors[13] = nearly
    assert np.flatnonzero(duplicate_groups(vectors)).tolist() == [4, 9]
