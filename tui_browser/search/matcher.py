"""Which samples a query means, best first: all pieces must hold, and the words say how well.

The best thousand are scored exactly, the rest roughly and never above them; equal ones stay in row order. A query
that grew by a letter is searched among the rows that held the shorter word.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FEATURES, FloatArray, Snapshot
from tui_browser.search.conditions import (
    ClassTerm,
    Field,
    FlagTerm,
    KeyTerm,
    Query,
    RangeTerm,
    TagTerm,
    TomTerm,
    WordTerm,
)
from tui_browser.search.names import ENDINGS, NameIndex, fold
from tui_browser.search.scoring import IMPOSSIBLE, Texts, scores
from tui_browser.search.subsequence import LETTER, SubsequenceMatches, match_subsequence, match_substring
from tui_browser.search.toms import tom_sizes

__all__ = ["Matches", "NameIndex", "match"]

EXACTLY_SCORED = 1_000
_LENGTH_COST = 0.05
"""Points that a letter of the file name costs: of equal matches the shorter name comes first."""

_Cache = dict[tuple[bytes, bool, bool], SubsequenceMatches]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """What a query found in one snapshot."""

    query: Query
    rows: NDArray[np.intp]
    """(n,) best first."""
    scores: FloatArray
    """(n,) falling; 0 for a query without words."""
    mask: NDArray[np.bool_]
    """(N,) the same rows as a mask."""
    index: NameIndex = field(repr=False)
    spelled: _Cache = field(repr=False)
    """What each word found by itself: the next letter narrows it."""

    def __len__(self) -> int:
        return len(self.rows)


def match(query: Query, snapshot: Snapshot, index: NameIndex, *, previous: Matches | None = None) -> Matches:
    """The rows of `snapshot` that `query` means.

    `index` is that of the snapshot's names. `previous` makes it faster when it answered a shorter query on the same
    index; it never changes the answer. An empty query means every row.
    """
    if len(index) != len(snapshot):
        raise ValueError("the name index belongs to another snapshot")
    old: _Cache = previous.spelled if previous is not None and previous.index is index else {}
    new: _Cache = {}
    mask = np.ones(len(snapshot), dtype=np.bool_)
    for condition in query.fields:
        mask &= _holds(condition, snapshot)
    total: FloatArray | None = None
    for word in query.words:
        points = _points(word, snapshot, index, old, new)
        mask &= points > IMPOSSIBLE
        total = points if total is None else total + points
    rows = np.flatnonzero(mask)
    if total is None:
        return Matches(query, rows, np.zeros(len(rows), dtype=np.float32), mask, index, new)
    order, rough = _falling(total[rows] - _LENGTH_COST * _name_lengths(index, rows))
    rows = rows[order]
    head = rows[:EXACTLY_SCORED]
    exact = _exactly(query, snapshot, index, head)
    order = np.lexsort((head, -exact))
    floor = exact.min() if len(exact) else 0.0
    tail = np.minimum(rough[len(head) :], floor).astype(np.float32)
    return Matches(
        query, np.concatenate([head[order], rows[len(head) :]]), np.concatenate([exact[order], tail]), mask, index, new
    )


def _falling(values: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """The order from the highest value to the lowest, and the values in it in steps of an eighth."""
    if not len(values):
        return np.empty(0, dtype=np.intp), values
    top = values.max()
    steps = np.minimum((top - values) * 8, 65_535).astype(np.uint16)  # 16 bits: sorted by counting
    order = np.argsort(steps, kind="stable")
    return order, top - steps[order].astype(np.float32) / 8


def _name_lengths(index: NameIndex, rows: NDArray[np.intp]) -> FloatArray:
    lengths: FloatArray = (index.length[rows] - index.name_at[rows]).astype(np.float32)
    return lengths


def _holds(condition: Field, snapshot: Snapshot) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_]
    match condition:
        case ClassTerm(classes, negated):
            mask = np.isin(snapshot.classes, list(classes))
        case FlagTerm(flag, negated):
            mask = snapshot.flags & flag != 0
        case RangeTerm(feature, low, high, negated):
            column = snapshot.features[:, feature]
            with np.errstate(invalid="ignore"):
                mask = (column >= np.float32(low)) & (column <= np.float32(high))
        case TomTerm(level, negated):
            mask = tom_sizes(snapshot) == level
        case KeyTerm(keys, negated):
            column = snapshot.features[:, FEATURES.index("key")]
            mask = np.isin(column, list(keys)) if keys else ~np.isfinite(column)
        case TagTerm(tag, negated):
            mask = np.zeros(len(snapshot), dtype=np.bool_)
            mask[np.searchsorted(snapshot.ids, _tagged(tag, snapshot))] = True
    if negated:
        np.logical_not(mask, out=mask)
    return mask


def _tagged(tag: str, snapshot: Snapshot) -> NDArray[np.int64]:
    whole = [sample for sample, tags in snapshot.tags.items() if any(own.lower() == tag for own in tags)]
    begun = whole or [s for s, tags in snapshot.tags.items() if any(own.lower().startswith(tag) for own in tags)]
    return np.array(begun, dtype=np.int64)


def _points(word: WordTerm, snapshot: Snapshot, index: NameIndex, old: _Cache, new: _Cache) -> FloatArray:
    """(N,) rough points of one word, IMPOSSIBLE where it does not hold; 0 where a negated one does."""
    points = np.full(len(snapshot), IMPOSSIBLE, dtype=np.float32)
    for text in _spellings(word):
        found = _found(index, text, word, old, new)
        points[found.rows] = np.maximum(points[found.rows], found.points)
        stem, ending = _split_ending(text)
        if ending and not word.name_only and stem:
            _raise(points, _stem(index, stem, ending, word), float(LETTER * len(text)))
        elif ending and not stem:
            _raise(points, index.ending == ending, float(LETTER * len(text)))
    if word.classes:
        _add_class(points, word, snapshot.classes, snapshot.class_p)
    if word.tom is not None:
        _raise(points, tom_sizes(snapshot) == word.tom, float(LETTER * len(word.text)))
    if word.negated:
        return np.where(points > IMPOSSIBLE, IMPOSSIBLE, 0).astype(np.float32)
    return points


def _raise(points: FloatArray, mask: NDArray[np.bool_], to: float) -> None:
    points[mask] = np.maximum(points[mask], to)


def _stem(index: NameIndex, stem: bytes, ending: int, word: WordTerm) -> NDArray[np.bool_]:
    """Rows whose text holds the word without its ending, and that have the ending."""
    found = match_subsequence(index, stem, within=None, name_only=word.name_only)
    if word.exact:
        found = match_substring(index, stem, found, name_only=word.name_only)
    mask: NDArray[np.bool_] = index.ending == ending
    held = np.zeros(len(index), dtype=np.bool_)
    held[found.rows] = True
    return mask & held


def _add_class(points: FloatArray, word: WordTerm, classes: NDArray[np.uint8], class_p: FloatArray) -> None:
    """Raise what is of the word's class: sure ones above scattered letters, below the word in a file name."""
    of_class = np.isin(classes, list(word.classes))
    p = class_p[of_class]
    by_sound = LETTER * len(word.text) * (0.5 + 0.5 * p)
    points[of_class] = np.maximum(points[of_class] + 8 * p, by_sound)


