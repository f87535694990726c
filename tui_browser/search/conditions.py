"""A parsed query: words and conditions that must all match, and terms that could not be parsed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WordTerm:
    """Characters to find in a name."""

    text: bytes
    """UTF-8 as typed; never empty."""
    negated: bool = False
    exact: bool = False
    """Whether the characters must be adjacent, not only in order."""
    name_only: bool = False
    """Whether to match the file name only: no folders, no classes."""
    classes: frozenset[int] = frozenset()
    """Classes that the word names."""
    tom: int | None = None
    """Tom size (index into `toms.LEVELS`) that the word names."""


@dataclass(frozen=True, slots=True)
class ClassTerm:
    """Samples of one of these classes."""

    classes: frozenset[int]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TagTerm:
    """Samples with this tag, ignoring case."""

    tag: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class FlagTerm:
    """Samples with this bit of `Snapshot.flags`."""

    flag: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RangeTerm:
    """Samples with a feature (index into `FEATURES`) from `low` to `high`, as float32; unknown values never match."""

    feature: int
    low: float
    high: float
    negated: bool = False


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """Samples in one of these keys (indices into `KEYS`); the empty set means samples without a key."""

    keys: frozenset[int]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TomTerm:
    """Toms of this size (index into `toms.LEVELS`) within their folder."""

    level: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class LicenceTerm:
    """Samples under one of these licences, by their codes; the empty set means that no licence is known."""

    codes: frozenset[str]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AuthorTerm:
    """Samples whose author's name holds this text, as typed; case is ignored."""

    text: str
    negated: bool = False


Field = ClassTerm | TagTerm | FlagTerm | RangeTerm | KeyTerm | TomTerm | LicenceTerm | AuthorTerm


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """A term of a query that could not be parsed."""

    piece: str
    """The term as typed."""
    start: int
    end: int
    """The term is `text[start:end]`."""
    sentence: str
    """What is wrong and what would be valid; safe to print."""
    suggestion: str = ""
    """The nearest valid term; empty without one."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; an empty one matches every sample."""

    words: tuple[WordTerm, ...] = ()
    fields: tuple[Field, ...] = ()
    problems: tuple[QueryProblem, ...] = field(default=(), compare=False)
    """Incomplete or invalid terms in the order of typing; they restrict nothing."""

    def __bool__(self) -> bool:
        return bool(self.words or self.fields)
