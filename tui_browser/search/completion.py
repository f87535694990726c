"""What the last piece of a query may become: fields, values and tags, with the number of samples of each."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import (
    CLASS_FAMILIES,
    CONFIDENT_P,
    FAVOURITE,
    FEATURES,
    HEARD,
    HIDDEN,
    KEYS,
    MISSING,
    OTHER,
    UNCLASSED,
    Snapshot,
)
from tui_browser.search.class_synonyms import class_words, normalised, with_families
from tui_browser.search.condition_masks import is_loop
from tui_browser.search.fields import FIELD_HELP, SORT_COLUMNS
from tui_browser.search.licences import GROUP_WORDS, licence_of
from tui_browser.search.name_index import ENDINGS, NameIndex
from tui_browser.search.sound_vocabulary import SOUND_WORDS
from tui_browser.search.times import WORDS
from tui_browser.search.tokens import Token, tokens

MOST = 100
"""Completions of one piece."""
_MOST_LOOKED_AT = 100_000
"""Samples whose folders are counted; some 50 ms."""


@dataclass(frozen=True, slots=True)
class QueryCompletion:
    """One way to end a query."""

    text: str
    """The whole query, ended this way."""
    piece: str
    """Its last piece."""
    count: int | None
    """Samples with this value; None for what is no value."""


class Vocabulary:
    """What a library's samples have, counted when it is first asked for."""

    def __init__(self, snapshot: Snapshot, index: NameIndex) -> None:
        self.snapshot = snapshot
        self.index = index

    @functools.cached_property
    def tags(self) -> list[_Choice]:
        """Tags by tally; those that differ in case alone are one."""
        tags_of = self.snapshot.tags.values()
        tally = Counter(tag for tags in tags_of for tag in {tag.lower() for tag in tags})
        return [_Choice(tag, _quoted(tag), count) for tag, count in tally.most_common()]

    @functools.cached_property
    def classes(self) -> list[_Choice]:
        counts = np.bincount(self.snapshot.classes, minlength=256).tolist()
        names = map(normalised, self.snapshot.class_names)
        return [_Choice(name, name, count) for name, count in zip(names, counts, strict=False)]

    @functools.cached_property
    def families(self) -> list[_Choice]:
        """Families of classes with other names than these, where there are several; and `other` for all but drums."""
        names = self.snapshot.class_names
        meant = with_families(class_words(names))
        families = [family for family in CLASS_FAMILIES if family in meant and family not in names]
        words = [*families, *([] if OTHER in names else [OTHER])] if len(families) > 1 else []
        counts = np.bincount(self.snapshot.classes, minlength=256)
        return [_Choice(word, word, int(counts[sorted(meant[word])].sum())) for word in words]

    @functools.cached_property
    def folders(self) -> list[_Choice]:
        """Names of folders with the samples below each; of a large library those that evenly chosen samples lie in."""
        step = max(1, len(self.index) // _MOST_LOOKED_AT)
        starts = self.index.start[::step]
        ends = starts + self.index.name_at[::step]
        paths = self.index.names.blob
        counts = Counter(paths[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True))
        tally: Counter[str] = Counter()
        for folder, count in counts.items():
            for name in {part.decode("utf-8", "replace") for part in folder.split(b"/") if part}:
                tally[name] += count
        return [
            _Choice(name, _quoted(name), count if step == 1 else None)
            for name, count in tally.most_common()
            if name.isprintable() and "\ufffd" not in name
        ]


def completions(text: str, vocabulary: Vocabulary, *, saved: Iterable[str] = ()) -> list[QueryCompletion]:
    """Ways to end the last piece of a query, at most `MOST`; the most common first.

    A piece that is complete, and one with marks or quotes, has none. Case is ignored. `saved` are the names that `@`
    may begin.
    """
    pieces = tokens(text)
    if not pieces or pieces[-1].end != len(text) or pieces[-1].kind != "term":
        return []
    token = pieces[-1]
    value = token.values[-1]
    if value.quoted:
        return []
    start = len(text) - len(value.text)
    choices: Iterable[_Choice] = ()
    if token.sign == ":":
        choices = _values(token, vocabulary)
    elif not token.field and value.text.startswith("@"):
        choices = [_Choice(f"@{name}", f"@{name}") for name in saved]
    elif not token.field:
        choices = _words(vocabulary)
    typed = value.text.lower()
    fitting = [
        (choice.written, choice.count)
        for choice in choices
        if choice.name.lower().startswith(typed) and choice.written != value.text
    ]
    fitting.sort(key=lambda pair: -(pair[1] or 0))
    return [
        QueryCompletion(text[:start] + written, text[token.start : start] + written, count)
        for written, count in fitting[:MOST]
    ]


@dataclass(frozen=True, slots=True)
class _Choice:
    """A word or value, as it is typed and as a query writes it."""

    name: str
    written: str
    count: int | None = None


def _words(vocabulary: Vocabulary) -> Iterator[_Choice]:
    """Fields, classes, sound words, and tags with their field."""
    yield from vocabulary.classes
    yield from (_Choice(field, f"{field}:") for field in FIELD_HELP)
    yield from (_Choice(word, word) for word in SOUND_WORDS)
    for tag in vocabulary.tags:
        yield _Choice(tag.name, f"tag:{tag.written}", tag.count)


def _values(token: Token, vocabulary: Vocabulary) -> list[_Choice]:
    snapshot = vocabulary.snapshot
    match token.field.lower():
        case "class":
            unclassed = _Choice("none", "none", int((snapshot.classes == UNCLASSED).sum()))
            return [*vocabulary.classes, *vocabulary.families, unclassed]
        case "tag":
            return vocabulary.tags
        case "folder":
            return vocabulary.folders
        case "word" | "phone" as field:
            start = f"{field}:"
            spoken = [each for each in vocabulary.tags if each.name.startswith(start)]
            names = [each.name.removeprefix(start) for each in spoken]
            return [_Choice(name, _quoted(name), each.count) for name, each in zip(names, spoken, strict=True)]
        case "in":
            members = snapshot.collections.items()
            return [_Choice(name, _quoted(name.replace('"', "")), len(set(samples))) for name, samples in members]
        case "rating":
            rated = Counter(snapshot.ratings.values())
            return [*(_Choice(str(each), str(each), count) for each, count in rated.items()), _Choice("none", "none")]
        case "is":
            return _states(snapshot)
        case "key":
            column = snapshot.features[:, FEATURES.index("key")]
            known = np.clip(column[np.isfinite(column)], 0, len(KEYS) - 1).astype(np.intp)
            return _counted(KEYS, np.bincount(known, minlength=len(KEYS)))
        case "ext":
            endings = [ending[1:].decode() for ending in ENDINGS]
            return [choice for choice in _counted(endings, np.bincount(vocabulary.index.ending)) if choice.name]
        case "license" | "licence":
            return [*_licences(snapshot), *(_Choice(word, word) for word in GROUP_WORDS)]
        case "author":
            return _authors(snapshot)
        case "heard":
            heard = int((snapshot.flags & HEARD != 0).sum())
            return [_Choice("yes", "yes", heard), _Choice("no", "no", len(snapshot) - heard)]
        case "sound":
            return [_Choice(word, word) for word in SOUND_WORDS]
        case "rate" | "ch" | "bits" | "changed" | "added" | "dup" as field:
            return [_Choice(value, value) for value in _FILE_VALUES[field]]
        case "sort":
            sign = "-" if token.values[-1].text.startswith("-") else ""
            return [_Choice(sign + column, sign + column) for column in SORT_COLUMNS]
        case _:
            return []


def _counted(names: Sequence[str], counts: NDArray[np.intp]) -> list[_Choice]:
    """The names that occur."""
    return [_Choice(name, name, count) for name, count in zip(names, counts.tolist(), strict=False) if count]


def _licences(snapshot: Snapshot) -> list[_Choice]:
    tally = Counter(licence_of(credit.licence).code for credit in snapshot.credits.values())
    return [_Choice(code, code, count) for code, count in tally.most_common() if code]


def _authors(snapshot: Snapshot) -> list[_Choice]:
    tally = Counter(credit.author for credit in snapshot.credits.values() if credit.author)
    return [_Choice(author, _quoted(author), count) for author, count in tally.most_common()]


def _states(snapshot: Snapshot) -> list[_Choice]:
    loops = is_loop(snapshot)
    has_length = np.isfinite(snapshot.features[:, FEATURES.index("duration_s")])
    uncertain = (snapshot.classes != UNCLASSED) & (snapshot.class_p < CONFIDENT_P)
    masks = {
        **{word: snapshot.flags & flag != 0 for word, flag in _FLAGS.items()},
        "loop": loops, "oneshot": ~loops & has_length, "uncertain": uncertain,
    }  # fmt: skip
    counted = [_Choice(word, word, int(mask.sum())) for word, mask in masks.items()]
    return [*counted, _Choice("copy", "copy")]


_FILE_VALUES = {
    "rate": ("44.1k", "48k", "96k", "22.05k", "88.2k", "192k"), "ch": ("mono", "stereo"), "dup": ("yes", "no"),
    "changed": (*WORDS, "7d", "30d", ">1y"), "added": (*WORDS, "7d", "30d", ">1y"), "bits": ("16", "24", "32", ">16"),
}  # fmt: skip
"""Usual values of what a snapshot does not have, without counts: these would take reading the library."""
_FLAGS = {"fav": FAVOURITE, "heard": HEARD, "missing": MISSING, "hidden": HIDDEN}


def _quoted(tag: str) -> str:
    """The tag as a query writes it."""
    return f'"{tag}"' if any(char.isspace() or char in '|,()"' for char in tag) else tag
