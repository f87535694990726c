"""`check_library` finds what is wrong with a library, and nothing where all is well."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.support.clips import clip_entry
from tests.support.store_processes import filled
from tui_browser.errors import LibraryError
from tui_browser.store import schema
from tui_browser.store.checking import check_library
from tui_browser.store.store import Store


@pytest.fixture
def library(path: str) -> str:
    filled(path, 60)
    with Store.open(path, mode="write") as store, store.writing():
        ids = [row.id for row in store.rows()]
        store.set_tags(ids[::3], add=["dark"], remove=[])
        store.pack(force=True)
        store.put_clips([clip_entry(b"late.wav", sound=999)], space="a", layout="pca")
    return path


def changed(path: str, *statements: str) -> None:
    """Do to the library what no program should."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)


def test_a_sound_library_has_no_problem(library: str) -> None:
    assert check_library(library) == []


def test_no_library_is_no_problem(path: str) -> None:
    assert check_library(path) == []


@pytest.mark.parametrize(
    ("statement", "check", "words"),
    [
        ("DELETE FROM samples WHERE id = 3", "orphans", "row of encodings without its row of samples"),
        ("INSERT INTO tags VALUES (4000, 'lost')", "orphans", "1 row of tags without its row of samples"),
        ("DELETE FROM roots", "orphans", "61 rows of samples without its row of roots"),
        ("UPDATE state SET layout = 77", "orphans", "what is shown is not among the layouts"),
        ("UPDATE samples SET revision = 5000 WHERE id < 3", "orphans", "2 samples from a later revision"),
        ("DELETE FROM encodings WHERE sample = 9", "vectors", "1 sample without a vector"),
        ("UPDATE encodings SET embedding = x'0000' WHERE sample = 9", "vectors", "1 vector of encodings"),
        ("UPDATE encodings SET embedding = x'0000c07f0000' WHERE sample = 9", "vectors", "or not finite"),
        ("UPDATE places SET x = 7.5 WHERE sample = 2", "places", "1 place beside the map"),
        ("UPDATE samples SET path = x'72656c' WHERE id = 8", "values", "does not belong"),
        ("UPDATE samples SET path = '/music/samples/other' WHERE id = 8", "values", "does not belong"),
        ("UPDATE samples SET path = x'2f61' WHERE id = 8", "columns", "packed columns differ"),
    ],
)
def test_each_problem_is_found_and_named(library: str, statement: str, check: str, words: str) -> None:
    changed(library, statement)
    found = [(problem.check, problem.what) for problem in check_library(library)]
    assert any(each == check and words in what for each, what in found), found


def test_a_broken_page_is_found(library: str) -> None:
    changed(library, "PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(sqlite3.connect(library)) as conn:
        page = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tags'").fetchone()[0]
    with open(library, "r+b") as file:
        file.seek((page - 1) * schema.PAGE_SIZE)
        file.write(b"\xa5" * 4_000)
    assert any(problem.check == "file" for problem in check_library(library))


def test_a_file_that_is_no_library_is_an_error(path: str) -> None:
    with open(path, "wb") as file:
        file.write(b"dear diary, this is no library")
    with pytest.raises(LibraryError, match="tui-browser repair saves what can be read"):
        check_library(path)
