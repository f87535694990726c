"""The sounds of a page: the samples that match a query and have a place on the map."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import counted, printable
from tui_browser.folder.sample_path import link_refusal, refusal
from tui_browser.library.library import Library
from tui_browser.records import FloatArray, SampleRow, Snapshot, colour_names, colour_places
from tui_browser.workbench.page.credit import PageCredit, credit_of


@dataclass(frozen=True, slots=True)
class PageSound:
    """One dot of the page; names are safe to show."""

    path: bytes
    name: str
    folder: str
    """Below its root; nobody learns where the library lies."""
    group: int
    """Place of its class in `CLASSES`, whose colour it has; their number without one."""
    class_p: float
    x: float
    y: float
    """In [0, 1], upwards."""
    onset_s: float
    duration_s: float
    bpm: float | None
    key: str | None
    tags: tuple[str, ...]
    credit: PageCredit | None


@dataclass(frozen=True, slots=True, eq=False)
class ChosenSounds:
    """The sounds of a page, ordered by folder and name, and what was left out."""

    sounds: list[PageSound]
    vectors: FloatArray
    """(N, D) unit length, rows of NaN where unknown."""
    class_names: tuple[str, ...]
    """(27,) the library's class of each group; empty where none has it."""
    unplaced: int
    """Matches without a place on the map: silent, or not laid out."""
    refused: list[bytes]
    """Paths of rows that a stranger may have written, of files that are no samples."""

    def __len__(self) -> int:
        return len(self.sounds)


def choose_sounds(library: Library, query: str, *, limit: int = 0) -> ChosenSounds:
    """The samples that match the query and have a place, the best `limit` of them (0 for all). Raises QueryError."""
    rows = [row for row, _ in library.search(query)]
    snapshot = library.snapshot()
    roots = library.root_paths()
    groups = sound_groups(snapshot)
    row_of = {int(sample): at for at, sample in enumerate(snapshot.ids)}
    several = len({row.root for row in rows}) > 1
    chosen: list[tuple[PageSound, int]] = []
    refused: list[bytes] = []
    unplaced = 0
    for row in rows:
        if limit and len(chosen) == limit:
            break
        at = row_of.get(row.id, -1)
        if at < 0 or row.x is None or row.y is None:
            unplaced += 1
        elif refusal(row.path, roots) or link_refusal(row.path, roots):
            refused.append(row.path)
        else:
            chosen.append((_page_sound(row, row.x, row.y, int(groups[at]), several_roots=several), at))
    chosen.sort(key=lambda pair: (pair[0].folder, pair[0].name, pair[0].path))
    index = np.array([at for _, at in chosen], dtype=np.intp)
    vectors = snapshot.vectors[index] if snapshot.vectors is not None else np.zeros((len(index), 0), dtype=np.float32)
    return ChosenSounds([sound for sound, _ in chosen], vectors, colour_names(snapshot.class_names), unplaced, refused)


def page_title(count: int, roots: Iterable[bytes], query: str) -> str:
    """What the page is called unless a person says so: the query, or the roots."""
    if query.strip():
        return printable(query.strip())
    names = sorted({printable(os.path.basename(root.rstrip(b"/"))) for root in roots} - {""})
    return ", ".join(names) if 0 < len(names) <= 3 else counted(count, "sound")


def _page_sound(row: SampleRow, x: float, y: float, group: int, *, several_roots: bool) -> PageSound:
    root = row.root.rstrip(b"/") + b"/"
    below = row.path[len(root) :] if row.path.startswith(root) else os.path.basename(row.path)
    folder = os.path.dirname(below)
    if several_roots:
        folder = os.path.join(os.path.basename(row.root.rstrip(b"/")), folder).rstrip(b"/")
    return PageSound(
        path=row.path,
        name=printable(os.path.basename(row.path)),
        folder=printable(folder),
        group=group,
        class_p=row.class_p or 0.0,
        x=min(1.0, max(0.0, x)),
        y=min(1.0, max(0.0, y)),
        onset_s=row.onset_s,
        duration_s=row.duration_s,
        bpm=row.bpm,
        key=row.key,
        tags=tuple(printable(tag) for tag in row.tags),
        credit=credit_of(row),
    )


def sound_groups(snapshot: Snapshot) -> NDArray[np.int64]:
    """(N,) the group of each sample of the library, coloured as the app colours it."""
    return colour_places(snapshot.class_names)[snapshot.classes].astype(np.int64)
