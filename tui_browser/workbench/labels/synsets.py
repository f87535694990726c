"""Words that mean the same: `[["kick", "kickdrum"], ...]`, the first of each set being the tag."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence

from tui_browser.config.places import config_dir
from tui_browser.errors import BrowserError
from tui_browser.safe_files import read_bounded

FILE_NAME = "synsets.json"
_MOST_BYTES = 16 << 20
_LONGEST_TAG = 64
_DEFAULT = (
    ("kick", "kicks", "kickdrum", "kickdrums", "bassdrum", "bassdrums", "bd"),
    ("snare", "snares", "snaredrum", "snaredrums", "sd"),
    ("clap", "claps", "handclap", "handclaps"),
    ("rim", "rims", "rimshot", "rimshots", "sidestick"),
    ("hihat", "hihats", "hat", "hats", "hh"),
    ("cymbal", "cymbals"),
    ("tom", "toms", "tomtom", "tomtoms"),
    ("cowbell", "cowbells"),
    ("shaker", "shakers", "maraca", "maracas"),
    ("loop", "loops"),
    ("vocal", "vocals", "vox"),
)
"""Used without a file of one's own."""


def as_tag(text: str) -> str:
    """A word or name as a tag: lower case, without blanks and commas; empty if nothing is left."""
    plain = unicodedata.normalize("NFC", text).lower()
    plain = "".join(char if char.isprintable() else " " for char in plain)
    return "-".join(re.split(r"[\s,;]+", plain.lstrip("# "))).strip("-_. ")[:_LONGEST_TAG].strip("-_. ")


def _key(word: str) -> str:
    return re.sub(r"[\s_-]+", "", as_tag(word))


class Synsets:
    """From a word in any spelling to its tag."""

    def __init__(self, sets: Iterable[Sequence[str]]) -> None:
        """A word in several sets means the tag of the first one."""
        self._tags: dict[str, str] = {}
        for words in sets:
            tag = as_tag(words[0]) if words else ""
            for word in words if tag else ():
                if key := _key(word):
                    self._tags.setdefault(key, tag)

    def __len__(self) -> int:
        return len(self._tags)

    def tag(self, word: str) -> str | None:
        """The tag of a word that is in a set; case, hyphens, underscores and blanks do not matter."""
        return self._tags.get(_key(word))

    def canonical(self, word: str) -> str:
        """The tag of a word: that of its set, else the word itself as a tag."""
        return self.tag(word) or as_tag(word)


def load_synsets(path: str | None) -> Synsets:
    """The sets of a file; without one those of `synsets.json` in the config folder, else the ones for drums.

    Raises BrowserError if the file is not a list of lists of words.
    """
    if path is None:
        own = os.path.join(config_dir(), FILE_NAME)
        if not os.path.exists(own):
            return Synsets(_DEFAULT)
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
