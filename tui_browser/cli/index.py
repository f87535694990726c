"""index, watch: make the library equal the disk, once or for as long as it runs."""

from __future__ import annotations

import dataclasses
import os

import click

from tui_browser.cli.common import Answer, Common, ProgressLine, complain, pass_common, refused
from tui_browser.cli.roots import folder_bytes
from tui_browser.config.settings import load_settings
from tui_browser.errors import BrowserError, LayoutError, counted, printable
from tui_browser.library.door import change
from tui_browser.library.tally import Tally
from tui_browser.library.unseen import unseen_sentence
from tui_browser.records import Progress

_LAYOUTS = ("auto", "near", "umap", "tsne", "pca", "grid", "none")


def _layout(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """One of some names, or two axes by the name that they are stored under: looked at before a long run begins."""
    if "=" not in value:
        if value not in _LAYOUTS:
            names = ", ".join(map(repr, _LAYOUTS))
            raise click.BadParameter(f"{value!r} is not one of {names}, nor axes as in x=dim3,y=length", ctx, param)
        return value
    from tui_browser.library.layoutnotes import layout_name  # numpy: 0.1 s

    try:
        return layout_name(value)
    except LayoutError as error:
        raise click.BadParameter(str(error), ctx, param) from error


@click.command()
@click.argument("folders", nargs=-1)
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Decoder processes (default: one a core).")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", help="Where the work is done.")
@click.option(
    "--layout",
    callback=_layout,
    metavar="[" + "|".join((*_LAYOUTS, "AXES")) + "]",
    default="auto",
    help="How samples are placed on the map; AXES as in x=dim3,y=log:length (see `layout --help`).",
)
@pass_common
def index(common: Common, folders: tuple[str, ...], jobs: int | None, engine: str, layout: str) -> None:
    """Scan, decode, encode and place; FOLDERs that are no roots yet are added first."""
    if engine == "dask":
        raise BrowserError("the dask engine is not in this version", hint="--engine local uses all cores")
    from tui_browser.library.indexer import index_library

    paths, errors = [], []
    for folder in folders:
        try:
            paths.append(folder_bytes(folder))
        except BrowserError as error:
            errors.append(error)
    if folders and not paths:
        refused(errors)
    settings = load_settings()
    line = ProgressLine(common)
    try:
        with change(common.library_path) as store:
            outcome = index_library(
                store,
                add=paths,
                only=paths,
                model=common.model or store.meta("model") or settings.model,
                jobs=jobs or settings.jobs or os.cpu_count() or 1,
                layout=layout,
                report=line.show,
            )
    finally:
        line.end()
    answer = Answer(common)
    tally = outcome.tally
    if common.json:
        fields = dataclasses.asdict(tally)
        for name in ("unsettled", "empty_roots", "absent_roots", "to_try_again"):
            fields[name] = [os.fsdecode(path) for path in fields[name]]
        fields["unseen"] = [{"path": os.fsdecode(one.path), "reason": one.reason} for one in tally.unseen]
        fields |= {"layout": outcome.layout, "seconds": round(outcome.seconds, 3), "samples": outcome.samples}
        answer.row(fields)
    answer.say(_summary(outcome.samples, tally, outcome.seconds))
    if tally.rejected:
        answer.say(f"{counted(tally.rejected, 'file')} could not be read (tui-browser rejects lists the reasons)")
    told = {*tally.absent_roots, *tally.empty_roots}
    if others := [one for one in tally.unseen if one.path not in told]:
        complain(unseen_sentence(others))
    for path in tally.absent_roots:
        complain(f"a root is missing, its samples are kept: {printable(path)}")
    for path in tally.empty_roots:
        complain(f"a root is empty, its samples are kept (tui-browser forget drops them): {printable(path)}")
    for notice in outcome.notices:
        complain(notice)
    refused(errors)


def _summary(samples: int, tally: Tally, seconds: float) -> str:
    decoded, moved, missing, removed = tally.decoded, tally.moved, tally.missing, tally.removed
    parts = [counted(samples, "sample")]
    if decoded:
        parts.append(f"{counted(decoded, 'file')} read in {seconds:.1f} s ({decoded / max(seconds, 1e-3):,.0f}/s)")
    else:
        parts.append("nothing new")
    if moved:
        parts.append(f"{counted(moved, 'file')} moved")
    if missing:
        parts.append(f"{counted(missing, 'file')} missing")
    if removed:
        parts.append(f"{counted(removed, 'file')} gone")
    return ", ".join(parts)


@click.command()
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Decoder processes (default: one a core).")
@pass_common
def watch(common: Common, jobs: int | None) -> None:
    """Keep the index up to date until stopped (ctrl-c), without the app."""
    from tui_browser.library.keeper import serve
    from tui_browser.library.messages import Changed, Notice

    settings = load_settings()
    line = ProgressLine(common)
    answer = Answer(common)

    def tell(event: object) -> None:
        if isinstance(event, Progress):
            line.show(event)
        elif isinstance(event, Changed):
            line.end()
            answer.row({"revision": event.revision}, text=f"revision {event.revision}" if not common.quiet else None)
        elif isinstance(event, Notice):
            line.end()
            complain(event.text)

    try:
        serve(
            common.library_path,
            model=common.model,
            fallback=settings.model,
            jobs=jobs or settings.jobs or os.cpu_count() or 1,
            tell=tell,
        )
    finally:
        line.end()
