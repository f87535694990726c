"""Parse the fields of a query, such as `dur:<0.4` or `class:hat-closed`, into conditions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from tui_browser.records import (
    AUDIO_ENDINGS,
    CLASS_FAMILIES,
    CLASSES,
    FAVOURITE,
    HEARD,
    HIDDEN,
    KEYS,
    MISSING,
    UNCLASSED,
)
from tui_browser.search.amounts import may_become_amount, parse_bounds, tempo_bounds
from tui_browser.search.class_synonyms import TOM_SIZES, ClassWords, by_normalised_name, normalised, with_families
from tui_browser.search.conditions import (
    AuthorTerm,
    ClassTerm,
    CollectionTerm,
    Condition,
    CopyTerm,
    EndingTerm,
    FileRangeTerm,
    FlagTerm,
    InvalidValue,
    KeyTerm,
    KindTerm,
    LicenceTerm,
    Not,
    NoteTerm,
    Or,
    RangeTerm,
    RatingTerm,
    RootTerm,
    SortKey,
    SoundTerm,
    TagTerm,
    TomTerm,
    UnderTerm,
)
from tui_browser.search.folder_paths import read_folder
from tui_browser.search.licences import CODES, GROUP_WORDS, codes_meant
from tui_browser.search.sound_vocabulary import SOUND_WORDS, sound_word
from tui_browser.search.synsets import DRUM_SYNSETS, Synsets
from tui_browser.search.times import may_become_time, parse_times

FLAGS = {"fav": FAVOURITE, "favourite": FAVOURITE, "favorite": FAVOURITE, "heard": HEARD, "missing": MISSING,
         "hidden": HIDDEN}  # fmt: skip
KINDS: dict[str, Literal["loop", "oneshot", "uncertain"]] = {
    "loop": "loop", "oneshot": "oneshot", "one-shot": "oneshot", "uncertain": "uncertain",
}  # fmt: skip
COPY_WORDS = ("copy", "dup", "duplicate")
"""After `is:`: what stands under `dup:yes` too."""
CHANNELS = {"mono": "1", "stereo": "2"}
"""After `ch:`."""
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_FEATURES = {key: feature for feature, key in enumerate(("dur", "bright", "noise", "pitch", "attack", "loud", "bpm"))}
"""Index into `FEATURES` by field."""
FIELD_HELP = {
    "name": "part of a file name, as in name:808",
    "folder": "part of the folders, as in folder:drums",
    "path": "part of the whole path, as in path:/mnt/nas",
    "under": "a folder's whole path, as in under:/mnt/nas/drums: what lies in it",
    "ext": "an extension, as in ext:flac",
    "class": "a class or a family of classes, as in class:hat-closed, class:tom-low or class:tonal",
    "tag": "a tag, as in tag:dark",
    "word": "a spoken word, as in word:cat",
    "phone": "a spoken phone, as in phone:ae",
    "in": "a collection, as in in:favourites",
    "rating": "1 to 5 or none, as in rating:5, rating:>=3 or rating:2-4",
    "note": "part of a note, as in note:chorus",
    "is": "fav, heard, missing, hidden, loop, oneshot, uncertain or copy",
    "key": "a key, as in key:Am, key:minor or key:none",
    "license": "a licence, as in license:cc0, license:by-nc or license:commercial",
    "author": "part of an author's name, as in author:anna",
    "dur": "a length, as in dur:<0.4 or dur:100ms-2s",
    "bright": "Hz, as in bright:>2k",
    "noise": "0 to 1, as in noise:>0.5",
    "pitch": "Hz or a note, as in pitch:55, pitch:50-60 or pitch:c2..c4",
    "attack": "a length, as in attack:<10ms",
    "loud": "dB, as in loud:-12..-6",
    "bpm": "a tempo, as in bpm:118-122, or bpm~128 with half and double",
    "size": "bytes, as in size:>1M or size:100k..2M",
    "rate": "a sample rate, as in rate:44.1k or rate:<44.1k",
    "ch": "channels, as in ch:2, ch:mono or ch:>2",
    "bits": "the bit depth, as in bits:24 or bits:>16",
    "added": "when it came into the library: an age or a date, as in added:7d or added:today",
    "changed": "an age or a date, as in changed:7d, changed:>1y, changed:today or changed:2024-05..2024-06",
    "root": "part of a root's path, as in root:samples",
    "dup": "yes or no: whether another file has the same sound",
    "heard": "yes or no",
    "near": "a file name, as in near:kick_01: what sounds most like it",
    "like": "a query in parentheses, as in like:(dusty kick): what sounds most like the best that it finds",
    "sound": "a sound word, as in sound:dark or sound:boomy",
    "sort": "a column, as in sort:dur, or sort:-dur with the highest first",
}
"""Valid values of each field, for error messages."""
_ALIASES = {
    "duration": "dur", "length": "dur", "time": "dur", "brightness": "bright", "noisiness": "noise", "freq": "pitch",
    "frequency": "pitch", "loudness": "loud", "volume": "loud", "tempo": "bpm", "kind": "class", "type": "class",
    "file": "name", "filename": "name", "tags": "tag", "scale": "key", "dir": "folder", "directory": "folder",
    "below": "under", "inside": "under",
    "collection": "in", "playlist": "in", "list": "in", "rated": "rating", "stars": "rating",
    "notes": "note", "comment": "note",
    "username": "author", "user": "author", "artist": "author",
    "extension": "ext", "format": "ext", "order": "sort", "orderby": "sort", "sortby": "sort",
    "similar": "near", "sounds": "sound",
    "bytes": "size", "filesize": "size", "samplerate": "rate", "channels": "ch",
    "modified": "changed", "mtime": "changed", "date": "changed", "copy": "dup", "copies": "dup", "duplicate": "dup",
    "played": "heard", "bitdepth": "bits", "depth": "bits", "imported": "added",
}  # fmt: skip
"""Names of the fields in other programs, for suggestions."""
SORT_COLUMNS = (
    "dur", "bright", "noise", "pitch", "attack", "loud", "bpm", "key", "class", "rating", "name", "folder", "added",
    "size", "rate", "ch", "bits", "changed", "root", "near", "tag",
)  # fmt: skip
"""What `sort:` takes."""


def parse_condition(
    key: str, value: str, meant: ClassWords, *, sign: str = ":", synsets: Synsets = DRUM_SYNSETS
) -> Condition | SoundTerm | Or | Not | InvalidValue:
    """The condition `key:value`, or `key~value`, for any key of `FIELD_HELP` that is not about letters or the order."""
    folded = value.lower()
    if not folded:
        return InvalidValue(f"{key}: takes {FIELD_HELP[key]}", unfinished=True)
    if sign == "~":
        return _about(key, folded)
    match key:
        case "tag":
            return TagTerm(folded, synsets.same(folded))
        case "word" | "phone":
            return TagTerm(f"{key}:{folded}")
        case "is" if folded in FLAGS:
            return FlagTerm(FLAGS[folded])
        case "is" if folded in KINDS:
            return KindTerm(KINDS[folded])
        case "is" if folded in COPY_WORDS:
            return CopyTerm()
        case "is":
            return _choice(key, folded, (*FLAGS, *KINDS, *COPY_WORDS))
        case "dup" | "heard" if folded in _YES_NO:
            term = CopyTerm() if key == "dup" else FlagTerm(HEARD)
            return term if _YES_NO[folded] else Not(term)
        case "dup" | "heard":
            return _choice(key, folded, _YES_NO)
        case "sound":
            word = sound_word(folded)
            return SoundTerm(word) if word else _choice(key, folded, SOUND_WORDS)
        case "root":
            return RootTerm(value)
        case "changed" | "added":
            times = parse_times(folded, now=datetime.now())
            if times is None:
                return _invalid(key, unfinished=may_become_time(folded))
            return times if isinstance(times, InvalidValue) else FileRangeTerm(key, *times)
        case "size" | "rate" | "ch" | "bits":
            bounds = parse_bounds(key, CHANNELS.get(folded, folded) if key == "ch" else folded)
            if bounds is None:
                return _invalid(key, unfinished=may_become_amount(folded) or _starts(folded, key))
            return bounds if isinstance(bounds, InvalidValue) else FileRangeTerm(key, *bounds)
        case "class":
            return _class(folded, meant)
        case "license":
            codes = codes_meant(folded)
            return (
                LicenceTerm(codes)
                if codes is not None
                else _choice(key, folded.removeprefix("cc-"), (*CODES, *GROUP_WORDS))
            )
        case "author":
            return AuthorTerm(value)
        case "under":
            folder = read_folder(value)
            return UnderTerm(folder) if folder.startswith(b"/") else _invalid(key, unfinished=True)
        case "in":
            return CollectionTerm(folded)
        case "note":
            return NoteTerm(value)
        case "rating":
            return _rating(folded)
        case "key":
            keys = _keys(folded)
            return KeyTerm(keys) if keys is not None else _invalid(key)
        case "ext":
            return _ending(folded)
        case _:
            bounds = parse_bounds(key, folded)
            if bounds is None:
                return _invalid(key, unfinished=may_become_amount(folded))
            return bounds if isinstance(bounds, InvalidValue) else RangeTerm(_FEATURES[key], *bounds)


def parse_sort(value: str) -> SortKey | InvalidValue:
    """The order `sort:value`; a leading `-` begins with the highest, `+` with the lowest."""
    descending, column = value.startswith("-"), value.lower().lstrip("+-")
    column = _ALIASES.get(column, column)
    if column in SORT_COLUMNS:
        return SortKey(column, descending)
    if not column:
        return InvalidValue(f"sort: takes {FIELD_HELP['sort']}", unfinished=True)
    invalid = _choice("sort", column, SORT_COLUMNS)
    return replace(invalid, suggestion=f"-{invalid.suggestion}") if descending and invalid.suggestion else invalid


def _starts(folded: str, key: str) -> bool:
    """Whether this may become `mono` or `stereo`."""
    return key == "ch" and any(word.startswith(folded) for word in CHANNELS)


def nearest_field(key: str) -> str:
    """The field with the most similar name or alias; empty when none is similar."""
    if len(key) < 3:
        return ""
    close = difflib.get_close_matches(key, (*FIELD_HELP, *_ALIASES), n=1, cutoff=0.75)
    return _ALIASES.get(close[0], close[0]) if close else ""


def nearest_choice(word: str, choices: Iterable[str]) -> str:
    """The shortest choice that starts with a word, else the most similar one; empty when none is similar."""
    choices = list(choices)
    completions = [choice for choice in choices if choice.startswith(word)]
    if completions:
        return min(completions, key=len)
    close = difflib.get_close_matches(word, choices, n=1)
    return close[0] if close else ""


def _invalid(key: str, suggestion: str = "", *, unfinished: bool = False) -> InvalidValue:
    return InvalidValue("" if suggestion else f"{key}: takes {FIELD_HELP[key]}", suggestion, unfinished)


def _choice(key: str, word: str, choices: Iterable[str]) -> InvalidValue:
    """A value that is none of the choices."""
    nearest = nearest_choice(word, choices)
    return _invalid(key, nearest, unfinished=nearest.startswith(word))


# --- classes ----------------------------------------------------------------------------------------------------------


_NO_CLASS = ("none", "unclassed", "no class", "off the map")
"""Names for samples without a class, also in the legend."""


def _class(folded: str, meant: ClassWords) -> Condition | InvalidValue:
    meant = with_families(meant)
    if folded in meant:
        return ClassTerm(meant[folded])
    name, names = normalised(folded), by_normalised_name(meant)
    if name in names:
        return ClassTerm(names[name])
    if name in map(normalised, _NO_CLASS):
        return ClassTerm(frozenset({UNCLASSED}))
    sizes: Mapping[str, int] = TOM_SIZES if "tom" in names else {}
    if name in sizes:
        return TomTerm(sizes[name])
    if name in map(normalised, (*CLASSES, *CLASS_FAMILIES)):
        return InvalidValue(f"the library's model does not tell {name} apart")
    return _choice("class", name, (*names, *sizes, "none"))


# --- ratings ----------------------------------------------------------------------------------------------------------


def _rating(folded: str) -> RatingTerm | InvalidValue:
    if folded == "none":
        return RatingTerm(0, 0)
    bounds = parse_bounds("rating", folded)
    if bounds is None:
        return _invalid("rating", unfinished=may_become_amount(folded) or "none".startswith(folded))
    if isinstance(bounds, InvalidValue):
        return bounds
    meant = [rating for rating in range(1, 6) if bounds[0] <= rating <= bounds[1]]
    return RatingTerm(meant[0], meant[-1]) if meant else _invalid("rating")


# --- keys -------------------------------------------------------------------------------------------------------------

_FLATS = {"db": "c#", "eb": "d#", "gb": "f#", "ab": "g#", "bb": "a#"}


def _keys(text: str) -> frozenset[int] | None:
    """Indices into `KEYS` for `am`, `amin`, `aminor`, flats, `minor`, `major` or `none`; None for an unknown key."""
    if text in ("major", "minor", "none"):
        return {"major": frozenset(range(12)), "minor": frozenset(range(12, 24)), "none": frozenset[int]()}[text]
    root = text.removesuffix("major").removesuffix("maj")
    for ending in ("minor", "min", "m"):
        if root == text and text.endswith(ending):
            root = text.removesuffix(ending) + "m"
            break
    base, mode = (root[:-1], "m") if root.endswith("m") else (root, "")
    name = _FLATS.get(base, base) + mode
    return next((frozenset({i}) for i, key in enumerate(KEYS) if key.lower() == name), None)


# --- extensions -------------------------------------------------------------------------------------------------------

_SAME_FORMAT = (
    frozenset({b".aif", b".aiff", b".aifc"}), frozenset({b".wav", b".wave"}), frozenset({b".ogg", b".oga"}),
    frozenset({b".au", b".snd"}),
)  # fmt: skip


def _ending(text: str) -> EndingTerm | InvalidValue:
    ending = b"." + text.lstrip(".").encode("utf-8", "replace")
    if ending not in AUDIO_ENDINGS:
        return _choice("ext", text.lstrip("."), sorted(known[1:].decode() for known in AUDIO_ENDINGS))
    return EndingTerm(next((formats for formats in _SAME_FORMAT if ending in formats), frozenset({ending})))


# --- numbers ----------------------------------------------------------------------------------------------------------


def _about(key: str, value: str) -> Or | InvalidValue:
    """`bpm~128`: this tempo, half of it or double."""
    if key != "bpm":
        return InvalidValue(f"only bpm takes ~; {key}: takes {FIELD_HELP[key]}")
    bounds = parse_bounds(key, value)
    if bounds is None or isinstance(bounds, InvalidValue):
        return bounds or _invalid(key, unfinished=may_become_amount(value))
    return Or(tuple(RangeTerm(_FEATURES[key], *pair) for pair in tempo_bounds(*bounds)))
