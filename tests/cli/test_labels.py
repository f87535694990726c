"""labels as a script and a person see it: rows, dry runs, undo, review."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.made_up import made_up_library
from tests.workbench.test_tag_prediction import sounds
from tui_browser.library.library import Library

Tags = dict[int, tuple[str, ...]]


@pytest.fixture
def library(tmp_path: Path) -> str:
    """Three samples, one with a sidecar."""
    root = tmp_path / "sounds"
    (root / "Kicks").mkdir(parents=True)
    (root / "Kicks" / "a.json").write_text(json.dumps({"tags": ["deep", "kickdrum"]}))
    return made_up_library(tmp_path / "l.db", root, ["Kicks/a.wav", "Kicks/b.wav", "c.wav"], tags={2: ["Mine"]})


@pytest.fixture
def run(library: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object, stdin: bytes = b"", library: str = library) -> CliResult:
        return invoke(
            "--library", library, "labels", *words, monkeypatch=monkeypatch, capture=capfdbinary, stdin=stdin
        )  # fmt: skip

    return call


def tags(library: str) -> Tags:
    with Library.open(library) as opened:
        return {int(sample): own for sample, own in opened.snapshot(vectors=False).tags.items()}


def test_tags_are_planned_written_listed_and_taken_back(run: Run, library: str) -> None:
    before = tags(library)
    planned = run("--dry-run", "--json")
    assert planned.code == 0
    expected = [{"tag": "kick", "samples": 2}, {"tag": "deep", "samples": 1}, {"tag": "kickdrum", "samples": 1}]
    assert planned.rows() == expected
    assert tags(library) == before
    written = run()
    assert written.code == 0
    assert b"4 tags given to 2 samples (tui-browser labels undo takes them back)" in written.out
    assert tags(library) == {1: ("deep", "kick", "kickdrum"), 2: ("kick",), 3: ("Mine",)}
    again = run()
    assert (again.code, again.out) == (1, b"")
    assert "there is no tag to add" in again.err
    assert run("list", "KI", "--json").rows() == [{"tag": "kick", "samples": 2}, {"tag": "kickdrum", "samples": 1}]
    assert run("list", "-n", "1", "--json").rows() == [{"tag": "kick", "samples": 2}]
    assert run("list", "zz").code == 1
    undone = run("undo", "--json")
    assert undone.rows() == [{"undone": "labels from sidecars and folders", "tags": 3, "samples": 2}]
    assert tags(library) == before
    assert run("undo").code == 1


def test_only_what_is_asked_for(run: Run, library: str) -> None:
    assert run("--from", "folders", "--query", "b", "--json").rows() == [{"tag": "kick", "samples": 1}]
    assert tags(library)[2] == ("kick",)
    assert run("--query", "dur:x").code == 2
    assert run("--query", "nothing-is-called-so").code == 1


def test_a_broken_sidecar_is_named_and_the_rest_done(run: Run, library: str, tmp_path: Path) -> None:
    (tmp_path / "sounds" / "c.json").write_text("{")
    told = run("--from", "sidecars")
    assert told.code == 0
    assert "no JSON" in told.err and "c.json" in told.err


@pytest.fixture
def learned(tmp_path: Path) -> str:
    vectors, kind, pack = sounds(0)
    names = [f"pack {p}/{at}.wav" for at, p in enumerate(pack.tolist())]
    known = {at: ["one" if k == 1 else "zero"] for at, k in enumerate(kind.tolist()) if at % 2 and k < 2}
    return made_up_library(tmp_path / "learned.db", tmp_path / "s", names, vectors=vectors, tags=known)


@pytest.mark.slow
def test_predicted_tags_are_written_only_when_accepted(run: Run, learned: str) -> None:
    before = tags(learned)
    listed = run("predict", "--json", "-n", "5", library=learned)
    assert listed.code == 0
    assert len(listed.rows()) == 5
    assert set(listed.rows()[0]) == {"path", "id", "tag", "p"}
    assert tags(learned) == before
    assert run("predict", "--accept", "0.9", "--dry-run", "--quiet", library=learned).code == 0
    assert tags(learned) == before
    accepted = run("predict", "--accept", "0.9", "--json", library=learned).rows()
    assert accepted and all(row["p"] >= 0.9 for row in accepted)
    assert sum(map(len, tags(learned).values())) == sum(map(len, before.values())) + len(accepted)
    assert run("undo", library=learned).code == 0
    assert tags(learned) == before
    figures = run("predict", "--figures", "--json", library=learned).rows()
    assert [(row["tag"], row["precision"] > 0.8) for row in figures] == [("one", True), ("zero", True)]


@pytest.mark.slow
def test_suggestions_are_reviewed_one_by_one(run: Run, learned: str) -> None:
    before = tags(learned)
    reviewed = run("predict", "--review", "--tag", "one", "--json", stdin=b"y\nn\n?\ny\nq\n", library=learned)
    assert reviewed.code == 0
    assert len(reviewed.rows()) == 2
    assert "one? " in reviewed.err
    after = tags(learned)
    assert {sample for sample in after if after[sample] != before.get(sample)} == {r["id"] for r in reviewed.rows()}
    run("undo", library=learned)
    every = run("predict", "--review", "--json", stdin=b"a\ns\n", library=learned).rows()
    assert len({row["tag"] for row in every}) == 1
    assert run("predict", "--review", "--accept", "0.5", library=learned).code == 2


def test_nothing_to_learn_from_is_one_sentence(run: Run, library: str) -> None:
    refused = run("predict", "--quiet")
    assert refused.code == 1
    assert refused.err.count("\n") == 1
    assert "no tag is on 8 samples in two folders" in refused.err
