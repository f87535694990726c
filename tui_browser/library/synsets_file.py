"""The synsets of a file, or of the config folder."""

from __future__ import annotations

import json
import os

from tui_browser.config.places import config_dir
from tui_browser.errors import BrowserError
from tui_browser.safe_files import read_bounded
from tui_browser.search.synsets import DRUM_SYNSETS, Synsets

FILE_NAME = "synsets.json"
_MOST_BYTES = 16 << 20


def load_synsets(path: str | None) -> Synsets:
    """The sets of a file; without one those of `synsets.json` in the config folder, else the ones for drums.

    Raises BrowserError if the file is not a list of lists of words.
    """
    if path is None:
        own = os.path.join(config_dir(), FILE_NAME)
        if not os.path.exists(own):
            return DRUM_SYNSETS
        path = own
    try:
        sets = json.loads(read_bounded(path, _MOST_BYTES))
    except OSError as error:
        raise BrowserError(f"the synsets cannot be read: {error.strerror}", path=path) from error
    except (ValueError, RecursionError) as error:
        raise BrowserError("the synsets are no JSON", path=path, hint=_SHAPE) from error
    if not isinstance(sets, list) or not all(
        isinstance(words, list) and all(isinstance(word, str) for word in words) for words in sets
    ):
        raise BrowserError("the synsets are not lists of words", path=path, hint=_SHAPE)
    return Synsets(sets)


_SHAPE = 'it looks like [["kick", "kickdrum"], ["hihat", "hat"]]'


def readable_synsets() -> Synsets:
    """Those of the config folder; those for drums where its file cannot be read."""
    try:
        return load_synsets(None)
    except BrowserError:
        return DRUM_SYNSETS
