"""docs/queries.md: its worked queries find on the demo library what the page says."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.cli import invoke
from tui_browser.library.demo import ensure_demo
from tui_browser.library.library import Library

PAGE = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")
WORKED = re.findall(r"^\| `(.+)` \| (\d+) \| (.+) \|$", PAGE.partition("## Twenty queries")[2], re.MULTILINE)


@pytest.mark.slow
def test_the_worked_queries_find_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder = ensure_demo(str(tmp_path / "demo"))
    library_path = tmp_path / "demo.db"
    words = ("index", folder, "--layout", "none", "--quiet", "--library", library_path)
    assert invoke(*words, monkeypatch=monkeypatch, capture=capfdbinary).code == 0
    assert len(WORKED) >= 20
    with Library.open(str(library_path)) as library:
        for query, count, example in WORKED:
            hits = library.search(query.replace("\\|", "|"))
            assert len(hits) == int(count), query
            scores = {os.path.relpath(os.fsdecode(row.path), folder): score for row, score in hits}
            best = next(iter(scores))
            assert example == best if "sort:" in query else scores[example] == scores[best], query
