"""Points of one word of a query in all names: where its letters stand, and whether it names the sample's class."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray, Snapshot
from tui_browser.search.conditions import WordTerm
from tui_browser.search.name_index import ENDINGS, NameIndex, fold
from tui_browser.search.scoring import IMPOSSIBLE, Texts, scores
from tui_browser.search.subsequence import (
    IN_NAME,
    LETTER,
    NAME_START,
    RUN,
    WORD_START,
    SubsequenceMatches,
    match_subsequence,
)
from tui_browser.search.substring import holds_word, occurrences

NO_MATCH = np.float32(-np.inf)
"""Points of a sample that does not match; also in sums and maxima."""
_CLASS_LEAD, _CLASS_DOUBT = 6.0, 20.0
"""Points of a sample of the word's class beyond those of a name that begins with the word, and what doubt takes away:
a sure one stands between names that hold the whole word and those that hold more letters beside it."""

WordMatches = dict[tuple[bytes, WordTerm], SubsequenceMatches]
"""Matches by spelling and by the word without its letters."""


def word_points(word: WordTerm, snapshot: Snapshot, index: NameIndex, old: WordMatches, new: WordMatches) -> FloatArray:
    """(N,) approximate points of one word, NO_MATCH without a match; searched within `old`, added to `new`."""
    points = np.full(len(snapshot), NO_MATCH, dtype=np.float32)
    if word.part == "path":
        for text in _spellings(word):
            points[occurrences(index, text, word)] = LETTER * len(text)
        return points
    for text in _spellings(word):
        stem, ending = _split_ending(text)
        matches = _word_matches(index, text, word, old, new)
        points[matches.rows] = np.maximum(points[matches.rows], matches.points)
        if ending and word.part == "text":
            mask: NDArray[np.bool_] = index.ending == ending
            if stem:
                has_stem = np.zeros(len(index), dtype=np.bool_)
                has_stem[_word_matches(index, stem, word, old, new).rows] = True
                mask = mask & has_stem
            _raise_to(points, mask, float(LETTER * len(text)))
    if word.classes:
        _add_class(points, word, snapshot.classes, snapshot.class_p)
    if word.tom is not None:
        _raise_to(points, index.toms.of(snapshot) == word.tom, float(LETTER * len(word.text)))
    return points


def exact_points(
    word: WordTerm, snapshot: Snapshot, index: NameIndex, rows: NDArray[np.intp], texts: Texts
) -> FloatArray:
    """(n,) exact points of these rows, whose texts are given; below 0 without a match of the letters."""
    points = np.full(len(rows), IMPOSSIBLE, dtype=np.float32)
    if word.part in ("folder", "path"):
        return np.full(len(rows), LETTER * len(word.text), dtype=np.float32)
    name_only, exact = word.part == "name", word.exact
    for text in map(fold, _spellings(word)):
        stem, ending = _split_ending(text)
        points = np.maximum(points, scores(texts, text, name_only=name_only, exact=exact))
        if ending and word.part == "text":
            has_ending = index.ending[rows] == ending
            _raise_to(points, has_ending, float(LETTER * len(text)))
            if stem:
                stem_points = scores(texts, stem, name_only=name_only, exact=exact)
                points[has_ending] = np.maximum(points[has_ending], stem_points[has_ending])
    if word.classes:
        _add_class(points, word, snapshot.classes[rows], snapshot.class_p[rows])
    if word.tom is not None:
        _raise_to(points, (index.toms.of(snapshot) == word.tom)[rows], float(LETTER * len(word.text)))
    return points


def _raise_to(points: FloatArray, mask: NDArray[np.bool_], minimum: float) -> None:
    points[mask] = np.maximum(points[mask], minimum)


def _add_class(points: FloatArray, word: WordTerm, classes: NDArray[np.uint8], class_p: FloatArray) -> None:
    """Raise samples of the word's class."""
    of_class = np.isin(classes, list(word.classes))
    p, m = class_p[of_class], len(word.text)
    begins_name = (LETTER + IN_NAME) * m + RUN * (m - 1) + WORD_START + NAME_START
    points[of_class] = np.maximum(points[of_class] + 8 * p, begins_name + _CLASS_LEAD - _CLASS_DOUBT * (1 - p))


def _word_matches(
    index: NameIndex, text: bytes, word: WordTerm, old: WordMatches, new: WordMatches
) -> SubsequenceMatches:
    """Rows that match one spelling of the word, searched among those of the longest prefix in `old`."""
    shape = replace(word, text=b"-", classes=frozenset(), tom=None)
    key = (text, shape)
    if key in old:
        matches = old[key]
    else:
        folded = fold(text)
        within = _narrowed(folded, shape, old)
        matches = match_subsequence(index, folded, within=within, name_only=word.part == "name")
        if (
            (word.exact and len(text) > 1)
            or word.starts
            or word.ends
            or word.whole
            or word.case
            or word.part == "folder"
        ):
            keep = holds_word(index, matches.rows, text, word)
            matches = SubsequenceMatches(matches.rows[keep], matches.points[keep])
    new[key] = matches
    return matches


def _narrowed(folded: bytes, shape: WordTerm, old: WordMatches) -> NDArray[np.int32] | None:
    """The rows of the longest earlier word whose matches hold all of this one's; None for all rows."""
    plain = WordTerm(b"-", shape.part)
    prefixes = [key for key in old if key[1] == plain and folded.startswith(key[0])]
    return old[max(prefixes, key=lambda key: len(key[0]))].rows if prefixes else None


def _spellings(word: WordTerm) -> list[bytes]:
    """The word, folded unless case matters; with accents in NFC and NFD, which some systems use for file names."""
    forms = [word.text]
    if not word.text.isascii():
        text = word.text.decode("utf-8", "surrogateescape")
        forms += [unicodedata.normalize(form, text).encode("utf-8", "surrogateescape") for form in ("NFC", "NFD")]
    return list(dict.fromkeys(forms if word.case else map(fold, forms)))


def _split_ending(text: bytes) -> tuple[bytes, int]:
    """Stem and index into ENDINGS: `kick.wav` -> `kick`, wav; `wav`, `.wav` -> empty, wav; other words -> word, 0."""
    stem, dot, ending = text.rpartition(b".")
    name = b"." + ending.lower()
    return (stem, ENDINGS.index(name)) if name in ENDINGS and (dot or not stem) else (text, 0)
