"""The places of a library as a tree: folders, classes, tags, collections, saved searches, each with its query."""

from __future__ import annotations

import heapq
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np

from tui_browser.errors import printable
from tui_browser.records import CLASS_FAMILIES, FAMILY_OF, HIDDEN, UNCLASSED, Snapshot
from tui_browser.search.class_synonyms import normalised
from tui_browser.search.folder_paths import written_folder
from tui_browser.ui.formatting import class_word
from tui_browser.ui.state.folder_tree import FolderTree

MOST_BELOW = 5_000
"""Folders of one folder that are listed; nobody walks through more."""


@dataclass(frozen=True, slots=True)
class PlaceNode:
    """A place, or a heading above places."""

    name: str
    """Printable."""
    query: str = ""
    """What finds its samples; empty for a heading."""
    count: int | None = None
    """Samples in it; None for a heading, and where that takes a search."""
    children: Sequence[PlaceNode] = ()

    @property
    def id(self) -> str:
        """Tells it from all others, also in the tree of a later snapshot."""
        return self.query or self.name


def place_tree(snapshot: Snapshot, roots: Sequence[bytes], saved: Iterable[str]) -> tuple[PlaceNode, ...]:
    """The headings with what is below them, without those that have nothing; hidden samples do not count.

    Takes some seconds for a million folders: build it in a thread.
    """
    hidden = frozenset(snapshot.ids[snapshot.flags & HIDDEN != 0].tolist())
    headings = (
        PlaceNode("folders", children=_folders(FolderTree(snapshot), roots)),
        PlaceNode("classes", children=_classes(snapshot)),
        PlaceNode("tags", children=_tags(snapshot, hidden)),
        PlaceNode("collections", children=_collections(snapshot, hidden)),
        PlaceNode("saved searches", children=tuple(PlaceNode(f"@{name}", f"@{name}") for name in sorted(saved))),
    )
    return tuple(heading for heading in headings if heading.children)


def with_counts(tree: Iterable[PlaceNode], count: Callable[[str], int | None]) -> tuple[PlaceNode, ...]:
    """The tree with the number of samples also where that takes a search, which `count` does."""

    def counted(node: PlaceNode) -> PlaceNode:
        return node if node.count is not None else replace(node, count=count(node.query))

    return tuple(replace(heading, children=tuple(map(counted, heading.children))) for heading in tree)


class FolderNodes(Sequence[PlaceNode]):
    """The folders in a folder, by name; made when they are looked at first."""

    def __init__(self, tree: FolderTree, number: int) -> None:
        self._tree, self._number = tree, number
        self._nodes: list[PlaceNode] | None = None

    def __len__(self) -> int:
        count = self._tree.count_below(self._number)
        return count if count <= MOST_BELOW else MOST_BELOW + 1

    @overload
    def __getitem__(self, at: int) -> PlaceNode: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[PlaceNode]: ...
    def __getitem__(self, at: int | slice) -> PlaceNode | Sequence[PlaceNode]:
        if self._nodes is None:
            self._nodes = self._made()
        return self._nodes[at]

    def _made(self) -> list[PlaceNode]:
        tree = self._tree
        numbers = tree.below(self._number).tolist()
        first = heapq.nsmallest(MOST_BELOW, numbers, key=lambda number: _name(tree.path(number)).lower())
        nodes = [_folder_node(tree, number) for number in first]
        if (more := len(numbers) - len(first)) > 0:
            nodes.append(PlaceNode(f"and {more:,} more folders", _under(tree.path(self._number))))
        return nodes


def _name(folder: bytes) -> str:
    return printable(folder.rpartition(b"/")[2] or b"/")


def _folder_node(tree: FolderTree, number: int) -> PlaceNode:
    folder = tree.path(number)
    return PlaceNode(_name(folder), _under(folder), tree.total(number), FolderNodes(tree, number))


def _folders(tree: FolderTree, roots: Sequence[bytes]) -> tuple[PlaceNode, ...]:
    """The roots with the folders below them."""
    tops = [root.rstrip(b"/") for root in roots]
    names = Counter(os.path.basename(top) for top in tops)
    found: list[tuple[bytes, PlaceNode]] = []
    for top in tops:
        number = tree.number_of(top)
        empty = PlaceNode(printable(os.path.basename(top)), _under(top), 0)
        found.append((top, empty if number is None else _folder_node(tree, number)))
    return tuple(
        replace(node, name=printable(top)) if names[os.path.basename(top)] > 1 else node for top, node in found
    )


def _under(folder: bytes) -> str:
    return f"under:{written_folder(folder or b'/')}"


def _classes(snapshot: Snapshot) -> tuple[PlaceNode, ...]:
    counts = np.bincount(snapshot.classes[snapshot.flags & HIDDEN == 0], minlength=256).tolist()
    nodes = {
        name: PlaceNode(class_word(name), f"class:{normalised(name)}", count)
        for name, count in zip(snapshot.class_names, counts, strict=False) if count
    }  # fmt: skip
    several = len({FAMILY_OF[name] for name in nodes if name in FAMILY_OF}) > 1
    named = _by_family(nodes) if several else [*nodes.values()]
    none = [PlaceNode("no class", "class:none", counts[UNCLASSED])] if counts[UNCLASSED] else []
    return tuple(named + none)


def _by_family(nodes: dict[str, PlaceNode]) -> list[PlaceNode]:
    """The classes within their families; one that is alone in its family stands for it."""
    places: list[PlaceNode] = []
    for family, names in CLASS_FAMILIES.items():
        there = [nodes[name] for name in names if name in nodes]
        if len(there) > 1:
            total = sum(node.count or 0 for node in there)
            places.append(PlaceNode(family, f"class:{family}", total, tuple(there)))
        else:
            places += there
    return [*places, *(node for name, node in nodes.items() if name not in FAMILY_OF)]


def _tags(snapshot: Snapshot, hidden: frozenset[int]) -> tuple[PlaceNode, ...]:
    """The most used first; those that differ in case alone are one. A query has no way to write a tag with a quote."""
    tally = Counter[str]()
    for sample, tags in snapshot.tags.items():
        if sample not in hidden:
            tally.update({tag.lower() for tag in tags if '"' not in tag})
    return tuple(PlaceNode(printable(tag), f"tag:{_quoted(tag)}", count) for tag, count in tally.most_common())


def _collections(snapshot: Snapshot, hidden: frozenset[int]) -> tuple[PlaceNode, ...]:
    return tuple(
        PlaceNode(printable(name), f"in:{_quoted(name)}", len(set(samples) - hidden))
        for name, samples in sorted(snapshot.collections.items(), key=lambda each: each[0].lower())
    )


def _quoted(name: str) -> str:
    """The name as a query writes it, where quotes do not count; as the screen shows it, since the line is one, too."""
    bare = printable(name).replace('"', "")
    return f'"{bare}"' if any(char.isspace() or char in "|,()" for char in bare) else bare
