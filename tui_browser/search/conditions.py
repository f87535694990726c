"""A parsed query: an expression of words and conditions, an order, and pieces that could not be parsed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tui_browser.search.file_columns import FILE_COLUMNS, FileColumn
from tui_browser.search.sound_vocabulary import BY_WIDTH

Part = Literal["text", "name", "folder", "path"]
"""The searched text, below the folder that all samples share; of it the file name or the folders; or the whole path."""


@dataclass(frozen=True, slots=True)
class WordTerm:
    """Characters to find in a name."""

    text: bytes
    """UTF-8 as typed; never empty."""
    part: Part = "text"
    exact: bool = False
    """Whether the characters must be adjacent, not only in order."""
    starts: bool = False
    """Whether they must start the file name, or the searched text."""
    ends: bool = False
    """Whether they must end the file name, with or without its extension."""
    whole: bool = False
    """Whether no letter or digit may stand beside them."""
    case: bool = False
    """Whether upper and lower case differ."""
    classes: frozenset[int] = frozenset()
    """Classes that the word names."""
    tom: int | None = None
    """Tom size (index into `toms.LEVELS`) that the word names."""


@dataclass(frozen=True, slots=True)
class ClassTerm:
    """Samples of one of these classes."""

    classes: frozenset[int]


@dataclass(frozen=True, slots=True)
class TagTerm:
    """Samples with this tag, ignoring case; where none is called so, with one that means the same."""

    tag: str
    same: frozenset[str] = frozenset()
    """Keys (`synsets.tag_key`) of the words that mean the same, with its own."""


@dataclass(frozen=True, slots=True)
class FlagTerm:
    """Samples with this bit of `Snapshot.flags`."""

    flag: int


@dataclass(frozen=True, slots=True)
class KindTerm:
    """Samples of this kind, which is read from their descriptors and class."""

    kind: Literal["loop", "oneshot", "uncertain"]


@dataclass(frozen=True, slots=True)
class RangeTerm:
    """Samples with a feature (index into `FEATURES`) from `low` to `high`, as float32; unknown values never match."""

    feature: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """Samples in one of these keys (indices into `KEYS`); the empty set means samples without a key."""

    keys: frozenset[int]


@dataclass(frozen=True, slots=True)
class TomTerm:
    """Toms of this size (index into `toms.LEVELS`) within their kit."""

    level: int


@dataclass(frozen=True, slots=True)
class EndingTerm:
    """Files with one of these extensions, in lower case with their dot."""

    endings: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class LicenceTerm:
    """Samples under one of these licences, by their codes; the empty set means that no licence is known."""

    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class AuthorTerm:
    """Samples whose author's name holds this text; case is ignored."""

    text: str


@dataclass(frozen=True, slots=True)
class UnderTerm:
    """Samples in this folder, and in those below it."""

    folder: bytes
    """A whole path."""


@dataclass(frozen=True, slots=True)
class CollectionTerm:
    """Samples of the collection with this name, in any case; of those whose name starts so if there is none."""

    name: str
    """In lower case."""


@dataclass(frozen=True, slots=True)
class RatingTerm:
    """Samples that the user rated from `low` to `high`; 0 means no rating."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class NoteTerm:
    """Samples with a note by the user that holds this text; case is ignored."""

    text: str


@dataclass(frozen=True, slots=True)
class NearTerm:
    """Samples that sound most like the one with this file name, or like a file anywhere."""

    name: bytes
    """UTF-8 as typed; never empty."""


@dataclass(frozen=True, slots=True)
class LikeTerm:
    """Samples that sound most like one of the best that another expression matches."""

    term: Expression


@dataclass(frozen=True, slots=True)
class SoundTerm:
    """Samples that a sound word fits, or that are called so."""

    word: str
    """One of `SOUND_WORDS`."""
    text: bytes = b""
    """The word as typed, in lower case; empty where names do not count."""


@dataclass(frozen=True, slots=True)
class FileRangeTerm:
    """Files with a number from `low` to `high`; unknown numbers never match."""

    column: FileColumn
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RootTerm:
    """Samples of the roots whose path holds this text; case is ignored."""

    text: str


@dataclass(frozen=True, slots=True)
class CopyTerm:
    """Samples whose sound is in another file, too."""


def asks_for_copies(expression: Expression | None) -> bool:
    """Whether an expression names copies, so that none of them is to be folded away."""
    match expression:
        case And(terms) | Or(terms):
            return any(map(asks_for_copies, terms))
        case Not(term):
            return asks_for_copies(term)
        case _:
            return isinstance(expression, CopyTerm)


FileTerm = FileRangeTerm | RootTerm | CopyTerm
"""Conditions on files, which no snapshot can answer."""
Condition = (
    ClassTerm
    | TagTerm
    | FlagTerm
    | KindTerm
    | RangeTerm
    | KeyTerm
    | TomTerm
    | EndingTerm
    | LicenceTerm
    | AuthorTerm
    | FileTerm
    | CollectionTerm
    | UnderTerm
    | RatingTerm
    | NoteTerm
)


@dataclass(frozen=True, slots=True)
class Not:
    """What the term does not match."""

    term: Expression


@dataclass(frozen=True, slots=True)
class And:
    """What all terms match; at least two."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What any of the terms matches; at least two."""

    terms: tuple[Expression, ...]


