"""Predicted tags: right on sounds of other folders, with probabilities that mean what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.made_up import made_up_library
from tui_browser.errors import BrowserError
from tui_browser.library.library import Library
from tui_browser.records import FloatArray, SampleId
from tui_browser.workbench.labels.classifier import average_precision, calibration_error, train_tags
from tui_browser.workbench.labels.groups import sample_groups
from tui_browser.workbench.labels.prediction import predict_tags

KINDS, PACKS, EACH, DIM = 4, 8, 8, 12


def sounds(seed: int, *, noise: float = 0.35) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Vectors of four kinds in eight packs, kind and pack of each; every pack moves its vectors a little."""
    rng = np.random.default_rng(seed)
    kind = np.tile(np.repeat(np.arange(KINDS), EACH), PACKS)
    pack = np.repeat(np.arange(PACKS), KINDS * EACH)
    centres = np.random.default_rng(1).normal(size=(KINDS, DIM))
    offsets = rng.normal(size=(PACKS, DIM)) * 0.5
    vectors = centres[kind] + offsets[pack] + rng.normal(size=(len(kind), DIM)) * noise
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), kind, pack


def test_tags_of_other_packs_with_honest_probabilities() -> None:
    vectors, kind, pack = sounds(0, noise=0.9)
    has = kind[:, np.newaxis] == np.arange(KINDS)
    has[:, 3] |= kind == 2  # a sound may have several tags
    classifier = train_tags(vectors, has, pack)
    fresh, fresh_kind, _ = sounds(5, noise=0.9)
    truth = fresh_kind[:, np.newaxis] == np.arange(KINDS)
    truth[:, 3] |= fresh_kind == 2
    p = classifier.probabilities(fresh).astype(np.float64)
    assert classifier.quality.learned.all()
    for tag in range(KINDS):
        assert average_precision(truth[:, tag], p[:, tag]) > 0.8
        assert calibration_error(truth[:, tag], p[:, tag]) < 0.12


def test_what_cannot_be_learned_is_never_suggested() -> None:
    vectors, kind, pack = sounds(0)
    has = np.zeros((len(kind), 4), dtype=np.bool_)
    has[:, 0] = kind == 0
    has[np.flatnonzero(kind == 1)[:3], 1] = True  # too few
    has[:, 2] = pack == 0  # one pack only: that would be learned by its room
    has[:, 3] = True  # everything
    classifier = train_tags(vectors, has, pack)
    assert classifier.quality.learned.tolist() == [True, False, False, False]
    p = classifier.probabilities(vectors)
    assert np.isfinite(p).all()
    assert (p[:, 1:] == 0).all()


def test_a_tag_that_says_nothing_has_a_low_precision_and_low_probabilities() -> None:
    vectors, kind, pack = sounds(0)
    has = (np.random.default_rng(2).random(len(kind)) < 0.15)[:, np.newaxis]
    classifier = train_tags(vectors, has, pack)
    assert classifier.quality.precision[0] < 0.35
    assert classifier.probabilities(vectors).max() < 0.6


def test_groups_are_packs_and_copies() -> None:
    paths = [f"/r/{pack}/{kind}/{at}.wav".encode() for pack in "abcdef" for kind in ("kick", "hat") for at in range(2)]
    contents = [bytes(path) for path in paths]
    groups = sample_groups(paths, contents, [b"/r"])
    assert len(set(groups.tolist())) == 6
    contents[4] = contents[0]
    assert len(set(sample_groups(paths, contents, [b"/r"]).tolist())) == 5
    deeper = [path.replace(b"/r/", b"/r/all/") for path in paths]
    assert len(set(sample_groups(deeper, [b""] * len(paths), [b"/r"]).tolist())) == 6
    flat = [b"/r/%d.wav" % at for at in range(4)]
    assert len(set(sample_groups(flat, [b""] * 4, [b"/r"]).tolist())) == 1


@pytest.fixture
def library(tmp_path: Path) -> str:
    """Half of the samples of each kind have its tag."""
    vectors, kind, pack = sounds(0)
    names = [f"pack {p}/{at}.wav" for at, p in enumerate(pack.tolist())]
    tags = {at: [f"Kind{k}"] for at, k in enumerate(kind.tolist()) if at % 2}
    return made_up_library(tmp_path / "l.db", tmp_path / "sounds", names, vectors=vectors, tags=tags)


@pytest.mark.slow
def test_suggestions_are_for_samples_that_lack_the_tag(library: str) -> None:
    _, kind, _ = sounds(0)
    with Library.open(library) as opened:
        steps: list[tuple[int, int]] = []
        everyone = [SampleId(at + 1) for at in range(len(kind))]
        found = predict_tags(opened, among=everyone, least_p=0.5, report=lambda *step: steps.append(step))
        assert steps[-1] == (KINDS, KINDS)
        assert [each.p for each in found.suggestions] == sorted((each.p for each in found.suggestions), reverse=True)
        right = [each.tag == f"Kind{kind[each.sample - 1]}" for each in found.suggestions]
        assert np.mean(right) > 0.9
        assert len(right) > 0.7 * len(kind) / 2
        assert all((each.sample - 1) % 2 == 0 for each, ok in zip(found.suggestions, right, strict=True) if ok)
        one = predict_tags(opened, among=[SampleId(1)], tags=["kind0"], least_p=0.0)
        assert [(each.sample, each.tag) for each in one.suggestions] == [(1, "Kind0")]
        with pytest.raises(BrowserError, match="no sample has the tag none"):
            predict_tags(opened, among=everyone, tags=["none"])


@pytest.mark.slow
def test_the_program_itself_never_loads_scikit_learn(library: str) -> None:
    script = (
        "import sys; from tui_browser.library.library import Library;"
        "from tui_browser.workbench.labels.prediction import predict_tags\n"
        f"with Library.open({library!r}) as library: predict_tags(library, among=[1])\n"
        "assert not {'sklearn', 'scipy', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
