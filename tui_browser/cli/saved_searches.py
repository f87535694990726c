"""Options of `search` that save queries by name, list them and delete them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions
from tui_browser.cli.hearing import hear
from tui_browser.config.saved_searches import forget_search, save_search, saved_searches
from tui_browser.errors import counted, printable
from tui_browser.library.library import Library
from tui_browser.search.query import parse_strict

Verb = TypeVar("Verb", bound=Callable[..., Any])


def saved_search_options(verb: Verb) -> Verb:
    """The options, for a verb."""
    options = (
        click.option("--save", metavar="NAME", help="Save QUERY under this name; @NAME in a query means it."),
        click.option("--saved", metavar="NAME", help="Search for the saved query, narrowed down by QUERY."),
        click.option("--forget", metavar="NAME", help="Delete a saved search."),
        click.option("--list-saved", is_flag=True, help="List the saved searches."),
        click.option("--force", is_flag=True, help="With --save, replace a search of this name."),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


def change_saved(
    common: CommonOptions,
    query: str | None,
    *,
    save: str | None,
    saved: str | None,
    forget: str | None,
    list_saved: bool,
    force: bool,
) -> bool:
    """Save, list or delete; whether that was asked for. Raises ConfigError and QueryError."""
    if (save is not None) + (saved is not None) + (forget is not None) + list_saved > 1:
        raise click.UsageError("--save, --saved, --forget and --list-saved exclude each other")
    if force and save is None:
        raise click.UsageError("--force goes with --save")
    if (forget is not None or list_saved) and query is not None:
        raise click.UsageError("--forget and --list-saved take no QUERY")
    answer = AnswerWriter(common)
    if save is not None:
        if not (query or "").strip():
            raise click.UsageError("--save takes a QUERY: search --save short-kicks 'class:kick dur:<0.3'")
        _save(answer, common, save.removeprefix("@"), str(query), force=force)
    elif forget is not None:
        name = forget.removeprefix("@")
        old = forget_search(name)
        _report(answer, common, {"name": name, "query": old}, f"forgot @{name}: {printable(old)}")
    elif list_saved:
        for name, text in saved_searches().items():
            answer.row({"name": name, "query": text}, text=f"@{name}\t{printable(text)}")
    return save is not None or forget is not None or list_saved


def _save(answer: AnswerWriter, common: CommonOptions, name: str, query: str, *, force: bool) -> None:
    """Save a query that can be understood and does not mean itself."""
    with Library.open(common.library_path, hear=hear) as library:
        parse_strict(query, classes=library.class_names, saved={**saved_searches(), name: query})
        save_search(name, query, force=force)
        _, matches = library.find(query)
    text = f"saved @{name}: {counted(len(matches), 'sample')} now"
    _report(answer, common, {"name": name, "query": query, "samples": len(matches)}, text)


def _report(answer: AnswerWriter, common: CommonOptions, fields: dict[str, Any], text: str) -> None:
    if common.json:
        answer.row(fields)
    else:
        answer.say(text)
