"""The folders of many samples: counted as one by one, made into nodes only where they are opened."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tests.support.fakes import names_of, snapshot
from tui_browser.records import HIDDEN, Snapshot
from tui_browser.ui.state.place_tree import MOST_BELOW, PlaceNode, place_tree


def held(paths: Sequence[bytes], *, hidden: Sequence[int] = ()) -> Snapshot:
    """A snapshot of samples with these paths, of which nothing else is known."""
    many = len(paths)
    flags = np.zeros(many, dtype=np.uint8)
    flags[list(hidden)] = HIDDEN
    return replace(
        snapshot(2), names=names_of(paths), ids=np.arange(many, dtype=np.int64), flags=flags,
        classes=np.zeros(many, dtype=np.uint8),
    )  # fmt: skip


def folders(of: Snapshot) -> PlaceNode:
    (root,) = place_tree(of, [b"/s"], ())[0].children
    return root


def test_each_folder_counts_what_lies_in_it_and_below() -> None:
    paths = [b"/s/%d/%d/%d/x%d.wav" % (n % 7, n % 11, n % 3, n) for n in range(3_000)] + [b"/s/top.wav"]
    shown = [path for number, path in enumerate(paths) if number != 5]

    def agrees(node: PlaceNode, folder: bytes) -> int:
        inside = sum(path.startswith(folder + b"/") for path in shown)
        assert node.count == inside and node.query == f"under:{folder.decode()}"
        assert [child.name for child in node.children] == sorted(child.name for child in node.children)
        return 1 + sum(agrees(child, folder + b"/" + child.name.encode()) for child in node.children)

    assert agrees(folders(held(paths, hidden=[5])), b"/s") == 1 + 7 + 7 * 11 + 7 * 11 * 3


def test_of_a_folder_with_very_many_folders_the_first_are_listed() -> None:
    root = folders(held([b"/s/%06d/x.wav" % number for number in range(MOST_BELOW + 200)]))
    assert root.count == MOST_BELOW + 200 and len(root.children) == MOST_BELOW + 1 == len(list(root.children))
    assert root.children[0].name == "000000" and root.children[-1].name == "and 200 more folders"
    assert root.children[-1].query == "under:/s"


def test_what_is_not_opened_leaves_the_garbage_collector_nothing_to_visit() -> None:
    """A million nodes made at once kept all other threads waiting."""
    of = held([b"/s/pack %d/sound %d/x.wav" % (number % 50, number) for number in range(30_000)])
    gc.collect()
    before = len(gc.get_objects())
    tree = place_tree(of, [b"/s"], ())
    assert tree[0].children[0].count == 30_000 and len(tree[0].children[0].children) == 50
    assert len(gc.get_objects()) - before < 1_000
