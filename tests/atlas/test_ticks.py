"""Ticks are round numbers within the view, at their place, and not too many."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.atlas.axes import Scale
from tui_browser.atlas.ticks import ticks


def test_of_a_straight_and_of_a_logarithmic_scale() -> None:
    assert [value for _, value in ticks(Scale(0.0, 2000.0), 0.0, 1.0, most=5)] == [0.0, 500.0, 1000.0, 1500.0, 2000.0]
    log = [value for _, value in ticks(Scale(0.05, 5.0, True), 0.0, 1.0, most=8)]
    np.testing.assert_allclose(log, [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0])
    np.testing.assert_allclose(
        [value for _, value in ticks(Scale(20, 20_000, True), 0, 1, most=4)], [100, 1000, 10_000]
    )


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.booleans(), st.floats(0, 0.9), st.floats(0.05, 1),
       st.integers(2, 12))  # fmt: skip
def test_they_lie_in_the_view_at_the_place_of_their_value(
    low: float, length: float, log: bool, begin: float, span: float, most: int
) -> None:
    scale = Scale(abs(low) + 1e-3 if log else low, (abs(low) + 1e-3 if log else low) + length, log)
    found = ticks(scale, begin, begin + span, most=most)
    assert len(found) <= most + 1
    for place, value in found:
        assert begin - 1e-3 <= place <= begin + span + 1e-3
        assert place == pytest.approx(float(scale.apply(np.array([value]))[0]))


@pytest.mark.parametrize("scale", [Scale(1.0, 1.0), Scale(math.nan, 2.0), Scale(0.0, math.inf), Scale(3.0, 1.0)])
def test_a_scale_without_length_has_none(scale: Scale) -> None:
    assert ticks(scale, 0.0, 1.0, most=5) == []
