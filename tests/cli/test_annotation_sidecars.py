"""annotations export --sidecars and its import: beside the sounds or in a folder, whatever lies there already."""

from __future__ import annotations

import functools
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.clips import clip_entry
from tui_browser.records import DRUM_CLASSES, FAVOURITE, HIDDEN, SampleId
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples
from tui_browser.store.store import Store

LONG = b"x" * 251 + b".wav"
NAMES = [b"a.wav", b"Kicks/b.wav", b"c\xff\n\x1b[2J.wav", LONG, b"plain.wav"]
ENDING = b".annotations.json"


def filled(path: Path, root: Path, names: Sequence[bytes], *, sounds: Sequence[int] | None = None) -> list[SampleId]:
    """A library of these files; the sound of each is its place unless told."""
    folder = os.fsencode(root)
    for name in names:
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "wb"):
            pass
    with Store.open(str(path), mode="write") as store, store.writing():
        store.add_root(folder)
        entries = [clip_entry(n, sound=s, root=folder) for n, s in zip(names, sounds or range(len(names)), strict=True)]
        store.put_clips(entries, space="space", layout="map")
        return [sample for name in names if (sample := store.id_of(os.path.join(folder, name))) is not None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "sounds"


@pytest.fixture
def library(tmp_path: Path, root: Path) -> Path:
    path = tmp_path / "first.db"
    a, b, c, d, _ = filled(path, root, NAMES)
    change = AnnotationChange(
        ratings={a: 4, d: 2},
        notes={b: "two\nlines"},
        classes={c: DRUM_CLASSES.index("tom")},
        flags={FAVOURITE: {a: True}, HIDDEN: {c: True}},
        add_tags={"Dark": [a, c]},
        collect={"Late": CollectedSamples([c, a, d])},
    )
    with Store.open(str(path), mode="write") as store, store.writing():
        store.annotate(change)
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    call = functools.partial(invoke, monkeypatch=monkeypatch, capture=capfdbinary)

    def annotations(library: Path, *words: object) -> CliResult:
        return call("--library", library, "annotations", *words)

    return annotations


def said(path: Path) -> list[tuple[object, ...]]:
    """What is said of each sound, by its content hash."""
    with Store.open(str(path)) as store:
        rows = sorted(store.rows(), key=lambda row: row.content_hash)
        late = store.collection("late")
        order = [item.content_hash for item in late.items] if late is not None else []
        values = [
            (row.content_hash, row.rating, row.user_note, row.corrected_class, row.favourite, row.hidden, row.tags)
            for row in rows
        ]
        return [*values, (tuple(order),)]


def sidecars(folder: Path) -> list[bytes]:
    return sorted(
        os.path.join(where, name)
        for where, _, files in os.walk(os.fsencode(folder))
        for name in files
        if name.endswith(ENDING)
    )


def test_all_of_it_travels_beside_the_sounds(run: Run, library: Path, root: Path, tmp_path: Path) -> None:
    told = run(library, "export", "--sidecars")
    assert told.code == 0 and b"4 sidecars written" in told.out
    assert os.fsencode(root / "a.wav") + ENDING in sidecars(root) and len(sidecars(root)) == 4
    assert b"0 sidecars written, 4 as they were" in run(library, "export", "--sidecars").out
    elsewhere, second = tmp_path / "elsewhere", tmp_path / "second.db"
    shutil.copytree(root, elsewhere)
    filled(second, elsewhere, NAMES)
    before = said(second)
    assert run(second, "import", "--sidecars", "--dry-run").code == 0 and said(second) == before
    assert run(second, "import", "--sidecars").code == 0
    assert said(second) == said(library)
    assert run(second, "import", "--sidecars").code == 0 and said(second) == said(library)
    assert run(second, "undo").code == 0


def test_a_folder_of_its_own_is_filled_and_found_by_sound_where_names_differ(
    run: Run, library: Path, root: Path, tmp_path: Path
) -> None:
    out, second = tmp_path / "out", tmp_path / "second.db"
    told = run(library, "export", "--sidecars", "--out", out, "--json")
    assert told.code == 0 and len(told.rows()) == 4 and not sidecars(root)
    assert {os.fsencode(row["path"]) for row in told.rows()} == set(sidecars(out))
    assert (out / "sounds/Kicks/b.wav.annotations.json").is_file()
    filled(second, tmp_path / "other", [b"%d.flac" % n for n in range(5)])
    assert run(second, "import", out).code == 0 and said(second) == said(library)


def test_a_sound_that_was_edited_is_found_by_the_file_beside_it(
    run: Run, library: Path, root: Path, tmp_path: Path
) -> None:
    run(library, "export", "--sidecars")
    moved, second = tmp_path / "moved", tmp_path / "second.db"
    shutil.move(root, moved)
    filled(second, moved, [b"a.wav"], sounds=[77])
    assert run(second, "import", "--sidecars").code == 0
    with Store.open(str(second)) as store:
        assert next(store.rows()).rating == 4


def test_files_of_others_are_named_and_left_alone(run: Run, library: Path, root: Path, tmp_path: Path) -> None:
    kept = {
        b"a.wav": b'{"format": "another program"}',
        b"Kicks/b.wav": b"\xff not JSON",
    }
    for name, content in kept.items():
        Path(os.fsdecode(os.path.join(os.fsencode(root), name + ENDING))).write_bytes(content)
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    os.symlink(secret, os.fsencode(root) + b"/" + NAMES[2] + ENDING)
    told = run(library, "export", "--sidecars", "--force")
    assert told.code == 1 and told.err.count("left alone") == 3 and "\x1b" not in told.err
    assert secret.read_bytes() == b"mine" and b"1 sidecar written" in told.out
    for name, content in kept.items():
        assert Path(os.fsdecode(os.path.join(os.fsencode(root), name + ENDING))).read_bytes() == content
    read = run(library, "import", "--sidecars")
    assert read.code == 1 and read.err.count("\n") == 3 and b"of 1 sample," in read.out


def test_one_of_ours_that_says_something_else_stays_unless_forced(run: Run, library: Path, root: Path) -> None:
    run(library, "export", "--sidecars")
    path = root / "a.wav.annotations.json"
    fields = json.loads(path.read_bytes())
    path.write_text(json.dumps({**fields, "rating": 1}))
    told = run(library, "export", "--sidecars")
    assert told.code == 1 and "1 sidecar said something else and stayed" in told.err
    assert json.loads(path.read_bytes())["rating"] == 1
    assert run(library, "export", "--sidecars", "--force").code == 0
    assert json.loads(path.read_bytes()) == fields


def test_nothing_that_lies_there_hangs_or_breaks_the_import(run: Run, library: Path, root: Path) -> None:
    run(library, "export", "--sidecars")
    os.mkfifo(root / "pipe.annotations.json")
    (root / "folder.annotations.json").mkdir()
    for number, content in enumerate(
        (b"[" * 100_000, b"{}", b"null", b'{"format": "tui-browser annotations", "version": 9}', b"\0" * 2_000_000,
         b'{"format": "tui-browser annotations", "version": 1, "content_hash": 1, "path": 5}',
         b'{"format": "tui-browser annotations", "version": 1, "content_hash": "a", "path": null, '
         b'"collections": [{"name": "\\u001b[2J", "place": 1}]}')
    ):  # fmt: skip
        (root / f"{number}\x1b.annotations.json").write_bytes(content)
    before = said(library)
    told = run(library, "import", "--sidecars")
    assert told.code == 1 and told.err.count("\n") == 8 and "\x1b" not in told.err
    assert b"of 4 samples" in told.out and said(library) == before


def test_wrong_usage_and_empty_folders_are_sentences(run: Run, library: Path, tmp_path: Path) -> None:
    assert run(library, "export").code == 2
    assert run(library, "import").code == 2
    assert run(library, "import", "x", "--sidecars").code == 2
    told = run(library, "import", tmp_path)
    assert told.code == 1 and "no sidecars" in told.err


def test_a_path_outside_the_roots_gets_no_file(run: Run, library: Path, root: Path, tmp_path: Path) -> None:
    with Store.open(str(library), mode="write") as store, store.writing():
        outside = os.fsencode(root) + b"/../outside.wav"
        store.put_clips([clip_entry(b"x", sound=50, root=os.fsencode(root))], space="space", layout="")
        sample = store.id_of(os.fsencode(root) + b"/x")
        assert sample is not None
        stat = clip_entry(b"../outside.wav", sound=50, root=os.fsencode(root)).clip.stat
        assert stat.path == outside
        store.move(sample, stat, os.fsencode(root))
        store.annotate(AnnotationChange(ratings={sample: 5}))
    (tmp_path / "outside.wav").touch()
    for words in ((), ("--out", tmp_path / "out" / "deep")):
        told = run(library, "export", "--sidecars", *words)
        assert told.code == 1 and "none of the library's folders" in told.err
    assert not (tmp_path / "outside.wav.annotations.json").exists()
