"""Free axes: places that can be read back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui_browser.errors import LayoutError
from tui_browser.layouts.axes import (
    HIGH,
    LOW,
    UNKNOWN,
    Axis,
    Values,
    axes_name,
    axis_names,
    axis_values,
    fit_scale,
    parse_axes,
)
from tui_browser.records import FEATURES, FloatArray


def numbers(text: str, z: FloatArray, features: FloatArray | None = None) -> Values:
    return axis_values(
        parse_axes(f"x={text} y=length")[0],
        features=features if features is not None else np.zeros((len(z), len(FEATURES)), np.float32),
        latent=lambda: z,
        vectors=z,
        more={"added": lambda: np.arange(len(z), dtype=np.float64)},
    )


@pytest.mark.parametrize("size", [4, 20, 64])
def test_b3_a_latent_dimension_is_exactly_where_the_sample_lies(size: int) -> None:
    z = np.random.default_rng(size).normal(size=(50, size)).astype(np.float32)
    assert len([name for name in axis_names(size) if name.startswith("dim")]) == size
    for dim in (1, size):
        mu = z[:, dim - 1].astype(np.float64)
        values = numbers(f"dim{dim}", z)
        np.testing.assert_array_equal(values, mu)
        places = fit_scale(values).apply(values)
        back = mu.min() + (places.astype(np.float64) - LOW) / (HIGH - LOW) * (mu.max() - mu.min())
        np.testing.assert_allclose(back, mu, atol=1e-5)


def test_every_name_that_is_offered_is_understood() -> None:
    for name in axis_names(3):
        axes = parse_axes(f"x={name} y=log:{name}")
        assert axes == (Axis(name), Axis(name, log=True))
        assert parse_axes(axes_name(axes)) == axes
    assert axes_name(parse_axes("Y=dim1, X=LOG:pitch".lower())) == "x=log:pitch y=dim1"


@pytest.mark.parametrize("text", ["x=dim0 y=length", "x=length", "x=a y=b", "x=dim1 x=dim2", "=", "x=length3 y=dim1"])
def test_what_is_no_axis_is_named_with_what_is_one(text: str) -> None:
    with pytest.raises(LayoutError, match=r"brightness|x=dim3"):
        parse_axes(text)


def test_a_dimension_that_the_model_lacks_is_refused() -> None:
    with pytest.raises(LayoutError, match="this model has 4"):
        numbers("dim5", np.zeros((3, 4), np.float32))
    with pytest.raises(LayoutError, match="pc1 is the first"):
        numbers("pc5", np.zeros((3, 4), np.float32))


def test_principal_components_are_those_of_the_sounds() -> None:
    rng = np.random.default_rng(1)
    vectors = (rng.normal(size=(200, 2)) * [5, 1] @ rng.normal(size=(2, 6)) + 3).astype(np.float32)
    _, _, axes = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    for number in (1, 2):
        expected = (vectors - vectors.mean(axis=0)) @ axes[number - 1]
        found = numbers(f"pc{number}", vectors)
        assert abs(np.corrcoef(found, expected)[0, 1]) > 0.9999


@given(
    arrays(np.float64, st.integers(0, 12), elements=st.sampled_from([-1.0, 0.0, 2.0, 2.0, 9.0, np.nan, np.inf])),
    st.booleans(),
)
def test_b3_places_are_never_unknown_and_keep_the_order(values: Values, log: bool) -> None:
    places = fit_scale(values, log=log).apply(values)
    assert np.isfinite(places).all() and ((places >= 0) & (places <= 1)).all()
    known = np.isfinite(values) & ((values > 0) | (not log))
    assert (places[~known] == UNKNOWN).all()
    if known.any():
        order = np.argsort(values[known], kind="stable")
        assert (np.diff(places[known][order]) >= 0).all()
        if np.ptp(values[known]) == 0:
            np.testing.assert_allclose(places[known], (LOW + HIGH) / 2)


def test_octaves_are_equal_steps_on_a_logarithmic_axis() -> None:
    pitch = np.array([55.0, 110.0, 220.0, 440.0])
    steps = np.diff(fit_scale(pitch, log=True).apply(pitch))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-4)


def test_what_comes_later_keeps_the_scale_and_stays_on_the_map() -> None:
    scale = fit_scale(np.array([1.0, 2.0]))
    later = scale.apply(np.array([-50.0, 1.5, 50.0]))
    assert UNKNOWN < later[0] < LOW and later[1] == pytest.approx((LOW + HIGH) / 2) and later[2] == 1.0
