"""Sorts samples into a few named kinds for colouring: by folder, tag, heard or not, similarity, copies."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import printable
from tui_browser.map.groups import GROUPS, duplicate_groups, groups, shade_index, shades
from tui_browser.records import CLASSES, DRUM_CLASSES, HEARD, Names, Snapshot

FOLDER, TAG, HEARD_YET, LIKENESS, COPIES, SHADES = "folder", "tag", "heard", "group", "copies", "shades"
MOST = len(DRUM_CLASSES)
"""Kinds with a colour of their own, those of drums, which differ most."""
REST = len(CLASSES)
"""Colour index that all others share."""

Kinds = tuple[NDArray[np.uint8], tuple[str, ...]]
"""The kind (N,) of each sample, REST for all others; and the names of the kinds, the last one for the others."""


def kinds(snapshot: Snapshot, by: str) -> Kinds:
    """Sort samples by one of the words above; by sound all are of the last kind until the vectors are loaded."""
    count = len(snapshot)
    if by == FOLDER:
        return _most(_folders(snapshot.names), others="other")
    if by == TAG:
        first = (
            [snapshot.tags.get(sample, ("",))[0] for sample in snapshot.ids.tolist()] if snapshot.tags else [""] * count
        )
        return _most(first, others="no tag")
    if by == HEARD_YET:
        return np.where(snapshot.flags & HEARD, 0, REST).astype(np.uint8), ("heard", "not heard")
    if snapshot.vectors is None or not snapshot.vectors.shape[1]:
        return np.full(count, REST, dtype=np.uint8), ("unknown",)
    if by == COPIES:
        return np.where(duplicate_groups(snapshot.vectors), 0, REST).astype(np.uint8), ("has copies", "no copies")
    group = groups(snapshot.vectors, count=GROUPS)
    return np.where(group < MOST, group, REST).astype(np.uint8), (
        *(f"{number + 1}" for number in range(GROUPS)),
        "off the map",
    )


def tints(snapshot: Snapshot) -> NDArray[np.uint8]:
    """The shade (N,) of each sample: similar sounds have similar shades; all are grey until the vectors are loaded."""
    if snapshot.vectors is None or not snapshot.vectors.shape[1]:
        return shade_index(np.full((len(snapshot), 3), 0.5, dtype=np.float32))
    return shade_index(shades(snapshot.vectors))


def _folders(names: Names) -> list[str]:
    """The first folder of each path below the folder that all paths share."""
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


def _most(words: Sequence[str], *, others: str) -> Kinds:
    """The most frequent words as kinds; samples with an empty word are of the last kind."""
    counted = Counter(word for word in words if word)
    common = sorted(counted, key=lambda word: (-counted[word], word))[:MOST]
    of = {word: at for at, word in enumerate(common)}
    return np.array([of.get(word, REST) for word in words], dtype=np.uint8), (*common, others)
