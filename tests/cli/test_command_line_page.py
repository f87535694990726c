"""docs/command-line.md says what the program has: verbs, options, fields, queries."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from tui_browser.cli.common import common_options, sample_fields
from tui_browser.cli.main import VERBS, group
from tui_browser.records import DRUMS, KINDS
from tui_browser.search.query import parse

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "command-line.md").read_text(encoding="utf-8")
BESIDE = {
    "generate": "generate.md",
    "morph": "generate.md",
    "model": "other-models.md",
    "features": "visualiser.md",
    "train": "own-models.md",
    "dataset": "own-models.md",
    "kit": "kits.md",
    "listen": "remote.md",
    "ssh": "remote.md",
    "pick": "handing-on.md",
    "locate": "handing-on.md",
    "doctor": "handing-on.md",
    "slice": "workbench.md",
    "beat": "beats.md",
    "send": "beats.md",
    "control": "control.md",
    "labels": "workbench.md",
    "tag": "organise.md",
    "collect": "organise.md",
    "class": "organise.md",
    "rate": "organise.md",
    "note": "organise.md",
    "hide": "organise.md",
    "copies": "organise.md",
    "annotations": "organise.md",
    "import-gentle": "workbench.md",
    "import-sphinx": "workbench.md",
}
"""Verbs whose options another page tells."""


def table(heading: str) -> list[list[str]]:
    """The cells of the rows of the first table below a heading."""
    part = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in rows[2:]]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_is_told(verb: str) -> None:
    assert re.search(rf"`{verb}[ `]", PAGE)
    text = PAGE + (DOCS / BESIDE[verb]).read_text(encoding="utf-8") if verb in BESIDE else PAGE
    context = click.Context(group)
    command = group.get_command(context, verb)
    assert command is not None
    common = {name for option in common_options() for name in option.opts}
    for option in command.params:
        names = set(option.opts) if isinstance(option, click.Option) else set()
        if names and not names & common:
            assert any(name in text for name in names), names


def test_common_options_are_told() -> None:
    told = {word for row in table("For every verb") for word in code(row[0])}
    for option in common_options():
        assert any(name in {word.split()[0] for word in told} for name in option.opts), option.opts


def test_the_fields_are_those_that_are_given() -> None:
    told = [word for cells in table("What a sample is in JSON") for word in code(cells[0])]
    assert sorted(told) == sorted(_fields())


def _fields() -> list[str]:
    class Any:
        path = root = b""
        tags = collections = facts = ()

        def __getattr__(self, name: str) -> None:
            return None

    return list(sample_fields(Any()))  # type: ignore[arg-type]  # any object with these attributes


def test_every_query_of_the_page_can_be_read() -> None:
    page = (DOCS / "queries.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    pieces = [word.replace("\\|", "|") for row in rows for word in code(re.split(r"(?<!\\)\|", row)[1])]
    assert "dur:<0.4" in pieces and "kick | tom" in pieces
    for piece in pieces:
        query = parse(piece, classes=(*DRUMS, *KINDS))
        assert not query.problems, piece
        assert query, piece
