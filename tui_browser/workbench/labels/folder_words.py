"""Tags from the folders that a sample lies in, and from the words in its name that synsets know."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tui_browser.search.synsets import Synsets, as_tag

_SAY_NOTHING = frozenset({
    "audio", "audios", "sample", "samples", "sound", "sounds", "wav", "wavs", "flac", "flacs", "aif", "aiff", "mp3",
    "ogg", "pack", "packs", "library", "libraries", "file", "files", "misc", "other", "others", "various", "new", "old",
    "tmp", "temp", "untitled", "folder", "mono", "stereo", "16bit", "24bit", "32bit", "44k", "48k",
})  # fmt: skip
_MOST_WORDS = 3
"""A folder whose name has more words is a title, not a tag; its words may still be in synsets."""


def folder_tags(folder: bytes, roots: Sequence[bytes], synsets: Synsets) -> list[str]:
    """Tags from a folder and those above it, below the root that it belongs to; the outermost first, each once."""
    inside = (each for each in roots if f"{os.fsdecode(folder)}/".startswith(os.fsdecode(each).rstrip("/") + "/"))
    below = folder[len(max(inside, key=len, default=b"")) :]
    tags: dict[str, None] = {}
    for name in os.fsdecode(below).split("/"):
        words = words_of(name)
        known = [tag for word in _terms(words) if (tag := synsets.tag(word)) is not None]
        tags.update(dict.fromkeys(known))
        telling = [word for word in words if word not in _SAY_NOTHING and not word.isdigit()]
        if telling and len(words) <= _MOST_WORDS and not synsets.tag("-".join(words)):
            tag = as_tag("-".join(words))
            if len(tag) > 1:
                tags[tag] = None
    return list(tags)


def known_words(text: str, synsets: Synsets) -> list[str]:
    """Tags of the words and pairs of words in a text that the synsets know."""
    return list(dict.fromkeys(tag for word in _terms(words_of(text)) if (tag := synsets.tag(word)) is not None))


def words_of(text: str) -> list[str]:
    """The words of a name, in lower case: `KickDrums_01` -> kick, drums, 01."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return [word.lower() for word in re.findall(r"[^\W_]+", split)]


def _terms(words: Sequence[str]) -> Iterator[str]:
    yield from words
    for first, second in pairwise(words):
        yield f"{first}-{second}"
