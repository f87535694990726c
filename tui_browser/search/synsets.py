"""Words that mean the same: `[["kick", "kickdrum"], ...]`, the first of each set being the tag."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_LONGEST_TAG = 64
_DRUMS = (
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


def tag_key(word: str) -> str:
    """A word without what makes no difference: case, hyphens, underscores and blanks."""
    return re.sub(r"[\s_-]+", "", as_tag(word))


class Synsets:
    """From a word in any spelling to its tag."""

    def __init__(self, sets: Iterable[Sequence[str]]) -> None:
        """A word in several sets means the tag of the first one."""
        self._tags: dict[str, str] = {}
        for words in sets:
            tag = as_tag(words[0]) if words else ""
            for word in words if tag else ():
                if key := tag_key(word):
                    self._tags.setdefault(key, tag)

    def same(self, word: str) -> frozenset[str]:
        """The keys of all words that mean the same as this one; empty for a word in no set."""
        tag = self.tag(word)
        return frozenset() if tag is None else frozenset(key for key, own in self._tags.items() if own == tag)

    def __len__(self) -> int:
        return len(self._tags)

    def tag(self, word: str) -> str | None:
        """The tag of a word that is in a set; case, hyphens, underscores and blanks do not matter."""
        return self._tags.get(tag_key(word))

    def canonical(self, word: str) -> str:
        """The tag of a word: that of its set, else the word itself as a tag."""
        return self.tag(word) or as_tag(word)


DRUM_SYNSETS = Synsets(_DRUMS)
