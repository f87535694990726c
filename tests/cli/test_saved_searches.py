"""search --save and its kin, and the same results by every way to ask."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cli import CliResult, invoke
from tests.support.libraries import index
from tests.support.sounds import tree
from tui_browser.api import SampleTool
from tui_browser.config.saved_searches import saved_searches, searches_file
from tui_browser.indexing.workers import IndexWorkers

Run = Callable[..., CliResult]


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Iterator[Path]:
    base = tmp_path_factory.mktemp("stock")
    tree(base / "samples", each=2)
    copy = base / "samples" / "kit 0" / "again.wav"
    copy.write_bytes((base / "samples" / "kit 0" / "kick 0.wav").read_bytes())
    os.utime(copy, (1_600_000_000, 1_600_000_000))
    index(base / "l.db", base / "samples", workers=workers)
    yield base / "l.db"


@pytest.fixture
def run(stock: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str | Path) -> CliResult:
        return invoke(*words, "--library", stock, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


def names(result: CliResult) -> list[str]:
    return [os.path.basename(row["path"]) for row in result.rows()]


def test_a_query_is_saved_used_listed_and_forgotten(run: Run) -> None:
    saved = run("search", "--save", "kicks", "^kick sort:-name", "--json")
    assert (saved.code, saved.rows()) == (0, [{"name": "kicks", "query": "^kick sort:-name", "samples": 2}])
    assert run("search", "--save", "@old", "changed:2020 | @kicks").out == b"saved @old: 3 samples now\n"
    assert names(run("search", "--saved", "kicks", "--json")) == ["kick 1.wav", "kick 0.wav"]
    assert names(run("search", "--saved", "@old", "again or snare", "--json")) == ["again.wav"]
    assert set(names(run("search", "@old -@kicks", "--json"))) == {"again.wav"}
    assert run("search", "--list-saved").out == b"@kicks\t^kick sort:-name\n@old\tchanged:2020 | @kicks\n"
    assert [row["name"] for row in run("search", "--list-saved", "--json").rows()] == ["kicks", "old"]
    assert run("search", "--forget", "kicks", "--quiet").out == b"" and list(saved_searches()) == ["old"]
    assert run("search", "@old").code == 2, "what it named is gone"


def test_what_cannot_be_saved_leaves_the_file_as_it_was(run: Run) -> None:
    run("search", "--save", "mine", "snare")
    before = Path(searches_file()).read_bytes()
    for words, code, sentence in (
        (("--save", "mine", "kick"), 1, "a search is called mine already"),
        (("--save", "loop", "kick | @loop"), 2, "means itself"),
        (("--save", "mine", "@mine", "--force"), 2, "means itself"),
        (("--save", "bad", "dur:abc"), 2, "dur:abc is not understood"),
        (("--save", "two words", "kick"), 1, "is no name for a search"),
        (("--save", "empty"), 2, "--save takes a QUERY"),
        (("--save", "a", "--forget", "b"), 2, "exclude each other"),
        (("--saved", "mien"), 1, "no saved search is called mien (did you mean mine?)"),
        (("--forget", "nothing"), 1, "no saved search is called nothing"),
        ((), 2, "search takes a QUERY"),
        (("kick", "--force"), 2, "--force goes with --save"),
    ):
        result = run("search", *words)
        assert (result.code, sentence in result.err) == (code, True), (words, result.code, result.err)
        assert result.out == b"" and Path(searches_file()).read_bytes() == before
    assert run("search", "--save", "mine", "kick", "--force").code == 0 and saved_searches()["mine"] == "kick"


def test_any_query_comes_back_as_it_was(run: Run) -> None:
    query = '\'quo"te\\\' | tag:"a b" or é\x7f'
    assert run("search", "--save", "odd", query).code == 0
    assert saved_searches() == {"odd": query} == tomllib.loads(Path(searches_file()).read_text(encoding="utf-8"))


def test_a_file_that_is_none_is_named(run: Run) -> None:
    Path(searches_file()).parent.mkdir(parents=True)
    Path(searches_file()).write_text("= what")
    for words in (("search", "@x"), ("search", "--list-saved"), ("search", "--save", "a", "kick")):
        result = run(*words)
        assert result.code == 1 and "the saved searches cannot be read" in result.err and searches_file() in result.err
    assert run("search", "snare", "--quiet").code == 0, "who names none needs none"
    assert Path(searches_file()).read_text() == "= what"


def test_every_way_to_ask_finds_the_same(run: Run, stock: Path, tmp_path: Path) -> None:
    run("search", "--save", "copies", "is:copy sort:name")
    queries = ("@copies", "size:>1k sort:-size", "changed:<2021", "rate:44.1k ch:1 -dup:yes", "root:samples heard:no")
    for query in queries:
        listed = [row["path"] for row in run("search", query, "-n", "0", "--json").rows()]
        assert listed, query
        with SampleTool(library=stock) as tool:
            assert [os.fsdecode(row.path) for row in tool.search(query)] == listed
        copied = run("export", "files", query, "--out", tmp_path / str(hash(query)), "--json").rows()
        assert [row["path"] for row in copied] == listed
        table = run("export", "map", query, "--out", tmp_path / f"{hash(query)}.tsv", "--json").rows()
        assert table[0]["samples"] == len(listed)
    everything = len(run("search", "", "-n", "0", "--json").rows())
    assert (
        run("search", "bits:24").code == 1 and len(run("search", "bits:16", "-n", "0", "--json").rows()) == everything
    )
    assert len(run("search", "added:today", "-n", "0", "--json").rows()) == everything, "though the files are older"


def test_sound_words_are_explained_and_told_for_each_hit(run: Run) -> None:
    explained = run("search", "long", "--explain", "--json")
    assert "long: a long time (" in explained.err and explained.rows()
    assert all(0 <= row["sounds"]["long"] <= 1 for row in explained.rows())
    fits = [row["sounds"]["long"] for row in run("search", "sound:long", "-n", "0", "--json").rows()]
    assert fits and fits == sorted(fits, reverse=True)
    assert "sounds" not in run("search", "ext:wav", "--json").rows()[0]
    wrong = run("search", "sound:drak")
    assert wrong.code == 2 and "did you mean sound:dark?" in wrong.err
