"""Moves that take hours: files come before they go or go before they come, among copies, with runs in between."""

from __future__ import annotations

import os
import random
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.indexing.test_indexer import Bench
from tests.indexing.test_silent_edits import tone
from tests.support.libraries import index
from tests.support.sounds import write
from tui_browser.indexing.indexer import index_library
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples

COUNT = 40
"""Files of the short form; `python -m benchmarks truth` has 1,000."""


@pytest.fixture
def bench(tmp_path: Path, workers: IndexWorkers) -> Bench:
    return Bench(tmp_path, workers)


def fill(folder: Path, count: int) -> dict[str, bytes]:
    """Names below the folder and contents; one in five files is a copy of another, beside it or in another kit."""
    contents: dict[str, bytes] = {}
    for number in range(count):
        name = f"kit {number % 7}/{number:04d}.wav"
        if number % 5 == 4:
            original = f"kit {(number - 1) % 7}/{number - 1:04d}.wav"
            name = f"kit {number % 7}/{number - 1:04d}.wav" if number % 2 else original[:-4] + " copy.wav"
            contents[name] = contents[original]
        else:
            contents[name] = write(folder / "made.wav", tone(number, 0)).read_bytes()
    (folder / "made.wav").unlink()
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return contents


def tag_all(path: str, folder: Path) -> None:
    """Each file has its own name below the folder as a tag, a rating and a note."""
    with open_for_writing(path) as store:
        rows = list(store.rows())
        store.annotate(
            AnnotationChange(
                add_tags={os.path.relpath(os.fsdecode(row.path), folder): [row.id] for row in rows},
                ratings={row.id: 1 + row.id % 5 for row in rows},
                notes={row.id: os.path.relpath(os.fsdecode(row.path), folder) for row in rows},
            )
        )


def tags(path: str, *folders: Path) -> dict[str, tuple[str, ...]]:
    """Tags of all present files by their names below the folder that they are in."""
    found: dict[str, tuple[str, ...]] = {}
    with Library.open(path) as library:
        rows = [row for row in library.all_rows() if not row.missing]
    for row in rows:
        (folder,) = (each for each in folders if os.fsdecode(row.path).startswith(f"{each}/"))
        name = os.path.relpath(os.fsdecode(row.path), folder)
        assert name not in found, "a file twice"
        found[name] = row.tags
        assert row.user_note == name or not row.tags
    return found


@pytest.mark.parametrize(("order", "keeps_time"), [("come first", False), ("go first", True), ("mixed", True)])
def test_a_move_that_takes_hours_loses_no_tag(bench: Bench, tmp_path: Path, order: str, keeps_time: bool) -> None:
    other = tmp_path / "other"
    other.mkdir()
    contents = fill(bench.folder, COUNT)
    index(bench.path, bench.folder, other, workers=bench.workers)
    tag_all(bench.path, bench.folder)
    rng = random.Random(7)
    names = sorted(contents, key=lambda _: rng.random())

    def come(name: str) -> None:
        (other / name).parent.mkdir(exist_ok=True)
        if keeps_time and (bench.folder / name).exists():
            shutil.copy2(bench.folder / name, other / name)
        else:
            (other / name).write_bytes(contents[name])

    def go(name: str) -> None:
        (bench.folder / name).unlink()

    first, second = (go, come) if order == "go first" else (come, go)
    steps: list[tuple[Callable[[str], None], str]] = []
    for name in names:
        pair = (second, first) if order == "mixed" and rng.random() < 0.5 else (first, second)
        at = rng.randrange(len(steps) + 1)
        steps.insert(at, (pair[0], name))
        steps.insert(rng.randrange(at + 1, len(steps) + 1), (pair[1], name))
    runs = [*sorted(rng.sample(range(1, len(steps)), 6)), len(steps)]
    done = 0
    for until in runs:
        for step, name in steps[done:until]:
            step(name)
        done = until
        index(bench.path, workers=bench.workers)
    index(bench.path, workers=bench.workers)
    assert tags(bench.path, other) == {name: (name,) for name in contents}


