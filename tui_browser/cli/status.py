"""Verbs `status` and `rejects`."""

from __future__ import annotations

import os

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common
from tui_browser.errors import counted, printable
from tui_browser.library.library import Library


@click.command()
@click.option("--check", is_flag=True, help="Verify the library file instead, and say what is wrong with it.")
@pass_common
def status(common: CommonOptions, check: bool) -> None:
    """Show counts, folders, rejects, model and layout of the library.

    With --check every page and row is read: whether the file is whole, rows refer to rows that are there, values are
    what they should be, and every vector has its sample. It exits with 1 when anything is wrong.
    """
    if check:
        from tui_browser.cli.repair import tell_check
        from tui_browser.store.checking import check_library

        tell_check(common, check_library(common.library_path))
        return
    with Library.open(common.library_path) as library:
        facts = library.status()
    answer = AnswerWriter(common)
    if common.json:
        answer.row(facts)
        return
    waiting = f"{facts['waiting']:,} not encoded yet (tui-browser index continues), " if facts["waiting"] else ""
    lines = [
        f"library   {printable(str(facts['library']))} ({facts['size_bytes'] / 1e6:,.1f} MB)",
        f"samples   {facts['samples']:,}: {facts['placed']:,} on the map, {facts['silent']:,} silent and off the map, "
        f"{waiting}{facts['missing']:,} missing, {counted(facts['favourites'], 'favourite')}",
        f"rejects   {facts['rejects']:,}" + (" (tui-browser rejects lists the reasons)" if facts["rejects"] else ""),
        f"model     {printable(facts['model'] or 'none yet')}    layout {printable(facts['layout'] or 'none yet')}",
    ]
    skipped = ", ".join(f"{count:,} {printable(reason)}" for reason, count in facts["skipped"].items() if count)
    if skipped:
        lines.append(f"skipped   {skipped}")
    if facts["unseen"]:
        lines.append(f"unseen    {len(facts['unseen']):,} could not be read (tui-browser rejects lists them)")
    for root in facts["roots"]:
        problem = "does not respond" if root["present"] is None else "missing"
        state = "" if root["present"] else f" ({problem}; its samples are kept)"
        lines.append(f"root      {printable(root['path'])}: {counted(root['samples'], 'sample')}{state}")
    if not facts["roots"]:
        lines.append("root      none yet (tui-browser add FOLDER)")
    for line in lines:
        answer.row({}, text=line)


@click.command()
@pass_common
def rejects(common: CommonOptions) -> None:
    """List the files that could not be indexed, with the reasons.

    Folders that could not be read are listed too.
    """
    answer = AnswerWriter(common)
    with Library.open(common.library_path) as library:
        refused = [(reject.stat.path, reject.reason, reject.code.value) for reject in library.rejects()]
        unseen = [(folder.path, folder.reason, "unseen") for folder in library.unseen()]
    for path, reason, code in sorted(refused + unseen):
        fields = {"path": os.fsdecode(path), "reason": reason, "code": code}
        answer.row(fields, path=path, text=f"{answer.shown(path)}\t{printable(reason)}")
