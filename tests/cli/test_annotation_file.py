"""annotations export and import: everything comes back, in another library too, whatever the files are called there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.clips import ROOT, clip_entry
from tui_browser.records import DRUM_CLASSES, FAVOURITE, HEARD, HIDDEN, SampleId
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.records import CollectionItem, SampleCollection
from tui_browser.store.store import Store

HOSTILE = b"c\xff\n\x1b.wav"


def filled(path: Path, names: Sequence[bytes]) -> list[SampleId]:
    """A library of these files; the sound of each is its place."""
    with Store.open(str(path), mode="write") as store, store.writing():
        store.add_root(ROOT)
        entries = [clip_entry(name, sound=number) for number, name in enumerate(names)]
        store.put_clips(entries, space="space", layout="map")
        return [sample for name in names if (sample := store.id_of(ROOT + b"/" + name)) is not None]


def annotated(path: Path) -> None:
    a, b, c, d = filled(path, [b"a.wav", b"b.wav", HOSTILE, b"gone.wav"])
    change = AnnotationChange(
        ratings={a: 4, d: 1},
        notes={b: "two\nlines"},
        classes={c: DRUM_CLASSES.index("tom")},
        flags={FAVOURITE: {a: True}, HEARD: {b: True}, HIDDEN: {c: True}},
        add_tags={"Dark": [a, c], "word:cat": [d]},
        collections={
            "Late": SampleCollection(
                "Late", "kit", (CollectionItem(c, data={"pad": 2}), CollectionItem(d), CollectionItem(a)), {"bpm": 90}
            )
        },
    )
    with Store.open(str(path), mode="write") as store, store.writing():
        store.annotate(change)
        store.remove([d])


def said(path: Path) -> list[Any]:
    """All that is said of samples and sounds, without names of files and ids."""
    with Store.open(str(path)) as store:
        rows = [
            (row.content_hash, row.rating, row.user_note, row.corrected_class, row.favourite, row.heard, row.hidden,
             row.tags, row.collections)
            for row in store.rows()
        ]  # fmt: skip
        lists = [
            (each.name, each.kind, each.data, [(item.content_hash, item.data) for item in each.items])
            for info in store.collections()
            if (each := store.collection(info.name)) is not None
        ]
        return [sorted(rows, key=lambda row: row[0]), store.orphaned(), lists]


@pytest.fixture
def first(tmp_path: Path) -> Path:
    annotated(tmp_path / "first.db")
    return tmp_path / "first.db"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(library: Path, *words: object, stdin: bytes = b"") -> CliResult:
        return invoke(
            "--library", library, "annotations", *words, monkeypatch=monkeypatch, capture=capfdbinary, stdin=stdin
        )

    return call


def test_everything_comes_back_where_files_have_other_names(run: Run, first: Path, tmp_path: Path) -> None:
    out, second = tmp_path / "all.jsonl", tmp_path / "second.db"
    assert b"5 lines about samples and collections" in run(first, "export", "--out", out).out
    filled(second, [b"x/1.wav", b"x/2.wav", b"x/3.wav"])
    before = said(second)
    assert run(second, "import", out, "--dry-run", "--json").rows() == [{"samples": 3, "waiting": 1, "collections": 1}]
    assert said(second) == before
    told = run(second, "import", out)
    assert told.code == 0 and b"of 3 samples, of 1 sound that the library has not, and 1 collection" in told.out
    assert said(second) == said(first)
    assert run(second, "import", out).code == 0 and said(second) == said(first)  # once is enough
    assert run(second, "undo").code == 0 and said(second) == before
    filled(second, [b"x/1.wav", b"x/2.wav", b"x/3.wav", b"back.wav"])
    run(second, "import", out)
    with Store.open(str(second)) as store:
        late = store.collection("late")
        assert late is not None and [item.path for item in late.items][1] == ROOT + b"/back.wav"


def test_a_file_is_never_replaced_without_force(run: Run, first: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    out.write_text("mine")
    assert run(first, "export", "--out", out).code == 1 and out.read_text() == "mine"
    assert run(first, "export", "--out", out, "--force").code == 0
    assert run(first, "export", "--out", first, "--force").code == 1
    assert run(first, "export", "--out", "-").out == out.read_bytes()


def test_what_the_library_says_stays_unless_it_is_to_be_replaced(run: Run, first: Path, tmp_path: Path) -> None:
    data, second = run(first, "export", "--out", "-").out, tmp_path / "second.db"
    a, b, _ = filled(second, [b"a.wav", b"b.wav", b"c.wav"])
    with Store.open(str(second), mode="write") as store, store.writing():
        late = SampleCollection("late", "list", (CollectionItem(b), CollectionItem(a)))
        store.annotate(AnnotationChange(ratings={a: 1}, add_tags={"dark": [a]}, collections={"late": late}))
    file = tmp_path / "all.jsonl"
    file.write_bytes(data)
    run(second, "import", file)
    with Store.open(str(second)) as store:
        row, merged = store.row(a), store.collection("late")
        assert row is not None and row.rating == 1 and row.tags == ("dark",) and row.favourite
        assert merged is not None and merged.kind == "list" and [item.sample for item in merged.items][:2] == [b, a]
        assert len(merged.items) == 4
    run(second, "import", file, "--replace")
    with Store.open(str(second)) as store:
        row, replaced = store.row(a), store.collection("late")
        assert row is not None and row.rating == 4
        assert replaced is not None and replaced.kind == "kit" and len(replaced.items) == 3


def test_copies_get_back_what_was_said_of_each(run: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    for path in (first, second):
        with Store.open(str(path), mode="write") as store, store.writing():
            store.add_root(ROOT)
            names = [b"one/k.wav", b"two/k.wav", b"three/k.wav"]
            store.put_clips([clip_entry(name) for name in names], space="space", layout="map")
    with Store.open(str(first), mode="write") as store, store.writing():
        store.annotate(AnnotationChange(ratings={SampleId(3): 3, SampleId(2): 2}))
    file = tmp_path / "all.jsonl"
    run(first, "export", "--out", file)
    run(second, "import", file)
    assert said(second) == said(first)


def test_a_sound_that_was_edited_since_is_found_by_its_path(run: Run, first: Path, tmp_path: Path) -> None:
    file, second = tmp_path / "all.jsonl", tmp_path / "second.db"
    run(first, "export", "--out", file)
    with Store.open(str(second), mode="write") as store, store.writing():
        store.add_root(ROOT)
        store.put_clips([clip_entry(b"a.wav", sound=77)], space="space", layout="map")
    run(second, "import", file)
    with Store.open(str(second)) as store:
        assert next(store.rows()).rating == 4


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[]", b"null", b"7", b"\xff", b'{"path": "/a"}', b'{"content_hash": 1, "path": "/a"}',
        b'{"content_hash": "a", "path": "/a", "rating": 9}', b'{"content_hash": "a", "path": "/a", "tags": 5}',
        b'{"content_hash": "a", "path": "/a", "class": "nose"}', b'{"content_hash": "a", "path": "/a", "note": []}',
        b'{"collection": "\\u001b[2J", "kind": "list", "data": {}, "items": []}',
        b'{"collection": "x", "kind": "nose", "data": {}, "items": []}',
        b'{"collection": "x", "kind": "list", "data": {}, "items": [{}]}',
        b'{"content_hash": "a", "path": "/a", "rating": true}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_line_that_says_nothing_is_named_and_the_others_read(
    run: Run, first: Path, tmp_path: Path, line: bytes
) -> None:
    header, *others = run(first, "export", "--out", "-").out.splitlines()
    file, second = tmp_path / "all.jsonl", tmp_path / "second.db"
    file.write_bytes(b"\n".join([header, line, *others]))
    filled(second, [b"a.wav"])
    told = run(second, "import", file)
    assert told.code == 1 and "line 2 was left out" in told.err and str(file) in told.err
    assert "\x1b" not in told.err and said(second)[0][0][1] == 4


def test_another_file_is_refused_with_a_sentence(run: Run, first: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    newer = json.dumps({"format": "tui-browser annotations", "version": 9}).encode()
    for content, words in ((b"", "holds no annotations"), (b"RIFF\0", "holds no annotations"), (newer, "newer")):
        other.write_bytes(content)
        told = run(first, "import", other)
        assert told.code == 1 and words in told.err, content
    assert run(first, "import", tmp_path / "none.jsonl").code == 1
    assert run(first, "import", tmp_path).code == 1
