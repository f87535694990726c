"""The prior draws where sounds lie: each class in its own place, nothing far outside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.prior import Prior
from tui_browser.records import FloatArray
from tui_browser.training.prior_fit import fit_prior, refine_prior

CENTRES = np.array([[4.0, 0, 0, -1], [-4.0, 0, 0, -2], [0, 5.0, 0, 0]])


def fitted() -> Prior:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [200, 100, 30])
    points = CENTRES[labels] + rng.standard_normal((len(labels), 4)) * [1.0, 0.5, 0.1, 0.2]
    return fit_prior(points.astype(np.float32), labels, classes=3, seed=0)


def test_each_class_is_drawn_where_its_sounds_lie() -> None:
    prior = fitted()
    for label, centre in enumerate(CENTRES):
        drawn = prior.draw(300, rng=np.random.default_rng(1), class_index=label)
        assert drawn.shape == (300, 4) and drawn.dtype == np.float32
        assert np.allclose(drawn.mean(axis=0), centre, atol=0.4)
        assert (drawn.std(axis=0) < [1.3, 0.8, 0.5, 0.5]).all() and drawn.std(axis=0)[0] > 0.3


def test_all_classes_alike_without_one_asked_for() -> None:
    drawn = fitted().draw(600, rng=np.random.default_rng(2))
    nearest = np.linalg.norm(drawn[:, None] - CENTRES, axis=2).argmin(axis=1)
    assert (np.bincount(nearest, minlength=3) > 120).all()


def test_variance_scales_the_spread() -> None:
    prior = fitted()
    middle = prior.draw(50, rng=np.random.default_rng(3), class_index=1, variance=0.0)
    wide = prior.draw(50, rng=np.random.default_rng(3), class_index=1, variance=4.0)
    once = prior.draw(50, rng=np.random.default_rng(3), class_index=1)
    assert np.allclose(wide - middle, 2 * (once - middle), atol=1e-4)


def test_what_is_heard_wrong_gets_narrower_and_rarer() -> None:
    prior = fitted()
    mine = prior.weights.argmax(axis=1)

    def hear(points: FloatArray) -> NDArray[np.int64]:  # the second Gaussian of class 0 sounds like class 1
        nearest = np.square(points[:, None] - prior.means).sum(axis=2).argmin(axis=1)
        return np.where(nearest == np.flatnonzero(mine == 0)[1], 1, mine[nearest])

    after = refine_prior(prior, hear, seed=0)
    wrong = np.flatnonzero(mine == 0)[1]
    assert after.weights[wrong, 0] < 0.05 and np.allclose(after.weights.sum(axis=0), 1.0, atol=1e-5)
    assert np.abs(after.factors[wrong]).sum() < np.abs(prior.factors[wrong]).sum()


def test_points_around_a_point() -> None:
    prior = fitted()
    z = CENTRES[:, :-1].astype(np.float32)
    assert np.array_equal(prior.around(z, rng=np.random.default_rng(0), variance=0.0), z)
    moved = prior.around(np.tile(z[0], (200, 1)), rng=np.random.default_rng(0), variance=1.0) - z[0]
    assert moved.std(axis=0)[0] > 2 * moved.std(axis=0)[2]  # as the sounds of the class differ


def test_few_sounds_or_none_of_a_class() -> None:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((9, 5)).astype(np.float32)
    prior = fit_prior(points, np.array([0] * 8 + [1]), classes=3, seed=0)
    assert np.isfinite(prior.factors).all()
    assert all(np.isfinite(prior.draw(20, rng=rng, class_index=label)).all() for label in range(3))
    lone = fit_prior(points, np.zeros(9, dtype=np.int64), classes=0, seed=0)
    assert lone.draw(5, rng=rng, class_index=4).shape == (5, 5)
