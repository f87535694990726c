"""Verb `repair`, and what `status --check` says."""

from __future__ import annotations

import os

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common
from tui_browser.errors import LibraryError, counted, printable
from tui_browser.store.checking import LibraryProblem, check_library
from tui_browser.store.rebuild import RepairResult
from tui_browser.store.repair import repair_library


@click.command()
@click.option("--force", is_flag=True, help="Write a library in which no damage is found anew, too.")
@pass_common
def repair(common: CommonOptions, force: bool) -> None:
    """Make a sound library of a damaged one.

    Every row that can be read is kept, and all tags, ratings, notes and collections. The damaged file stays beside the
    new one, unchanged, under another name. Close the app first, or let it go on: it follows to the new file.
    """
    path = common.library_path
    answer = AnswerWriter(common)
    if not force and os.path.isfile(path) and not _problems(path):
        answer.row({"library": path, "repaired": False}, text="no damage was found: there is nothing to repair")
        return
    result = repair_library(path, tell=lambda text: None if common.quiet else complain(text))
    if common.json:
        answer.row(_fields(path, result))
    else:
        for line in _lines(result):
            answer.row({}, text=line)
    if result.problems:
        for problem in result.problems:
            complain(f"still wrong: {problem.what}")
        raise SystemExit(1)


def _problems(path: str) -> bool:
    """Whether anything is wrong; raises LibraryError for what no repair helps, as a library of a newer version."""
    try:
        return bool(check_library(path))
    except LibraryError as error:
        if "newer version" in error.what or "not a sample library" in error.what:
            raise
        return True


def _fields(path: str, result: RepairResult) -> dict[str, object]:
    return {
        "library": path,
        "repaired": True,
        "kept": result.kept,
        "samples": result.samples,
        "to_read_again": result.to_read_again,
        "annotations": result.annotations,
        "damaged_tables": result.damaged_tables,
        "dropped": result.lost,
        "problems": [problem.what for problem in result.problems],
    }


def _lines(result: RepairResult) -> list[str]:
    lines = [
        f"repaired: {counted(result.samples, 'sample')}, {counted(result.annotations, 'annotation')} kept",
        f"the damaged file is kept: {printable(result.kept)}",
    ]
    if result.damaged_tables:
        lines.append(f"damage was in {', '.join(result.damaged_tables)}")
    if result.to_read_again:
        lines.append(f"{counted(result.to_read_again, 'sample')} of which only id and path were left")
    if result.lost:
        dropped = ", ".join(f"{counted(rows, 'row')} of {table}" for table, rows in sorted(result.lost.items()))
        lines.append(f"dropped, because what it belongs to is gone: {dropped}")
    lines.append("tui-browser index reads again what is lacking")
    return lines


def tell_check(common: CommonOptions, problems: list[LibraryProblem]) -> None:
    """Print what a check found, and exit with 1 if that is anything."""
    answer = AnswerWriter(common)
    for problem in problems:
        fields = {"check": problem.check, "problem": problem.what, "rows": problem.rows}
        answer.row(fields, text=f"{problem.check}\t{printable(problem.what)}")
    if problems:
        complain(f"{counted(len(problems), 'problem')} found: tui-browser repair makes a sound library of it")
        raise SystemExit(1)
    answer.say("the library is sound: file, references, values, vectors, places and packed columns")
