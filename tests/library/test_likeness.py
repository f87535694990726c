"""Aspects of likeness: weighed, explained, doubted; several sounds in one target."""

from __future__ import annotations

import numpy as np
import pytest

from tui_browser.dsp.picture_part import SIZE, joined, unit
from tui_browser.library.likeness import (
    ASPECTS,
    PLAIN,
    SoundTarget,
    Weights,
    agreements,
    aspect_gaps,
    blended,
    confidence,
    parse_weights,
    weighed,
    weights_text,
)
from tui_browser.library.weighed_nearest import nearest_sounds
from tui_browser.records import FEATURES, FloatArray


def _sounds(count: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    vectors = joined(
        unit(rng.standard_normal((count, 16)).astype(np.float32)),
        unit(1.0 + 0.5 * rng.standard_normal((count, SIZE)).astype(np.float32)),
    )
    features = rng.lognormal(0, 1, (count, len(FEATURES))).astype(np.float32)
    features[::3, FEATURES.index("pitch_hz")] = np.nan
    return vectors, features


def test_weights_are_parsed_and_what_is_wrong_is_named() -> None:
    assert parse_weights("") == PLAIN
    weights = parse_weights("pitch=2, length=0")
    assert list(weights) == [1, 0, 2, 0, 0, 0] and weights_text(weights) == "pitch 2"
    for text, says in (
        ("pich=2", "did you mean pitch"),
        ("pitch=x", "pitch takes a number"),
        ("pitch", "as in pitch=2"),
        ("length=-1", "from 0 to 100"),
        ("length=nan", "from 0 to 100"),
        ("overall=0", "at least one aspect"),
    ):
        with pytest.raises(ValueError, match=says):
            parse_weights(text)


def test_the_same_sound_is_at_distance_zero_by_any_weights_and_alike_in_all() -> None:
    vectors, features = _sounds(50)
    for row in (0, 1):  # without and with a pitch
        target = SoundTarget(vectors[row], features[row])
        gaps = aspect_gaps(vectors, features, target)
        assert np.nan_to_num(gaps[row]).tolist() == [0.0] * 6
        assert np.isnan(gaps[row, ASPECTS.index("pitch")]) == (row == 0)
        for weights in (PLAIN, parse_weights("pitch=2,loudness=5"), parse_weights("overall=0,envelope=1")):
            assert weighed(gaps, weights)[row] == 0.0
        assert np.nan_to_num(agreements(gaps)[row], nan=1.0).tolist() == [1.0] * 6


def test_c5_the_plain_weights_give_euclidean_distance_of_brute_force() -> None:
    vectors, features = _sounds(300)
    target = SoundTarget(vectors[7], features[7])
    rows, distances = nearest_sounds(vectors, features, target, k=20)
    brute = np.linalg.norm(vectors.astype(np.float64) - vectors[7], axis=1)
    assert rows.tolist() == np.argsort(brute, kind="stable")[:20].tolist() and distances[0] == 0.0
    np.testing.assert_allclose(distances, np.sort(brute)[:20], atol=1e-6)
    gaps = aspect_gaps(vectors, features, target)
    np.testing.assert_allclose(weighed(gaps, PLAIN), brute, atol=1e-6)


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_weighed_search_within_a_mask_is_that_of_brute_force(share: float) -> None:
    vectors, features = _sounds(400)
    mask = np.random.default_rng(1).random(400) < share
    weights = parse_weights("overall=0.5,length=3,pitch=1")
    target = SoundTarget(vectors[7], features[7])
    rows, distances = nearest_sounds(vectors, features, target, k=12, mask=mask, weights=weights)
    brute = weighed(aspect_gaps(vectors, features, target), weights)
    brute[~mask] = np.inf
    assert rows.tolist() == np.argsort(brute, kind="stable")[:12].tolist()
    np.testing.assert_allclose(distances, np.sort(brute)[:12])


@pytest.mark.parametrize(("aspect", "column"), [("length", "duration_s"), ("pitch", "pitch_hz")])
def test_an_aspect_that_counts_brings_nearer_what_agrees_in_it(aspect: str, column: str) -> None:
    vectors, features = _sounds(2_000)
    target = SoundTarget(vectors[7], features[7])
    weights: Weights = parse_weights(f"{aspect}=4")
    medians = []
    for chosen in (PLAIN, weights):
        rows, _ = nearest_sounds(vectors, features, target, k=20, weights=chosen)
        octaves = np.abs(np.log2(features[rows, FEATURES.index(column)] / features[7, FEATURES.index(column)]))
        medians.append(float(np.median(np.nan_to_num(octaves, nan=9.0))))
    assert medians[1] < 0.6 * medians[0]


def test_confidence_falls_from_one_to_nothing() -> None:
    values = confidence(np.linspace(0, 1.2, 50, dtype=np.float32))
    assert values[0] == 1.0 and values[-1] == 0.0 and (np.diff(values) <= 0).all()


def test_several_sounds_are_one_target_and_those_not_liked_lead_away() -> None:
    vectors, features = _sounds(30)
    sounds = [SoundTarget(vectors[row], features[row]) for row in range(3)]
    assert blended(sounds[:1]) is sounds[0]
    both = blended(sounds[:2])
    assert abs(float(np.linalg.norm(both.vector)) - 1.0) < 1e-6
    apart = blended(sounds[:2], sounds[2:])

    def far(target: SoundTarget) -> float:
        return float(np.linalg.norm(target.vector - vectors[2]))

    assert far(apart) > far(both)
    duration = FEATURES.index("duration_s")
    assert both.features[duration] == pytest.approx(np.median(features[:2, duration]))
