"""Verbs `search` and `classify`."""

from __future__ import annotations

import os

import click
import numpy as np

from tui_browser.cli.common import AnswerWriter, CommonOptions, exit_if_failed, pass_common, sample_fields
from tui_browser.cli.hearing import hear
from tui_browser.cli.no_result import exit_without_result, tell_unfinished
from tui_browser.cli.saved_searches import change_saved, saved_search_options
from tui_browser.config.saved_searches import known_name, saved_searches
from tui_browser.config.settings import DEFAULT_MODEL, load_settings
from tui_browser.errors import BrowserError
from tui_browser.library.library import Library
from tui_browser.search.sound_meanings import meanings
from tui_browser.search.unfinished import asks_for_whole_files


@click.command()
@click.argument("query", required=False)
@click.option("-n", "limit", type=click.IntRange(min=0), default=20, help="Show at most this many; 0 shows all.")
@click.option("--explain", is_flag=True, help="Say on standard error what the sound words of QUERY meant.")
@saved_search_options
@pass_common
def search(
    common: CommonOptions,
    query: str | None,
    limit: int,
    explain: bool,
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
    with Library.open(common.library_path, hear=hear) as library:
        snapshot, matches = library.find(query)
        if explain:
            for line in meanings(matches) or ["no sound word is in the query"]:
                click.echo(line, err=True)
        for row, score in library.rows_found(snapshot, matches, limit=limit):
            any_row = True
            fields = {**sample_fields(row), "score": score}
            if matches.sounds:
                at = int(np.searchsorted(snapshot.ids, row.id))
                fields["sounds"] = {found.word: round(float(found.strength[at]), 3) for found in matches.sounds}
            answer.row(fields, path=row.path)
        if asks_for_whole_files(query):
            tell_unfinished(common, library)
    if not any_row:
        exit_without_result(common, "no sample matches")


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
        raise BrowserError("this model has no classes", path=bundle.folder, hint=f"--model {DEFAULT_MODEL} has")
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
                "class_family": bundle.class_family.get(name),
                "probabilities": probabilities,
            }
            answer.row(fields, path=path, text=f"{name}\t{probabilities[name]:.2f}\t{answer.shown(path)}")
    exit_if_failed(errors)
