"""Match a query against a snapshot: samples for which all terms hold, ranked by how well the words match.

The best thousand are scored exactly, the rest approximately and never higher; ties stay in row order. When a word
grows by a character, only the rows that matched the shorter word are searched.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FEATURES, FloatArray, Snapshot
from tui_browser.search.conditions import (
    AuthorTerm,
    ClassTerm,
    Field,
    FlagTerm,
    KeyTerm,
    LicenceTerm,
    Query,
    RangeTerm,
    TagTerm,
    TomTerm,
    WordTerm,
)
from tui_browser.search.licences import licence_of
from tui_browser.search.name_index import ENDINGS, NameIndex, fold
from tui_browser.search.scoring import IMPOSSIBLE, Texts, scores
from tui_browser.search.subsequence import LETTER, SubsequenceMatches, match_subsequence, match_substring
from tui_browser.search.toms import tom_sizes

__all__ = ["Matches", "NameIndex", "match"]

EXACTLY_SCORED = 1_000
_LENGTH_COST = 0.05
"""Penalty per character of the file name, so that of equal matches the shorter name comes first."""

_Cache = dict[tuple[bytes, bool, bool], SubsequenceMatches]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Result of a query in one snapshot."""

    query: Query
    rows: NDArray[np.intp]
    """(n,) best first."""
    scores: FloatArray
    """(n,) descending; 0 for a query without words."""
    mask: NDArray[np.bool_]
    """(N,) the same rows as a mask."""
    index: NameIndex = field(repr=False)
    word_matches: _Cache = field(repr=False)
    """Rows that match each single word, to narrow down when the word grows."""

    def __len__(self) -> int:
        return len(self.rows)


def match(query: Query, snapshot: Snapshot, index: NameIndex, *, previous: Matches | None = None) -> Matches:
    """The rows of `snapshot` that match `query`; an empty query matches all.

    `index` is the index of the snapshot's names. `previous`, the result of a shorter query on the same index, makes it
    faster without changing the result.
    """
    if len(index) != len(snapshot):
        raise ValueError("the name index belongs to another snapshot")
    old: _Cache = previous.word_matches if previous is not None and previous.index is index else {}
    new: _Cache = {}
    mask = np.ones(len(snapshot), dtype=np.bool_)
    for condition in query.fields:
        mask &= _condition_mask(condition, snapshot)
    total: FloatArray | None = None
    for word in query.words:
        points = _points(word, snapshot, index, old, new)
        mask &= points > IMPOSSIBLE
        total = points if total is None else total + points
    rows = np.flatnonzero(mask)
    if total is None:
        return Matches(query, rows, np.zeros(len(rows), dtype=np.float32), mask, index, new)
    order, rough = _descending(total[rows] - _LENGTH_COST * _name_lengths(index, rows))
    rows = rows[order]
    head = rows[:EXACTLY_SCORED]
    exact = _exact_scores(query, snapshot, index, head)
    order = np.lexsort((head, -exact))
    floor = exact.min() if len(exact) else 0.0
    tail = np.minimum(rough[len(head) :], floor).astype(np.float32)
    return Matches(
        query, np.concatenate([head[order], rows[len(head) :]]), np.concatenate([exact[order], tail]), mask, index, new
    )


