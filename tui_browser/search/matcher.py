"""Match a query against a snapshot: samples for which its expression holds, ranked by how well its words match.

The best thousand are scored exactly, the rest approximately and never higher; ties stay in row order. When a word
grows by a character, only the rows that matched the shorter word are searched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import HIDDEN, FloatArray, Snapshot
from tui_browser.search.condition_masks import collected, condition_mask
from tui_browser.search.conditions import (
    And,
    CollectionTerm,
    Condition,
    Expression,
    FlagTerm,
    LikeTerm,
    NearTerm,
    Not,
    Or,
    Query,
    SoundTerm,
    WordTerm,
    ranking_terms,
)
from tui_browser.search.file_columns import FileColumns, FilesOf, no_files
from tui_browser.search.name_index import NameIndex
from tui_browser.search.near_points import NearFile, like_points, near_points
from tui_browser.search.scoring import Texts
from tui_browser.search.sorting import sorted_rows
from tui_browser.search.sound_points import sound_points
from tui_browser.search.sound_strengths import SoundStrengths
from tui_browser.search.word_points import NO_MATCH, WordMatches, exact_points, word_points

__all__ = ["Matches", "NameIndex", "match"]

EXACTLY_SCORED = 1_000
_LENGTH_COST = 0.05
"""Penalty per character of the file name, so that of equal matches the shorter name comes first."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundFound:
    """What a sound word meant in one snapshot."""

    word: str
    by_sound: int
    """Samples of the library that it fits."""
    by_name: int
    """Samples that are called so."""
    strength: FloatArray = field(repr=False)
    """(N,) how well it fits each, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Result of a query in one snapshot."""

    query: Query
    rows: NDArray[np.intp]
    """(n,) best first, or in the order that the query asks for."""
    scores: FloatArray
    """(n,) of these rows; descending unless the query sorts, 0 for a query without words."""
    mask: NDArray[np.bool_]
    """(N,) the same rows as a mask."""
    index: NameIndex = field(repr=False)
    word_matches: WordMatches = field(repr=False)
    """Rows that match each single word, to narrow down when the word grows."""
    sounds: tuple[SoundFound, ...] = field(default=(), repr=False)
    """What each sound word of the query meant, in the order of the query."""
    anchors: tuple[bytes, ...] = ()
    """Paths of what `near:` measured from."""

    def __len__(self) -> int:
        return len(self.rows)


def match(
    query: Query,
    snapshot: Snapshot,
    index: NameIndex,
    *,
    previous: Matches | None = None,
    files_of: FilesOf = no_files,
    sounds: SoundStrengths | None = None,
    near_file: NearFile | None = None,
) -> Matches:
    """The rows of `snapshot` that match `query`; an empty query matches all.

    `index` is the index of the snapshot's names. `previous`, the result of a shorter query on the same index, makes it
    faster without changing the result. `files_of` reads what the snapshot does not have, if the query asks for it.
    `sounds` says how well sound words fit; without it they mean names, lengths and levels. `near_file` knows what is
    like files outside of the library.
    Hidden samples are left out unless the query names them. The samples of a collection come in its order unless
    words rank them. A query of which no piece was understood matches nothing.
    """
    if len(index) != len(snapshot):
        raise ValueError("the name index belongs to another snapshot")
    old: WordMatches = previous.word_matches if previous is not None and previous.index is index else {}
    evaluation = _Evaluation(snapshot, index, old, files_of, sounds or SoundStrengths(), near_file)
    expression = query.expression
    if expression is None:
        mask = np.full(len(snapshot), not query.senseless)
        rows, scores = np.flatnonzero(mask), np.zeros(int(mask.sum()), dtype=np.float32)
    else:
        points = evaluation.points(expression)
        mask = points > NO_MATCH
        rows = np.flatnonzero(mask)
        rows, scores = evaluation.ranked(expression, rows, points[rows])
    if not _asks_for_hidden(expression) and (hidden := snapshot.flags & HIDDEN != 0).any():
        mask = mask & ~hidden
        rows, scores = rows[mask[rows]], scores[mask[rows]]
    collection = only_collection(expression)
    if query.sort:
        order = sorted_rows(query.sort, rows, snapshot, index, evaluation.files, evaluation.nearness)
        rows, scores = rows[order], scores[order]
    elif collection is not None:
        order = _in_order(collected(collection.name, snapshot), snapshot.ids[rows])
        rows, scores = rows[order], scores[order]
    found = tuple(evaluation.sounds_found[word] for word in query.sound_words)
    anchors = tuple(dict.fromkeys(evaluation.anchors))
    return Matches(query, rows, scores, mask, index, evaluation.word_matches, found, anchors)


