"""`layout` as a script sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import invoke
from tests.support.libraries import index
from tests.support.sounds import one_shot, write
from tui_browser.indexing.workers import IndexWorkers

Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Path:
    base = tmp_path_factory.mktemp("stock")
    for number, kind in enumerate(("kick", "snare", "cymbal", "kick", "tom")):
        write(base / f"samples/{number}.wav", one_shot(kind, number))
    index(base / "library.db", base / "samples", workers=workers)
    return base / "library.db"


@pytest.fixture
def run(stock: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, list[dict[str, Any]], str]:
        verb = () if words[:1] == ("index",) else ("layout",)
        result = invoke(*verb, *words, "--json", "--library", stock, monkeypatch=monkeypatch, capture=capfd)
        return result.code, result.rows(), result.err

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
        (["x=dim1"], 1, "an x and a y axis"),
        (["x=dim1", "y=nose"], 1, "brightness"),
        (["undo", "--refit"], 2, "undo"),
    ],
)
def test_what_cannot_be_is_one_sentence(run: Run, words: list[str], code: int, told: str) -> None:
    ended, rows, err = run(*words)
    assert ended == code and rows == []
    assert told in err and err.count("\n") == 1


@pytest.mark.parametrize(("kind", "module"), [("umap", "umap"), ("tsne", "openTSNE")])
def test_a_layout_without_its_package_names_the_extra(
    run: Run, kind: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    for words, code in ((("index", "--layout", kind), 2), ((kind,), 1)):
        ended, rows, err = run(*words)
        assert ended == code and rows == [] and "pip install 'tui-browser[layouts]'" in err


def test_index_takes_axes_and_looks_at_them_before_it_begins(run: Run) -> None:
    code, rows, _ = run("index", "--layout", "x=pc1,y=log:brightness")
    assert code == 0 and rows[0]["layout"] == "x=pc1 y=log:brightness"
    assert [row["name"] for row in run()[1] if row["shown"]] == ["x=pc1 y=log:brightness"]
    code, _, _ = run("index", "--layout", "y=log:brightness x=pc1")
    assert code == 0
    assert len([row for row in run()[1] if row["name"] == "x=pc1 y=log:brightness"]) == 1
    for wrong, said in (("x=colour,y=length", "no axis"), ("x=length", "an x and a y axis"), ("spiral", "nor axes")):
        code, rows, error = run("index", "--layout", wrong)
        assert code == 2 and not rows and said in error
    code, _, error = run("index", "--layout", "x=dim99,y=length")
    assert code == 1 and "no latent dimension 99" in error
