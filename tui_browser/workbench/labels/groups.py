"""Which samples belong together and must not be on both sides of a validation: a pack, and copies of one sound."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ENOUGH = 5
"""With so many groups, folders further down are not looked at."""
_DEEPEST = 8


def sample_groups(paths: Sequence[bytes], contents: Sequence[bytes], roots: Sequence[bytes]) -> NDArray[np.int64]:
    """(N,) group of each sample: by the outermost folders below the roots that give five groups; copies in one group.

    `contents` are equal where the sound is, such as content hashes or embeddings; empty where unknown.
    """
    folders = [_folders_below(path, roots) for path in paths]
    groups = np.zeros(len(paths), dtype=np.int64)
    for depth in range(1, _DEEPEST + 1):
        names = [folder[:depth] for folder in folders]
        indices: dict[tuple[str, ...], int] = {}
        deeper = np.array([indices.setdefault(name, len(indices)) for name in names], dtype=np.int64)
        groups = _joined(deeper, contents)
        if len(np.unique(groups)) >= _ENOUGH:
            break
    return groups


def _folders_below(path: bytes, roots: Sequence[bytes]) -> tuple[str, ...]:
    """The root and the folders between it and the file."""
    root = max((each for each in roots if path.startswith(each.rstrip(b"/") + b"/")), key=len, default=b"")
    below = os.fsdecode(os.path.dirname(path)[len(root) :]).strip("/")
    return (os.fsdecode(root), *(below.split("/") if below else ()))


def _joined(groups: NDArray[np.int64], contents: Sequence[bytes]) -> NDArray[np.int64]:
    """The groups, with those joined that hold the same sound."""
    parent = list(range(int(groups.max(initial=-1)) + 1))

    def top(group: int) -> int:
        while parent[group] != group:
            parent[group] = parent[parent[group]]
            group = parent[group]
        return group

    first: dict[bytes, int] = {}
    for group, content in zip(groups.tolist(), contents, strict=True):
        if content:
            parent[top(group)] = top(first.setdefault(content, group))
    return np.array([top(group) for group in groups.tolist()], dtype=np.int64)
