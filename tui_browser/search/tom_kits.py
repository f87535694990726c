"""Which toms belong to one kit: those of a folder, of folders that differ only in words for toms, or of one name.

Names are believed where they look like names of kits: most of the toms that they join have different pitches. So
`808_tom_1` and `CR78_tom_1` in one folder are of two kits, while `Tom dry` and `Tom long` are of one.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.search.tom_names import kit_names, kit_place

_ALIKE = 0.5 / 12.0
"""Toms within half a semitone count as one drum."""
_APART = 1.5 / 12.0
"""A kit's drums span more than this, in octaves."""
_BELIEVED = 0.6
"""Share of the toms that names have to join with others."""
_MOST_DRUMS = 12
"""A kit has no more drums; more of them are a folder of many kits."""
_FEW = 3

Toms = list[int]


def tom_kits(paths: Sequence[bytes], octaves: Sequence[float]) -> list[list[Toms]]:
    """The kits of toms with these paths and pitches (log2 of Hz): drums, the lowest first, each of toms (indices).

    A tom of no known kit is a kit of its own.
    """
    places: dict[tuple[str, bool], Toms] = {}
    for tom, path in enumerate(paths):
        places.setdefault(kit_place(path.rpartition(b"/")[0]), []).append(tom)
    kits: list[list[Toms]] = []
    for (_, of_toms), toms in places.items():
        for group in _by_name(toms, paths, octaves, of_toms=of_toms):
            drums = drums_of(group, octaves)
            kits += [drums] if len(drums) <= _MOST_DRUMS else [[drum] for drum in drums]
    return kits


def _by_name(toms: Toms, paths: Sequence[bytes], octaves: Sequence[float], *, of_toms: bool) -> list[Toms]:
    """The toms of one place by kit."""
    if len(toms) == 1:
        return [toms]
    names = {tom: kit_names(paths[tom]) for tom in toms}
    exact = {name for name, _, _ in names.values()}
    if len(exact) == 1:
        return [toms]
    kits, alone = _joined(toms, names, 0, octaves)
    more, alone = _joined([tom for group in alone for tom in group], names, 1, octaves)
    for found, rest in ((kits + more, alone), _joined(toms, names, 2, octaves)):
        if sum(map(len, found)) >= _BELIEVED * len(toms):
            return found + rest
    if of_toms and len(exact) > max(_FEW, len(toms) // 2):  # a folder of toms from everywhere
        return [[tom] for tom in toms]
    return [toms]


def _joined(
    toms: Toms, names: dict[int, tuple[str, str, str]], exactness: int, octaves: Sequence[float]
) -> tuple[list[Toms], list[Toms]]:
    """The groups of toms with one name: those of different pitches, and the others."""
    groups: dict[str, Toms] = {}
    for tom in toms:
        groups.setdefault(names[tom][exactness], []).append(tom)
    kits: list[Toms] = []
    alone: list[Toms] = []
    for group in groups.values():
        pitches = [octaves[tom] for tom in group]
        (kits if max(pitches) - min(pitches) > _APART else alone).append(group)
    return kits, alone


def drums_of(toms: Toms, octaves: Sequence[float]) -> list[Toms]:
    """The toms by pitch, takes of one drum together."""
    drums: list[Toms] = []
    for tom in sorted(toms, key=octaves.__getitem__):
        if drums and octaves[tom] - octaves[drums[-1][0]] <= _ALIKE:
            drums[-1].append(tom)
        else:
            drums.append([tom])
    return drums
