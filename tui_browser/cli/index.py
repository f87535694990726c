"""Verbs `index` and `watch`."""

from __future__ import annotations

import dataclasses
import os

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, complain, exit_if_failed, pass_common
from tui_browser.cli.engines import engine_option, engine_starter, path_map_option, scheduler_option
from tui_browser.cli.roots import folder_path
from tui_browser.cli.shards import force_option, out_option, shard_option, write_shard
from tui_browser.config.settings import load_settings
from tui_browser.errors import BrowserError, LayoutError, counted, printable
from tui_browser.indexing import read_again
from tui_browser.indexing.compare import root_of
from tui_browser.indexing.run_counts import RunCounts
from tui_browser.indexing.unseen import unseen_sentence
from tui_browser.library.library import open_for_writing
from tui_browser.records import Progress

MOST_NAMED = 20
"""Files that are named one by one."""
_LAYOUTS = ("auto", "near", "umap", "tsne", "pca", "grid", "none")


def _layout(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Check the layout before a long run starts; axes get the name under which they are stored."""
    if "=" not in value:
        if value not in _LAYOUTS:
            names = ", ".join(map(repr, _LAYOUTS))
            raise click.BadParameter(f"{value!r} is not one of {names}, nor axes as in x=dim3,y=length", ctx, param)
        if value in ("auto", "none"):
            return value
    from tui_browser.layouts.fit import check_installed  # numpy: 0.1 s
    from tui_browser.layouts.notes import layout_name

    try:
        check_installed(value)
        return layout_name(value)
    except LayoutError as error:
        raise click.BadParameter(str(error), ctx, param) from error


@click.command()
@click.argument("folders", nargs=-1)
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Decoder processes (default: one per core).")
@engine_option
@scheduler_option
@path_map_option
@shard_option
@out_option
@force_option
@click.option(
    "--layout",
    callback=_layout,
    metavar="[" + "|".join((*_LAYOUTS, "AXES")) + "]",
    default="auto",
    help="Layout of the map; AXES are two axes, as in x=dim3,y=log:length (see layout --help).",
)
@click.option("--verify", is_flag=True, help="Read every file again, also those that seem unchanged.")
@pass_common
def index(
    common: CommonOptions,
    folders: tuple[str, ...],
    jobs: int | None,
    engine: str,
    scheduler: str | None,
    path_maps: tuple[str, ...],
    shard: tuple[int, int] | None,
    out: str | None,
    force: bool,
    layout: str,
    verify: bool,
) -> None:
    """Bring the library up to date with the disk.

    Scans the folders, decodes and encodes new files, and places them on the map. FOLDERs that are not in the library
    yet are added first. With --verify, FOLDERs may lie inside of the library's folders. With --shard the
    library is not written.
    """
    if shard is None and (out or force):
        raise click.UsageError("--out and --force are for --shard I/N")
    if shard is not None and engine != "local":
        raise click.UsageError("--shard runs on this machine alone, without --engine")
    from tui_browser.indexing.indexer import index_library

    paths, errors = [], []
    for folder in folders:
        try:
            paths.append(folder_path(folder))
        except BrowserError as error:
            errors.append(error)
    if folders and not paths:
        exit_if_failed(errors)
    settings = load_settings()
    jobs = jobs or settings.jobs or os.cpu_count() or 1
    if shard is not None:
        exit_if_failed(errors)
        write_shard(common, shard, paths, jobs=jobs, out=out, force=force)
        return
    line = ProgressLine(common)
    try:
        with (
            engine_starter(engine, scheduler=scheduler, rules=path_maps) as start,
            open_for_writing(common.library_path) as store,
        ):
            known = [root.path for root in store.roots()] if verify else []
            outcome = index_library(
                store,
                add=[path for path in paths if not root_of(path, known)],
                only=paths,
                model=common.model,
                fallback=settings.model,
                jobs=jobs,
                layout=layout,
                report=line.show,
                tell=lambda note: complain(note),
                verify=verify,
                start=start,
            )
    finally:
        line.end()
    answer = AnswerWriter(common)
    tally = outcome.counts
    if common.json:
        fields = dataclasses.asdict(tally)
        for name in ("unsettled", "empty_roots", "absent_roots", "to_try_again", "differing", "fresh"):
            fields[name] = [os.fsdecode(path) for path in fields[name]]
        fields["unseen"] = [{"path": os.fsdecode(folder.path), "reason": folder.reason} for folder in tally.unseen]
        fields |= {"layout": outcome.layout, "seconds": round(outcome.seconds, 3), "samples": outcome.samples}
        fields["first_pass_seconds"] = round(outcome.first_pass_s, 3)
        answer.row(fields)
    answer.say(_summary(outcome.samples, tally, outcome.seconds))
    if tally.again:
        answer.say(f"{read_again.summary(tally.again)} ({tally.checked:,} the same)")
    for path in tally.differing[:MOST_NAMED]:
        complain(f"another sound than before, though size and time are the same: {printable(path)}")
    if len(tally.differing) > MOST_NAMED:
        complain(f"and {len(tally.differing) - MOST_NAMED:,} more of these (--json lists all)")
    if tally.rejected:
        answer.say(f"{counted(tally.rejected, 'file')} could not be read (tui-browser rejects lists the reasons)")
    reported = {*tally.absent_roots, *tally.empty_roots}
    if others := [folder for folder in tally.unseen if folder.path not in reported]:
        complain(unseen_sentence(others))
    for path in tally.absent_roots:
        complain(f"a folder is missing, its samples are kept: {printable(path)}")
    for path in tally.empty_roots:
        complain(f"a folder is empty, its samples are kept (tui-browser forget removes them): {printable(path)}")
    for notice in outcome.notices:
        complain(notice)
    exit_if_failed(errors)


def _summary(samples: int, tally: RunCounts, seconds: float) -> str:
    decoded, moved, missing, removed = tally.decoded, tally.moved, tally.missing, tally.removed
    parts = [counted(samples, "sample")]
    if decoded:
        rate = decoded / max(seconds, 1e-3)
        parts.append(f"{counted(decoded, 'file')} read in {seconds:.1f} s" + (f" ({rate:,.0f}/s)" if rate >= 1 else ""))
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
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Decoder processes (default: one per core).")
@pass_common
def watch(common: CommonOptions, jobs: int | None) -> None:
    """Keep the library up to date until ctrl-c, without the app."""
    from tui_browser.service.index_service import serve
    from tui_browser.service.messages import Changed, Notice

    settings = load_settings()
    line = ProgressLine(common)
    answer = AnswerWriter(common)

    def show(event: object) -> None:
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
            emit=show,
        )
    finally:
        line.end()