@pytest.mark.parametrize(
    "renamed",
    [
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: name.upper(),
        lambda name: unicodedata.normalize("NFD", name).swapcase(),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_names_of_another_spelling_keep_their_tags(bench: Bench, renamed: Callable[[str], str], at_once: bool) -> None:
    names = [f"Gr\u00f6\u00dfe/\u00e9t\u00e9 {number}.wav" for number in range(8)] + [
        "Gr\u00f6\u00dfe/\u00e9t\u00e9 0 copy.wav"
    ]
    for number, name in enumerate(names):
        write(bench.folder / unicodedata.normalize("NFC", name), tone(number % 8, 0))
    bench.index()
    tag_all(bench.path, bench.folder)
    contents = {name: (bench.folder / name).read_bytes() for name in names}
    shutil.rmtree(bench.folder / names[0].split("/")[0])
    write(bench.folder / "stays.wav", tone(99, 0))
    if not at_once:
        bench.index()
    for name, content in contents.items():
        folder, _, last = name.rpartition("/")
        path = bench.folder / renamed(folder) / (renamed(last[:-4]) + ".wav")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    outcome = bench.index().counts
    assert outcome.again.get("name", 0) == (9 if at_once else 0)
    assert outcome.moved == (9 if at_once else 0)
    with bench.library() as library:
        rows = [row for row in library.all_rows() if not row.path.endswith(b"/stays.wav")]
    assert len(rows) == 9
    for row in rows:
        (tag,) = row.tags
        assert (
            unicodedata.normalize("NFD", tag).casefold()
            == unicodedata.normalize("NFD", os.path.relpath(os.fsdecode(row.path), bench.folder)).casefold()
        )


def test_a_whole_folder_moves_between_roots_and_a_collection_with_it(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    contents = fill(bench.folder, 20)
    index(bench.path, bench.folder, other, workers=bench.workers)
    tag_all(bench.path, bench.folder)
    with open_for_writing(bench.path) as store:
        store.annotate(AnnotationChange(collect={"all": CollectedSamples([row.id for row in store.rows()])}))
    for kit in sorted(bench.folder.iterdir()):
        shutil.copytree(kit, other / kit.name)
        index(bench.path, workers=bench.workers)
    for kit in sorted(bench.folder.iterdir()):
        shutil.rmtree(kit)
        index(bench.path, workers=bench.workers)
    with open_for_writing(bench.path) as store:  # which may be a drive that is away
        store.forget_root(os.fsencode(bench.folder))
    assert tags(bench.path, other) == {name: (name,) for name in contents}
    with bench.library() as library:
        collection = library.collection("all")
        assert collection is not None and len(set(collection.samples)) == len(contents)


def test_a_rename_is_a_move_though_only_one_folder_is_looked_at(bench: Bench) -> None:
    """As the watcher reports it: the folder that a file came to, a moment before the one that it left."""
    contents = fill(bench.folder, 10)
    bench.index()
    tag_all(bench.path, bench.folder)
    name = sorted(contents)[0]
    before = bench.id_of(name)
    (bench.folder / "new").mkdir()
    (bench.folder / name).rename(bench.folder / "new/other.wav")
    shutil.copy2(bench.folder / sorted(contents)[1], bench.folder / "new/copy.wav")
    with open_for_writing(bench.path) as store:
        outcome = index_library(
            store, only=[os.fsencode(bench.folder / "new")], model=None, jobs=1, layout="none",
            report=lambda _: None, workers=bench.workers,
        )  # fmt: skip
    assert (outcome.counts.moved, outcome.counts.removed, outcome.counts.encoded) == (1, 0, 1)
    assert before is not None and bench.id_of("new/other.wav") == before and bench.id_of(name) is None
