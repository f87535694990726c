"""What a query is made of: words and conditions that must all hold, and the pieces that nobody can understand."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WordTerm:
    """Letters to find in a name."""

    text: bytes
    """UTF-8 as it was typed; never empty."""
    negated: bool = False
    exact: bool = False
    """Side by side instead of in this order."""
    name_only: bool = False
    """In the file name, and never as a class."""
    classes: frozenset[int] = frozenset()
    """Classes that the word may mean."""
    tom: int | None = None
    """The size of tom (index into `toms.LEVELS`) that the word may mean."""


@dataclass(frozen=True, slots=True)
class ClassTerm:
    """Samples of one of these classes."""

    classes: frozenset[int]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TagTerm:
    """Samples with this tag, upper and lower case alike."""

    tag: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class FlagTerm:
    """Samples with this bit of `Snapshot.flags`."""

    flag: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RangeTerm:
    """Samples whose feature (a column of `FEATURES`) lies from `low` to `high`, as float32; unknown values do not."""

    feature: int
    low: float
    high: float
    negated: bool = False


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """Samples in one of these keys (indices into `KEYS`); none of them means samples without a key."""

    keys: frozenset[int]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TomTerm:
    """Toms of this level (index into `toms.LEVELS`) within their folder."""

    level: int
    negated: bool = False


Field = ClassTerm | TagTerm | FlagTerm | RangeTerm | KeyTerm | TomTerm


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """A piece of a query that is not understood."""

    piece: str
    """As it was typed."""
    start: int
    end: int
    """The piece is `text[start:end]`."""
    sentence: str
    """What is wrong with it and what would be right; safe to show."""
    suggestion: str = ""
    """The nearest piece that would be understood; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query in pieces; one without pieces is everything."""

    words: tuple[WordTerm, ...] = ()
    fields: tuple[Field, ...] = ()
    problems: tuple[QueryProblem, ...] = field(default=(), compare=False)
    """Pieces that are unfinished or make no sense, in the order of typing; they restrict nothing."""

    def __bool__(self) -> bool:
        return bool(self.words or self.fields)
