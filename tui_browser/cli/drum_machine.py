"""Verb `export drum-machine`."""

from __future__ import annotations

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common
from tui_browser.cli.folder_export import LONGEST, SEED_OPTION, clip_format, finish, run_export
from tui_browser.workbench.drums.drum_machine import (
    CLIP_S,
    FILES,
    MOST_CHUNKS,
    RATE,
    DrumMachineRequest,
    DrumMachineSummary,
)


@click.command("drum-machine")
@click.argument("query", default="")
@click.option("--out", required=True, metavar="FOLDER", help="New folder for meta/ and audio/.")
@click.option("--force", is_flag=True, help="Replace an earlier export in FOLDER.")
@click.option(
    "-n", "limit", type=click.IntRange(min=0), default=0, help="At most this many, best match first; 0 is all."
)
@click.option(
    "--max-length",
    "longest_s",
    type=LONGEST,
    default=4.0,
    show_default=True,
    help="Leave out sounds of this many seconds and more; 0 keeps all.",
)
@SEED_OPTION
@pass_common
def drum_machine(
    common: CommonOptions, query: str, out: str, force: bool, limit: int, longest_s: float, seed: int
) -> None:
    """Write the samples that match QUERY for the Infinite Drum Machine in the browser.

    The app takes meta/ and audio/ of the folder in place of its own.
    """

    def request(folder: str) -> DrumMachineRequest:
        return DrumMachineRequest(
            library=common.library_path,
            folder=folder,
            query=query,
            limit=limit,
            clip_format=clip_format(RATE, CLIP_S, longest_s),
            seed=seed,
        )

    target = "tui_browser.workbench.drums.drum_machine:write_drum_machine"
    summary: DrumMachineSummary = run_export(common, out, force=force, names=FILES, target=target, request=request)
    fields = {"chunks": summary.chunks}
    finish(common, out, samples=summary.samples, omitted=summary.omitted, fields=fields, report="report.json")
    if summary.chunks < MOST_CHUNKS:
        AnswerWriter(common).say(f"open the app with ?totalChunks={summary.chunks}, else it waits for {MOST_CHUNKS}")
