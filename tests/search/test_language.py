"""The whole language against a plain reading of its rules: one sample after the other, one term after the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.snapshots import snapshot
from tui_browser.records import AUDIO_ENDINGS, DRUM_CLASSES, FAVOURITE, FEATURES, HEARD, Snapshot
from tui_browser.search.file_columns import FileColumns
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse

PATHS = (
    b"/s/Drums/Kick_01.wav", b"/s/Drums/kick_02.flac", b"/s/Drums/kicklesshuman.wav", b"/s/loops/Break 120bpm.wav",
    b"/s/loops/amen (2).aif", b"/s/tom low.wav", b"/s/bass/Sub C2.wav", b"/s/x/1.wav", b"/s/x/10.ogg", b"/s/x/2.wav",
)  # fmt: skip
CLASSED = ("kick", "kick", "other", "other", "other", "tom", "other", "snare", "hat_closed", "kick")
FLAGS = (FAVOURITE, 0, HEARD, FAVOURITE | HEARD, 0, 0, 0, 0, 0, HEARD)
TAGS = {0: ("dark", "Big"), 3: ("break",), 6: ("dark",)}
DURATIONS = (0.3, 0.5, 1.0, 8.0, 4.0, 0.6, 2.0, 0.2, math.nan, 0.2)
TEMPI = (math.nan, math.nan, math.nan, 120.0, 87.0, math.nan, math.nan, math.nan, math.nan, math.nan)
SIZES = (120_000, 90_000, 1_000_000, 8_000_000, 999_999, 1_500_000, 0, 2_097_152, math.nan, 44)
RATES = (44_100, 48_000, 44_100, 96_000, 44_100, 22_050, 48_000, 44_100, math.nan, 8_000)
CHANNELS = (1, 2, 2, 2, 1, 6, 1, 2, math.nan, 1)
ROOTS = (b"/s/Drums", b"/s/loops", b"/s")
ROOT = (0, 0, 0, 1, 1, 2, 2, 2, -1, 2)
COPIES = (True, True, False, False, False, False, False, True, False, True)
BITS = (16, 24, 16, 24, 8, 32, math.nan, 16, math.nan, 16)
WIDTHS = (0.0, 0.5, 0.1, 0.6, 0.0, 0.2, 0.0, 0.71, math.nan, 0.0)
NOW = datetime.now()
ADDED = tuple((NOW - timedelta(days=days)).timestamp() for days in (0.01, 1.5, 3, 8, 20, 40, 60, 80, 100, 400))
CHANGED = tuple(
    math.nan if age is None else (NOW - timedelta(days=age)).timestamp()
    for age in (0.01, 1.5, 6.5, 7.5, 29, 31, 364, 367, None, 4000)
)


def files_of(held: Snapshot) -> FileColumns:
    return FileColumns(
        ids=held.ids,
        size=np.array(SIZES, dtype=np.float64),
        rate=np.array(RATES, dtype=np.float32),
        channels=np.array(CHANNELS, dtype=np.float32),
        changed=np.array(CHANGED, dtype=np.float64),
        root=np.array(ROOT, dtype=np.int32),
        roots=ROOTS,
        copies=np.array(COPIES),
        bits=np.array(BITS, dtype=np.float32),
        width=np.array(WIDTHS, dtype=np.float32),
        added=np.array(ADDED, dtype=np.float64),
    )


SAVED = {"short-kicks": "class:kick dur:<0.4", "big": "size:>1M or @short-kicks"}


def age(row: int) -> float:
    """Days since the change; NaN where unknown."""
    return (NOW.timestamp() - CHANGED[row]) / 86_400


def year(row: int) -> int:
    return 0 if math.isnan(CHANGED[row]) else datetime.fromtimestamp(CHANGED[row]).year


def library() -> Snapshot:
    return snapshot(
        PATHS,
        classes=[DRUM_CLASSES.index(name) for name in CLASSED],
        flags=FLAGS,
        tags=TAGS,
        features={"duration_s": DURATIONS, "bpm": TEMPI},
    )


def stem_and_folder(row: int) -> tuple[str, str]:
    path = PATHS[row].decode()[len("/s/") :]
    stem = next(path[: -len(ending)] for ending in sorted(AUDIO_ENDINGS) if path.endswith(ending.decode()))
    folder, slash, name = stem.rpartition("/")
    return name, folder + slash


def in_order(word: str, text: str) -> bool:
    letters = iter(text)
    return all(letter in letters for letter in word)


def words(row: int, word: str) -> bool:
    """A word without marks: letters in order, or a class."""
    name, folder = stem_and_folder(row)
    text = folder + name
    if not any(letter.isupper() for letter in word):
        text = text.lower()
    return in_order(word, text) or word.lower() == CLASSED[row].split("_")[0]


def exactly(row: int, word: str) -> bool:
    name, folder = stem_and_folder(row)
    return word in (folder + name).lower()


RULES: dict[str, Callable[[int], bool]] = {
    "kick": lambda row: words(row, "kick"),
    "Kick": lambda row: words(row, "Kick"),
    "ks": lambda row: words(row, "ks"),
    "'kick": lambda row: exactly(row, "kick"),
    "'kick'": lambda row: stem_and_folder(row)[0].lower().split("_")[0] == "kick",
    "^kick": lambda row: stem_and_folder(row)[0].lower().startswith("kick"),
    "man$": lambda row: stem_and_folder(row)[0].endswith("man"),
    "01.wav$": lambda row: PATHS[row].endswith(b"01.wav"),
    "^1$": lambda row: stem_and_folder(row)[0] == "1",
    '"amen (2)"': lambda row: exactly(row, "amen (2)"),
    "folder:loop": lambda row: "loop" in stem_and_folder(row)[1],
    "folder:Drums": lambda row: "Drums" in stem_and_folder(row)[1],
    "under:/s/x": lambda row: PATHS[row].startswith(b"/s/x/"),
    "path:/s/x/": lambda row: b"/s/x/" in PATHS[row],
    "name:1": lambda row: "1" in stem_and_folder(row)[0],
    "ext:wav": lambda row: PATHS[row].endswith(b".wav"),
    "ext:aiff,flac": lambda row: PATHS[row].endswith((b".aif", b".flac")),
    "class:kick,tom": lambda row: CLASSED[row] in ("kick", "tom"),
    "tag:dark": lambda row: "dark" in TAGS.get(row, ()),
    "is:fav": lambda row: bool(FLAGS[row] & FAVOURITE),
    "is:loop": lambda row: not math.isnan(TEMPI[row]),
    "is:oneshot": lambda row: math.isnan(TEMPI[row]) and not math.isnan(DURATIONS[row]),
    "dur:<0.4": lambda row: DURATIONS[row] < 0.4,
    "dur:500ms..2": lambda row: 0.5 <= DURATIONS[row] <= 2.0,
    "bpm:115-125": lambda row: 115 <= TEMPI[row] <= 125,
    "bpm~60": lambda row: TEMPI[row] == 120,
    "size:>1M": lambda row: SIZES[row] > 1_000_000,
    "size:<1mb": lambda row: SIZES[row] < 1_000_000,
    "size:100k..2Mi": lambda row: 100_000 <= SIZES[row] <= 2_097_152,
    "size:0": lambda row: SIZES[row] == 0,
    "rate:44.1k": lambda row: RATES[row] == 44_100,
    "rate:>=48khz,8k": lambda row: RATES[row] >= 48_000 or RATES[row] == 8_000,
    "ch:2": lambda row: CHANNELS[row] == 2,
    "ch:mono": lambda row: CHANNELS[row] == 1,
    "ch:>2": lambda row: CHANNELS[row] > 2,
    "changed:7d": lambda row: age(row) <= 7,
    "changed:<2w": lambda row: age(row) <= 14,
    "changed:>1y": lambda row: age(row) > 365.25,
    "changed:1mo..1w": lambda row: 7 <= age(row) <= 30.44,
    f"changed:{NOW.year}": lambda row: year(row) == NOW.year,
    f"changed:<{NOW.year}": lambda row: 0 < year(row) < NOW.year,
    f"changed:{NOW.year - 1}..{NOW.year}": lambda row: year(row) in (NOW.year - 1, NOW.year),
    "bits:24": lambda row: BITS[row] == 24,
    "bits:>16": lambda row: BITS[row] > 16,
    "added:7d": lambda row: row <= 2,
    "added:>1y": lambda row: row == 9,
    "sound:wide": lambda row: WIDTHS[row] >= 0.3,
    "mono": lambda row: WIDTHS[row] <= 0.02,
    "root:drums": lambda row: ROOT[row] == 0,
    "root:/s": lambda row: ROOT[row] >= 0,
    "dup:yes": lambda row: COPIES[row],
    "is:copy": lambda row: COPIES[row],
    "dup:no": lambda row: not COPIES[row],
    "heard:yes": lambda row: bool(FLAGS[row] & HEARD),
    "heard:no": lambda row: not FLAGS[row] & HEARD,
    "@short-kicks": lambda row: CLASSED[row] == "kick" and DURATIONS[row] < 0.4,
    "@big": lambda row: SIZES[row] > 1_000_000 or (CLASSED[row] == "kick" and DURATIONS[row] < 0.4),
}
"""Each term, and what it means for a row."""

terms = st.sampled_from(sorted(RULES)).map(lambda term: (term, RULES[term]))


Term = tuple[str, Callable[[int], bool]]


def combined(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def grouped(pair: tuple[str, object]) -> str:
        return f"({pair[0]})"

    both = st.tuples(inner, inner)
    return st.one_of(
        inner.map(lambda a: (f"not {grouped(a)}", lambda row: not a[1](row))),
        inner.map(lambda a: (f"-{grouped(a)}", lambda row: not a[1](row))),
        both.map(lambda ab: (f"{grouped(ab[0])} {grouped(ab[1])}", lambda row: ab[0][1](row) and ab[1][1](row))),
        both.map(lambda ab: (f"{grouped(ab[0])} and {grouped(ab[1])}", lambda row: ab[0][1](row) and ab[1][1](row))),
        both.map(lambda ab: (f"{grouped(ab[0])} | {grouped(ab[1])}", lambda row: ab[0][1](row) or ab[1][1](row))),
        both.map(lambda ab: (f"{grouped(ab[0])} or {grouped(ab[1])}", lambda row: ab[0][1](row) or ab[1][1](row))),
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(terms, combined, max_leaves=6))
def test_an_expression_means_what_its_parts_mean(pair: Term) -> None:
    text, rule = pair
    held = library()
    query = parse(text, saved=SAVED)
    assert not query.problems
    matches = match(query, held, NameIndex(held.names), files_of=files_of)
    assert sorted(matches.rows.tolist()) == [row for row in range(len(PATHS)) if rule(row)]
    assert (np.diff(matches.scores) <= 0).all() and np.isfinite(matches.scores).all()


@given(st.sampled_from(sorted(RULES)), st.sampled_from(sorted(RULES)), st.sampled_from(sorted(RULES)))
@settings(max_examples=60, deadline=None)
def test_what_binds_tighter(a: str, b: str, c: str) -> None:
    def rows(text: str) -> list[int]:
        held = library()
        query = parse(text, saved=SAVED)
        return [int(row) for row in match(query, held, NameIndex(held.names), files_of=files_of).rows]

    assert rows(f"{a} | {b} {c}") == rows(f"({a} | {b}) {c}")
    assert rows(f"{a} {b} or {c}") == rows(f"({a} {b}) or {c}")
    assert rows(f"{a} or {b} | {c}") == rows(f"{a} or ({b} | {c})")


def test_the_order_that_a_query_asks_for() -> None:
    held = library()
    index = NameIndex(held.names)

    def names(text: str) -> list[str]:
        return [stem_and_folder(int(row))[0] for row in match(parse(text), held, index, files_of=files_of).rows]

    assert names("folder:x sort:name") == ["1", "2", "10"]
    assert names("folder:x sort:-name") == ["10", "2", "1"]
    assert names("folder:x sort:dur,-name") == ["2", "1", "10"], "unknown lengths come last"
    assert names("folder:x sort:-dur sort:name") == ["1", "2", "10"]
    assert names("ext:wav sort:-dur")[0] == "Break 120bpm" and len(names("sort:dur")) == len(PATHS)
    assert names("sort:class folder:Drums")[:2] == ["Kick_01", "kick_02"]
    assert FEATURES[0] == "duration_s"
    assert names("sort:-size")[:2] == ["Break 120bpm", "1"] and names("sort:-size")[-1] == "10", "unknown comes last"
    assert names("sort:changed")[0] == "2" and names("sort:-changed")[0] == "Kick_01"
    assert names("sort:rate,-size")[:2] == ["2", "tom low"] and names("sort:-ch")[0] == "tom low"
    assert names("sort:root,name")[:3] == ["1", "2", "Sub C2"] and names("sort:-root")[0] == "Break 120bpm"


def test_a_name_before_a_class_before_a_part_of_a_word() -> None:
    paths = [b"/s/kicklesshuman.wav", b"/s/a/1.wav", b"/s/b/kick_01.wav", b"/s/thickerick.wav"]
    held = snapshot(paths, classes=[10, 0, 0, 10], class_p=[1, 0.97, 0.6, 1])
    matches = match(parse("kick"), held, NameIndex(held.names))
    assert matches.rows.tolist() == [2, 1, 0, 3]


def test_what_sounds_like_a_named_sample_comes_nearest_first() -> None:
    angles = np.linspace(0, 3, len(PATHS))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    held = replace(library(), vectors=vectors)
    index = NameIndex(held.names)

    def rows(text: str) -> list[int]:
        return [int(row) for row in match(parse(text), held, index).rows]

    assert rows("near:Kick_01") == rows("near:kick_01.wav") == list(range(len(PATHS)))
    assert rows('near:"sub c2"')[:1] == [6] and rows("near:kick_01 -class:kick")[:2] == [2, 3]
    assert rows("near:1")[0] == 7, "the shortest name that holds these letters"
    assert rows("near:zzz") == [] and parse("near:1").needs_vectors and not parse("kick").needs_vectors
    assert match(parse("near:1"), library(), index).rows.tolist() == [], "nothing is known of the sounds yet"
