"""A library from a stranger is data: nothing in it runs and all of it ends. Our own library is private."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.clips import ROOT, clip_entry
from tests.support.libraries import page_bomb
from tests.support.library_attacks import read_all, start
from tui_browser.config.places import data_dir, default_library
from tui_browser.errors import LibraryError
from tui_browser.library.library import Library
from tui_browser.records import UNCLASSED, SampleId
from tui_browser.store import guards
from tui_browser.store.store import Store


def filled(path: str, count: int = 20) -> None:
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(ROOT)
        store.put_clips([clip_entry(b"%d.wav" % i, sound=i) for i in range(count)], space="a", layout="pca")
        store.set_tags([SampleId(1)], add=["dark"])


def changed(path: str, *statements: str) -> None:
    """Run SQL on the library as a stranger does, without this program's guards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            conn.execute(statement)


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE VIEW stranger AS SELECT 1",),
        ("CREATE TRIGGER stranger AFTER UPDATE ON state BEGIN DELETE FROM samples; END",),
        ("CREATE TABLE stranger (x)",),
        ("CREATE INDEX stranger ON samples (lower(note))",),
        ("ALTER TABLE samples ADD COLUMN stranger TEXT AS (lower(note))",),
        ("DROP TABLE tags",),
        ("DROP TABLE tags", "CREATE VIEW tags AS SELECT id AS sample, 'x' AS tag FROM samples"),
    ],
    ids=["view", "trigger", "table", "index", "computed", "dropped", "view for a table"],
)
@pytest.mark.parametrize("mode", ["read", "write"])
def test_tables_that_are_not_this_programs_are_refused_before_anything_runs(
    path: str, statements: tuple[str, ...], mode: str
) -> None:
    filled(path)
    changed(path, *statements)
    before = Path(path).read_bytes()
    with pytest.raises(LibraryError, match=r"cannot be trusted: .*(stranger|tags|samples)"):
        Store.open(path, mode=mode)  # type: ignore[arg-type]
    assert Path(path).read_bytes() == before


def test_a_trigger_in_an_older_library_does_not_run_when_it_is_brought_up_to_date(path: str) -> None:
    filled(path)
    changed(
        path,
        "CREATE TRIGGER stranger AFTER UPDATE ON rejects BEGIN DELETE FROM samples; END",
        "PRAGMA user_version = 4",
    )
    with pytest.raises(LibraryError, match="cannot be trusted"):
        Store.open(path)
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("SELECT count(*) FROM samples").fetchone() == (20,)


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize(
    "definition", [b"CREATE \xf3ABLE tags", b"CREATE TABLE t\xf3gs", b"\xff\xff\xff\xff\xff\xff TABLE tags"]
)
def test_a_damaged_definition_that_sqlite_quotes_is_one_sentence(path: str, definition: bytes, mode: str) -> None:
    filled(path)
    content = Path(path).read_bytes()
    assert content.count(b"CREATE TABLE tags") == 1
    Path(path).write_bytes(content.replace(b"CREATE TABLE tags", definition))
    with pytest.raises(LibraryError, match=r"is damaged|cannot be trusted"):
        Store.open(path, mode=mode)  # type: ignore[arg-type]


def test_a_library_that_sqlite_has_analysed_is_still_ours(path: str) -> None:
    filled(path)
    changed(path, "ANALYZE")
    read_all(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE samples SET path = '/music/samples/text.wav' WHERE id = 1",
        "UPDATE samples SET path = x'2f6d757369632f00612e776176' WHERE id = 1",
        "UPDATE samples SET path = x'' WHERE id = 1",
        "UPDATE samples SET path = x'612e776176' WHERE id = 1",
        "UPDATE samples SET path = 5 WHERE id = 1",
        "UPDATE samples SET duration_s = 9e999 WHERE id = 1",
        "UPDATE samples SET brightness_hz = 'high' WHERE id = 1",
        "UPDATE samples SET frames = x'00' WHERE id = 1",
        "UPDATE samples SET class = 99999 WHERE id = 1",
        "UPDATE samples SET class = -1 WHERE id = 1",
        "UPDATE samples SET class = 'kick' WHERE id = 1",
        "UPDATE samples SET class_p = -9e999 WHERE id = 1",
        "UPDATE samples SET flags = 99999 WHERE id = 1",
        "UPDATE samples SET note = x'ff' WHERE id = 1",
        "UPDATE samples SET key = 99 WHERE id = 1",
        "UPDATE samples SET state = 7 WHERE id = 1",
        "UPDATE places SET x = 9e999 WHERE sample = 1",
        "UPDATE places SET x = 'left' WHERE sample = 1",
        "UPDATE encodings SET embedding = x'00' WHERE sample = 1",
        "UPDATE encodings SET embedding = 7 WHERE sample = 1",
        "UPDATE roots SET path = 'music'",
        "UPDATE tags SET tag = x'00'",
        "INSERT INTO notes VALUES ('classes', '[[[[')",
        "INSERT INTO notes VALUES ('classes', '{}')",
        "INSERT INTO notes VALUES ('skipped', '[1]')",
        "INSERT INTO rejects VALUES ('text', 1, 1, 1, 1, 'why', 1, 'content')",
        "INSERT INTO rejects VALUES (x'2f61', 1, 1, 1, 1, x'00', 1, 'content')",
        "INSERT INTO rejects VALUES (x'2f61', 1, 1, 1, 1, 'why', 1, 'another code')",
        "INSERT INTO unseen VALUES ('text', 'why')",
        "INSERT INTO slices VALUES (1, 1, 1, x'01', x'01', x'01')",
        "DELETE FROM state",
        "UPDATE state SET revision = 'x'",
    ],
)
def test_a_value_of_the_wrong_kind_is_one_sentence(path: str, statement: str) -> None:
    filled(path)
    changed(path, statement)
    with pytest.raises(LibraryError) as told:
        read_all(path)
    assert path in str(told.value) and str(told.value).isprintable()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE packs SET length = 1000000000000",
        "UPDATE packs SET width = 3",
        "DELETE FROM packs WHERE name = 'xy'",
        "UPDATE pack_parts SET data = substr(data, 2) WHERE pack = 'names'",
        "UPDATE pack_parts SET data = zeroblob(length(data)) WHERE pack = 'offsets'",
        "UPDATE pack_parts SET data = zeroblob(length(data)) WHERE pack = 'names'",
        "UPDATE pack_parts SET data = zeroblob(length(data)) WHERE pack = 'ids'",
    ],
)
def test_a_packed_column_that_lies_is_one_sentence(path: str, statement: str) -> None:
    filled(path)
    with Store.open(path, mode="write") as store, store.writing():
        store.pack(force=True)
    changed(path, statement)
    with pytest.raises(LibraryError, match="does not belong"):
        read_all(path)


