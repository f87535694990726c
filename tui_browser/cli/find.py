"""search, near, classify: which samples match words, a sound, a class."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import NoReturn

import click

from tui_browser.cli.common import Answer, Common, complain, pass_common, refused, sample_fields
from tui_browser.cli.number import SECONDS
from tui_browser.config.settings import load_settings
from tui_browser.errors import AudioError, BrowserError, printable
from tui_browser.library.door import Library


@click.command()
@click.argument("query")
@click.option("-n", "limit", type=click.IntRange(min=0), default=20, help="At most so many; 0 is no limit.")
@pass_common
def search(common: Common, query: str, limit: int) -> None:
    """Samples that match QUERY, best first: words of names and folders, classes, `dur:<0.4`, `tag:808`, `-word`."""
    answer = Answer(common)
    found = False
    with Library.open(common.library_path) as library:
        for row, score in library.search(query, limit=limit):
            found = True
            answer.row({**sample_fields(row), "score": score}, path=row.path)
    if not found:
        _nothing(common, "no sample matches")


def _nothing(common: Common, told: str) -> NoReturn:
    """Leave with 1, for people in words as well."""
    if not common.quiet:
        complain(told)
    raise SystemExit(1)


@click.command()
@click.argument("file")
@click.option("-k", "k", type=click.IntRange(min=1), default=10, help="How many.")
@click.option("--onset", type=SECONDS, default=None, help="Listen from this second of FILE on.")
@click.option("--self", "keep_self", is_flag=True, help="List the file itself too.")
@pass_common
def near(common: Common, file: str, k: int, onset: float | None, keep_self: bool) -> None:
    """The samples that sound most like FILE (`-` reads audio from standard input)."""
    from tui_browser.library.ear import Ear

    answer = Answer(common)
    found = False
    with Library.open(common.library_path) as library, _as_file(file) as path:
        if not len(library):
            raise BrowserError(
                "the library is empty", path=common.library_path, hint="tui-browser index FOLDER fills it"
            )
        path = library.known_as([path])[0] or path
        vector = library.vector_of(path) if onset is None else None
        if vector is None:
            with Ear.for_library(library, common.model) as ear:
                vector = ear.hear(path, start_s=onset).embedding[0]
        for rank, (row, distance) in enumerate(
            library.near(vector, k=k, leave_out=None if keep_self else path), start=1
        ):
            found = True
            fields = {**sample_fields(row), "distance": distance, "rank": rank}
            shown = printable(row.path) if sys.stdout.isatty() else os.fsdecode(row.path)
            whole = library.sample(row.id)
            hit = f"\tat {row.onset_s:.3f} s" if whole is not None and whole.onset_s != row.onset_s else ""
            answer.row(fields, path=row.path, text=f"{distance:.3f}\t{shown}{hit}")
        waiting = 0 if found else library.status()["waiting"]
    if not found:
        _nothing(
            common,
            "samples wait for the model (index goes on)"
            if waiting
            else "no other sample of the library has neighbours",
        )


@click.command()
@click.argument("files", nargs=-1, required=True)
@pass_common
def classify(common: Common, files: tuple[str, ...]) -> None:
    """The class of each FILE by its sound, with the probability of every class."""
    from tui_browser.library.ear import Ear, load_model

    answer = Answer(common)
    errors: list[BrowserError] = []
    bundle = load_model(common.model or load_settings().model)
    if bundle.classes is None:
        raise BrowserError("this model has no classes", path=bundle.folder, hint="--model drums has")
    with Ear(bundle) as ear:
        for file in files:
            path = os.fsencode(os.path.abspath(file))
            try:
                encoding = ear.hear(path)
            except BrowserError as error:
                errors.append(error)
                continue
            assert encoding.probabilities is not None  # the bundle has classes
            chances = {name: float(p) for name, p in zip(bundle.classes, encoding.probabilities[0], strict=True)}
            name = max(chances, key=chances.__getitem__)
            fields = {
                "path": os.fsdecode(path),
                "class": name,
                "class_p": chances[name],
                "probabilities": chances,
            }
            answer.row(fields, path=path, text=f"{name}\t{chances[name]:.2f}\t{printable(path)}")
    refused(errors)


@contextlib.contextmanager
def _as_file(file: str) -> Iterator[bytes]:
    """The absolute path of FILE; standard input is kept in a temporary file for as long as it is needed."""
    if file != "-":
        yield os.fsencode(os.path.abspath(file))
        return
    with tempfile.NamedTemporaryFile(prefix="tui-browser-", suffix=".audio") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        path = os.fsencode(kept.name)
        try:
            yield path
        except AudioError as error:  # nobody knows that file
            raise AudioError(error.what, path="standard input", hint=error.hint) from error
