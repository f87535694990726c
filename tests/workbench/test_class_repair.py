"""Class repair on sounds made in code: which samples are asked about, and a wrong cluster that twenty answers mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.clips import ROOT, clip
from tests.support.fakes import snapshot
from tui_browser.errors import BrowserError
from tui_browser.records import DRUM_CLASSES, HIDDEN, UNCLASSED, FloatArray, SampleId
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.class_heads import ClassHead
from tui_browser.store.records import ClipEntry, StoredEncoding
from tui_browser.store.store import Store
from tui_browser.workbench.class_repair.fit import LEAST_ANSWERS
from tui_browser.workbench.class_repair.queue import doubtful_samples
from tui_browser.workbench.class_repair.refit import learn, refit_in_child

KICK, SNARE, CLAP, TOM = map(DRUM_CLASSES.index, ("kick", "snare", "clap", "tom"))
EACH, DIM = 60, 24
SPACE = "space"


def clusters(seed: int = 0) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
    """Four clusters of sounds, what the model says of them, and the truth: the claps are taken for snares."""
    rng = np.random.default_rng(seed)
    truth = np.repeat([KICK, SNARE, CLAP, TOM], EACH)
    centres = np.random.default_rng(5).standard_normal((4, DIM))
    vectors = (centres[np.repeat(np.arange(4), EACH)] + rng.normal(0, 0.4, (4 * EACH, DIM))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = np.full((4 * EACH, len(DRUM_CLASSES)), 0.02, dtype=np.float32)
    said = np.where(truth == CLAP, SNARE, truth)
    model[np.arange(4 * EACH), said] = rng.uniform(0.5, 0.75, 4 * EACH)
    model[truth == SNARE, SNARE] = rng.uniform(0.85, 0.95, EACH)
    return vectors, model / model.sum(axis=1, keepdims=True), truth


def entry(number: int, vector: FloatArray, probabilities: FloatArray) -> ClipEntry:
    name = b"%04d.wav" % number
    return ClipEntry(clip(name, sound=number), ROOT, StoredEncoding(vector, vector[:4], probabilities), (0.5, 0.5))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    vectors, model, _ = clusters()
    with Store.open(str(tmp_path / "library.db"), mode="write") as store, store.writing():
        store.add_root(ROOT)
        store.put_clips(
            [entry(n, *pair) for n, pair in enumerate(zip(vectors, model, strict=True))], space=SPACE, layout=""
        )
        store.set_meta({"space": SPACE})
        yield store


def judge(store: Store, *, most: int = 20) -> list[SampleId]:
    """Answer the queue truly."""
    truth = clusters()[2]
    asked = doubtful_samples(store.load(), most=most)
    answers: dict[SampleId, int | None] = {each.sample: int(truth[int(each.path[-8:-4])]) for each in asked}
    store.annotate(AnnotationChange(classes=answers))
    return list(answers)


def right(store: Store) -> dict[int, float]:
    """Share of samples with the right class, by class."""
    truth, shown = clusters()[2], store.load().classes
    return {int(kind): float((shown[truth == kind] == kind).mean()) for kind in np.unique(truth)}


def test_twenty_answers_mend_a_cluster_that_is_wrong_and_leave_the_others(store: Store) -> None:
    assert right(store) == {KICK: 1.0, SNARE: 1.0, CLAP: 0.0, TOM: 1.0}
    asked = judge(store)
    assert len(asked) == 20 and right(store)[CLAP] < 0.3
    refit = learn(store)
    assert refit.answers == 20 and refit.better and refit.right_after > refit.right_before
    back = store.annotate(AnnotationChange(heads={SPACE: refit.head}))
    mended = right(store)
    assert mended[CLAP] > 0.95 and min(mended.values()) > 0.95
    claps = int((clusters()[2] == CLAP).sum())
    assert refit.changed == pytest.approx(claps, abs=25)
    store.annotate(back)
    assert right(store)[CLAP] < 0.3 and store.class_head(SPACE) is None


def test_answers_of_a_person_stay_whatever_is_learned(store: Store) -> None:
    asked = judge(store)
    stubborn = asked[0]
    store.annotate(AnnotationChange(classes={stubborn: DRUM_CLASSES.index("shaker")}))
    store.annotate(AnnotationChange(heads={SPACE: learn(store).head}))
    row = store.row(stubborn)
    assert row is not None and row.corrected_class == "shaker"
    assert DRUM_CLASSES[store.load().classes[int(np.searchsorted(store.load().ids, stubborn))]] == "shaker"


def test_new_samples_are_heard_with_what_was_learned_and_another_model_without(store: Store) -> None:
    judge(store)
    store.annotate(AnnotationChange(heads={SPACE: learn(store).head}))
    vectors, model, truth = clusters(seed=9)
    at = int(np.flatnonzero(truth == CLAP)[0])
    new = entry(9_000, vectors[at], model[at])
    store.put_clips([new], space=SPACE, layout="")
    sample = store.id_of(new.clip.stat.path)
    assert sample is not None and (row := store.row(sample)) is not None and row.class_name == "clap"
    everything = [entry(n, *pair) for n, pair in enumerate(zip(*clusters()[:2], strict=True))]
    store.put_clips([*everything, new], space="other", layout="")
    store.show_space("other")
    assert (row := store.row(sample)) is not None and row.class_name == "snare"
    assert len(store.corrections()) == 20  # to learn from again
    store.set_meta({"space": "other"})
    assert learn(store).space == "other"
    store.show_space(SPACE)
    assert (row := store.row(sample)) is not None and row.class_name == "clap"


def test_a_run_that_learned_is_taken_back_by_name(store: Store) -> None:
    judge(store)
    first = learn(store).head
    store.annotate(AnnotationChange(heads={SPACE: first}), run="class refit")
    store.annotate(AnnotationChange(heads={SPACE: None}), run="class refit --off")
    assert store.take_back() is not None
    kept = store.class_head(SPACE)
    assert kept is not None and np.allclose(kept.weights, first.weights) and kept.answers == first.answers
    assert right(store)[CLAP] > 0.95
    assert store.take_back() is not None and store.class_head(SPACE) is None


def test_it_is_learned_in_a_process_of_its_own(store: Store) -> None:
    judge(store)
    refit = refit_in_child(store.path)
    assert refit.answers == 20 and refit.better and refit.seconds < 20


def test_too_few_answers_and_a_model_without_classes_are_sentences(store: Store) -> None:
    judge(store, most=LEAST_ANSWERS - 1)
    with pytest.raises(BrowserError, match=f"{LEAST_ANSWERS} are needed"):
        refit_in_child(store.path)
    store.set_meta({"classes": "[]"})
    with pytest.raises(BrowserError, match="no classes"):
        learn(store)


def test_a_head_of_another_shape_is_not_used(store: Store) -> None:
    before = right(store)
    store.annotate(AnnotationChange(heads={SPACE: ClassHead(np.ones((3, 2), dtype=np.float32), 9)}))
    assert right(store) == before


# --- the queue --------------------------------------------------------------------------------------------------------


def test_clusters_are_asked_about_once_and_copies_never() -> None:
    vectors, model, truth = clusters()
    vectors[truth == KICK] = vectors[truth == KICK][0]  # sixty copies
    held = replace(
        snapshot(len(vectors)),
        vectors=vectors,
        classes=model.argmax(axis=1).astype(np.uint8),
        class_p=model.max(axis=1),
    )
    first = doubtful_samples(held, most=4)
    kinds = truth[np.searchsorted(held.ids, [each.sample for each in first])].tolist()
    assert len(set(kinds)) >= 3 and kinds.count(KICK) == 1
    everything = doubtful_samples(held, most=1000)
    kinds = truth[np.searchsorted(held.ids, [each.sample for each in everything])].tolist()
    assert kinds.count(KICK) == 1 and kinds.count(CLAP) > 20


def test_c12_what_has_no_sound_no_class_or_no_doubt_is_never_asked_about() -> None:
    held = snapshot(40)
    vectors, classes = held.vectors, held.classes.copy()
    assert vectors is not None
    vectors = vectors.copy()
    vectors[0], vectors[1, 3] = np.nan, np.inf
    classes[2] = UNCLASSED
    flags, p = held.flags.copy(), held.class_p.copy()
    flags[3], p[4] = HIDDEN, 1.0
    held = replace(held, vectors=vectors, classes=classes, flags=flags, class_p=p)
    asked = {each.sample for each in doubtful_samples(held, most=100, without=[int(held.ids[5])])}
    assert asked and not asked & set(held.ids[:6].tolist())
    some = held.ids[10:14].tolist()
    assert {each.sample for each in doubtful_samples(held, among=some)} <= set(some)
    assert doubtful_samples(replace(held, vectors=None)) == [] and doubtful_samples(held, among=[]) == []


def test_c13_a_hundred_thousand_samples_are_one_short_calculation() -> None:
    held = snapshot(100_000)
    asked = doubtful_samples(held)
    assert len(asked) == 40 and len({each.sample for each in asked}) == 40