def test_a_class_without_a_name_is_none(path: str) -> None:
    filled(path)
    changed(path, """INSERT INTO notes VALUES ('classes', '["kick", "snare"]')""")
    with Library.open(path) as library:
        classes = library.snapshot().classes.tolist()
        assert set(classes) <= {0, 1, UNCLASSED} and UNCLASSED in classes
        assert [row.class_name for row in library.all_rows()] == [
            None if index == UNCLASSED else ("kick", "snare")[index] for index in classes
        ]


def test_a_value_longer_than_any_of_this_program_is_refused(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "MOST_BYTES", 1 << 20)
    filled(path)
    changed(path, "UPDATE encodings SET embedding = zeroblob(2000000) WHERE sample = 1")
    with Store.open(path) as store, pytest.raises(LibraryError, match="a value of the library is too large"):
        store.load()


@pytest.mark.parametrize("ask", [Store.counts, Store.load], ids=lambda ask: ask.__name__)
def test_a_table_with_more_rows_than_the_universe_has_atoms_comes_to_an_end(
    path: str, ask: Callable[[Store], object]
) -> None:
    filled(path)
    page_bomb(Path(path), "samples")
    with Store.open(path) as store, pytest.raises(LibraryError) as told:
        ask(store)
    assert "more steps to read than a file of its size" in str(told.value) or "does not belong" in str(told.value)


def test_damage_of_any_kind_is_an_answer_or_one_sentence(path: str) -> None:
    filled(path, 60)
    with Store.open(path, mode="write") as store, store.writing():
        store.pack(force=True)
    process = start(Path(path), seconds=2, seed=1)
    said, _ = process.communicate()
    assert process.returncode == 0, said[-3000:]


def test_an_ordinary_library_takes_a_small_part_of_the_steps_that_it_may(path: str) -> None:
    filled(path, 2_000)
    with Store.open(path) as store:
        store.load(slices=True)
        store.known()
        assert store._opened is not None
        steps = store._opened.steps
        steps.restart()
        whole = steps._left
        store.counts()
        assert steps._left > 0.9 * whole


def test_a_pipe_is_no_library(tmp_path: Path) -> None:
    pipe = tmp_path / "library.db"
    os.mkfifo(pipe)
    for mode in ("read", "write"):
        with pytest.raises(LibraryError, match="not a pipe or a device"):
            Store.open(str(pipe), mode=mode)


def test_the_library_is_private(own_home: Path) -> None:
    mask = os.umask(0o022)
    try:
        with Store.open(default_library(), mode="write") as store, store.writing():
            store.add_root(ROOT)
            modes = {name: mode_of(os.path.join(data_dir(), name)) for name in os.listdir(data_dir())}
    finally:
        os.umask(mask)
    assert mode_of(data_dir()) == 0o700
    assert {"library.db", "library.db.lock", "library.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_what_an_earlier_version_left_open_is_closed(own_home: Path) -> None:
    filled(default_library())
    lock = f"{default_library()}.lock"
    os.chmod(data_dir(), 0o755)
    for name in (default_library(), lock):
        os.chmod(name, 0o644)
    with Store.open(default_library()) as store:
        assert len(store.load()) == 20
    assert [mode_of(name) for name in (data_dir(), default_library(), lock)] == [0o700, 0o600, 0o600]


def test_a_library_elsewhere_keeps_the_rights_that_a_person_gave_it_and_its_lock_has_the_same(tmp_path: Path) -> None:
    path = str(tmp_path / "shared.db")
    filled(path)
    assert mode_of(path) == 0o600
    os.chmod(tmp_path, 0o750)
    os.chmod(path, 0o660)
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(b"/music/more")
    assert [mode_of(name) for name in (str(tmp_path), path)] == [0o750, 0o660]
    assert mode_of(f"{path}.lock") == 0o660 & mode_of(f"{path}.lock")


def mode_of(path: str) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)