def _descending(values: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """The order from highest to lowest value, and the ordered values rounded to eighths."""
    if not len(values):
        return np.empty(0, dtype=np.intp), values
    top = values.max()
    steps = np.minimum((top - values) * 8, 65_535).astype(np.uint16)  # 16 bits: numpy uses radix sort
    order = np.argsort(steps, kind="stable")
    return order, top - steps[order].astype(np.float32) / 8


def _name_lengths(index: NameIndex, rows: NDArray[np.intp]) -> FloatArray:
    lengths: FloatArray = (index.length[rows] - index.name_at[rows]).astype(np.float32)
    return lengths


def _condition_mask(condition: Field, snapshot: Snapshot) -> NDArray[np.bool_]:
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
            mask = _samples_mask(_tagged(tag, snapshot), snapshot)
        case LicenceTerm(codes, negated):
            mask = _samples_mask(_licensed(codes, snapshot), snapshot)
            if not codes:  # no licence is known
                np.logical_not(mask, out=mask)
        case AuthorTerm(text, negated):
            made = [
                sample for sample, credit in snapshot.credits.items() if text.casefold() in credit.author.casefold()
            ]
            mask = _samples_mask(np.array(made, dtype=np.int64), snapshot)
    if negated:
        np.logical_not(mask, out=mask)
    return mask


def _samples_mask(samples: NDArray[np.int64], snapshot: Snapshot) -> NDArray[np.bool_]:
    mask = np.zeros(len(snapshot), dtype=np.bool_)
    mask[np.searchsorted(snapshot.ids, samples)] = True
    return mask


def _licensed(codes: frozenset[str], snapshot: Snapshot) -> NDArray[np.int64]:
    """Ids of the samples under one of these licences; without codes of all whose licence is known."""
    known = ((sample, licence_of(credit.licence).code) for sample, credit in snapshot.credits.items())
    return np.array([sample for sample, code in known if (code in codes if codes else code)], dtype=np.int64)


def _tagged(tag: str, snapshot: Snapshot) -> NDArray[np.int64]:
    """Ids of the samples with this tag; if there are none, with a tag that starts with it."""
    exact = [sample for sample, tags in snapshot.tags.items() if any(own.lower() == tag for own in tags)]
    samples = exact or [s for s, tags in snapshot.tags.items() if any(own.lower().startswith(tag) for own in tags)]
    return np.array(samples, dtype=np.int64)


def _points(word: WordTerm, snapshot: Snapshot, index: NameIndex, old: _Cache, new: _Cache) -> FloatArray:
    """(N,) approximate points of one word, IMPOSSIBLE without a match; for a negated word 0 and IMPOSSIBLE swapped."""
    points = np.full(len(snapshot), IMPOSSIBLE, dtype=np.float32)
    for text in _spellings(word):
        matches = _word_matches(index, text, word, old, new)
        points[matches.rows] = np.maximum(points[matches.rows], matches.points)
        stem, ending = _split_ending(text)
        if ending and not word.name_only and stem:
            _raise_to(points, _stem_mask(index, stem, ending, word), float(LETTER * len(text)))
        elif ending and not stem:
            _raise_to(points, index.ending == ending, float(LETTER * len(text)))
    if word.classes:
        _add_class(points, word, snapshot.classes, snapshot.class_p)
    if word.tom is not None:
        _raise_to(points, tom_sizes(snapshot) == word.tom, float(LETTER * len(word.text)))
    if word.negated:
        return np.where(points > IMPOSSIBLE, IMPOSSIBLE, 0).astype(np.float32)
    return points


def _raise_to(points: FloatArray, mask: NDArray[np.bool_], minimum: float) -> None:
    points[mask] = np.maximum(points[mask], minimum)


def _stem_mask(index: NameIndex, stem: bytes, ending: int, word: WordTerm) -> NDArray[np.bool_]:
    """(N,) rows that match the word without its extension and have that extension."""
    matches = match_subsequence(index, stem, within=None, name_only=word.name_only)
    if word.exact:
        matches = match_substring(index, stem, matches, name_only=word.name_only)
    mask: NDArray[np.bool_] = index.ending == ending
    has_stem = np.zeros(len(index), dtype=np.bool_)
    has_stem[matches.rows] = True
    return mask & has_stem


def _add_class(points: FloatArray, word: WordTerm, classes: NDArray[np.uint8], class_p: FloatArray) -> None:
    """Raise samples of the word's class: confident ones above scattered letters, below the word in a file name."""
    of_class = np.isin(classes, list(word.classes))
    p = class_p[of_class]
    by_sound = LETTER * len(word.text) * (0.5 + 0.5 * p)
    points[of_class] = np.maximum(points[of_class] + 8 * p, by_sound)


def _word_matches(index: NameIndex, text: bytes, word: WordTerm, old: _Cache, new: _Cache) -> SubsequenceMatches:
    """Rows that match the word, searched among those of the longest prefix in `old`; added to `new`."""
    key = (text, word.name_only, word.exact)
    if key in old:
        matches = old[key]
    else:
        prefixes = [k for k in old if k[1] == word.name_only and k[2] <= word.exact and text.startswith(k[0])]
        within = old[max(prefixes, key=lambda k: len(k[0]))].rows if prefixes else None
        matches = match_subsequence(index, text, within=within, name_only=word.name_only)
        if word.exact and len(text) > 1:
            matches = match_substring(index, text, matches, name_only=word.name_only)
    new[key] = matches
    return matches


def _spellings(word: WordTerm) -> list[bytes]:
    """The folded word; with accents in both NFC and NFD, which some systems use for file names."""
    if word.text.isascii():
        return [fold(word.text)]
    text = word.text.decode("utf-8", "surrogateescape")
    forms = [unicodedata.normalize(form, text).encode("utf-8", "surrogateescape") for form in ("NFC", "NFD")]
    return list(dict.fromkeys(fold(form) for form in (word.text, *forms)))


def _split_ending(text: bytes) -> tuple[bytes, int]:
    """Stem and index into ENDINGS: `kick.wav` -> `kick`, wav; `wav`, `.wav` -> empty, wav; other words -> word, 0."""
    stem, dot, ending = text.rpartition(b".")
    name = b"." + ending
    return (stem, ENDINGS.index(name)) if name in ENDINGS and (dot or not stem) else (text, 0)


def _exact_scores(query: Query, snapshot: Snapshot, index: NameIndex, rows: NDArray[np.intp]) -> FloatArray:
    """(n,) exact scores of these rows, all of which match."""
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
                has_ending = index.ending[rows] == ending
                _raise_to(points, has_ending, float(LETTER * len(text)))
                if stem:
                    stem_points = scores(texts, stem, name_only=word.name_only, exact=word.exact)
                    points[has_ending] = np.maximum(points[has_ending], stem_points[has_ending])
        if word.classes:
            _add_class(points, word, snapshot.classes[rows], snapshot.class_p[rows])
        if word.tom is not None:
            _raise_to(points, (tom_sizes(snapshot) == word.tom)[rows], float(LETTER * len(word.text)))
        total += points
    return total.astype(np.float32)
