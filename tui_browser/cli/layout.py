"""layout: the maps that are stored, another one, a new fit, and back."""

from __future__ import annotations

import time

import click

from tui_browser.cli.common import Answer, Common, ProgressLine, pass_common
from tui_browser.errors import counted
from tui_browser.library.door import Library, change


@click.command()
@click.argument("name", nargs=-1)
@click.option("--refit", is_flag=True, help="Fit it again; the older one is kept for `layout undo`.")
@pass_common
def layout(common: Common, name: tuple[str, ...], refit: bool) -> None:
    """The stored layouts; with NAME that one is shown, fitted first where none is stored.

    NAME is near, umap, tsne, pca, grid, or two axes: x=dim3 y=log:length. Axes are length, brightness, noise, pitch,
    attack, loudness, tempo, added, date, dim1 ... (latent dimensions) and pc1 ... (principal components). `layout
    undo` shows again what was shown before; `layout --refit` works out anew what is shown.
    """
    if not name and not refit:
        _list(common)
        return
    from tui_browser.library.switching import switch, switch_back

    if name == ("undo",) and refit:
        raise click.UsageError("layout undo fits nothing: leave --refit out")
    line = ProgressLine(common)
    try:
        with change(common.library_path) as store:
            if name == ("undo",):
                done = switch_back(store)
            else:
                done = switch(store, " ".join(name) or store.shown_layout(), refit=refit, report=line.show)
    finally:
        line.end()
    answer = Answer(common)
    if common.json:
        answer.row({"name": done.name, "samples": done.samples, "shown": True, "drift_median": done.drift_median,
                    "drift_p95": done.drift_p95})  # fmt: skip
    answer.say(
        f"{done.name}: {counted(done.samples, 'sample')}; half of them moved more than {done.drift_median:.1%} of the "
        f"map, 5 % more than {done.drift_p95:.1%}"
    )


def _list(common: Common) -> None:
    answer = Answer(common)
    with Library.open(common.library_path) as library:
        layouts = library.layouts()
    for each in layouts:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.fitted_at))
        answer.row(
            {"name": each.name, "samples": each.samples, "fitted_at": each.fitted_at, "space": each.space,
             "shown": each.shown},
            text=f"{'*' if each.shown else ' '} {each.name:<16}\t{counted(each.samples, 'sample')}\t{when}",
        )  # fmt: skip
    if not layouts:
        answer.say("no layout is stored yet (tui-browser index makes the first)")
