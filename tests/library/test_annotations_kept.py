"""Everything that a person says of a sample stays with it: edited, moved, as another format, read by another model."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile

from tests.support.libraries import index, running_workers
from tests.support.sounds import one_shot, touch_later, write
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import DRUM_CLASSES, FAVOURITE, HEARD, HIDDEN, SampleId, SampleRow
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples

NAME = "Late night"
KINDS: dict[str, tuple[Callable[[SampleId], AnnotationChange], Callable[[SampleRow], object]]] = {
    "tag": (lambda id: AnnotationChange(add_tags={"dark": [id]}), lambda row: row.tags == ("dark",)),
    "favourite": (lambda id: AnnotationChange(flags={FAVOURITE: {id: True}}), lambda row: row.favourite),
    "rating": (lambda id: AnnotationChange(ratings={id: 4}), lambda row: row.rating == 4),
    "note": (lambda id: AnnotationChange(notes={id: "the chorus"}), lambda row: row.user_note == "the chorus"),
    "collection": (
        lambda id: AnnotationChange(collect={NAME: CollectedSamples([id], place=1)}),
        lambda row: row.collections == (NAME,),
    ),
    "hidden": (lambda id: AnnotationChange(flags={HIDDEN: {id: True}}), lambda row: row.hidden),
    "heard": (lambda id: AnnotationChange(flags={HEARD: {id: True}}), lambda row: row.heard),
    "class": (
        lambda id: AnnotationChange(classes={id: DRUM_CLASSES.index("cowbell")}),
        lambda row: row.corrected_class == "cowbell",
    ),
}
KICK = "Kicks/deep.wav"


def edited(root: Path) -> str:
    write(root / KICK, one_shot("tom", 99))
    touch_later(root / KICK)
    return KICK


def moved(root: Path) -> str:
    (root / "Sorted/808").mkdir(parents=True)
    shutil.move(root / KICK, root / "Sorted/808/kick 1.wav")
    return "Sorted/808/kick 1.wav"


def as_flac(root: Path) -> str:
    """The same sound in another format, the old file gone."""
    samples, rate = soundfile.read(root / KICK, dtype="int16")
    soundfile.write(root / "Kicks/deep.flac", samples, rate, subtype="PCM_16")
    (root / KICK).unlink()
    return "Kicks/deep.flac"


def as_flac_beside(root: Path) -> str:
    """The same, but both are there for a run: converters delete late."""
    as_flac(root)
    return "Kicks/deep.flac"


def gone_and_back(root: Path) -> str:
    """Nothing happens here: the file is away for a run."""
    return KICK


CHANGES = (edited, moved, as_flac, as_flac_beside, gone_and_back)


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    with running_workers(tmp_path_factory.mktemp("models") / "first") as running:
        yield running


class Kept:
    """A library of three sounds, one with all annotations."""

    def __init__(self, folder: Path, workers: IndexWorkers) -> None:
        self.root, self.library = folder / "sounds", str(folder / "library.db")
        self.workers = workers
        for name, kind in ((KICK, "kick"), ("Snares/one.wav", "snare"), ("Snares/two.wav", "clap")):
            write(self.root / name, one_shot(kind, len(name)))
        self.index()
        with open_for_writing(self.library) as store:
            snare, kick = (store.id_of(os.fsencode(self.root / name)) for name in ("Snares/one.wav", KICK))
            assert snare is not None and kick is not None
            store.annotate(AnnotationChange(collect={NAME: CollectedSamples([snare])}))
            for change, _ in KINDS.values():
                store.annotate(change(kick))

    def index(self) -> None:
        index(self.library, self.root, workers=self.workers, layout="none")

    def row(self, name: str) -> SampleRow:
        with Library.open(self.library) as library:
            sample = library.id_of(os.fsencode(self.root / name))
            row = library.sample(sample) if sample is not None else None
            assert row is not None, name
            return row


@pytest.fixture(scope="module", params=CHANGES, ids=lambda change: change.__name__)
def after(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> SampleRow:
    """The sample after what happened to its file."""
    kept = Kept(tmp_path_factory.mktemp("kept"), workers)
    if request.param is as_flac_beside:
        shutil.copy(kept.root / KICK, kept.root.parent / "kept.wav")
        as_flac(kept.root)
        shutil.copy2(kept.root.parent / "kept.wav", kept.root / KICK)
        kept.index()
    if request.param is gone_and_back:
        (kept.root / KICK).rename(kept.root.parent / "away.wav")
        kept.index()
        (kept.root.parent / "away.wav").rename(kept.root / KICK)
    name = request.param(kept.root)
    kept.index()
    return kept.row(name)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_kept_through(after: SampleRow, kind: str) -> None:
    if kind == "hidden" and after.id > 3:
        assert not after.hidden  # who hides one of two copies and deletes it wants to see the other
    else:
        assert KINDS[kind][1](after), after


def test_a_collection_keeps_its_order_through_all_of_it(tmp_path: Path, workers: IndexWorkers) -> None:
    kept = Kept(tmp_path, workers)
    for change in (as_flac, lambda root: None):
        change(kept.root)
        kept.index()
    with Library.open(kept.library) as library:
        collection = library.collection(NAME)
        assert collection is not None
        assert [os.path.basename(item.path) for item in collection.items] == [b"deep.flac", b"one.wav"]


@pytest.fixture(scope="module")
def with_another_model(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> SampleRow:
    folder = tmp_path_factory.mktemp("another")
    kept = Kept(folder, workers)
    before = kept.row(KICK)
    with running_workers(folder / "second", seed=1, dim=6) as second:
        kept.workers = second
        kept.index()
    after = kept.row(KICK)
    assert after.id == before.id
    return after


@pytest.mark.parametrize("kind", KINDS)
def test_c11_a_new_model_reads_all_and_keeps_it(with_another_model: SampleRow, kind: str) -> None:
    assert KINDS[kind][1](with_another_model)
