"""Damaged libraries are repaired: what can be read is kept, all annotations too, and the damaged file stays beside."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.clips import as_version_6, clip_entry
from tests.support.store_processes import child, filled
from tui_browser.errors import LibraryError
from tui_browser.records import FAVOURITE, SampleId, SampleRow
from tui_browser.store import schema
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.checking import check_library
from tui_browser.store.records import CollectionItem, SampleCollection
from tui_browser.store.repair import repair_library
from tui_browser.store.store import Store

SAMPLES = 900


@pytest.fixture(scope="module")
def sound_library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a library with annotations of every kind."""
    path = str(tmp_path_factory.mktemp("sound") / "library.db")
    filled(path, SAMPLES)
    with Store.open(path, mode="write") as store, store.writing():
        ids = [row.id for row in store.rows()]
        for number in range(0, SAMPLES, 9):
            store.annotate(AnnotationChange(add_tags={f"t{number}": [ids[number]]}))
        store.annotate(AnnotationChange(ratings={each: 1 + each % 5 for each in ids[::4]}))
        store.annotate(AnnotationChange(notes={each: f"note {each}" for each in ids[::5]}))
        store.annotate(AnnotationChange(classes=dict.fromkeys(ids[::8], 3)))
        store.set_flag(ids[::7], FAVOURITE, True)
        items = tuple(CollectionItem(each) for each in reversed(ids[:40]))
        store.annotate(AnnotationChange(collections={"set": SampleCollection("set", "list", items)}))
        store.set_meta({"space": "a"})
        store.remove(ids[-1:])
        store.pack(force=True)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return Path(path).read_bytes()


def rows_of(path: str) -> dict[SampleId, SampleRow]:
    with Store.open(path) as store:
        return {row.id: row for row in store.rows()}


def said(row: SampleRow) -> tuple[object, ...]:
    """What a person said of a sample."""
    return row.path, row.tags, row.rating, row.user_note, row.favourite, row.collections


def leaves(path: str, table: str) -> list[int]:
    """The pages with rows of a table, as SQLite counts them; its first page is left out where there are others."""
    size = schema.PAGE_SIZE
    content = Path(path).read_bytes()
    with closing(sqlite3.connect(path)) as conn:
        top = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    page = content[(top - 1) * size : top * size]
    if page[0] not in (2, 5):
        return [top]
    cells = int.from_bytes(page[3:5], "big")
    places = [int.from_bytes(page[12 + 2 * at : 14 + 2 * at], "big") for at in range(cells)]
    return [int.from_bytes(page[place : place + 4], "big") for place in places] + [int.from_bytes(page[8:12], "big")]


def spoil(path: str, pages: list[int], *, seed: int = 0) -> bytes:
    """Write rubbish over some pages; the file as it is then."""
    rng = random.Random(seed)
    with open(path, "r+b") as file:
        for page in pages:
            file.seek((page - 1) * schema.PAGE_SIZE)
            file.write(rng.randbytes(schema.PAGE_SIZE))
    return Path(path).read_bytes()


@pytest.mark.parametrize("table", ["samples", "encodings", "places", "pack_parts"])
def test_a_broken_page_costs_no_annotation_and_no_id(path: str, sound_library: bytes, table: str) -> None:
    Path(path).write_bytes(sound_library)
    before = rows_of(path)
    broken = spoil(path, leaves(path, table)[1:3])
    result = repair_library(path)
    assert Path(result.kept).read_bytes() == broken
    assert result.problems == [] and check_library(path) == []
    after = rows_of(path)
    assert {number: said(row) for number, row in after.items()} == {number: said(row) for number, row in before.items()}
    if table == "samples":
        lost = [row for row in after.values() if row.mtime_ns == -1]
        assert len(lost) == result.to_read_again > 0
    else:
        assert {row.content_hash for row in after.values()} == {row.content_hash for row in before.values()}


