"""Labels from the words of paths, such as speech, tabla or strings, for samples of the class `other`.

The same words always have the same label: nothing here is learned from the library.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.map.path_tokens import Tokens, code_of, token_text, tokens_of
from tui_browser.map.sound_words import TOPICS, lexicon
from tui_browser.records import Names

NONE = -1
"""Label index of a sample without a known word in its path."""
PARTS = 4
"""Number of path components that are read, from the file name upwards."""
_BLOCK = 16_384
"""Paths that are read at once: their words take some 1 kB each."""
FEWEST, MANY = 6, 30
"""Samples of a group that may have a name, and of one that has it however many others lie beside it."""
_SHARE = 0.2
"""Of the samples of a tile that a group smaller than MANY must hold."""
_ONE, _TWO, _EACH = 0.5, 0.7, 0.25
"""Shares of a group that its name must be true of at least, that two names together must be, and each of the two."""

LabelIndex = NDArray[np.int16]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Neighbouring samples whose labels have one topic."""

    text: str
    """The label."""
    topic: int
    """Index into `TOPICS`."""
    tile: int
    members: Ints
    """Rows, ascending."""


def groups_of(places: NDArray[np.float64], rows: Ints, labels: LabelIndex, *, side: int) -> list[Group]:
    """The groups that side x side tiles of the map hold, among samples with these `places` (n, 2) and `labels` (n,).

    The fullest of a tile first; those too small to be named are left out.
    """
    square = np.minimum((places * side).astype(np.int64), side - 1)
    tile = square[:, 1] * side + square[:, 0]
    within = dict(zip(*(each.tolist() for each in np.unique(tile, return_counts=True)), strict=True))
    known = np.flatnonzero(labels != NONE)
    topic = np.array(lexicon().topics)[labels[known]]
    keys, which, counts = np.unique(tile[known] * len(TOPICS) + topic, return_inverse=True, return_counts=True)
    order = known[np.argsort(which, kind="stable")]
    ends = np.cumsum(counts).tolist()
    groups = []
    for key, count, end in zip(keys.tolist(), counts.tolist(), ends, strict=True):
        at, of = divmod(key, len(TOPICS))
        if count >= MANY or (count >= FEWEST and count >= _SHARE * within[at]):
            members = order[end - count : end]
            groups.append(Group(_text(labels[members], of), of, at, rows[members]))
    return _unlike(sorted(groups, key=lambda group: (group.tile, -len(group.members))), side)


def _unlike(groups: list[Group], side: int) -> list[Group]:
    """The groups without those next to a larger group with the same label."""
    size = {(group.tile, group.text): len(group.members) for group in groups}
    kept = []
    for group in groups:
        tile, x = group.tile, group.tile % side
        beside = [tile + side, tile - side, *([tile - 1] if x else []), *([tile + 1] if x < side - 1 else [])]
        own = (len(group.members), -tile)
        if not any((size.get((other, group.text), 0), -other) > own for other in beside):
            kept.append(group)
    return kept


def _text(labels: LabelIndex, topic: int) -> str:
    """Common label of samples with these labels of one topic."""
    there, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    names: list[str] = [lexicon().labels[at] for at in there[order].tolist()]
    shares = counts[order] / len(labels)
    if shares[0] > _ONE:
        return names[0]
    if len(names) > 1 and shares[:2].sum() >= _TWO and shares[1] >= _EACH:
        return f"{names[0]}, {names[1]}"
    return TOPICS[topic]


def labels_of(names: Names, rows: Ints, *, shared: int | None = None) -> LabelIndex:
    """(n,) label of each of the ascending `rows`, an index into `lexicon().labels`; NONE without one.

    The last word of a path that says something counts, one that says much before one that says little; folders that
    all `names` share (`shared`, the length of their path) say nothing.
    """
    shared = shared_folder(names) if shared is None else shared
    blocks = [_labels(names, rows[start : start + _BLOCK], shared) for start in range(0, len(rows), _BLOCK)]
    return np.concatenate(blocks) if blocks else np.empty(0, dtype=np.int16)


def shared_folder(names: Names) -> int:
    """Length of the path, with slash, of the deepest folder that contains all samples; 0 if there is none."""
    if not len(names):
        return 0
    text, starts = np.frombuffer(names.blob, dtype=np.uint8), names.offsets[:-1]
    first = names[0]
    length = min(len(first), int(np.diff(names.offsets).min()))
    at = 0
    while at < length and (text[starts + at] == first[at]).all():
        at += 1
    return first[:at].rfind(b"/") + 1


def _labels(names: Names, rows: Ints, shared: int) -> LabelIndex:
    words = lexicon()
    tokens = tokens_of(names, rows)
    label = np.full(len(tokens.codes), NONE, dtype=np.int64)
    letters = np.flatnonzero(~tokens.number)
    vocabulary, which = np.unique(tokens.codes[letters], return_inverse=True)
    label[letters] = np.array([words.label(token_text(code)) for code in vocabulary.tolist()], dtype=np.int64)[which]
    rank = np.array([*words.rank, 0])[label]
    _join(tokens, label, rank)
    good = np.flatnonzero((label != NONE) & (tokens.start >= shared) & (tokens.part < PARTS))
    order = good[np.lexsort((tokens.start[good], rank[good], tokens.owner[good]))]
    result = np.full(len(rows), NONE, dtype=np.int16)
    result[tokens.owner[order]] = label[order]  # of several the last is kept
    return result


def _join(tokens: Tokens, label: Ints, rank: Ints) -> None:
    """Give the label of a two-word term to both words, in place."""
    pairs = lexicon().pairs
    codes = np.unique([code_of(word) for pair in pairs for word in pair])
    at = np.minimum(np.searchsorted(codes, tokens.codes), len(codes) - 1)
    at = np.where(codes[at] == tokens.codes, at, -1)
    table = np.full((len(codes), len(codes)), -2, dtype=np.int64)
    for (one, other), both in pairs.items():
        table[np.searchsorted(codes, code_of(one)), np.searchsorted(codes, code_of(other))] = both
    beside = (at[:-1] >= 0) & (at[1:] >= 0)
    beside &= (tokens.owner[:-1] == tokens.owner[1:]) & (tokens.part[:-1] == tokens.part[1:])
    first = np.flatnonzero(beside)
    meant = table[at[first], at[first + 1]]
    first, meant = first[meant > -2], meant[meant > -2]
    label[first], label[first + 1] = NONE, meant
    rank[first + 1] = 2
