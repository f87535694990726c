"""Query by example: words for what a sample is, from its tags or its name. The sound itself is never sent."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

MOST_TAGS, MOST_WORDS = 3, 3
_TOO_PLAIN = frozenset({
    "wav", "aif", "aiff", "flac", "ogg", "mp3", "sample", "samples", "sound", "sounds", "audio", "file", "loop",
    "oneshot", "shot", "one", "the", "and", "with", "new", "final", "mix", "take", "copy", "untitled", "bounce",
    "rec", "recording", "track", "bpm", "kit", "pack", "vol", "stereo", "mono", "left", "right", "dry", "wet",
    "hit", "freesound", "preview", "other", "hq", "lq",
})  # fmt: skip
"""Words of many file names that say nothing of the sound."""
_CLASS_WORDS = {
    "perc_hand": "hand percussion", "perc_metal": "metal percussion", "perc_wood": "wood percussion",
    "fx": "sound effect", "loop_drum": "drum loop", "loop_tonal": "melodic loop",
}  # fmt: skip
"""What people write for classes whose names they would not."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def example_query(path: bytes, tags: Sequence[str], class_name: str | None) -> str:
    """A query for sounds like this sample; empty where neither tags, name nor class say anything.

    Tags come first; else the words of the file's name, without numbers and words that any file has; else the class.
    """
    if tags:
        return " ".join(tag.replace("-", " ") for tag in tags[:MOST_TAGS])
    name = os.path.splitext(os.fsdecode(os.path.basename(path)))[0].encode("utf-8", "ignore").decode()
    words = [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", name))]
    telling = [word for word in dict.fromkeys(words) if word not in _TOO_PLAIN]
    if telling:
        return " ".join(telling[:MOST_WORDS])
    return "" if class_name in (None, "other") else _CLASS_WORDS.get(class_name, class_name.replace("_", " "))
