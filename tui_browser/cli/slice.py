"""Verb `slice`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, exit_if_failed, pass_common
from tui_browser.cli.numbers import SECONDS, FiniteRange
from tui_browser.cli.step_progress import StepProgress
from tui_browser.errors import BrowserError, counted, printable

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.workbench.slicing.plan import SliceOptions, SlicePlan

_STEPS = 1_000
"""Steps of the progress for each file."""
_PLANNING = 0.7
"""Share of the work that is done before files are written."""
_MILLISECONDS = FiniteRange(min=0.0, max=60_000.0)


@click.command("slice")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--out", required=True, metavar="DIR", help="Folder for the slices; it is created if it is missing.")
@click.option(
    "--by",
    type=click.Choice(["hits", "length", "beat", "silence"]),
    default="hits",
    help="Cut at hits (default), into equal lengths, at beats, or at silence.",
)
@click.option("--length", type=FiniteRange(min=0.001), metavar="S", help="With --by length: seconds of each slice (1).")
@click.option("--beats", type=FiniteRange(min=0.0625), metavar="N", help="With --by beat: beats of each slice (1).")
@click.option("--bpm", type=FiniteRange(min=20.0, max=999.0), metavar="N", help="With --by beat: tempo, not estimated.")
@click.option(
    "--threshold",
    type=FiniteRange(min=-120.0, max=-1.0),
    metavar="DB",
    help="With --by silence: sound begins this far below the loudest moment (-40).",
)
@click.option("--gap", type=SECONDS, metavar="S", help="With --by silence: shorter silence does not cut (0.1).")
@click.option("--to-next", is_flag=True, help="With --by hits: each slice goes on to the next hit.")
@click.option(
    "--keep",
    type=FiniteRange(min=0.1, max=100.0),
    metavar="PERCENT",
    help="Most of the recording that is kept, strongest slices first (50 with hits, else 100).",
)
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="Most slices of a FILE, strongest first.")
@click.option("--shortest", type=SECONDS, default=0.02, metavar="S", help="Leave out shorter slices (0.02).")
@click.option("--longest", type=FiniteRange(min=0.001), metavar="S", help="End longer slices there.")
@click.option("--before", type=_MILLISECONDS, default=1.0, metavar="MS", help="Begin this long before a hit (1).")
@click.option("--fade-in", type=_MILLISECONDS, default=1.0, metavar="MS", help="Length of the fade in (1).")
@click.option("--fade-out", type=_MILLISECONDS, default=5.0, metavar="MS", help="Length of the fade out (5).")
@click.option(
    "--name",
    "template",
    default="{stem}-{number}",
    metavar="TEMPLATE",
    help="Names of the slices: {stem}, {number}, {start}, {length} (default: {stem}-{number}).",
)
@click.option("--no-manifest", is_flag=True, help="Write no NAME.slices.json.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option("--dry-run", is_flag=True, help="Only list the slices.")
@pass_common
def slice(  # noqa: A001 - the verb
    common: CommonOptions,
    files: tuple[str, ...],
    out: str,
    by: str,
    length: float | None,
    beats: float | None,
    bpm: float | None,
    threshold: float | None,
    gap: float | None,
    to_next: bool,
    keep: float | None,
    most: int | None,
    shortest: float,
    longest: float | None,
    before: float,
    fade_in: float,
    fade_out: float,
    template: str,
    no_manifest: bool,
    force: bool,
    dry_run: bool,
) -> None:
    """Cut recordings into samples.

    Each FILE becomes WAVs in DIR that sort in the order of the recording, with its rate, channels and depth. Slices
    never overlap. At hits, each ends where its sound has decayed, and the strongest are kept until they fill half of
    the recording.
    """
    from tui_browser.workbench.new_files import make_folder
    from tui_browser.workbench.slicing.names import check_template, distinct_stems, slice_names
    from tui_browser.workbench.slicing.plan import SliceOptions, plan_slices
    from tui_browser.workbench.slicing.write import Fades, slice_rows, write_slices

    _refuse_idle_options(by, length=length, beats=beats, bpm=bpm, threshold=threshold, gap=gap, to_next=to_next)
    options = SliceOptions(
        by=by,  # type: ignore[arg-type]  # one of the choices
        length_s=length or 1.0,
        beats=beats or 1.0,
        bpm=bpm,
        threshold_db=threshold if threshold is not None else -40.0,
        gap_s=gap if gap is not None else 0.1,
        before_s=before / 1e3,
        to_next=to_next,
        keep_percent=keep,
        most=most,
        shortest_s=shortest,
        longest_s=longest,
    )
    fades = Fades(in_s=fade_in / 1e3, out_s=fade_out / 1e3)
    try:
        check_template(template)
    except BrowserError as error:
        raise click.UsageError(str(error)) from error
    paths = [os.fsencode(os.path.abspath(file)) for file in files]
    folder = os.fsencode(os.path.abspath(out))
    if not dry_run:
        make_folder(folder)
    answer, errors = AnswerWriter(common), list[BrowserError]()
    with StepProgress(common, "slicing", _STEPS * len(paths), "") as progress:
        for number, (path, stem) in enumerate(zip(paths, distinct_stems(paths), strict=True)):
            begun = _STEPS * number

            def planned(share: float, begun: int = begun) -> None:
                progress.at(begun + int(_PLANNING * _STEPS * share))

            def written(share: float, begun: int = begun) -> None:
                progress.at(begun + int((_PLANNING + (1 - _PLANNING) * share) * _STEPS))

            try:
                plan = plan_slices(path, options, report=planned)
                if not plan.cuts:
                    raise _nothing_found(plan, options)
                names = slice_names(plan, template, stem=stem)
                if dry_run:
                    rows = slice_rows(plan, folder, names, fades)
                else:
                    rows = write_slices(
                        plan, folder, names, fades=fades, stem=stem, force=force, manifest=not no_manifest,
                        report=written,
                    )  # fmt: skip
            except BrowserError as error:
                errors.append(error)
                continue
            for row in rows:
                span = f"{row['start_s']:.3f} s\t{row['end_s'] - row['start_s']:.3f} s"
                answer.row(row, path=os.fsencode(row["path"]), text=f"{span}\t{answer.shown(row['path'])}")
            if not (common.quiet or common.json or common.null):
                progress.clear()
                complain(_summary(plan, dry_run=dry_run))
    exit_if_failed(errors)


def _refuse_idle_options(by: str, **given: object) -> None:
    """Raise a usage error for an option that the method does not use."""
    uses = {"hits": {"to_next"}, "length": {"length"}, "beat": {"beats", "bpm"}, "silence": {"threshold", "gap"}}
    for name, value in given.items():
        if value not in (None, False) and name not in uses[by]:
            method = next(each for each, names in uses.items() if name in names)
            raise click.UsageError(f"--{name.replace('_', '-')} takes --by {method}")


def _nothing_found(plan: SlicePlan, options: SliceOptions) -> BrowserError:
    if plan.dropped:
        kept = f"{options.keeps_percent:g} % of the recording"
        return BrowserError(f"no slice fits into {kept}", path=plan.path, hint="--keep 100 keeps all")
    what = {"hits": "hit", "silence": "sound"}.get(options.by, "slice of that length")
    return BrowserError(f"no {what} was found", path=plan.path, hint="try another --by, or --shortest 0")


def _summary(plan: SlicePlan, *, dry_run: bool) -> str:
    kept = f"{counted(len(plan.cuts), 'slice')} {'would be ' if dry_run else ''}written"
    tempo = f" at {plan.bpm:g} bpm" if plan.bpm is not None else ""
    dropped = f", {plan.dropped:,} weaker left out (--keep 100 keeps all)" if plan.dropped else ""
    return f"{kept}{tempo}, {plan.share:.0%} of {plan.frames / plan.rate:.1f} s{dropped}: {printable(plan.path)}"
