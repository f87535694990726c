"""docs/reliability.md is one page; each promise names a test that exists, each long form a verb and a figure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import VERBS
from benchmarks.soak import KINDS

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
PROMISES = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)


def test_it_is_one_page_of_promises_and_every_one_has_a_test() -> None:
    assert len(PAGE.splitlines()) <= 100
    promises = [row for row in ROWS if len(row) == 2 and row[0].strip() != "promise"]
    assert len(promises) > 20 and all("::test_" in row[1] for row in promises)


@pytest.mark.parametrize(("file", "name"), PROMISES, ids=[name for _, name in PROMISES])
def test_the_test_of_a_promise_exists(file: str, name: str) -> None:
    assert f"def {name}(" in (TOP / file).read_text(encoding="utf-8")


def test_the_long_forms_and_their_last_figures_are_told() -> None:
    assert {"soak", "damage"} <= VERBS.keys()
    figures = {row[0].strip(): row for row in ROWS if len(row) == 3}
    for form in (*KINDS, "damage"):
        assert any(f"`{form}`" in each for each in figures), form
    assert all(re.search(r"\d", row[1]) for name, row in figures.items() if name != "form")
