"""What a search says beside its answer: that it found nothing, or that more will be known later."""

from __future__ import annotations

from typing import NoReturn

from tui_browser.cli.common import CommonOptions, complain
from tui_browser.library.library import Library
from tui_browser.search.unfinished import unfinished_sentence


def exit_without_result(common: CommonOptions, sentence: str) -> NoReturn:
    """Exit with 1, and say why unless --quiet is given."""
    if not common.quiet:
        complain(sentence)
    raise SystemExit(1)


def tell_unfinished(common: CommonOptions, library: Library) -> None:
    """Say how many long files have no tempo, key and slices yet, unless --quiet is given."""
    unfinished = 0 if common.quiet else library.unfinished()
    if unfinished:
        complain(f"{unfinished_sentence(unfinished)} (tui-browser index reads them)")
