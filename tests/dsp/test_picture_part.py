"""The picture part of vectors: unit length, no gain, and libraries from before it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sounds import one_shot
from tui_browser.dsp.mel import DEFAULT_FRONT_END, log_mel
from tui_browser.dsp.picture_part import SHARE, SIZE, has_picture_part, joined, picture_parts, unit, with_width
from tui_browser.records import FloatArray


def _vectors(count: int, dim: int, seed: int = 0) -> FloatArray:
    return unit(np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32))


def test_gain_does_not_move_it_and_silence_has_one() -> None:
    sound = one_shot("snare", 3)
    mels = np.stack([log_mel(gain * sound, front_end=DEFAULT_FRONT_END) for gain in (1.0, 0.1)] + [np.zeros((96, 64))])
    parts = picture_parts(mels.astype(np.float32))
    np.testing.assert_allclose(parts[0], parts[1], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(parts, axis=1), 1.0, atol=1e-6)


@given(st.integers(0, 1000), st.sampled_from([12, 64]))
def test_distance_is_that_of_both_parts_by_their_shares(seed: int, dim: int) -> None:
    sounds, pictures = _vectors(2, dim, seed), _vectors(2, SIZE, seed + 1)
    whole = joined(sounds, pictures)
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1.0, atol=1e-6)
    squares = [float(((pair[0] - pair[1]) ** 2).sum()) for pair in (whole, sounds, pictures)]
    assert abs(squares[0] - ((1 - SHARE) * squares[1] + SHARE * squares[2])) < 1e-5
    assert has_picture_part(whole)


def test_a_vector_is_brought_to_the_width_of_the_library() -> None:
    sounds = _vectors(40, 16)
    whole = joined(sounds, _vectors(40, SIZE, 5))
    np.testing.assert_allclose(with_width(whole, 16), sounds, atol=1e-6)
    assert with_width(whole, 16 + SIZE) is whole
    wider = with_width(sounds, 16 + SIZE)
    assert wider.shape == whole.shape and not wider[:, 16:].any()
    assert np.isnan(with_width(sounds, 17)).all()
    assert not has_picture_part(sounds) and not has_picture_part(_vectors(40, SIZE))


def test_it_does_not_depend_on_the_batch() -> None:
    pictures = np.random.default_rng(0).random((67, 96, 40), dtype=np.float32)
    whole = picture_parts(pictures)
    for first, count in ((0, 1), (5, 2), (7, 8), (20, 31)):
        assert np.array_equal(picture_parts(pictures[first : first + count]), whole[first : first + count])