Expression = WordTerm | SoundTerm | NearTerm | LikeTerm | Condition | Not | And | Or


FILE_ORDERS = (*FILE_COLUMNS, "root")
"""Columns of `sort:` that are facts of files."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to order the matches by."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class InvalidValue:
    """Why a value of a field is invalid."""

    reason: str
    suggestion: str = ""
    """The nearest valid value."""
    unfinished: bool = False
    """Whether more letters could make it valid."""


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """A piece of a query that could not be parsed."""

    piece: str
    """The piece as typed."""
    start: int
    end: int
    """The piece is `text[start:end]`."""
    sentence: str
    """What is wrong and what would be valid; safe to print."""
    suggestion: str = ""
    """The nearest valid piece; empty without one."""
    unfinished: bool = False
    """Whether more letters could make it valid."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; an empty one, and one that is unfinished, matches every sample."""

    expression: Expression | None = None
    sort: tuple[SortKey, ...] = ()
    problems: tuple[QueryProblem, ...] = field(default=(), compare=False)
    """Unfinished or invalid pieces in the order of typing."""
    files: tuple[bytes, ...] = field(default=(), compare=False)
    """Files that `near:` names by their paths, in the library or not."""

    def __bool__(self) -> bool:
        return self.expression is not None or bool(self.sort) or self.senseless

    @property
    def needs_vectors(self) -> bool:
        """Whether a term asks how samples sound."""
        return _holds(self.expression, lambda term: isinstance(term, NearTerm | LikeTerm | SoundTerm))

    @property
    def needs_files(self) -> bool:
        """Whether a term or the order asks for `FileColumns`."""
        return any(key.column in FILE_ORDERS for key in self.sort) or _holds(self.expression, _asks_of_files)

    @property
    def only_orders(self) -> bool:
        """Whether everything matches, in the order that was asked for."""
        return self.expression is None and bool(self.sort)

    @property
    def sound_words(self) -> tuple[str, ...]:
        """The sound words that it asks for, each once."""
        words = [term.word for term in ranking_terms(self.expression) if isinstance(term, SoundTerm)]
        return tuple(dict.fromkeys(words))

    @property
    def senseless(self) -> bool:
        """Whether no piece was understood, and one never will be: such a query matches nothing."""
        return self.expression is None and not self.sort and not all(problem.unfinished for problem in self.problems)


def terms_of(expression: Expression | None) -> tuple[Expression, ...]:
    """The terms that must all match."""
    match expression:
        case None:
            return ()
        case And(terms):
            return terms
        case _:
            return (expression,)


def ranking_terms(expression: Expression | None) -> tuple[WordTerm | SoundTerm | NearTerm | LikeTerm, ...]:
    """The terms that decide the order of the matches: words and neighbours that are not negated."""
    match expression:
        case WordTerm() | SoundTerm() | NearTerm() | LikeTerm():
            return (expression,)
        case And(terms) | Or(terms):
            return tuple(inner for term in terms for inner in ranking_terms(term))
        case _:
            return ()


def mapped(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The expression with each of its innermost terms changed."""
    match expression:
        case Not(term):
            return Not(mapped(term, change))
        case And(terms):
            return And(tuple(mapped(term, change) for term in terms))
        case Or(terms):
            return Or(tuple(mapped(term, change) for term in terms))
        case _:
            return change(expression)


def _asks_of_files(term: Expression) -> bool:
    return isinstance(term, FileTerm) or (isinstance(term, SoundTerm) and term.word in BY_WIDTH)


def _holds(expression: Expression | None, wanted: Callable[[Expression], bool]) -> bool:
    """Whether such a term is in the expression."""
    match expression:
        case None:
            return False
        case Not(term):
            return _holds(term, wanted)
        case And(terms) | Or(terms):
            return any(_holds(term, wanted) for term in terms)
        case LikeTerm(term):
            return wanted(expression) or _holds(term, wanted)
        case _:
            return wanted(expression)
