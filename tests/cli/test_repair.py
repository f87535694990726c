"""`status --check` and `repair` as a person runs them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CliResult, invoke
from tests.support.store_processes import filled
from tui_browser.store import schema
from tui_browser.store.store import Store


@pytest.fixture
def library(tmp_path: Path) -> str:
    path = str(tmp_path / "library.db")
    filled(path, 50)
    with Store.open(path, mode="write") as store, store.writing():
        store.set_tags([row.id for row in store.rows()], add=["dark"], remove=[])
        store.pack(force=True)
    return path


@pytest.fixture
def run(library: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    def run_verb(*words: object) -> CliResult:
        return invoke(*words, "--library", library, monkeypatch=monkeypatch, capture=capfd)

    return run_verb


def break_it(library: str) -> None:
    with closing(sqlite3.connect(library, isolation_level=None)) as conn:
        conn.execute("INSERT INTO tags VALUES (7000, 'lost')")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def test_a_sound_library_is_told_so_and_not_written_anew(run: Any, library: str) -> None:
    before = os.stat(library).st_ino
    checked = run("status", "--check")
    assert checked.code == 0 and b"the library is sound" in checked.out
    assert run("status", "--check", "--json").rows() == []
    told = run("repair")
    assert told.code == 0 and b"nothing to repair" in told.out
    assert os.stat(library).st_ino == before
    assert run("repair", "--force", "--json", "--quiet").rows()[0]["samples"] == 50
    assert os.stat(library).st_ino != before


def test_a_damaged_library_is_named_repaired_and_kept(run: Any, library: str) -> None:
    break_it(library)
    checked = run("status", "--check")
    assert checked.code == 1 and b"1 row of tags without its row of samples" in checked.out
    assert "1 problem found: tui-browser repair" in checked.err
    (problem,) = run("status", "--check", "--json").rows()
    assert problem["check"] == "orphans" and problem["rows"] == 1
    (told,) = run("repair", "--json").rows()
    assert (told["repaired"], told["samples"], told["annotations"]) == (True, 50, 50)
    assert told["dropped"] == {"tags": 1} and told["problems"] == [] and os.path.exists(told["kept"])
    assert run("status", "--check").code == 0
    assert run("search", "tag:dark", "-n", "0", "--json").out.count(b"\n") == 50


def test_without_its_first_page_each_verb_names_repair_and_repair_helps(run: Any, library: str) -> None:
    with closing(sqlite3.connect(library)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    with open(library, "r+b") as file:
        file.write(b"\xa5" * schema.PAGE_SIZE)
    for words in (("status",), ("search", "dark"), ("status", "--check"), ("index",)):
        refused = run(*words)
        assert refused.code == 1 and "the library is damaged" in refused.err and "tui-browser repair" in refused.err
    repaired = run("repair")
    assert repaired.code == 0 and b"50 samples" in repaired.out and b"the damaged file is kept" in repaired.out
    assert run("search", "tag:dark", "-n", "0", "--json").out.count(b"\n") == 50


def test_a_newer_library_and_a_missing_one_are_refused(run: Any, library: str) -> None:
    with closing(sqlite3.connect(library)) as conn:
        conn.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    before = Path(library).read_bytes()
    for words in (("repair",), ("status", "--check"), ("repair", "--force")):
        refused = run(*words)
        assert refused.code == 1 and "from a newer version of tui-browser" in refused.err
    assert Path(library).read_bytes() == before
    os.remove(library)
    refused = run("repair")
    assert refused.code == 1 and "there is no library" in refused.err


def test_repair_waits_for_nobody_who_writes(run: Any, library: str) -> None:
    break_it(library)
    with Store.open(library, mode="write") as store, store.writing():
        refused = run("repair")
    assert refused.code == 1 and "is writing to this library" in refused.err
    assert not [name for name in os.listdir(os.path.dirname(library)) if "damaged" in name or "repair" in name]
