"""The query language, parsed once for the app, the command line and Python.

    kick                 characters of the file name or its folders, in this order; or a class of this name
    'kick "deep house"   adjacent characters; 'kick' with nothing beside them
    ^kick loop$          at the start of the name; at its end
    Kick                 an upper-case letter makes a word differ from `kick`
    -loop !loop          not this; all of `kick !808 -(tom or rim)`
    a | b, a or b        either; `|` binds tighter than a space, `or` looser
    name:808 folder:drums path:/mnt/nas under:/mnt/nas/drums ext:flac
    class:kick,tom       class:hat-open class:tom-low class:none
    tag:dark             a tag; or the start of one if no tag has this name
    word:cat phone:ae    tags of speech, as tag:word:cat and tag:phone:ae
    in:beats             a collection; or the start of its name
    rating:>=4           1 to 5, rating:none; by the user, as in note:chorus (part of a note)
    is:fav, fav          fav, heard, missing, hidden, loop, oneshot, uncertain, copy
    dur:<0.4 dur:100ms-2s bright:>2k loud:-12..-6 pitch:c2..c4 noise:>0.5 attack:<10ms bpm:118-122 bpm~128
    key:Am               key:C#  key:minor  key:none
    license:cc0          license:by-nc  license:commercial (allows it)  license:none; also spelled licence:
    author:anna          part of the author's name
    size:>1M rate:44.1k ch:2 bits:24 changed:7d added:today changed:2024-05 root:samples dup:yes (is:copy) heard:no
    @short-kicks         the saved search with this name
    near:kick_01         what sounds most like the sample with this name, nearest first; near:~/take.wav, any file
    like:(dusty kick)    what sounds most like the best that these words find
    dark boomy kick      sound words: what sounds so, or is called so; sound:dark by the sound alone
    sort:-dur            by a column; - begins with the highest

Terms side by side must all match. An unfinished or invalid piece becomes a problem: the app marks it on the search line
and goes by the rest, and where nothing else is said an invalid one matches nothing; the command line prints it and
exits with 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from tui_browser.errors import QueryError, printable
from tui_browser.records import DRUM_CLASSES, FAVOURITE
from tui_browser.search.class_synonyms import ClassWords, class_words
from tui_browser.search.conditions import (
    And,
    Expression,
    FlagTerm,
    InvalidValue,
    LikeTerm,
    NearTerm,
    Not,
    Or,
    Part,
    Query,
    QueryProblem,
    SortKey,
    SoundTerm,
    WordTerm,
    mapped,
    ranking_terms,
)
from tui_browser.search.fields import FIELD_HELP, nearest_field, parse_condition, parse_sort
from tui_browser.search.known_names import KnownNames
from tui_browser.search.near_points import NO_FILE, file_of
from tui_browser.search.saved_queries import SavedQueries, saved_name
from tui_browser.search.sound_vocabulary import sound_word
from tui_browser.search.synsets import DRUM_SYNSETS, Synsets
from tui_browser.search.tokens import Token, Value, tokens
from tui_browser.search.written_words import encoded, marked, plain_word, quoted

_NONE_SAVED: Mapping[str, str] = MappingProxyType({})
_NONE_UNHEARD: Mapping[bytes, str] = MappingProxyType({})
_MAX_WORDS = 64
"""Limit of words in a query, more than a name has."""
_MAX_DEPTH = 32
"""Limit of groups in groups."""
_TOO_DEEP = InvalidValue(f"a query has at most {_MAX_DEPTH} groups in each other")
_SPELLINGS = {"licence": "license"}
"""Fields that are written in two ways."""
_WORD_FIELDS: dict[str, Part] = {"name": "name", "folder": "folder", "path": "path"}


def parse(
    text: str,
    *,
    classes: Sequence[str] = DRUM_CLASSES,
    saved: Mapping[str, str] = _NONE_SAVED,
    known: KnownNames | None = None,
    unheard: Mapping[bytes, str] = _NONE_UNHEARD,
    synsets: Synsets = DRUM_SYNSETS,
) -> Query:
    """Parse a query for a model with these classes; never raises, problems are part of the result.

    `saved` has the queries that `@name` stands for. With `known`, a tag or collection that is not there is a problem;
    without, it matches nothing. `unheard` says why files that `near:` may name cannot be heard, `synsets` which tags
    mean the same.
    """
    parser = _Parser(text, class_words(classes), SavedQueries(saved), known=known, unheard=unheard, synsets=synsets)
    expression = parser.expression()
    parser.check_order(expression)
    problems = tuple(sorted(parser.problems, key=lambda problem: problem.start))
    query = Query(expression, tuple(parser.sort), problems, tuple(dict.fromkeys(parser.files)))
    if query.expression is None or not query.sound_words:
        return query
    return replace(query, expression=mapped(query.expression, _side_by_side))


def _side_by_side(term: Expression) -> Expression:
    """Beside sound words, which order by the sound, scattered letters of other words would say too little."""
    return replace(term, exact=True) if isinstance(term, WordTerm) and len(term.text) > 1 else term


def parse_strict(
    text: str,
    *,
    classes: Sequence[str] = DRUM_CLASSES,
    saved: Mapping[str, str] = _NONE_SAVED,
    unheard: Mapping[bytes, str] = _NONE_UNHEARD,
    synsets: Synsets = DRUM_SYNSETS,
) -> Query:
    """Parse a query; raises QueryError with the sentences of all problems."""
    query = parse(text, classes=classes, saved=saved, unheard=unheard, synsets=synsets)
    if query.problems:
        sentences = "; ".join(problem.sentence for problem in query.problems)
        raise QueryError(sentences, hint="docs/queries.md and ? in the app list what can be asked")
    return query


class _Parser:
    """Recursive descent: `or` of `and`s of `|` of negated terms and groups."""

    def __init__(
        self,
        text: str,
        meant: ClassWords,
        saved: SavedQueries,
        *,
        depth: int = 0,
        known: KnownNames | None = None,
        unheard: Mapping[bytes, str] = _NONE_UNHEARD,
        synsets: Synsets = DRUM_SYNSETS,
    ) -> None:
        self._known = known
        self._synsets = synsets
        self._unheard = unheard
        self.problems: list[QueryProblem] = []
        self.sort: list[SortKey] = []
        self.files: list[bytes] = []
        """Files that are named by their paths."""
        self._text = text
        self._meant = meant
        self._saved = saved
        self._tokens = tokens(text)
        self._at = 0
        self._depth = depth
        self._words: set[WordTerm] = set()
        self._near_orders: list[Token] = []

    def expression(self) -> Expression | None:
        """The whole text; None where it restricts nothing."""
        return self._either()

    def check_order(self, expression: Expression | None) -> None:
        """What is nearest can come first only where the query says to what."""
        if not any(isinstance(term, NearTerm | LikeTerm) for term in ranking_terms(expression)):
            self.sort = [key for key in self.sort if key.column != "near"]
            for token in self._near_orders:
                self._problem(token, InvalidValue("it takes near: or like: in the query"))

    # --- operators ---------------------------------------------------------------------------------------------------

    def _either(self) -> Expression | None:
        branches = [self._every()]
        while self._takes(lambda token: _is_word(token, "or")):
            branches.append(self._every())
        return _joined(Or, branches)

    def _every(self) -> Expression | None:
        terms: list[Expression | None] = []
        while (token := self._next) is not None and token.kind != ")":
            if terms and _is_word(token, "or"):
                break
            if token.kind == "or" or (terms and _is_word(token, "and")):  # nothing stands before this `|`
                self._at += 1
            else:
                terms.append(self._alternatives())
        return _joined(And, terms)

    def _alternatives(self) -> Expression | None:
        branches = [self._unary()]
        while self._takes(lambda token: token.kind == "or"):
            if self._next is not None and self._next.kind not in ("or", ")"):
                branches.append(self._unary())
        return _joined(Or, branches)

    def _unary(self) -> Expression | None:
        token = self._next
        assert token is not None
        self._at += 1
        follower = self._next
        if token.kind == "not":
            if follower is None or follower.start != token.end or follower.kind not in ("term", "(", "not"):
                sign = self._text[token.start]
                self._problem(token, InvalidValue(f"{sign} takes a word, as in {sign}loop", unfinished=True))
                return None
            return self._negated()
        if _is_word(token, "not") and follower is not None and follower.kind in ("term", "(", "not"):
            return self._negated()
        if token.kind == "(":
            return self._group(token)
        return self._term(token)

    def _negated(self) -> Expression | None:
        """What the next term excludes: a word side by side, since letters in order exclude too much."""
        grouped = self._next is not None and (self._next.kind == "(" or saved_name(self._next) is not None)
        match self._unary():
            case None:
                return None
            case Not(inner):
                return inner
            case WordTerm() as word if not grouped:
                return Not(replace(word, exact=True))
            case term:
                return Not(term)

    def _group(self, opening: Token) -> Expression | None:
        if self._depth == _MAX_DEPTH:
            self._at = len(self._tokens)
            self._problem(opening, _TOO_DEEP)
            return None
        inside = self._deeper()
        self._takes(lambda token: token.kind == ")")
        return inside

    def _deeper(self) -> Expression | None:
        self._depth += 1
        inside = self._either()
        self._depth -= 1
        return inside

    # --- terms -------------------------------------------------------------------------------------------------------

    def _term(self, token: Token) -> Expression | None:
        key = _SPELLINGS.get(token.field.lower(), token.field.lower())
        if key == "sort":
            self._order(token)
            return None
        if key in _WORD_FIELDS and token.sign == ":":
            return self._words_in(token, _WORD_FIELDS[key])
        if key == "like" and token.values[0].group:
            return self._like(token)
        if key in ("near", "like") and token.values[0].text:
            return self._near(token)
        if (name := saved_name(token)) is not None:
            return self._saved_query(token, name)
        if key in FIELD_HELP:
            return self._conditions(token, key)
        if key and (nearest := nearest_field(key)):
            value = self._text[token.start + len(token.field) + 1 : token.end]
            self._problem(token, InvalidValue("", value or " "), f"{nearest}:")
            return None
        if not key and token.values == (Value("fav"),):
            return FlagTerm(FAVOURITE)
        if not key:
            return self._sound_word(token.values[0]) or self._word(token, token.values[0])
        return self._word(token, Value(self._text[token.start : token.end].replace('"', "")))

    def _sound_word(self, value: Value) -> SoundTerm | None:
        """A sound word, unless the model has a class of this name; one with an upper-case letter means names only."""
        if value.quoted or value.text in self._meant or value.text != value.text.lower():
            return None
        word = sound_word(value.text)
        return SoundTerm(word, encoded(value.text)) if word else None

    def _near(self, token: Token) -> Expression | None:
        """What sounds like samples or files that are named."""
        terms = [NearTerm(encoded(value.text)) for value in token.values if value.text]
        files = [path for path in map(file_of, terms) if path is not None]
        self.files += files
        for path in files:
            if path in self._unheard:
                reason = self._unheard[path]
                self._problem(token, InvalidValue(reason, unfinished=reason == NO_FILE))
                return None
        return _joined(Or, terms)

    def _like(self, token: Token) -> Expression | None:
        """What sounds like that which a query in parentheses finds."""
        value = token.values[0]
        if self._depth >= _MAX_DEPTH:
            self._problem(token, _TOO_DEEP)
            return None
        inner = self._inner(value.text)
        expression = inner.expression()
        for problem in inner.problems:
            shift = token.start + len(token.field) + 2
            self.problems.append(replace(problem, start=problem.start + shift, end=problem.end + shift))
        if expression is None and not inner.problems:
            self._problem(token, InvalidValue(f"like: takes {FIELD_HELP['like']}", unfinished=True))
        return None if expression is None else LikeTerm(expression)

    def _inner(self, text: str) -> _Parser:
        """For a query in this one."""
        inner = _Parser(
            text, self._meant, self._saved, depth=self._depth + 1, known=self._known, unheard=self._unheard,
            synsets=self._synsets,
        )  # fmt: skip
        inner.files = self.files
        return inner

    def _saved_query(self, token: Token, name: str) -> Expression | None:
        """What a saved search means, with its order."""
        text = self._saved.opened(name) if self._depth < _MAX_DEPTH else _TOO_DEEP
        if isinstance(text, InvalidValue):
            self._problem(token, text)
            return None
        inner = self._inner(text)
        expression = inner.expression()
        self._saved.close()
        self.sort += inner.sort
        for problem in inner.problems[:1]:
            self._problem(token, InvalidValue(f"in it, {problem.sentence}"))
        return None if inner.problems else expression

    def _conditions(self, token: Token, key: str) -> Expression | None:
        conditions: list[Expression | None] = []
        for value in token.values:
            condition = parse_condition(key, value.text, self._meant, sign=token.sign, synsets=self._synsets)
            if self._known is not None and not isinstance(condition, InvalidValue):
                condition = self._known.refusal(condition) or condition
            if isinstance(condition, InvalidValue):
                self._problem(token, condition, f"{key}:")
                return None
            conditions.append(condition)
        return _joined(Or, conditions)

    def _words_in(self, token: Token, part: Part) -> Expression | None:
        words: list[Expression | None] = []
        for value in token.values:
            if not value.text:
                key = token.field.lower()
                self._problem(token, InvalidValue(f"{key}: takes {FIELD_HELP[key]}", unfinished=True))
                return None
            words.append(plain_word(value.text, part=part, exact=value.quoted or part != "name"))
        return _joined(Or, words)

    def _order(self, token: Token) -> None:
        for value in token.values:
            key = parse_sort(value.text)
            if isinstance(key, InvalidValue):
                self._problem(token, key, "sort:")
            else:
                self.sort.append(key)
                if key.column == "near":
                    self._near_orders.append(token)

    def _word(self, token: Token, value: Value) -> WordTerm | None:
        word = quoted(value.text) if value.quoted else marked(value.text, self._meant)
        if word is None:
            reason = "the quotes are empty" if value.quoted else f"{value.text} takes a word"
            self._problem(token, InvalidValue(reason, unfinished=True))
            return None
        if word not in self._words and len(self._words) == _MAX_WORDS:
            self._problem(token, InvalidValue(f"a query has at most {_MAX_WORDS} words"))
            return None
        self._words.add(word)
        return word

    def _problem(self, token: Token, invalid: InvalidValue, prefix: str = "") -> None:
        piece = self._text[token.start : token.end]
        suggestion = f"{prefix}{invalid.suggestion}".rstrip() if invalid.suggestion else ""
        details = f": {invalid.reason}" if invalid.reason else ""
        details += f"; did you mean {printable(suggestion)}?" if suggestion else ""
        shown = printable(piece if len(piece) <= 40 else f"{piece[:16]}...{piece[-21:]}")
        sentence = f"{shown} is not understood{details}"
        self.problems.append(
            QueryProblem(piece, token.start, token.end, sentence, suggestion, unfinished=invalid.unfinished)
        )

    # --- tokens ------------------------------------------------------------------------------------------------------

    @property
    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _takes(self, wanted: Callable[[Token], bool]) -> bool:
        token = self._next
        taken = token is not None and wanted(token)
        self._at += taken
        return taken


def _is_word(token: Token, word: str) -> bool:
    """Whether a piece is this operator, spelled as a word."""
    return token.kind == "term" and not token.field and token.values in ((Value(word),), (Value(word.upper()),))


def _joined(join: type[And] | type[Or], terms: Sequence[Expression | None]) -> Expression | None:
    """The terms in one expression, each once; None without any."""
    kept = list(dict.fromkeys(term for term in terms if term is not None))
    return join(tuple(kept)) if len(kept) > 1 else kept[0] if kept else None
