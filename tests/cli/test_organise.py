"""tag, collect, class, rate, note and hide as a script and a person see them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.made_up import made_up_library

NAMES = ["a.wav", "b.wav", "Kicks/c.wav", "new\nline \x1b[2J.wav"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "sounds"
    (root / "Kicks").mkdir(parents=True)
    for name in NAMES:
        (root / name).touch()
    return root


@pytest.fixture
def library(tmp_path: Path, root: Path) -> str:
    return made_up_library(tmp_path / "l.db", root, NAMES, tags={1: ["Mine"]})


@pytest.fixture
def run(library: str, root: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.chdir(root)

    def call(*words: object) -> CliResult:
        return invoke("--library", library, *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


def found(run: Run, query: str) -> list[str]:
    return [os.path.basename(row["path"]) for row in run("search", "-n", "0", "--json", "--", query).rows()]


def sample(run: Run, name: str) -> dict[str, Any]:
    (row,) = (
        row for row in run("export", "table", "--out", "-", "--format", "json").rows() if row["path"].endswith(name)
    )
    return row


def test_a_rating_a_note_and_a_class_are_found_and_told(run: Run) -> None:
    assert b"rated 4: 2 samples (tui-browser annotations undo takes it back)" in run("rate", 4, "a.wav", "b.wav").out
    assert run("rate", 5, "b.wav", "--quiet").out == b""
    assert found(run, "rating:>=4 sort:-rating") == ["b.wav", "a.wav"]
    assert run("rate", 0, "a.wav").code == 0 and found(run, "rating:4") == []
    assert run("rate", 6, "a.wav").code == 2
    assert run("note", " chorus of\nthe song ", "a.wav").code == 0
    assert found(run, "note:CHORUS") == ["a.wav"]
    (changed,) = run("class", "set", "hat-closed", "a.wav", "--json").rows()
    assert changed["corrected_class"] == "hat_closed" and changed["note"] == "chorus of\nthe song"
    assert "a.wav" in found(run, "class:hat-closed")
    assert run("class", "list", "--json").rows() == [changed]
    told = run("class", "set", "snar", "a.wav")
    assert told.code == 2 and "did you mean snare?" in told.err
    assert b"nothing to change" in run("class", "clear", "snare", "a.wav").out
    assert b"1 sample" in run("class", "clear", "any", "--query", "").out
    assert run("class", "list").code == 1
    assert run("note", "", "--query", "note:chorus").code == 0 and found(run, "note:chorus") == []


def test_hidden_samples_are_in_no_result_until_asked_for(run: Run) -> None:
    assert b"hidden: 1 sample" in run("hide", "--query", "^a").out
    assert len(found(run, "")) == 3 and found(run, "is:hidden") == ["a.wav"]
    assert sample(run, "/a.wav")["hidden"] is True
    assert run("hide", "--off", "a.wav").code == 0 and len(found(run, "")) == 4


def test_tags_are_the_same_in_any_case(run: Run) -> None:
    assert b"tag mine given: 1 sample" in run("tag", "add", "mine", "a.wav", "b.wav").out
    assert run("tag", "list", "--json").rows() == [{"tag": "Mine", "samples": 2}]
    assert [os.path.basename(each) for each in run("tag", "list", "MINE", "-0").out.split(b"\0")[:-1]] == [
        b"a.wav", b"b.wav",
    ]  # fmt: skip
    assert run("tag", "list", "mine", "Kicks/c.wav").code == 1
    assert b"taken away: 2 samples" in run("tag", "remove", "Mine", "--query", "").out
    assert run("tag", "list").code == 1


def test_a_collection_keeps_its_order(run: Run) -> None:
    def order() -> list[str]:
        return [os.path.basename(row["path"]) for row in run("collect", "show", "LATE", "--json").rows()]

    assert b"Late: 2 samples more, 2 samples in all" in run("collect", "add", "Late", "b.wav", "a.wav").out
    assert run("collect", "add", "late", "a.wav", "Kicks/c.wav").code == 0
    assert order() == ["b.wav", "a.wav", "c.wav"]
    assert run("collect", "add", "late", "--at", 1, "Kicks/c.wav", "a.wav").code == 0
    assert order() == ["c.wav", "a.wav", "b.wav"]
    assert found(run, "in:late -name:a") == ["c.wav", "b.wav"]
    assert sample(run, "/b.wav")["collections"] == ["Late"]
    assert run("collect", "remove", "late", "a.wav").code == 0 and order() == ["c.wav", "b.wav"]
    expected = [{"name": "Late", "kind": "list", "samples": 2, "absent": 0}]
    assert run("collect", "list", "--json").rows() == expected
    assert run("collect", "rename", "late", "LATE").code == 0
    assert run("collect", "list").out == b"2\tLATE\n"
    assert run("collect", "show", "late", "a.wav").code == 1
    assert run("collect", "delete", "late").code == 0
    gone = run("collect", "show", "late")
    assert gone.code == 1 and "there is no collection late" in gone.err
    assert run("annotations", "undo").code == 0 and order() == ["c.wav", "b.wav"]


def test_files_that_are_unknown_are_named_and_the_others_done(run: Run, tmp_path: Path) -> None:
    told = run("rate", 3, "a.wav", "none.wav")
    assert told.code == 1 and "none.wav" in told.err and "not in the library" in told.err
    assert found(run, "rating:3") == ["a.wav"]
    assert run("rate", 3).code == 2 and run("rate", 3, "a.wav", "--query", "a").code == 2
    assert run("rate", 3, "--query", "dur:x").code == 2
    assert run("rate", 3, "--query", "nothing-is-called-so").code == 1


def test_hostile_names_are_written_out_on_terminals_and_exact_for_programs(run: Run) -> None:
    hostile = NAMES[3]
    assert run("note", "\x1b[31m", hostile).code == 0
    assert run("tag", "add", "a\x1b]0;b", hostile).code == 0
    assert b"\x1b" not in run("tag", "list").out
    assert run("tag", "list", "a\x1b]0;b", "-0").out.endswith(os.fsencode(hostile) + b"\0")
    assert b"\x1b" not in run("tag", "list", "a\x1b]0;b").out
    told = run("collect", "add", "\x1b[2J", hostile)
    assert told.code == 1 and "\x1b" not in told.err


def test_runs_are_taken_back_the_newest_first(run: Run) -> None:
    run("rate", 2, "a.wav")
    run("rate", 5, "a.wav", "b.wav")
    run("tag", "add", "x", "a.wav")
    assert run("annotations", "undo", "--json").rows() == [{"undone": "tag add x", "samples": 1, "collections": 0}]
    assert run("annotations", "undo").out == b"taken back: rate 5, of 2 samples\n"
    assert sample(run, "/a.wav")["rating"] == 2 and sample(run, "/b.wav")["rating"] is None
    run("annotations", "undo")
    told = run("annotations", "undo")
    assert told.code == 1 and "nothing to take back" in told.err
