"""Parameters: their scale, their steps, how often they change, and what moves them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tui_browser.visualiser.features import BLURS, Features
from tui_browser.visualiser.parameter_files import SCENES, shipped_scene
from tui_browser.visualiser.parameters import Parameter, ParameterValues, draw_mapping

PARTS = st.floats(0, 1)


def restless(frames: int = 3600) -> Features:
    """Features that are new in every frame."""
    rng = np.random.default_rng(5)
    tracks = {blur: rng.integers(0, 10_001, (frames, 10)).astype(np.uint16) for blur in BLURS}
    return Features(tracks, rng.random(frames).astype(np.float32))


@given(st.floats(-10, 10), PARTS, st.floats(0.01, 20), PARTS, PARTS)
def test_e4_the_scale_is_monotone_continuous_and_meets_its_three_values(
    low: float, middle: float, span: float, one: float, two: float
) -> None:
    parameter = Parameter("p", low + middle * span, low, low + span, 0.0, 1, 1.0)
    assert parameter.scale(0.0) == pytest.approx(parameter.min)
    assert parameter.scale(0.5) == pytest.approx(parameter.avg)
    assert parameter.scale(1.0) == pytest.approx(parameter.max)
    first, second = sorted((one, two))
    assert parameter.scale(first) <= parameter.scale(second) + 1e-9
    assert abs(parameter.scale(second) - parameter.scale(first)) <= 2 * span * (second - first) + 1e-9, "no jump"


def test_e4_there_is_no_jump_in_the_middle() -> None:
    parameter = Parameter("p", 3.0, 1.0, 9.0, 0.0, 1, 1.0)
    assert parameter.scale(0.4999) == pytest.approx(parameter.scale(0.5001), abs=0.01)


@given(PARTS, st.integers(1, 8), st.sampled_from([0.25, 0.5, 1.0, 3.0]))
def test_e4_steps_are_honoured(feature: float, count: int, step: float) -> None:
    parameter = Parameter("p", 2 + step * (count // 2), 2.0, 2 + step * count, step, 1, 1.0)
    value = parameter.scale(feature)
    assert (value - 2) / step == pytest.approx(round((value - 2) / step), abs=1e-9)
    assert 2.0 <= value <= parameter.max


@pytest.mark.parametrize("scene", SCENES)
def test_e5_no_parameter_changes_more_often_than_its_rate(scene: str) -> None:
    parameters = shipped_scene(scene).parameters
    values, features = ParameterValues(parameters, draw_mapping(3, 10)), restless()
    changes, before = np.zeros(len(parameters), dtype=int), list(values.targets)
    for frame in range(60 * 60):
        values.follow(features, frame, now_s=frame / 60)
        changes += [now != was for now, was in zip(values.targets, before, strict=True)]
        before = list(values.targets)
    for parameter, count in zip(parameters, changes.tolist(), strict=True):
        assert 0.02 <= parameter.rate <= 5 and 1 <= count <= parameter.rate * 60 + 1, parameter.name


def test_e5_between_two_changes_a_value_glides_and_a_step_is_taken_at_once() -> None:
    smooth = Parameter("smooth", 0.5, 0.0, 1.0, 0.0, 1, 1.0)
    stepped = Parameter("stepped", 2.0, 0.0, 4.0, 1.0, 1, 1.0)
    values = ParameterValues((smooth, stepped), (0, 1))
    values.follow(Features({1: np.full((1, 10), 10_000, np.uint16)}, np.ones(1, np.float32)), 0, now_s=0.0)
    shown = [dict(values.glide(1 / 30)) for _ in range(90)]
    assert all(row["stepped"] == 4.0 for row in shown)
    way = np.array([row["smooth"] for row in shown])
    assert (np.diff(way) >= 0).all() and np.diff(way).max() < 0.1 and way[-1] > 0.98


@given(st.integers(0, 2**31))
def test_e6_a_mapping_is_a_permutation_and_its_seed_repeats_it(seed: int) -> None:
    mapping = draw_mapping(seed, 10)
    assert sorted(mapping) == list(range(10))
    assert mapping == draw_mapping(seed, 10)


def test_e6_another_seed_draws_another_mapping() -> None:
    assert len({draw_mapping(seed, 10) for seed in range(200)}) == 200


@given(st.integers(0, 1000))
def test_e6_a_parameter_follows_the_feature_that_is_mapped_to_it(seed: int) -> None:
    parameters = tuple(Parameter(f"p{n}", 0.5, 0.0, 1.0, 0.0, 1, 5.0) for n in range(10))
    row = np.random.default_rng(seed).integers(0, 10_001, (1, 10)).astype(np.uint16)
    assume(len(set(row[0].tolist())) == 10)
    mapping = draw_mapping(seed, 10)
    values = ParameterValues(parameters, mapping)
    values.follow(Features({1: row}, np.ones(1, np.float32)), 0, now_s=1.0)
    assert values.targets == pytest.approx([row[0, feature] / 10_000 for feature in mapping], abs=1e-6)
