"""`index --shard I/N`: the part of an array job that one machine does; and the verb `merge`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, complain, pass_common
from tui_browser.cli.engines import path_map, path_map_option
from tui_browser.cli.output import refuse_standard_output
from tui_browser.config.settings import load_settings
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.indexing.shards.job import ShardJob, ShardManifest, manifest_fields, parse_shard
from tui_browser.library.library import Library, open_for_writing
from tui_browser.version import __version__


def shard_numbers(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """The callback of `--shard`."""
    try:
        return None if value is None else parse_shard(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


shard_option = click.option(
    "--shard",
    metavar="I/N",
    callback=shard_numbers,
    help="Do part I of N alone, into --out; merge joins the parts.",
)
out_option = click.option("--out", metavar="FILE", help="The file of the shard.")
force_option = click.option("--force", is_flag=True, help="Replace an existing shard.")


def write_shard(
    common: CommonOptions,
    shard: tuple[int, int],
    folders: Sequence[bytes],
    *,
    jobs: int,
    out: str | None,
    force: bool,
) -> None:
    """Write one shard; a complete one of the same job is left as it is."""
    if not out:
        raise click.UsageError("--shard needs --out FILE")
    refuse_standard_output(out, "a shard is a file that grows")
    from tui_browser.indexing.file_encoder import load_model, model_reference
    from tui_browser.indexing.shards.run import run_shard
    from tui_browser.indexing.shards.shard_file import PART, is_complete
    from tui_browser.indexing.workers import IndexWorkers

    roots, model = (tuple(dict.fromkeys(folders)), None) if folders else _roots_of(common)
    bundle = load_model(common.model or model or load_settings().model)
    job = ShardJob(*shard, roots, model_reference(bundle), bundle.space, __version__)
    path = os.path.realpath(out)
    answer = AnswerWriter(common)
    if force:
        for old in (path, path + PART):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(old)
    elif is_complete(path, job):
        answer.say(f"shard {job.number} of {job.of} is complete already: {printable(path)} (--force does it again)")
        return
    line = ProgressLine(common)
    engine = IndexWorkers(bundle, jobs=jobs, nice=False)
    try:
        manifest = run_shard(job, path, engine=engine, report=line.show)
    except KeyboardInterrupt:
        line.end()
        complain("interrupted; the same command goes on from here")
        raise
    finally:
        line.end()
        engine.close()
    if common.json or common.null:
        answer.row(manifest_fields(job, manifest), path=os.fsencode(path))
    answer.say(_summary(job, manifest))
    for folder in manifest.unseen:
        complain(f"could not be read: {printable(folder)}")


def _roots_of(common: CommonOptions) -> tuple[tuple[bytes, ...], str | None]:
    """The roots of the library, and its model where it has one."""
    with Library.open(common.library_path) as library:
        roots = tuple(os.fsencode(root["path"]) for root in library.status()["roots"])
        model = library.model if library.space else None
    if not roots:
        raise BrowserError("there is no folder to index", path=common.library_path, hint="name them: index FOLDER ...")
    return roots, model


def _summary(job: ShardJob, manifest: ShardManifest) -> str:
    text = f"shard {job.number} of {job.of}: {counted(manifest.samples, 'sample')} of {counted(manifest.files, 'file')}"
    if manifest.rejects:
        text += f", {counted(manifest.rejects, 'reject')}"
    return f"{text} in {manifest.seconds:.1f} s"


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--partial", is_flag=True, help="Merge what is there although shards are missing.")
@click.option("--dry-run", is_flag=True, help="Only check the shards and print their manifests.")
@click.option("--layout", type=click.Choice(["auto", "none"]), default="auto", help="Whether to fit a map that is due.")
@path_map_option
@pass_common
def merge(
    common: CommonOptions, files: tuple[str, ...], partial: bool, dry_run: bool, layout: str, path_maps: tuple[str, ...]
) -> None:
    """Merge the shards in FILES into the library.

    They are the N files that `index --shard I/N` wrote. Samples keep their ids and what was said about them; merging
    again changes nothing.
    """
    from tui_browser.indexing.shards.merge import opened_shards

    answer = AnswerWriter(common)
    with opened_shards(files, path_map=path_map(path_maps), partial=partial) as shards:
        if dry_run:
            for reader in shards.readers:
                answer.row(manifest_fields(reader.job, reader.manifest), text=_summary(reader.job, reader.manifest))
            return
        from tui_browser.indexing.indexer import index_library
        from tui_browser.indexing.shards.merge import ShardEngine, check_library, shard_bundle

        bundle = shard_bundle(shards, model=common.model)
        with _progress(common) as line, open_for_writing(common.library_path) as store:
            check_library(store, bundle)
            engine = ShardEngine(shards, bundle, store)
            try:
                outcome = index_library(
                    store,
                    add=shards.roots,
                    model=None,
                    jobs=1,
                    layout=layout,
                    report=line.show,
                    workers=engine,
                    second_pass=False,
                )
            finally:
                engine.close()
        tally, count = outcome.counts, len(shards.readers)
        fields = {
            "shards": count, "samples": outcome.samples, "merged": tally.decoded, "unchanged": tally.unchanged,
            "moved": tally.moved, "removed": tally.removed, "rejected": tally.rejected, "layout": outcome.layout,
            "seconds": round(outcome.seconds, 3),
        }  # fmt: skip
        if common.json:
            answer.row(fields)
        new = f"{counted(tally.decoded, 'file')} merged" if tally.decoded else "nothing new"
        parts = [f"{counted(outcome.samples, 'sample')} in the library", f"{new} from {counted(count, 'shard')}"]
        parts += [f"{tally.moved:,} moved"] if tally.moved else []
        parts += [f"{tally.removed:,} gone"] if tally.removed else []
        parts += [f"{tally.rejected:,} rejected"] if tally.rejected else []
        answer.say(", ".join(parts))
        for note in (*shards.notes(), *outcome.notices):
            complain(note)


@contextlib.contextmanager
def _progress(common: CommonOptions) -> Iterator[ProgressLine]:
    line = ProgressLine(common)
    try:
        yield line
    finally:
        line.end()
