"""Verb `tour`: sounds in an order in which neighbours follow each other, as one WAV with a cue list."""

from __future__ import annotations

import os

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common
from tui_browser.cli.hearing import hear
from tui_browser.cli.numbers import FiniteRange
from tui_browser.cli.output import as_text, is_stream, open_output, refuse_standard_output
from tui_browser.cli.step_progress import StepProgress
from tui_browser.errors import BrowserError, counted, printable, without_controls
from tui_browser.library.library import Library


@click.command()
@click.argument("query", default="")
@click.option("--out", required=True, metavar="FILE.wav", help="The WAV; FILE.txt beside it is its cue list.")
@click.option("-n", "limit", type=click.IntRange(1, 2000), default=500, show_default=True, help="At most so many.")
@click.option(
    "--length", type=FiniteRange(min=0.05, max=60.0), default=1.5, show_default=True, help="Seconds of each at most."
)
@click.option("--gap", type=FiniteRange(min=0.0, max=10.0), default=0.1, show_default=True, help="Seconds between.")
@click.option("--rate", type=click.IntRange(8_000, 192_000), default=44_100, show_default=True, help="In Hz.")
@click.option("--force", is_flag=True, help="Replace existing files.")
@pass_common
def tour(
    common: CommonOptions, query: str, out: str, limit: int, length: float, gap: float, rate: int, force: bool
) -> None:
    """Write what matches QUERY as one WAV in which each sound is followed by a near one.

    An empty QUERY is the whole library. The cue list has a line for each sound, as Audacity and Reaper import it: start
    and end in seconds, and the path. The WAV has a cue point for each, too.
    """
    refuse_standard_output(out, "a WAV with cue points is written twice over")
    if is_stream(out):
        raise click.UsageError("--out takes a file, as a WAV with cue points is written twice over")
    from tui_browser.workbench.contact_sheet import SheetFormat, write_sheet
    from tui_browser.workbench.sound_tour import sound_tour

    with Library.open(common.library_path, hear=hear) as library:
        found = sound_tour(library, query, limit=limit)
    if not found.rows:
        if not common.quiet:
            complain("no sample matches")
        raise SystemExit(1)
    cues = f"{os.path.splitext(out)[0]}.txt"
    library_path = common.library_path
    form = SheetFormat(rate, length, gap)
    with (
        StepProgress(common, "writing", len(found.rows), "sound") as progress,
        open_output(cues, force=force, library=library_path, binary=False) as cue_file,
        open_output(out, force=force, library=library_path) as file,
    ):
        entries, omitted = write_sheet(found.rows, file, form=form, on_sound=progress.step)
        with as_text(cue_file) as text:
            for entry in entries:
                end = entry.start_s + entry.length_s
                text.write(f"{entry.start_s:.6f}\t{end:.6f}\t{without_controls(os.fsdecode(entry.row.path))}\n")
    for each in omitted:
        complain(BrowserError(each.reason, path=each.path))
    seconds = entries[-1].start_s + entries[-1].length_s
    path = os.path.abspath(out)
    answer = AnswerWriter(common)
    if common.json or common.null:
        fields = {
            "path": path, "cues": os.path.abspath(cues), "samples": len(entries), "seconds": round(seconds, 3),
            "length": round(found.length, 4), "alphabetical": round(found.alphabetical, 4),
        }  # fmt: skip
        answer.row(fields, path=os.fsencode(path))
    minutes, rest = divmod(round(seconds), 60)
    farness = f"{found.share} % as far from sound to sound as in the order of names"
    answer.say(f"{counted(len(entries), 'sound')} in {minutes} min {rest:02d} s, {farness}: {printable(path)}")
