"""Verb `layout`."""

from __future__ import annotations

import time

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, pass_common
from tui_browser.errors import counted, printable
from tui_browser.indexing.switch_layout import switch_layout
from tui_browser.library.library import Library, open_for_writing


@click.command()
@click.argument("name", nargs=-1)
@click.option("--refit", is_flag=True, help="Fit it again; layout undo brings back the older one.")
@pass_common
def layout(common: CommonOptions, name: tuple[str, ...], refit: bool) -> None:
    """Show a layout on the map, or list the stored layouts.

    A layout that is not stored is fitted first; without NAME, the stored ones are listed. NAME is near, umap,
    tsne, pca, grid, or two axes: x=dim3 y=log:length. Axes are length, brightness, noise, pitch, attack, loudness,
    tempo, added, date, dim1 ... (latent dimensions) and pc1 ... (principal components). `layout undo` shows the
    previous layout again; `layout --refit` fits the present one again.
    """
    if not name and not refit:
        _list(common)
        return
    from tui_browser.indexing.switch_layout import switch_back

    if name == ("undo",) and refit:
        raise click.UsageError("layout undo takes no --refit")
    line = ProgressLine(common)
    try:
        with open_for_writing(common.library_path) as store:
            if name == ("undo",):
                switched = switch_back(store)
            else:
                switched = switch_layout(store, " ".join(name) or store.shown_layout(), refit=refit, report=line.show)
    finally:
        line.end()
    answer = AnswerWriter(common)
    if common.json:
        answer.row(
            {
                "name": switched.name,
                "samples": switched.samples,
                "shown": True,
                "drift_median": switched.drift_median,
                "drift_p95": switched.drift_p95,
            }
        )
    answer.say(
        f"{printable(switched.name)}: {counted(switched.samples, 'sample')}; "
        f"median move {switched.drift_median:.1%} of the map, 95th percentile {switched.drift_p95:.1%}"
    )


def _list(common: CommonOptions) -> None:
    answer = AnswerWriter(common)
    with Library.open(common.library_path) as library:
        layouts = library.layouts()
    for stored in layouts:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(stored.fitted_at))
        mark = "*" if stored.shown else " "
        answer.row(
            {"name": stored.name, "samples": stored.samples, "fitted_at": stored.fitted_at, "space": stored.space,
             "shown": stored.shown},
            text=f"{mark} {printable(stored.name):<16}\t{counted(stored.samples, 'sample')}\t{when}",
        )  # fmt: skip
    if not layouts:
        answer.say("no layout is stored yet (tui-browser index fits the first one)")
