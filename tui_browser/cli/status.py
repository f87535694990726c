"""status, rejects: what the library holds, and what it could not take."""

from __future__ import annotations

import os

import click

from tui_browser.cli.common import Answer, Common, pass_common
from tui_browser.errors import counted, printable
from tui_browser.library.door import Library


@click.command()
@pass_common
def status(common: Common) -> None:
    """Counts, roots, rejects, model and layout of the library."""
    with Library.open(common.library_path) as library:
        facts = library.status()
    if common.json:
        Answer(common).row(facts)
        return
    waiting = f"{facts['waiting']:,} waiting for the model (index goes on), " if facts["waiting"] else ""
    lines = [
        f"library   {printable(str(facts['library']))} ({facts['size_bytes'] / 1e6:,.1f} MB)",
        f"samples   {facts['samples']:,}: {facts['placed']:,} on the map, {facts['silent']:,} silent and off the map, "
        f"{waiting}{facts['missing']:,} missing, {counted(facts['favourites'], 'favourite')}",
        f"rejects   {facts['rejects']:,}" + (" (tui-browser rejects lists the reasons)" if facts["rejects"] else ""),
        f"model     {facts['model'] or 'none yet'}    layout {facts['layout'] or 'none yet'}",
    ]
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in facts["skipped"].items() if count)
    if skipped:
        lines.append(f"skipped   {skipped}")
    if facts["unseen"]:
        lines.append(f"unseen    {len(facts['unseen']):,} could not be looked at (tui-browser rejects lists them)")
    for root in facts["roots"]:
        away = "does not answer" if root["present"] is None else "missing"
        state = "" if root["present"] else f" ({away}: its samples are kept)"
        lines.append(f"root      {printable(root['path'])}: {counted(root['samples'], 'sample')}{state}")
    if not facts["roots"]:
        lines.append("root      none yet (tui-browser add FOLDER)")
    for line in lines:
        click.echo(line)


@click.command()
@pass_common
def rejects(common: Common) -> None:
    """Every file with an audio ending that could not be indexed, what could not be looked at, and why."""
    answer = Answer(common)
    with Library.open(common.library_path) as library:
        refused = [(reject.stat.path, reject.reason, reject.code.value) for reject in library.rejects()]
        unseen = [(one.path, one.reason, "unseen") for one in library.unseen()]
    for path, reason, code in sorted(refused + unseen):
        fields = {"path": os.fsdecode(path), "reason": reason, "code": code}
        answer.row(fields, path=path, text=f"{printable(path)}\t{reason}")
