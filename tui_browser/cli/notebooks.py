"""Verb `export notebooks`: data for notebooks, and back into a library."""

from __future__ import annotations

import click

from tui_browser.cli.common import CommonOptions, pass_common
from tui_browser.cli.folder_export import SEED_OPTION, clip_format, export_options, finish, run_export
from tui_browser.cli.numbers import FiniteRange
from tui_browser.workbench.clips import ExportSummary
from tui_browser.workbench.fingerprints import KINDS
from tui_browser.workbench.notebooks.folder import COLOURS, FILES, NotebookRequest
from tui_browser.workbench.notebooks.tsne import LEAST_DIMS, MODES, PERPLEXITIES

_PERPLEXITY = FiniteRange(min=PERPLEXITIES[0], max=PERPLEXITIES[1])


@click.command()
@export_options(rate=48_000, clip_s=0.25)
@click.option("--out", metavar="FOLDER", help="New folder for the data; with --from, for sounds that are missing.")
@click.option("--from", "source", metavar="FOLDER", help="Read such a folder into the library instead.")
@click.option("--fingerprint", type=click.Choice(KINDS), default="stft", show_default=True, help="Kind of fingerprint.")
@click.option("--no-tsne", is_flag=True, help="Leave out t-SNE, and the grids and plots of it.")
@click.option("--mode", "modes", type=click.Choice(MODES), multiple=True, help="Data for t-SNE (default: all).")
@click.option(
    "--dims",
    type=click.IntRange(LEAST_DIMS, 1024),
    multiple=True,
    default=(30,),
    show_default=True,
    help="Principal components that t-SNE gets.",
)
@click.option(
    "--perplexity", "perplexities", type=_PERPLEXITY, multiple=True, default=(30.0,), show_default=True,
    help="Neighbours of a sample in t-SNE; more than one is possible, as for --mode and --dims.",
)  # fmt: skip
@click.option(
    "--colors", "colours", type=click.Choice(COLOURS), default="tsne", show_default=True, help="What colours stand for."
)
@SEED_OPTION
@pass_common
def notebooks(
    common: CommonOptions,
    query: str,
    out: str | None,
    source: str | None,
    force: bool,
    limit: int,
    rate: int,
    clip_s: float,
    longest_s: float,
    seed: int,
    fingerprint: str,
    no_tsne: bool,
    modes: tuple[str, ...],
    dims: tuple[int, ...],
    perplexities: tuple[float, ...],
    colours: str,
) -> None:
    """Write the samples that match QUERY as data for notebooks.

    The folder holds sounds, fingerprints, t-SNE, colours, grids and plots as the AudioNotebooks read them. With
    --from, the sounds, tags and layouts of such a folder come into the library instead.
    """
    if source is not None:
        from tui_browser.cli.notebook_import import import_notebooks

        import_notebooks(common, source, out, query=query)
        return
    if out is None:
        raise click.UsageError("Missing option '--out'.")

    def request(folder: str) -> NotebookRequest:
        return NotebookRequest(
            library=common.library_path,
            folder=folder,
            query=query,
            limit=limit,
            clip_format=clip_format(rate, clip_s, longest_s),
            fingerprint=fingerprint,
            modes=modes,
            dims=dims,
            perplexities=perplexities,
            tsne=not no_tsne,
            colours=colours,
            seed=seed,
        )

    target = "tui_browser.workbench.notebooks.folder:write_notebook_folder"
    summary: ExportSummary = run_export(common, out, force=force, names=FILES, target=target, request=request)
    finish(common, out, samples=summary.samples, omitted=summary.omitted, fields={}, report="report.json")
