"""Verbs `search`, `near` and `classify`."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import NoReturn

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, exit_if_failed, pass_common, sample_fields
from tui_browser.cli.numbers import SECONDS
from tui_browser.cli.saved_searches import change_saved, saved_search_options
from tui_browser.config.saved_searches import known_name, saved_searches
from tui_browser.config.settings import load_settings
from tui_browser.errors import AudioError, BrowserError
from tui_browser.library.library import Library
from tui_browser.search.unfinished import asks_for_whole_files, unfinished_sentence


@click.command()
@click.argument("query", required=False)
@click.option("-n", "limit", type=click.IntRange(min=0), default=20, help="Show at most this many; 0 shows all.")
@saved_search_options
@pass_common
def search(
    common: CommonOptions,
    query: str | None,
    limit: int,
    save: str | None,
    saved: str | None,
    forget: str | None,
    list_saved: bool,
    force: bool,
) -> None:
    """List the samples that match QUERY, best match first.

    QUERY is words of names and folders, classes, and conditions such as `dur:<0.4`, `tag:808` and `-word`. `@NAME` in
    it is a saved search.
    """
    if change_saved(common, query, save=save, saved=saved, forget=forget, list_saved=list_saved, force=force):
        return
    if query is None and saved is None:
        raise click.UsageError("search takes a QUERY; '' is everything")
    query = query or ""
    if saved is not None:
        name = known_name(saved, saved_searches())
        query = f"@{name} ({query})" if query else f"@{name}"
    answer = AnswerWriter(common)
    any_row = False
    with Library.open(common.library_path) as library:
        for row, score in library.search(query, limit=limit):
            any_row = True
            answer.row({**sample_fields(row), "score": score}, path=row.path)
        if asks_for_whole_files(query):
            _tell_unfinished(common, library)
    if not any_row:
        _exit_without_result(common, "no sample matches")


def _tell_unfinished(common: CommonOptions, library: Library) -> None:
    """Say how many long files have no tempo, key and slices yet, unless --quiet is given."""
    unfinished = 0 if common.quiet else library.unfinished()
    if unfinished:
        complain(f"{unfinished_sentence(unfinished)} (tui-browser index reads them)")


def _exit_without_result(common: CommonOptions, sentence: str) -> NoReturn:
    """Exit with 1, and say why unless --quiet is given."""
    if not common.quiet:
        complain(sentence)
    raise SystemExit(1)


@click.command()
@click.argument("file")
@click.option("-k", "k", type=click.IntRange(min=1), default=10, help="Number of samples.")
@click.option("--onset", type=SECONDS, default=None, help="Use the sound of FILE from this second on.")
@click.option("--self", "keep_self", is_flag=True, help="List FILE itself too.")
@pass_common
def near(common: CommonOptions, file: str, k: int, onset: float | None, keep_self: bool) -> None:
    """List the samples that sound most like FILE.

    For -, audio is read from standard input.
    """
    from tui_browser.indexing.file_encoder import FileEncoder

    answer = AnswerWriter(common)
    any_row = False
    with Library.open(common.library_path) as library, _as_file(file) as path:
        if not len(library):
            raise BrowserError(
                "the library is empty", path=common.library_path, hint="tui-browser index FOLDER fills it"
            )
        path = library.known_as([path])[0] or path
        vector = library.vector_of(path) if onset is None else None
        if vector is None:
            with FileEncoder.for_library(library, common.model) as encoder:
                vector = encoder.encode(path, start_s=onset).embedding[0]
        for rank, (row, distance) in enumerate(
            library.near(vector, k=k, leave_out=None if keep_self else path), start=1
        ):
            any_row = True
            fields = {**sample_fields(row), "distance": distance, "rank": rank}
            whole = library.sample(row.id)
            slice_text = f"\tat {row.onset_s:.3f} s" if whole is not None and whole.onset_s != row.onset_s else ""
            answer.row(fields, path=row.path, text=f"{distance:.3f}\t{answer.shown(row.path)}{slice_text}")
        waiting = 0 if any_row else library.status()["waiting"]
        _tell_unfinished(common, library)
    if not any_row:
        _exit_without_result(
            common,
            "no sample is encoded yet (tui-browser index continues)"
            if waiting
            else "the library has no other sample with a sound",
        )


@click.command()
@click.argument("files", nargs=-1, required=True)
@pass_common
def classify(common: CommonOptions, files: tuple[str, ...]) -> None:
    """Show the class of each FILE with its probability.

    --json shows the probability of every class.
    """
    from tui_browser.indexing.file_encoder import FileEncoder, load_model

    answer = AnswerWriter(common)
    errors: list[BrowserError] = []
    bundle = load_model(common.model or load_settings().model)
    if bundle.classes is None:
        raise BrowserError("this model has no classes", path=bundle.folder, hint="--model drums has")
    with FileEncoder(bundle) as encoder:
        for file in files:
            path = os.fsencode(os.path.abspath(file))
            try:
                encoding = encoder.encode(path)
            except BrowserError as error:
                errors.append(error)
                continue
            assert encoding.probabilities is not None  # the bundle has classes
            probabilities = {name: float(p) for name, p in zip(bundle.classes, encoding.probabilities[0], strict=True)}
            name = max(probabilities, key=probabilities.__getitem__)
            fields = {
                "path": os.fsdecode(path),
                "class": name,
                "class_p": probabilities[name],
                "probabilities": probabilities,
            }
            answer.row(fields, path=path, text=f"{name}\t{probabilities[name]:.2f}\t{answer.shown(path)}")
    exit_if_failed(errors)


@contextlib.contextmanager
def _as_file(file: str) -> Iterator[bytes]:
    """The absolute path of FILE; standard input is copied to a temporary file."""
    if file != "-":
        yield os.fsencode(os.path.abspath(file))
        return
    with tempfile.NamedTemporaryFile(prefix="tui-browser-", suffix=".audio") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        path = os.fsencode(copy.name)
        try:
            yield path
        except AudioError as error:  # a person does not know the temporary file
            raise AudioError(error.what, path="standard input", hint=error.hint) from error
