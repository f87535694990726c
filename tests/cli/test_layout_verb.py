"""`layout` as a script sees it."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bundles import tiny_bundle
from tests.sounds import one_shot, write
from tui_browser.cli.main import main
from tui_browser.indexing.indexer import index_library
from tui_browser.library.library import open_for_writing

Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("stock")
    for number, kind in enumerate(("kick", "snare", "cymbal", "kick", "tom")):
        write(base / f"samples/{number}.wav", one_shot(kind, number))
    model = tiny_bundle(base / "tiny").folder
    with open_for_writing(str(base / "library.db")) as store:
        index_library(
            store, add=[os.fsencode(base / "samples")], model=model, jobs=1, layout="auto", report=lambda _: None
        )
    return base / "library.db"


@pytest.fixture
def run(stock: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, list[dict[str, Any]], str]:
        verb = () if words[:1] == ("index",) else ("layout",)
        monkeypatch.setattr(sys, "argv", ["tui-browser", *verb, *words, "--json", "--library", str(stock)])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), [json.loads(line) for line in out.splitlines()], err

    return call


def test_layouts_are_listed_shown_fitted_and_taken_back(run: Run) -> None:
    code, rows, _ = run()
    assert code == 0
    assert [(row["name"], row["samples"], row["shown"]) for row in rows] == [("map", 5, True)]
    code, rows, _ = run("grid")
    assert code == 0 and rows[0]["name"] == "grid" and rows[0]["samples"] == 5 and 0 <= rows[0]["drift_median"] <= 1
    code, rows, _ = run("x=dim1", "y=log:length")
    assert code == 0 and rows[0]["name"] == "x=dim1 y=log:length"
    assert [row["name"] for row in run()[1] if row["shown"]] == ["x=dim1 y=log:length"]
    assert run("undo")[1][0]["name"] == "grid"
    assert run("--refit")[1][0]["name"] == "grid"
    assert {row["name"] for row in run()[1]} == {"map", "earlier grid", "grid", "x=dim1 y=log:length"}
    assert run("map")[1][0]["name"] == "map"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["pancake"], 1, "umap"),
        (["x=dim1"], 1, "two axes"),
        (["x=dim1", "y=nose"], 1, "brightness"),
        (["undo", "--refit"], 2, "undo"),
    ],
)
def test_what_cannot_be_is_one_sentence(run: Run, words: list[str], code: int, told: str) -> None:
    ended, rows, err = run(*words)
    assert ended == code and rows == []
    assert told in err and err.count("\n") == 1


def test_index_takes_axes_and_looks_at_them_before_it_begins(run: Run) -> None:
    code, rows, _ = run("index", "--layout", "x=pc1,y=log:brightness")
    assert code == 0 and rows[0]["layout"] == "x=pc1 y=log:brightness"
    assert [row["name"] for row in run()[1] if row["shown"]] == ["x=pc1 y=log:brightness"]
    code, _, _ = run("index", "--layout", "y=log:brightness x=pc1")
    assert code == 0
    assert len([row for row in run()[1] if row["name"] == "x=pc1 y=log:brightness"]) == 1
    for wrong, said in (("x=colour,y=length", "no axis"), ("x=length", "two axes"), ("spiral", "nor axes")):
        code, rows, error = run("index", "--layout", wrong)
        assert code == 2 and not rows and said in error
    code, _, error = run("index", "--layout", "x=dim99,y=length")
    assert code == 1 and "no latent dimension 99" in error