def only_collection(expression: Expression | None) -> CollectionTerm | None:
    """The one collection that all matches are in, of a query that ranks nothing."""
    if expression is None or ranking_terms(expression):
        return None
    terms = expression.terms if isinstance(expression, And) else (expression,)
    collections = [term for term in terms if isinstance(term, CollectionTerm)]
    return collections[0] if len(collections) == 1 else None


def _asks_for_hidden(expression: Expression | None) -> bool:
    match expression:
        case And(terms) | Or(terms):
            return any(map(_asks_for_hidden, terms))
        case Not(term):
            return _asks_for_hidden(term)
        case _:
            return expression == FlagTerm(HIDDEN)


class _Evaluation:
    """One expression in one snapshot: points of all rows, and exact ones of the best."""

    def __init__(
        self,
        snapshot: Snapshot,
        index: NameIndex,
        old: WordMatches,
        files_of: FilesOf,
        sounds: SoundStrengths,
        near_file: NearFile | None,
    ) -> None:
        self.anchors: list[bytes] = []
        """Paths of what `near:` measured from."""
        self._near_file = near_file
        self.word_matches: WordMatches = {}
        self._snapshot = snapshot
        self._index = index
        self._old = old
        self._files_of = files_of
        self._files: FileColumns | None = None
        self._words: dict[WordTerm, FloatArray] = {}
        self._near: dict[NearTerm | LikeTerm | SoundTerm, FloatArray] = {}
        """Points that are exact from the start."""
        self._sounds = sounds
        self.sounds_found: dict[str, SoundFound] = {}
        self._masks: dict[Condition, NDArray[np.bool_]] = {}

    def files(self) -> FileColumns:
        """The columns of files for this snapshot's rows, read once."""
        if self._files is None:
            self._files = self._files_of(self._snapshot)
        return self._files

    def points(self, expression: Expression) -> FloatArray:
        """(N,) approximate points; NO_MATCH where the expression does not hold."""
        match expression:
            case And(terms):
                return _sum(self.points(term) for term in terms)
            case Or(terms):
                return _highest(self.points(term) for term in terms)
            case Not(term):
                return _points_of_mask(self.points(term) == NO_MATCH)
            case WordTerm():
                points = word_points(expression, self._snapshot, self._index, self._old, self.word_matches)
                self._words[expression] = points
                return points
            case NearTerm():
                near, anchor = near_points(expression, self._snapshot, self._index, self._near_file)
                self._near[expression] = near
                self.anchors += [anchor] if anchor is not None else []
                return near
            case LikeTerm(term):
                near = self._near[expression] = like_points(self.points(term), self._snapshot)
                return near
            case SoundTerm():
                near = self._near[expression] = self._sound(expression)
                return near
            case _:
                mask = self._masks[expression] = condition_mask(expression, self._snapshot, self._index, self.files)
                return _points_of_mask(mask)

    def nearness(self) -> FloatArray:
        """(N,) points that fall with the distance to what the query names."""
        points = [points for term, points in self._near.items() if not isinstance(term, SoundTerm)]
        return _highest(points) if points else np.zeros(len(self._snapshot), dtype=np.float32)

    def _sound(self, term: SoundTerm) -> FloatArray:
        """(N,) points of a sound word."""
        strength = self._sounds.of(term.word, self._snapshot, self.files)
        names = self._sounds.named(term.text, self._index) if term.text else None
        self.sounds_found[term.word] = SoundFound(
            term.word, int(strength.fits.sum()), len(names.named) if names is not None else 0, strength.strength
        )
        return sound_points(strength, names)

    def ranked(
        self, expression: Expression, rows: NDArray[np.intp], points: FloatArray
    ) -> tuple[NDArray[np.intp], FloatArray]:
        """These rows, all of which match, best first, and their scores."""
        if not ranking_terms(expression):
            return rows, np.zeros(len(rows), dtype=np.float32)
        by_name = any(isinstance(term, WordTerm | SoundTerm) for term in ranking_terms(expression))
        length_cost = _LENGTH_COST if by_name else 0.0  # what is nearest comes first, whatever its name
        order, rough = _descending(points - length_cost * _name_lengths(self._index, rows))
        rows = rows[order]
        head, tail = rows[:EXACTLY_SCORED], rough[EXACTLY_SCORED:]
        texts = Texts(self._index, head)
        exact = self._exact(expression, head, texts) - length_cost * _name_lengths(self._index, head)
        order = np.lexsort((head, -exact))
        floor = exact.min() if len(exact) else 0.0
        scores = np.concatenate([exact[order], np.minimum(tail, floor)]).astype(np.float32)
        return np.concatenate([head[order], rows[EXACTLY_SCORED:]]), scores

    def _exact(self, expression: Expression, rows: NDArray[np.intp], texts: Texts) -> FloatArray:
        """(n,) exact points of these rows; NO_MATCH where a part of the expression does not hold."""
        match expression:
            case And(terms):
                return _sum(self._exact(term, rows, texts) for term in terms)
            case Or(terms):
                return _highest(self._exact(term, rows, texts) for term in terms)
            case Not(term):
                return _points_of_mask(self._exact(term, rows, texts) == NO_MATCH)
            case WordTerm():
                approximate = self._words[expression][rows]
                exact = exact_points(expression, self._snapshot, self._index, rows, texts)
                return np.where(approximate > NO_MATCH, np.maximum(exact, 0.0), NO_MATCH).astype(np.float32)
            case NearTerm() | LikeTerm() | SoundTerm():
                return self._near[expression][rows]
            case _:
                return _points_of_mask(self._masks[expression][rows])


