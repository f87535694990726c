"""Queries that need whole files say how far the second pass is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.indexing.test_second_pass import Bench
from tests.support.cli import invoke
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.search.unfinished import asks_for_whole_files


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("bpm:120", True), ("kick bpm~120", True), ("-key:am", True), ("(tempo:90-100 | loop)", True),
        ("sort:-bpm", True),
        ("bright:>2k", True), ("keys", False), ("kick", False), ("name:bpm", False), ("dur:<1 class:kick", False),
    ],
)  # fmt: skip
def test_what_asks_for_whole_files(query: str, asks: bool) -> None:
    assert asks_for_whole_files(query) is asks


def test_search_and_near_say_how_many_files_are_unfinished(
    tmp_path: Path, workers: IndexWorkers, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def said(*words: object) -> str:
        return invoke("--library", bench.path, *words, monkeypatch=monkeypatch, capture=capfd).err

    bench = Bench(tmp_path, workers)
    bench.index(second_pass=False)
    remark = "tempo, key and slices of 6 long files are not known yet"
    for words in (("search", "bpm:60-200"), ("near", bench.folder / "kick 0.wav")):
        assert remark in said(*words)
        assert remark not in said("--quiet", *words)
    assert remark not in said("search", "loop")
    bench.index()
    assert remark not in said("search", "bpm:60-200")
