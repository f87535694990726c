"""Verb `export page`: the map of the chosen sounds as one HTML file to send."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import click

from tui_browser.cli.common import (
    AnswerWriter,
    CommonOptions,
    complain,
    exit_if_failed,
    pass_common,
)
from tui_browser.cli.hearing import hear
from tui_browser.cli.numbers import FiniteRange
from tui_browser.cli.output import open_output, refuse_standard_output
from tui_browser.cli.step_progress import StepProgress
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.library.library import Library

_NAME = "index.html"
_MARKUP = (".html", ".htm")


@click.command()
@click.argument("query", default="")
@click.option("--out", required=True, metavar="DIR", help="Folder for index.html, created if needed, or a FILE.html.")
@click.option(
    "-n", "limit", type=click.IntRange(min=0), default=0, help="At most this many, best match first; 0 is all."
)
@click.option(
    "--seconds", type=FiniteRange(min=0.1, max=60), default=2.0, show_default=True, help="Most of a sound that is kept."
)
@click.option(
    "--max-size", type=FiniteRange(min=0.1, max=500), default=25.0, show_default=True, metavar="MB",
    help="Largest page, in MB.",
)  # fmt: skip
@click.option("--title", metavar="TEXT", help="Title of the page (default: the query, or the folders' names).")
@click.option("--force", is_flag=True, help="Replace a page that is there.")
@pass_common
def page(
    common: CommonOptions,
    query: str,
    out: str,
    limit: int,
    seconds: float,
    max_size: float,
    title: str | None,
    force: bool,
) -> None:
    """Write the map of the samples that match QUERY, with their sounds, as one page for any browser.

    The page needs no server, no internet and no other file. Without QUERY it has all samples.
    """
    from tui_browser.workbench.page.chosen import choose_sounds, page_title
    from tui_browser.workbench.page.document import build_page
    from tui_browser.workbench.page.excerpts import MB, make_excerpts, too_large

    refuse_standard_output(out, "the page needs a folder")
    path = _page_path(out)
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose_sounds(library, query, limit=limit)
        roots = library.root_paths()
    if not len(chosen):
        raise BrowserError(
            "no matching sample has a place on the map" if chosen.unplaced else "no sample matches",
            hint="index the library first" if chosen.unplaced else "an empty QUERY takes all",
        )
    with _folder_of(path), open_output(path, force=force, library=common.library_path) as file:
        with StepProgress(common, "packing", len(chosen), "sound") as progress:
            made = make_excerpts(chosen.sounds, seconds=seconds, max_bytes=round(max_size * MB), step=progress.step)
        if not any(made.excerpts):
            raise BrowserError("no sound could be read", hint=str(made.errors[0]))
        text = title if title is not None else page_title(len(chosen), roots, query)
        content = build_page(chosen, made.excerpts, title=printable(text), seconds=seconds)
        if len(content) > max_size * MB:
            raise too_large(len(chosen), seconds, len(content), round(max_size * MB), about=False)
        file.write(content)
    errors = [
        *made.errors,
        *(BrowserError("not in the page: no sample of a root", path=name) for name in chosen.refused),
    ]
    playable = sum(excerpt is not None for excerpt in made.excerpts)
    fields = {
        "path": path, "sounds": len(chosen), "playable": playable, "bytes": len(content), "unplaced": chosen.unplaced,
    }  # fmt: skip
    summary = f"{counted(len(chosen), 'sound')} in {printable(path)} ({len(content) / MB:,.1f} MB)"
    answer = AnswerWriter(common)
    answer.say(summary)
    if common.json or common.null:
        answer.row(fields, path=os.fsencode(path))
    if chosen.unplaced and not common.quiet:
        complain(f"{counted(chosen.unplaced, 'sample')} without a place on the map, not in the page")
    exit_if_failed(errors)


def _page_path(out: str) -> str:
    """Where the page is written: `out` itself if it names a page, else index.html in that folder."""
    if out.lower().endswith(_MARKUP) and not os.path.isdir(out):
        return os.path.abspath(out)
    return os.path.join(os.path.abspath(out), _NAME)


@contextlib.contextmanager
def _folder_of(path: str) -> Iterator[None]:
    """Make the folder of the page; one that was made is removed again if the page fails."""
    folder = os.path.dirname(path)
    missing: list[str] = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        yield
    except BaseException as error:  # ctrl-c included
        for made in missing:
            with contextlib.suppress(OSError):
                os.rmdir(made)
        if isinstance(error, OSError):
            raise BrowserError(f"the page could not be written: {error.strerror}", path=path) from error
        raise
