"""Columns of files: what the library has, for the rows that ask, and read again only when it changed."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.clips import ROOT, clip_entry, silent_entry
from tui_browser.errors import LibraryError
from tui_browser.library import file_reader
from tui_browser.library.library import Library
from tui_browser.library.subset import LibrarySubset
from tui_browser.records import HEARD, FileStat, SampleId
from tui_browser.store.store import Store

ELSE = b"/else"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "library.db"), mode="write") as opened, opened.writing():
        opened.add_root(ROOT)
        opened.add_root(ELSE)
        entries = [clip_entry(b"%d.wav" % number, sound=number) for number in range(1, 6)]
        opened.put_clips([*entries, clip_entry(b"copy.flac", sound=2, root=ELSE)], space="a", layout="pca")
        opened.put_clips([silent_entry(b"silence.wav", root=ELSE)], space="a", layout="pca")
        yield opened


@pytest.fixture
def library(store: Store) -> Iterator[Library]:
    with Library.open(store.path) as opened:
        yield opened


def found(library: Library, query: str) -> set[str]:
    return {os.fsdecode(row.path) for row, _ in library.search(query)}


def test_each_row_has_what_its_file_has(library: Library) -> None:
    snapshot = library.snapshot(vectors=False)
    files = library.files_of(snapshot)
    for place, sample in enumerate(snapshot.ids.tolist()):
        row = library.sample(SampleId(sample))
        assert row is not None
        assert (files.size[place], files.rate[place], files.channels[place]) == (
            row.size,
            row.sample_rate,
            row.channels,
        )
        assert files.changed[place] == row.mtime_ns / 1e9 and files.roots[files.root[place]] == row.root
        assert bool(files.copies[place]) == (row.path in (ROOT + b"/2.wav", ELSE + b"/copy.flac"))


def test_queries_of_files(library: Library) -> None:
    both = {"/music/samples/2.wav", "/else/copy.flac"}
    assert found(library, "is:copy") == found(library, "dup:yes") == both
    assert found(library, "root:else") == {"/else/copy.flac", "/else/silence.wav"}
    assert found(library, "size:>1003") == {"/music/samples/4.wav", "/music/samples/5.wav"}
    assert found(library, "changed:today") == set() and len(found(library, "changed:1970 -dup:yes")) == 5
    assert len(found(library, "rate:44.1k ch:stereo")) == 7
    assert [row.size for row, _ in library.search("root:music sort:-size")] == [1005, 1004, 1003, 1002, 1001]


def test_a_change_is_seen_and_nothing_is_read_twice(
    store: Store, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = library.snapshot(vectors=False)
    first = library.files_of(snapshot)
    assert library.files_of(snapshot) is first
    store.restat([(SampleId(1), FileStat(ROOT + b"/1.wav", 77, 9_000_000_000, 1, 1))])
    newer = library.snapshot(snapshot, vectors=False)
    assert library.files_of(newer).size[0] == 77 and library.files_of(newer).changed[0] == 9
    store.forget_root(ELSE)
    after = library.snapshot(newer, vectors=False)
    assert not library.files_of(after).copies.any(), "its copy is gone"
    assert len(library.files_of(after)) == len(after) == 5
    held = library.files_of(newer)
    assert np.isnan(held.size[5:]).all() and (held.root[5:] == -1).all(), "an older snapshot is still answered"

    monkeypatch.setattr(file_reader, "_MANY", 0)
    store.set_flag([SampleId(2)], HEARD, True)
    columns = library.files_of(after)
    heard = library.snapshot(after, vectors=False)
    assert heard is not after and library.files_of(heard) is columns, "each sound that is heard changes a large library"
    store.put_clips([clip_entry(b"new.wav", sound=9)], space="a", layout="pca")
    assert len(library.files_of(library.snapshot(heard, vectors=False))) == 6, "but what is new is looked up"


def test_a_part_of_a_library_has_the_copies_of_all(library: Library) -> None:
    part = LibrarySubset(library, [ROOT + b"/2.wav", ROOT + b"/3.wav"])
    files = part.files_of(part.snapshot(vectors=False))
    assert files.copies.tolist() == [True, False] and files.size.tolist() == [1002, 1003]


def test_an_empty_library_has_none(tmp_path: Path) -> None:
    with Library.open(str(tmp_path / "nothing.db")) as library:
        assert len(library.files_of(library.snapshot(vectors=False))) == 0 and found(library, "size:>1") == set()


@pytest.mark.parametrize("value", ["'many'", "x'00'", "1e400", "9e18 * 9"])
def test_a_size_that_is_no_number_ends_in_a_sentence(store: Store, value: str) -> None:
    path = store.path
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA ignore_check_constraints = ON")
        conn.execute(f"UPDATE samples SET size = {value} WHERE id = 2")
    with Library.open(path) as library, pytest.raises(LibraryError):
        library.search("size:>1")


def test_bits_width_and_the_time_of_adding_are_kept(store: Store, library: Library) -> None:
    entries = [
        replace(entry, clip=replace(entry.clip, bits=bits, width=width))
        for entry, bits, width in (
            (clip_entry(b"1.wav", sound=1), 24, None),
            (clip_entry(b"new.wav", sound=9), 16, 0.6),
        )
    ]
    before = time.time()
    store.put_clips(entries, space="a", layout="pca")
    assert found(library, "bits:24") == {"/music/samples/1.wav"} and len(found(library, "bits:16")) == 1
    assert found(library, "wide") == {"/music/samples/new.wav"} and "/music/samples/new.wav" in found(
        library, "added:1h"
    )
    held = library.snapshot(vectors=False)
    added = library.files_of(held).added
    assert np.isfinite(added).all() and added[0] <= before <= added[-1], "what is read again was not added again"
    again = replace(entries[1], clip=replace(entries[1].clip, bits=None))
    store.put_clips([again], space="a", layout="pca")
    assert len(found(library, "bits:16")) == 1, "a first look does not know all"
