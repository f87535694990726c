"""Sound words name the right one of two sounds: processed ones, and recordings whose names say which it is."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest

from tests.support.sound_word_pairs import (
    NAMED_IN_POOL,
    NAMED_IN_VALIDATION,
    judged_by_machines,
    judged_by_names,
    judged_on_processed,
)
from tui_browser.search.sound_vocabulary import BY_DESCRIPTOR, BY_WIDTH, SOUND_WORDS
from tui_browser.training.sound_words.contrasts import MORE_AND_LESS, contrast

SHARED = os.path.join(os.path.dirname(__file__), *[".."] * 3, "shared", "data")
WANTED = 0.85


def test_every_word_that_no_number_measures_has_its_processing() -> None:
    assert set(MORE_AND_LESS) | set(BY_DESCRIPTOR) | set(BY_WIDTH) == set(SOUND_WORDS)
    tone = np.sin(np.arange(8_000, dtype=np.float32) * np.float32(0.05)) * np.linspace(1, 0, 8_000, dtype=np.float32)
    for word in MORE_AND_LESS:
        pair = contrast(word, np.random.default_rng(3), tone)
        for version in (pair.more, pair.less):
            assert np.isfinite(version).all() and 0.0 < float(np.abs(version).max()) <= 1.0, word
        assert len(pair.more) != len(pair.less) or not np.array_equal(pair.more, pair.less), word


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Torch on one thread: small batches gain nothing from more."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_of_two_versions_of_a_drum_the_right_one_is_named() -> None:
    judged = [judged_on_processed(word, pairs=6, seed=11) for word in sorted(MORE_AND_LESS)]
    assert sum(each.right for each in judged) >= 0.92 * sum(each.pairs for each in judged)
    assert [each for each in judged if each.share < 0.6] == [], "none far below what many pairs gave"


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isdir(SHARED), reason="the recordings are not here")
def test_of_two_recordings_the_one_that_is_called_so_is_named() -> None:
    judged = [judged_by_names(os.path.join(SHARED, "pool"), word, most=60) for word in NAMED_IN_POOL]
    judged += [judged_by_machines(os.path.join(SHARED, "validation"), word, most=12) for word in NAMED_IN_VALIDATION]
    assert sum(each.right for each in judged) >= WANTED * sum(each.pairs for each in judged)
    assert [each for each in judged if each.share < 0.75] == []
