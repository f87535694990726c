"""Which samples of a snapshot meet a condition that is not about letters."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import printable
from tui_browser.records import CONFIDENT_P, FEATURES, LOOP, ONE_SHOT, UNCLASSED, Snapshot
from tui_browser.search.conditions import (
    AuthorTerm,
    ClassTerm,
    CollectionTerm,
    Condition,
    CopyTerm,
    EndingTerm,
    FileRangeTerm,
    FileTerm,
    FlagTerm,
    KeyTerm,
    KindTerm,
    LicenceTerm,
    NoteTerm,
    RangeTerm,
    RatingTerm,
    RootTerm,
    TagTerm,
    TomTerm,
    UnderTerm,
)
from tui_browser.search.file_columns import FileColumns
from tui_browser.search.folder_paths import under_folder
from tui_browser.search.licences import licence_of
from tui_browser.search.name_index import ENDINGS, NameIndex
from tui_browser.search.synsets import tag_key


def file_mask(term: FileTerm, files: FileColumns) -> NDArray[np.bool_]:
    """(N,) rows whose files meet the condition."""
    mask: NDArray[np.bool_]
    match term:
        case FileRangeTerm(column, low, high):
            numbers = files.number(column)
            with np.errstate(invalid="ignore"):
                mask = (numbers >= low) & (numbers <= high)
        case RootTerm(text):
            wanted = text.casefold()
            named = [place for place, root in enumerate(files.roots) if wanted in os.fsdecode(root).casefold()]
            mask = np.isin(files.root, named)
        case CopyTerm():
            mask = files.copies.copy()
    return mask


def condition_mask(
    condition: Condition, snapshot: Snapshot, index: NameIndex, files: Callable[[], FileColumns]
) -> NDArray[np.bool_]:
    """(N,) rows that meet the condition; `files` is called only for a condition on files."""
    mask: NDArray[np.bool_]
    match condition:
        case ClassTerm(classes):
            mask = np.isin(snapshot.classes, list(classes))
        case FlagTerm(flag):
            mask = snapshot.flags & flag != 0
        case RangeTerm(feature, low, high):
            column = snapshot.features[:, feature]
            with np.errstate(invalid="ignore"):
                mask = (column >= np.float32(low)) & (column <= np.float32(high))
        case TomTerm(level):
            mask = index.toms.of(snapshot) == level
        case KeyTerm(keys):
            column = snapshot.features[:, FEATURES.index("key")]
            mask = np.isin(column, list(keys)) if keys else ~np.isfinite(column)
        case KindTerm("uncertain"):
            mask = (snapshot.classes != UNCLASSED) & (snapshot.class_p < CONFIDENT_P)
        case KindTerm(kind):
            loops = is_loop(snapshot)
            mask = loops if kind == "loop" else ~loops & np.isfinite(snapshot.features[:, 0])
        case EndingTerm(endings):
            mask = np.isin(index.ending, [ENDINGS.index(ending) for ending in endings])
        case FileRangeTerm() | RootTerm() | CopyTerm():
            mask = file_mask(condition, files())
        case TagTerm(tag, same):
            mask = _samples_mask(_tagged(tag, same, snapshot), snapshot)
        case LicenceTerm(codes):
            mask = _samples_mask(_licensed(codes, snapshot), snapshot)
            if not codes:  # no licence is known
                np.logical_not(mask, out=mask)
        case AuthorTerm(text):
            wanted = text.casefold()
            made = [sample for sample, credit in snapshot.credits.items() if wanted in credit.author.casefold()]
            mask = _samples_mask(np.array(made, dtype=np.int64), snapshot)
        case UnderTerm(folder):
            mask = under_folder(folder, snapshot.names)
        case CollectionTerm(name):
            mask = _samples_mask(collected(name, snapshot), snapshot)
        case RatingTerm(low, high):
            rated = [sample for sample, rating in snapshot.ratings.items() if low <= rating <= high or not high]
            mask = _samples_mask(np.array(rated, dtype=np.int64), snapshot)
            if not high:  # no rating
                np.logical_not(mask, out=mask)
        case NoteTerm(text):
            wanted = text.casefold()
            noted = [sample for sample, note in snapshot.user_notes.items() if wanted in note.casefold()]
            mask = _samples_mask(np.array(noted, dtype=np.int64), snapshot)
    return mask


def is_loop(snapshot: Snapshot) -> NDArray[np.bool_]:
    """(N,) samples that are called loops, and those with a tempo that nothing calls one-shots."""
    has_tempo = np.isfinite(snapshot.features[:, FEATURES.index("bpm")])
    loops: NDArray[np.bool_] = (snapshot.flags & LOOP != 0) | (has_tempo & (snapshot.flags & ONE_SHOT == 0))
    return loops


def collected(name: str, snapshot: Snapshot) -> NDArray[np.int64]:
    """Ids of the samples of this collection; if there is none, of those whose name starts so; in their order."""
    lists = [snapshot.collections[own] for own in named_collections(name, snapshot)]
    return np.array([sample for ids in lists for sample in ids], dtype=np.int64)


def named_collections(name: str, snapshot: Snapshot) -> list[str]:
    """The collection of this name, or those whose name starts so.

    Names are as the screen shows them; quotes, which a query cannot write, do not count.
    """
    wanted = printable(name).replace('"', "")
    plain = {own: printable(own).lower().replace('"', "") for own in snapshot.collections}
    exact = [own for own, text in plain.items() if text == wanted]
    return exact or [own for own, text in plain.items() if text.startswith(wanted)]


def _samples_mask(samples: NDArray[np.int64], snapshot: Snapshot) -> NDArray[np.bool_]:
    mask = np.zeros(len(snapshot), dtype=np.bool_)
    mask[np.searchsorted(snapshot.ids, samples)] = True
    return mask


def _licensed(codes: frozenset[str], snapshot: Snapshot) -> NDArray[np.int64]:
    """Ids of the samples under one of these licences; without codes of all whose licence is known."""
    known = ((sample, licence_of(credit.licence).code) for sample, credit in snapshot.credits.items())
    return np.array([sample for sample, code in known if (code in codes if codes else code)], dtype=np.int64)


def _tagged(tag: str, same: frozenset[str], snapshot: Snapshot) -> NDArray[np.int64]:
    """Ids of the samples with this tag; else with one that the screen shows so; else with one that means the same; else
    with one that starts so.
    """
    held = snapshot.tags.items()
    spellings = {own for _, tags in held for own in tags}
    meant = (
        {own for own in spellings if own.lower() == tag}
        or {own for own in spellings if printable(own).lower() == tag}
        or {own for own in spellings if same and tag_key(own) in same}
        or {own for own in spellings if own.lower().startswith(tag)}
    )
    samples = [sample for sample, tags in held if not meant.isdisjoint(tags)]
    return np.array(samples, dtype=np.int64)