def _found(index: NameIndex, text: bytes, word: WordTerm, old: _Cache, new: _Cache) -> SubsequenceMatches:
    """The rows that hold the letters; from what the last query found where that had a part of them."""
    key = (text, word.name_only, word.exact)
    if key in old:
        found = old[key]
    else:
        shorter = [k for k in old if k[1] == word.name_only and k[2] <= word.exact and text.startswith(k[0])]
        within = old[max(shorter, key=lambda k: len(k[0]))].rows if shorter else None
        found = match_subsequence(index, text, within=within, name_only=word.name_only)
        if word.exact and len(text) > 1:
            found = match_substring(index, text, found, name_only=word.name_only)
    new[key] = found
    return found


def _spellings(word: WordTerm) -> list[bytes]:
    """The word folded; with accents also in the form that some systems give to file names."""
    if word.text.isascii():
        return [fold(word.text)]
    text = word.text.decode("utf-8", "surrogateescape")
    forms = [unicodedata.normalize(form, text).encode("utf-8", "surrogateescape") for form in ("NFC", "NFD")]
    return list(dict.fromkeys(fold(form) for form in (word.text, *forms)))


def _split_ending(text: bytes) -> tuple[bytes, int]:
    """A word like `kick.wav` as `kick` and its place in ENDINGS, `wav` and `.wav` as nothing and that; else 0."""
    stem, dot, ending = text.rpartition(b".")
    name = b"." + ending
    return (stem, ENDINGS.index(name)) if name in ENDINGS and (dot or not stem) else (text, 0)


def _exactly(query: Query, snapshot: Snapshot, index: NameIndex, rows: NDArray[np.intp]) -> FloatArray:
    """(n,) scores of these rows, which all match."""
    texts = Texts(index, rows)
    total = -_LENGTH_COST * _name_lengths(index, rows)
    for word in query.words:
        if word.negated:
            continue
        points = np.full(len(rows), IMPOSSIBLE, dtype=np.float32)
        for text in _spellings(word):
            points = np.maximum(points, scores(texts, text, name_only=word.name_only, exact=word.exact))
            stem, ending = _split_ending(text)
            if ending:
                of_ending = index.ending[rows] == ending
                _raise(points, of_ending, float(LETTER * len(text)))
                if stem:
                    held = scores(texts, stem, name_only=word.name_only, exact=word.exact)
                    points[of_ending] = np.maximum(points[of_ending], held[of_ending])
        if word.classes:
            _add_class(points, word, snapshot.classes[rows], snapshot.class_p[rows])
        if word.tom is not None:
            _raise(points, (tom_sizes(snapshot) == word.tom)[rows], float(LETTER * len(word.text)))
        total += points
    return total.astype(np.float32)
