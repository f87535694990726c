"""A long file's vector comes from its hits and its rhythm; all else stays as the model said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.clips import clip
from tui_browser.model import pooling
from tui_browser.records import Clip, Encoding, FileSlices, FloatArray

DIM = 64


def unit(seed: int, *, dim: int = DIM) -> FloatArray:
    values = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
    return values / np.linalg.norm(values)


def heard(name: bytes, *, hits: int = 0, rhythm: FloatArray | None = None) -> Clip:
    mel = np.full((3, 4), float(len(name)), dtype=np.float32)
    one = replace(clip(name), mel=mel)
    if not hits:
        return one
    times = np.arange(hits, dtype=np.float64)
    mels = np.stack([np.full((3, 4), 100.0 * len(name) + i, dtype=np.float32) for i in range(hits)])
    return replace(one, slices=FileSlices(times, np.ones(hits), mels=mels, rhythm=rhythm))


def said(count: int, hits: int) -> Encoding:
    rows = np.stack([unit(i) for i in range(count + hits)])
    return Encoding(rows[:count], rows[:count], None, None, slice_embeddings=rows[count:])


def test_short_sounds_are_a_batch_as_ever() -> None:
    mels, parts = pooling.encoder_batch([heard(b"a"), heard(b"bb")])
    assert parts is None and mels[:, 0, 0].tolist() == [1.0, 2.0]


def test_pictures_of_files_come_first_then_their_hits_and_all_find_home() -> None:
    clips = [heard(b"a"), heard(b"bb", hits=3), heard(b"ccc"), heard(b"dddd", hits=2)]
    mels, parts = pooling.encoder_batch(clips)
    assert parts is not None and parts.owner.tolist() == [1, 1, 1, 3, 3]
    assert mels[:, 0, 0].tolist() == [1.0, 2.0, 3.0, 4.0, 200.0, 201.0, 202.0, 400.0, 401.0]
    encoding = said(4, 5)
    done = pooling.with_slice_vectors(clips, encoding)
    assert [one.slices is None for one in done] == [True, False, True, False]
    assert encoding.slice_embeddings is not None
    first, second = done[1].slices, done[3].slices
    assert first is not None and second is not None and first.vectors is not None and second.vectors is not None
    assert first.mels is None and np.array_equal(first.vectors, encoding.slice_embeddings[:3])
    assert np.array_equal(second.vectors, encoding.slice_embeddings[3:])


def test_files_without_hits_keep_what_the_model_said() -> None:
    vectors = np.stack([unit(i) for i in range(5)])
    parts = pooling.BatchSlices(np.array([1, 1]), (None, unit(9, dim=48), None))
    files = pooling.pool_slices(vectors, parts)
    assert np.array_equal(files[[0, 2]], vectors[[0, 2]])
    assert not np.allclose(files[1], vectors[1])
    assert np.allclose(np.linalg.norm(files, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("dim", [16, 64, 200])
def test_a_shared_rhythm_brings_loops_nearer(dim: int) -> None:
    rng = np.random.default_rng(0)
    patterns = [(lambda p: (p / np.linalg.norm(p)).astype(np.float32))(rng.standard_normal(48)) for _ in range(2)]
    vectors = np.stack([unit(i, dim=dim) for i in range(3)] + [unit(10 + i, dim=dim) for i in range(3)])
    owner = np.array([0, 1, 2])
    same = pooling.pool_slices(vectors, pooling.BatchSlices(owner, (patterns[0], patterns[0], None)))
    other = pooling.pool_slices(vectors, pooling.BatchSlices(owner, (patterns[0], patterns[1], None)))
    assert np.linalg.norm(same[0] - same[1]) < np.linalg.norm(other[0] - other[1])
    assert np.array_equal(
        same, pooling.pool_slices(vectors, pooling.BatchSlices(owner, (patterns[0], patterns[0], None)))
    )


def test_hits_that_cancel_leave_a_vector_of_unit_length() -> None:
    one = unit(1)
    files = pooling.pool_slices(np.stack([one, one, -one]), pooling.BatchSlices(np.array([0, 0]), (None,)))
    assert np.linalg.norm(files[0]) == pytest.approx(1, abs=1e-5)


def test_batches_are_bounded_by_what_there_is_to_hear() -> None:
    clips = [heard(b"a", hits=9), heard(b"b"), heard(b"c", hits=20), heard(b"d")]
    assert pooling.clips_per_batch(clips, max_clips=64, max_mels=100) == 4
    assert pooling.clips_per_batch(clips, max_clips=2, max_mels=100) == 2
    assert pooling.clips_per_batch(clips, max_clips=64, max_mels=12) == 2
    assert pooling.clips_per_batch(clips[2:], max_clips=64, max_mels=12) == 1
