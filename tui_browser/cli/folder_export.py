"""What the exports that fill a folder share: options, the worker, progress, and the summary."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, time_left
from tui_browser.cli.files import warn_of_roots
from tui_browser.cli.numbers import SEED, FiniteRange
from tui_browser.cli.output import refuse_standard_output
from tui_browser.errors import counted, printable
from tui_browser.library.library import Library
from tui_browser.workbench import job
from tui_browser.workbench.clips import ClipFormat, Omission
from tui_browser.workbench.new_folder import new_folder

F = TypeVar("F", bound=Callable[..., Any])

RATE = click.IntRange(8_000, 192_000)
SEED_OPTION = click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of what is drawn at random.")
LENGTH = FiniteRange(min=0.01, max=60.0)
LONGEST = FiniteRange(min=0.0, max=1e6)


def export_options(*, rate: int, clip_s: float) -> Callable[[F], F]:
    """The options that these exports share, with their defaults."""
    options = (
        click.argument("query", default=""),
        click.option("--force", is_flag=True, help="Replace an earlier export in FOLDER."),
        click.option(
            "-n", "limit", type=click.IntRange(min=0), default=0, help="At most this many, best match first; 0 is all."
        ),
        click.option("--rate", type=RATE, default=rate, show_default=True, help="Sample rate in Hz."),
        click.option(
            "--length", "clip_s", type=LENGTH, default=clip_s, show_default=True, help="Length of a clip in seconds."
        ),
        click.option(
            "--max-length",
            "longest_s",
            type=LONGEST,
            default=4.0,
            show_default=True,
            help="Leave out sounds of this many seconds and more; 0 keeps all.",
        ),
    )

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def clip_format(rate: int, clip_s: float | None, longest_s: float) -> ClipFormat:
    return ClipFormat(rate=rate, clip_s=clip_s, longest_s=longest_s or None)


def run_export(
    common: CommonOptions,
    out: str,
    *,
    force: bool,
    names: re.Pattern[str],
    target: str,
    request: Callable[[str], object],
) -> Any:
    """Fill the folder `out` by a worker and return its result; `request` gets the folder to write into.

    `names` matches all that such a folder may hold. Raises BrowserError; nothing half written is left.
    """
    refuse_standard_output(out, "this export needs a folder")
    line = ProgressLine(common)

    def show(step: job.Step) -> None:
        line.show_text(step_text(step), milestone=_milestone(step))

    try:
        with new_folder(out, force=force, is_ours=lambda name: names.fullmatch(name) is not None) as folder:
            return job.run(target, request(folder), on_step=show)
    finally:
        line.end()


def finish(
    common: CommonOptions, out: str, *, samples: int, omitted: Sequence[Omission], fields: dict[str, Any], report: str
) -> None:
    """Print the summary of an export; `report` names the file with what was left out."""
    path = os.path.abspath(out)
    answer = AnswerWriter(common)
    left_out = [{"path": os.fsdecode(item.path), "reason": item.reason} for item in omitted]
    if common.json or common.null:
        answer.row({"path": path, "samples": samples, "omitted": left_out, **fields}, path=os.fsencode(path))
    answer.say(f"{counted(samples, 'sample')} in {printable(path)}")
    if omitted:
        answer.say(f"{counted(len(omitted), 'sample')} left out ({report} lists the reasons)")
    with Library.open(common.library_path) as library:
        warn_of_roots(os.fsencode(path), library.root_paths())


def step_text(step: job.Step) -> str:
    """A step as a line: `reading 20 of 300 sounds · 12 s left`, `fitting t-SNE 45 %`."""
    text = step.name
    if step.total and step.noun:
        text += f" {step.done:,} of {counted(step.total, step.noun)}"
    elif step.total:
        text += f" {100 * step.done / step.total:.0f} %"
    if step.seconds_left is not None and step.done < step.total:
        text += f" · {time_left(step.seconds_left)}"
    return text


def _milestone(step: job.Step) -> str:
    return f"{step.name} {10 * step.done // step.total if step.total else 0}"