def _in_order(samples: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.intp]:
    """(n,) the order of these ids, all of which are among `samples`, by their first places there."""
    known, first = np.unique(samples, return_index=True)
    return np.argsort(first[np.searchsorted(known, ids)], kind="stable")


def _sum(points: Iterable[FloatArray]) -> FloatArray:
    first, *others = points
    total = first.copy()
    for other in others:
        total += other
    return total


def _highest(points: Iterable[FloatArray]) -> FloatArray:
    first, *others = points
    highest = first.copy()
    for other in others:
        np.maximum(highest, other, out=highest)
    return highest


def _points_of_mask(mask: NDArray[np.bool_]) -> FloatArray:
    """0 where the mask holds, NO_MATCH elsewhere."""
    return np.where(mask, np.float32(0.0), NO_MATCH).astype(np.float32)


def _descending(values: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """The order from highest to lowest value, and the ordered values rounded to eighths or coarser."""
    if not len(values):
        return np.empty(0, dtype=np.intp), values
    top = values.max()
    fine = np.float32(min(8.0, 65_535 / max(float(top - values.min()), 1.0)))
    steps = np.minimum((top - values) * fine, 65_535).astype(np.uint16)  # 16 bits: numpy uses radix sort
    order = np.argsort(steps, kind="stable")
    return order, top - steps[order].astype(np.float32) / fine


def _name_lengths(index: NameIndex, rows: NDArray[np.intp]) -> FloatArray:
    lengths: FloatArray = (index.length[rows] - index.name_at[rows]).astype(np.float32)
    return lengths
