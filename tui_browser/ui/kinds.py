"""Samples sorted into a few named kinds, for colours: by folder, tag, what was heard, likeness, copies."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.groups import GROUPS, copies, groups, shade_index, shades
from tui_browser.errors import printable
from tui_browser.records import CLASSES, HEARD, Names, Snapshot

FOLDER, TAG, HEARD_YET, LIKENESS, COPIES, SHADES = "folder", "tag", "heard", "group", "copies", "shades"
MOST = len(CLASSES)
"""Kinds that have a colour of their own; the rest share one."""

Kinds = tuple[NDArray[np.uint8], tuple[str, ...]]
"""The kind (N,) of each sample, MOST for the rest; and the kinds' names, the last one that of the rest."""


def kinds(snapshot: Snapshot, by: str) -> Kinds:
    """The samples by one of the words above; those by sound are all of the rest until the vectors are there."""
    count = len(snapshot)
    if by == FOLDER:
        return _most(_folders(snapshot.names), rest="other")
    if by == TAG:
        first = (
            [snapshot.tags.get(sample, ("",))[0] for sample in snapshot.ids.tolist()] if snapshot.tags else [""] * count
        )
        return _most(first, rest="no tag")
    if by == HEARD_YET:
        return np.where(snapshot.flags & HEARD, 0, MOST).astype(np.uint8), ("heard", "not heard")
    if snapshot.vectors is None or not snapshot.vectors.shape[1]:
        return np.full(count, MOST, dtype=np.uint8), ("unknown",)
    if by == COPIES:
        return np.where(copies(snapshot.vectors), 0, MOST).astype(np.uint8), ("has copies", "no copies")
    found = groups(snapshot.vectors, count=GROUPS)
    return np.minimum(found, MOST).astype(np.uint8), (*(f"{number + 1}" for number in range(GROUPS)), "off the map")


def tints(snapshot: Snapshot) -> NDArray[np.uint8]:
    """The shade (N,) of each sample: sounds alike have shades alike; all are grey until the vectors are there."""
    if snapshot.vectors is None or not snapshot.vectors.shape[1]:
        return shade_index(np.full((len(snapshot), 3), 0.5, dtype=np.float32))
    return shade_index(shades(snapshot.vectors))


def _folders(names: Names) -> list[str]:
    """The folder of each path right below the one that all of them share."""
    if not len(names):
        return []
    paths = [names[row] for row in range(len(names))]
    shared: bytes = os.path.commonpath([os.path.dirname(min(paths)), os.path.dirname(max(paths))])
    start = len(shared.rstrip(b"/")) + 1
    cache: dict[bytes, str] = {}
    result = []
    for path in paths:
        folder = path[start : path.find(b"/", start)] if path.find(b"/", start) >= 0 else b""
        if folder not in cache:
            cache[folder] = printable(folder) if folder else "no folder"
        result.append(cache[folder])
    return result


def _most(words: Sequence[str], *, rest: str) -> Kinds:
    """The words that most samples have, as kinds; those with an empty one are of the rest."""
    counted = Counter(word for word in words if word)
    common = sorted(counted, key=lambda word: (-counted[word], word))[:MOST]
    of = {word: at for at, word in enumerate(common)}
    return np.array([of.get(word, MOST) for word in words], dtype=np.uint8), (*common, rest)