def test_the_middle_of_a_table_is_read_around_the_damage(path: str, sound_library: bytes) -> None:
    Path(path).write_bytes(sound_library)
    pages = leaves(path, "tags") if len(leaves(path, "tags")) > 2 else leaves(path, "encodings")
    spoil(path, [pages[len(pages) // 3], pages[2 * len(pages) // 3]])
    assert repair_library(path).samples == SAMPLES - 1
    with Store.open(path) as store:
        encoded = store.counts().encoded
    assert 0.5 * SAMPLES < encoded < SAMPLES - 1


def test_without_its_first_page_a_library_is_read_page_by_page(path: str, sound_library: bytes) -> None:
    Path(path).write_bytes(sound_library)
    before = rows_of(path)
    spoil(path, [1])
    with pytest.raises(LibraryError, match="the library is damaged"):
        Store.open(path)
    result = repair_library(path)
    assert result.problems == []
    after = rows_of(path)
    assert {number: said(row) for number, row in after.items()} == {number: said(row) for number, row in before.items()}
    with Store.open(path) as store:
        assert store.counts().encoded == SAMPLES - 1
        collection = store.collection("set")
    assert collection is not None and collection.samples == sorted(before)[:40][::-1]


def test_changes_that_are_only_in_the_journal_are_kept(path: str, sound_library: bytes, tmp_path: Path) -> None:
    Path(path).write_bytes(sound_library)
    with Store.open(path, mode="write") as store, store.writing():
        store.annotate(AnnotationChange(add_tags={"newest": [next(iter(rows_of(path)))]}))
        crashed = tmp_path / "crashed" / "library.db"
        crashed.parent.mkdir()
        for ending in ("", "-wal"):  # as a power cut leaves it
            Path(f"{crashed}{ending}").write_bytes(Path(path + ending).read_bytes())
    spoil(str(crashed), leaves(path, "encodings")[1:2])
    journal = Path(f"{crashed}-wal").read_bytes()
    assert journal
    result = repair_library(str(crashed))
    assert Path(f"{result.kept}-wal").read_bytes() == journal
    assert any("newest" in row.tags for row in rows_of(str(crashed)).values())


def test_rows_without_their_sample_go_and_are_told(path: str, sound_library: bytes) -> None:
    Path(path).write_bytes(sound_library)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("INSERT INTO tags VALUES (40000, 'lost')")
        conn.execute("UPDATE state SET layout = 99")
    assert [problem.check for problem in check_library(path)] == ["orphans", "orphans"]
    result = repair_library(path)
    assert result.lost == {"tags": 1} and result.damaged_tables == [] and check_library(path) == []
    with Store.open(path) as store:
        assert store.shown_layout() == "pca"


def test_ids_are_never_given_twice_after_a_repair(path: str, sound_library: bytes) -> None:
    Path(path).write_bytes(sound_library)
    spoil(path, leaves(path, "samples")[-1:])
    repair_library(path)
    used = set(rows_of(path))
    with Store.open(path, mode="write") as store, store.writing():
        store.put_clips([clip_entry(b"new.wav", sound=5000)], space="a", layout="pca")
    (new,) = set(rows_of(path)) - used
    assert new > SAMPLES


def test_readers_and_a_writer_that_are_open_go_on_with_the_new_file(path: str, sound_library: bytes) -> None:
    Path(path).write_bytes(sound_library)
    with Store.open(path) as reader, Store.open(path, mode="write") as writer:
        seen = reader.load()
        spoil(path, leaves(path, "encodings")[1:2])
        repair_library(path)
        assert reader.load(previous=seen).revision > seen.revision
        with writer.writing():
            writer.set_tags([next(iter(rows_of(path)))], add=["after"], remove=[])
        assert any("after" in tags for tags in reader.load().tags.values())


def test_an_older_library_is_repaired_and_brought_up_to_date(path: str) -> None:
    filled(path, 200)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        as_version_6(conn)
        conn.execute("INSERT INTO tags VALUES (7, 'dark'), (9000, 'lost')")
    result = repair_library(path)
    assert (result.samples, result.lost, result.problems) == (200, {"tags": 1}, [])
    assert rows_of(path)[SampleId(7)].tags == ("dark",)


@pytest.mark.parametrize("kind", ["words", "newer", "foreign", "nothing"])
def test_what_is_no_library_of_ours_is_refused_and_left_alone(path: str, sound_library: bytes, kind: str) -> None:
    if kind == "words":
        Path(path).write_bytes(b"dear diary, this is no library" * 100)
    elif kind != "nothing":
        Path(path).write_bytes(sound_library)
        with closing(sqlite3.connect(path)) as conn:
            pragma = f"user_version = {schema.VERSION + 1}" if kind == "newer" else "application_id = 7"
            conn.execute(f"PRAGMA {pragma}")
            conn.execute("PRAGMA journal_mode = DELETE")
    before = Path(path).read_bytes() if kind != "nothing" else b""
    with pytest.raises(LibraryError):
        repair_library(path)
    folder = os.path.dirname(path)
    left = sorted(name for name in os.listdir(folder) if not name.endswith(".lock"))
    assert left == ([] if kind == "nothing" else [os.path.basename(path)])
    assert kind == "nothing" or Path(path).read_bytes() == before


def test_what_a_killed_repair_left_goes_with_the_next_one(path: str, sound_library: bytes) -> None:
    Path(path).write_bytes(sound_library)
    spoil(path, leaves(path, "encodings")[1:2])
    process = child(
        """
        import os, sys
        from tui_browser.store.repair import repair_library

        repair_library(sys.argv[1], tell=lambda text: os._exit(9) if "writing" in text else None)
        """,
        path,
    )
    process.communicate(timeout=60)
    folder = os.path.dirname(path)
    assert process.returncode == 9 and any(".repair-" in name for name in os.listdir(folder))
    repair_library(path)
    assert check_library(path) == [] and not any(".repair-" in name for name in os.listdir(folder))


def test_ctrl_c_leaves_everything_as_it_was(path: str, sound_library: bytes) -> None:
    Path(path).write_bytes(sound_library)
    broken = spoil(path, leaves(path, "encodings")[1:2])

    def interrupted(text: str) -> None:
        if "writing" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repair_library(path, tell=interrupted)
    left = [name for name in os.listdir(os.path.dirname(path)) if not name.endswith(".lock")]
    assert left == [os.path.basename(path)] and Path(path).read_bytes() == broken
