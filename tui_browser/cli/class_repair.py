"""`class queue`, `class refit` and `class repair`: mend wrong classes by a few answers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import click

from tui_browser.cli.annotation_answer import annotate
from tui_browser.cli.chosen_samples import UNDO
from tui_browser.cli.class_names import class_index
from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, exit_if_failed, pass_common, sample_fields
from tui_browser.cli.hearing import hear
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import SampleId
from tui_browser.store.annotation_changes import AnnotationChange

MOST_BYTES = 64 << 20


@click.command("queue")
@click.argument("query", default="")
@click.option("-n", "most", type=click.IntRange(min=1), default=40, metavar="N", help="At most N samples; usually 40.")
@pass_common
def queue(common: CommonOptions, query: str, most: int) -> None:
    """List the samples whose classes are worth judging, of those that match QUERY.

    Together they stand for as much doubt as possible: one of each cluster, no copies, none that you judged.
    """
    from tui_browser.workbench.class_repair.queue import doubtful_samples

    with Library.open(common.library_path, hear=hear) as library:
        among: list[int] | None = None
        if query.strip():
            found, matches = library.find(query)
            among = found.ids[matches.rows].tolist()
        doubtful = doubtful_samples(library.snapshot(), most=most, among=among)
        rows = library.rows_of([each.sample for each in doubtful])
    answer = AnswerWriter(common)
    for row in rows:
        text = f"{row.class_name}\t{row.class_p or 0.0:.0%}\t{answer.shown(row.path)}"
        answer.row(sample_fields(row), path=row.path, text=text)
    if not rows:
        if not common.quiet:
            complain("nothing is in doubt")
        raise SystemExit(1)


@click.command("refit")
@click.option("--dry-run", is_flag=True, help="Only say how good it would be.")
@click.option("--force", is_flag=True, help="Take it where it is no better than the model.")
@click.option("--off", is_flag=True, help="Forget what was learned: the model's classes again. Your own stay.")
@pass_common
def refit(common: CommonOptions, dry_run: bool, force: bool, off: bool) -> None:
    """Learn the classes anew from all that you corrected.

    Each answer is held out in turn, to see whether it is met without having been learned. What is learned holds for
    all samples that you did not correct, and for new ones.
    """
    if off and (dry_run or force):
        raise click.UsageError("--off learns nothing: leave --dry-run and --force out")
    if off:
        _forget(common)
    else:
        _learn(common, dry_run=dry_run, force=force)


@click.command("repair")
@click.argument("file")
@click.option("--force", is_flag=True, help="Take what is learned where it is no better than the model.")
@pass_common
def repair(common: CommonOptions, file: str, force: bool) -> None:
    """Take the answers of FILE, and learn the classes anew from them and earlier ones; - is standard input.

    A line is a class and a path with a tab between, or a JSON object with `path` and `answer`.
    """
    source = "standard input" if file == "-" else os.path.abspath(file)
    try:
        with click.open_file(file, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise BrowserError(f"cannot be read: {error.strerror}", path=source) from error
    if len(data) > MOST_BYTES:
        raise BrowserError("these are too many answers for one file", path=source)
    answers, errors = _answers(data.splitlines(), source)
    classes: dict[SampleId, int | None] = {}
    with Library.open(common.library_path, hear=hear) as library:
        paths = [path for path, _ in answers]
        for (path, index), own in zip(answers, library.known_as(paths), strict=True):
            sample = library.id_of(own) if own is not None else None
            if sample is None:
                errors.append(BrowserError("this file is not in the library", path=path))
            else:
                classes[sample] = index
    if classes:
        annotate(common, AnnotationChange(classes=classes), run="class repair")
        AnswerWriter(common).say(f"{counted(len(classes), 'answer')} taken ({UNDO})")
        _learn(common, dry_run=False, force=force)
    exit_if_failed(errors)
    if not classes:
        raise BrowserError("there is no answer in it", path=source)


def _learn(common: CommonOptions, *, dry_run: bool, force: bool) -> None:
    from tui_browser.workbench.class_repair.refit import refit_in_child

    result = refit_in_child(common.library_path)
    taken = not dry_run and (result.better or force)
    if taken:
        annotate(common, AnnotationChange(heads={result.space: result.head}), run="class refit")
    answer = AnswerWriter(common)
    if common.json:
        fields = {
            "answers": result.answers,
            "right_before": result.right_before,
            "right_after": result.right_after,
            "p_before": round(result.p_before, 4),
            "p_after": round(result.p_after, 4),
            "changed": result.changed,
            "seconds": round(result.seconds, 3),
            "taken": taken,
        }
        answer.row(fields)
    answer.say(
        f"answers met while held out: {result.right_before:,} of {result.answers:,} by the model, "
        f"{result.right_after:,} by what was learned; their probability: {result.p_before:.0%}, {result.p_after:.0%}"
    )
    changed = counted(result.changed, "sample")
    if taken:
        answer.say(f"{changed} changed class ({UNDO})")
    elif dry_run:
        answer.say(f"{changed} would change class")
    else:
        complain("that is no better than the model and was not taken (--force takes it; more answers help)")
        raise SystemExit(1)


def _forget(common: CommonOptions) -> None:
    with open_for_writing(common.library_path) as store:
        space = store.meta("space")
        if store.class_head(space) is None:
            raise BrowserError("nothing was learned from corrected classes", path=common.library_path)
        store.annotate(AnnotationChange(heads={space: None}), run="class refit --off")
    AnswerWriter(common).say(f"the classes are the model's again ({UNDO})")


def _answers(lines: Iterable[bytes], source: str) -> tuple[list[tuple[bytes, int]], list[BrowserError]]:
    """Path and class of each line, and why others were left out."""
    answers: list[tuple[bytes, int]] = []
    errors: list[BrowserError] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            name, path = _fields(line)
            answers.append((os.path.abspath(path), class_index(name)))
        except (ValueError, TypeError, LookupError, RecursionError):
            errors.append(BrowserError(f"line {number} was left out: it is no class and no path", path=source))
        except click.UsageError as error:
            errors.append(BrowserError(f"line {number} was left out: {error.message}", path=source))
    return answers, errors


def _fields(line: bytes) -> tuple[str, bytes]:
    if line.lstrip().startswith(b"{"):
        fields: dict[str, Any] = json.loads(line)
        return str(fields["answer"]), os.fsencode(fields["path"])
    name, path = line.split(b"\t", 1)
    return printable(name.strip()), path
