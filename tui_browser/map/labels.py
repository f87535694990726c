"""Labels of map regions: their class and the words that distinguish their samples from all others.

Labels belong to the map, not to the screen: each level divides the unit square into 2, 4, 8 and so on tiles per side,
and a tile has one label. A view uses the level whose tiles have room for a label. On the coarsest levels, a class that
labels no tile gets a label at its densest place, because the largest class might take all tiles. Which of two
overlapping labels is dropped depends only on the scale, so labels do not jump or blink while panning. Samples of the
class `other` are labelled by the words of their paths, if at all. `label_placement` finds the position on the screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import printable
from tui_browser.map.cells import Cells
from tui_browser.map.label_placement import Label, Placement, Region
from tui_browser.map.path_labels import Group, groups_of, labels_of
from tui_browser.map.path_tokens import PathTokens, path_words, token_text
from tui_browser.map.sound_words import lexicon
from tui_browser.map.viewport import DOTS_X, DOTS_Y, Viewport
from tui_browser.records import CLASSES, OTHER, FloatArray, Names

LEVELS = 9
"""The finest level has 256 x 256 tiles."""
MOST = 25_000
"""Samples whose words are used; of larger libraries an even selection."""
TILE_COLUMNS, TILE_ROWS = 16, 4
"""Minimum size of a tile in cells, so that its label has room."""
_REACH = 40
"""Columns beside the screen where labels still take part in overlap removal."""
_FEWEST = 6
"""Minimum number of samples of a labelled tile."""
_MAJORITY = 0.5
"""Share of the samples in a tile that the class of its label must have."""
_OFTEN = 0.25
"""Share of the samples in a tile that must have the word of its label."""
_APART = 0.7
"""Minimum score of a word: its share in the tile times the logarithm of its rarity elsewhere (TF-IDF)."""
_WORDS = 2
_FAR = 3
"""Number of coarsest levels on which every class gets a label."""
_MATCHING, _MIXED = 0.2, 0.5
"""Share of a region's samples that a search must leave for its name to stay; where no class prevails, and the name is
of words alone."""
_LANDMARK_SIDE = 16
"""Tiles per side of the grid in which the densest place of a class is found."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Level:
    """The labels of all tiles of one size, in tile order."""

    places: NDArray[np.float64]
    """(T, 2) position of the central sample of each label."""
    members: tuple[Ints, ...]
    """Rows of those samples."""
    counts: Ints
    texts: tuple[str, ...]
    classes: Ints


class MapLabels:
    """Labels for every zoom level; computed in a thread (under a second for 100,000 samples), read for each frame."""

    def __init__(
        self, xy: FloatArray, classes: NDArray[np.uint8], names: Names, *, class_names: Sequence[str] = CLASSES
    ) -> None:
        """`xy` (N, 2) with NaN off the map, `names` the paths, `classes` (N,) places in `class_names`, which are the
        model's in the order of their colours (`colour_names`).
        """
        rows = np.flatnonzero(np.isfinite(xy).all(axis=1)).astype(np.int64)
        rows = rows[:: -(-len(rows) // MOST) or 1]
        words = path_words(names, rows, fewest=_FEWEST // 2, most=0.5)
        kinds = np.minimum(classes, len(CLASSES)).astype(np.int64)  # a class without a colour has no say
        places = self._xy = xy.astype(np.float64)
        levels = [_level(places, kinds, rows, words, class_names, 1 << level) for level in range(LEVELS)]
        if OTHER in class_names:
            other = list(class_names).index(OTHER)
            grey = rows[classes[rows] == other]
            path_labels = labels_of(names, grey)
            levels = [
                _with_groups(level, groups_of(places[grey], grey, path_labels, side=1 << at), other, places)
                for at, level in enumerate(levels)
            ]
        landmarks = _landmarks(places[rows], kinds[rows], rows, class_names)
        self._levels = [*(_with(landmarks, level) for level in levels[:_FAR]), *levels[_FAR:]]

    def seen(
        self,
        viewport: Viewport,
        *,
        cells: Cells | None = None,
        by_class: bool = False,
        mask: NDArray[np.bool_] | None = None,
        cursor: tuple[float, float] | None = None,
        placement: Placement | None = None,
        taken: Iterable[tuple[int, int, int]] = (),
    ) -> list[Label]:
        """The labels of a view, drawn as `cells` (bare ground without), of the samples in `mask` (N,).

        `by_class`: the colours of the cells are classes, or kinds within one.

        None over the cell of the cursor's place or over `taken` (column, row, width), none cut by the edge. With the
        same `placement` labels stay on the map where they were while the view is panned.
        """
        if cells is None:
            cells = _bare(viewport)
        grounds = (viewport.scale, id(mask), viewport.columns, viewport.rows)
        regions = self.regions(viewport, mask=mask)
        lit = [each for each in regions if cells.count[each.cell[1], each.cell[0]] or not cells.count.any()]
        labels = (placement or Placement()).place(
            lit, cells, grounds=(id(self), *grounds), by_class=by_class, taken=taken
        )
        at = viewport.cell_at(cursor) if cursor is not None else None
        return [label for label in labels if at is None or not label.covers(at)]

    def regions(self, viewport: Viewport, *, mask: NDArray[np.bool_] | None = None) -> list[Region]:
        """Labelled regions of a view, the largest first; only samples in `mask` count, if it is given."""
        across, up = viewport.scale[0] / DOTS_X, viewport.scale[1] / DOTS_Y
        number = math.floor(math.log2(max(1.0, min(across / TILE_COLUMNS, up / TILE_ROWS))))
        if number >= len(self._levels) or (mask is not None and len(mask) != len(self._xy)):
            return []
        level = self._levels[number]
        cells = viewport.to_dots(level.places) / [DOTS_X, DOTS_Y]
        near = np.flatnonzero(
            (cells[:, 0] > -_REACH) & (cells[:, 0] < viewport.columns + _REACH)
            & (cells[:, 1] > -2 * TILE_ROWS) & (cells[:, 1] < viewport.rows + 2 * TILE_ROWS)
        )  # fmt: skip
        if not len(near):
            return []
        widths = np.array([len(level.texts[tile]) for tile in near.tolist()])
        kept = near[drop_overlapping(cells[near], widths, level.counts[near])]
        regions = []
        for tile in kept[np.argsort(-level.counts[kept], kind="stable")].tolist():
            place = (
                level.places[tile]
                if mask is None
                else _middle_left(self._xy, level.members[tile], mask, mixed=bool(level.classes[tile] == len(CLASSES)))
            )
            cell = viewport.cell_at((float(place[0]), float(place[1]))) if place is not None else None
            if cell is not None:
                regions.append(Region((number, tile), level.texts[tile], int(level.classes[tile]), cell))
        return regions


def _bare(viewport: Viewport) -> Cells:
    """An empty view."""
    nothing = np.zeros((viewport.rows, viewport.columns), dtype=np.uint8)
    return Cells(nothing, nothing, nothing.astype(np.int32), nothing, nothing.astype(np.bool_))


def _middle_left(
    xy: NDArray[np.float64], members: Ints, mask: NDArray[np.bool_], *, mixed: bool
) -> NDArray[np.float64] | None:
    """Central position of the members that match the search; None if they are too few for a label."""
    left = members[mask[members]]
    if len(left) < max(_FEWEST // 2, (_MIXED if mixed else _MATCHING) * len(members)):
        return None
    place: NDArray[np.float64] = xy[_middle(xy[left], left)]
    return place


def _middle(places: NDArray[np.float64], rows: Ints) -> int:
    """The row whose position (n, 2) is nearest to the mean of all."""
    return int(rows[((places - places.mean(axis=0)) ** 2).sum(axis=1).argmin()])


def drop_overlapping(middles: NDArray[np.float64], widths: Ints, ranks: Ints) -> NDArray[np.bool_]:
    """Which labels are kept: those that overlap no larger one (ties: no earlier one), with a blank between labels.

    `middles` (n, 2) are columns and rows, not rounded: where the view begins makes no difference.
    """
    order = np.lexsort((np.arange(len(ranks)), -ranks))
    middles, widths = middles[order], widths[order]
    apart = np.abs(middles[:, np.newaxis] - middles)
    hit = (apart[..., 0] < (widths[:, np.newaxis] + widths) / 2 + 2) & (apart[..., 1] < 1.5)
    stays = np.zeros(len(ranks), dtype=np.bool_)
    stays[order] = ~np.tril(hit, -1).any(axis=1)
    return stays


def fits(label: Label, viewport: Viewport) -> bool:
    """Whether the label is entirely on the screen."""
    return 0 <= label.row < viewport.rows and label.column >= 0 and label.column + len(label.text) <= viewport.columns


def _level(
    xy: NDArray[np.float64], kinds: Ints, rows: Ints, words: PathTokens, class_names: Sequence[str], side: int
) -> _Level:
    """The labels of a grid of side x side tiles."""
    places = xy[rows]
    square = np.minimum((places * side).astype(np.int64), side - 1)
    tile_of = np.full(len(xy), -1, dtype=np.int64)
    tile_of[rows] = square[:, 1] * side + square[:, 0]
    tiles, at, counts = np.unique(tile_of[rows], return_inverse=True, return_counts=True)
    hues = len(CLASSES) + 1
    votes = np.bincount(at * hues + kinds[rows], minlength=len(tiles) * hues).reshape(-1, hues)
    main = votes[:, :-1].argmax(axis=1) if len(tiles) else np.empty(0, np.int64)
    main = np.where(votes[np.arange(len(tiles)), main] >= _MAJORITY * counts, main, len(CLASSES))
    distinct = _distinct_words(tiles, counts, tile_of, len(rows), words)
    mixed = (main == len(CLASSES)) & (votes[:, -1] < _MAJORITY * counts)  # of several classes: only words for sounds
    distinct = [
        [word for word in words_of_tile if not is_mixed or lexicon().label(word) >= 0]
        for words_of_tile, is_mixed in zip(distinct, mixed.tolist(), strict=True)
    ]
    texts = [
        _text(printable(class_names[kind]).replace("_", " ") if kind < len(CLASSES) else "", tile_words)
        if count >= _FEWEST
        else ""
        for kind, tile_words, count in zip(main.tolist(), distinct, counts.tolist(), strict=True)
    ]
    stands = (kinds[rows] == main[at]) | (main[at] == len(CLASSES))
    by_tile = np.argsort(at[stands], kind="stable")
    held = rows[stands][by_tile]
    ends = np.cumsum(np.bincount(at[stands], minlength=len(tiles)))
    kept = _unlike(tiles, counts, texts, side)
    members = tuple(held[(ends[tile - 1] if tile else 0) : ends[tile]] for tile in kept.tolist())
    middles = [xy[_middle(xy[each], each)] for each in members]
    return _Level(
        np.array(middles).reshape(-1, 2),
        members,
        counts[kept],
        tuple(texts[tile] for tile in kept.tolist()),
        main[kept],
    )


def _text(class_word: str, words: Sequence[str]) -> str:
    """The class, and the words that say more than it does."""
    own = class_word.split()
    more = [word for word in words if word not in own and word.removesuffix("s") not in own]
    return " ".join([*([class_word] if class_word else []), *more])


def _landmarks(places: NDArray[np.float64], kinds: Ints, rows: Ints, class_names: Sequence[str]) -> _Level:
    """A label for each class at its densest place; positions (n, 2), classes (n,) and rows (n,)."""
    square = np.minimum((places * _LANDMARK_SIDE).astype(np.int64), _LANDMARK_SIDE - 1)
    tile_of = square[:, 1] * _LANDMARK_SIDE + square[:, 0]
    votes = np.zeros((_LANDMARK_SIDE**2, len(CLASSES) + 1), dtype=np.int64)
    np.add.at(votes, (tile_of, kinds), 1)
    own = np.where(votes >= _MAJORITY * votes.sum(axis=1, keepdims=True), votes, 0)[:, :-1]
    tiles = own.argmax(axis=0)
    named = np.flatnonzero(own.max(axis=0) >= _FEWEST)
    at = [np.flatnonzero((tile_of == tiles[kind]) & (kinds == kind)) for kind in named.tolist()]
    middles = [places[_middle(places[each], each)] for each in at]
    texts = tuple(printable(class_names[kind]).replace("_", " ") for kind in named.tolist())
    members = tuple(rows[each] for each in at)
    return _Level(np.array(middles).reshape(-1, 2), members, own.max(axis=0)[named] + len(places), texts, named)


def _with(landmarks: _Level, level: _Level) -> _Level:
    """A level preceded by the landmarks of classes that it does not name."""
    new = np.flatnonzero(~np.isin(landmarks.classes, level.classes))
    return _Level(
        np.concatenate([landmarks.places[new], level.places]),
        (*(landmarks.members[at] for at in new.tolist()), *level.members),
        np.concatenate([landmarks.counts[new], level.counts]),
        (*(landmarks.texts[at] for at in new.tolist()), *level.texts),
        np.concatenate([landmarks.classes[new], level.classes]),
    )


def _with_groups(level: _Level, groups: Sequence[Group], other: int, xy: NDArray[np.float64]) -> _Level:
    """A level in which samples of the class `other` are labelled by the words of their paths."""
    kept = np.flatnonzero(level.classes != other)
    middles = [xy[_middle(xy[group.members], group.members)][np.newaxis] for group in groups]
    return _Level(
        np.concatenate([level.places[kept], *middles]),
        (*(level.members[at] for at in kept.tolist()), *(group.members for group in groups)),
        np.concatenate([level.counts[kept], np.array([len(group.members) for group in groups], dtype=np.int64)]),
        (*(level.texts[at] for at in kept.tolist()), *(group.text for group in groups)),
        np.concatenate([level.classes[kept], np.full(len(groups), other, dtype=np.int64)]),
    )


def _distinct_words(tiles: Ints, counts: Ints, tile_of: Ints, total: int, words: PathTokens) -> list[list[str]]:
    """For each tile the words that are frequent in it and rare elsewhere, best first."""
    distinct: list[list[str]] = [[] for _ in tiles]
    width = len(words.vocabulary)
    if not width:
        return distinct
    pairs, held = np.unique(tile_of[words.rows] * width + words.words, return_counts=True)
    tile, word = pairs // width, pairs % width
    at = np.searchsorted(tiles, tile)
    share = held / counts[at]
    score = share * np.log(total / np.bincount(words.words, minlength=width)[word])
    good = (share >= _OFTEN) & (held >= _FEWEST // 2) & (score >= _APART)
    order = np.lexsort((word[good], -score[good], at[good]))
    for tile_at, code in zip(at[good][order].tolist(), words.vocabulary[word[good][order]].tolist(), strict=True):
        if len(distinct[tile_at]) < _WORDS:
            distinct[tile_at].append(token_text(code))
    return distinct


def _unlike(tiles: Ints, counts: Ints, texts: Sequence[str], side: int) -> Ints:
    """Labelled tiles, without those next to a larger tile with the same label."""
    known = {tile: (count, text) for tile, count, text in zip(tiles.tolist(), counts.tolist(), texts, strict=True)}
    kept = []
    for at, tile in enumerate(tiles.tolist()):
        count, text = known[tile]
        x = tile % side
        beside = [tile + side, tile - side, *([tile - 1] if x else []), *([tile + 1] if x < side - 1 else [])]
        if text and not any(
            known[other][1] == text and (known[other][0], -other) > (count, -tile) for other in beside if other in known
        ):
            kept.append(at)
    return np.array(kept, dtype=np.int64)
