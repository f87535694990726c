"""A query finds what a person means: checked against a plain reading of the rules, name by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.snapshots import names, snapshot
from tui_browser.records import AUDIO_ENDINGS, DRUM_CLASSES, FAVOURITE, HEARD, MISSING
from tui_browser.search.matcher import EXACTLY_SCORED, Matches, NameIndex, match
from tui_browser.search.name_index import common_parent, fold
from tui_browser.search.query import parse
from tui_browser.search.scoring import IMPOSSIBLE, WHOLE_NAME, Texts, scores
from tui_browser.search.subsequence import GAP, RUN

KICK, SNARE = DRUM_CLASSES.index("kick"), DRUM_CLASSES.index("snare")


def find(text: str, paths: list[bytes], **columns: Any) -> list[bytes]:
    library = snapshot(paths, **columns)
    found = match(parse(text), library, NameIndex(library.names))
    check(found)
    return [paths[row] for row in found.rows]


def check(found: Matches) -> None:
    assert sorted(found.rows.tolist()) == np.flatnonzero(found.mask).tolist()
    assert len(found.scores) == len(found.rows) and (np.diff(found.scores) <= 0).all()
    assert np.isfinite(found.scores).all() and (found.scores > IMPOSSIBLE / 2).all()


# --- a plain reading of the rules ---------------------------------------------------------------------------------

letters = st.sampled_from(
    [b"a", b"b", b"k", b"1", b" ", b"_", b"A", b"K", b"\xc3\xa9", b"\xc3\x89", b"\xff", b"#", b"."]
)
words_of_letters = st.lists(letters, min_size=1, max_size=8).map(b"".join)
paths = st.builds(
    lambda folders, name, ending: b"/r/" + b"".join(folder + b"/" for folder in folders) + name + ending,
    st.lists(words_of_letters, max_size=3),
    words_of_letters,
    st.sampled_from([b".wav", b".WAV", b".aif", b".txt", b""]),
)


def parts(path: bytes, parent: int) -> tuple[bytes, bytes]:
    """Folder and name as they are searched."""
    folded = fold(path)
    dot = max((len(e) for e in AUDIO_ENDINGS if folded.endswith(e) and len(folded) > len(e)), default=0)
    name = folded[folded.rfind(b"/") + 1 :]
    end = len(folded) - (dot if len(name) >= dot else 0)
    begin = min(max(parent, end - 255), end)
    start = max(folded.rfind(b"/") + 1, begin)
    return folded[begin:start], folded[start:end]


def in_order(word: bytes, text: bytes) -> bool:
    rest = iter(text)
    return all(byte in rest for byte in word)


@settings(max_examples=120, deadline=None)
@given(st.lists(paths, min_size=1, max_size=12), words_of_letters.filter(lambda w: b"." not in w and w.strip()))
def test_a_word_finds_what_holds_its_letters_in_order(paths: list[bytes], word: bytes) -> None:
    text = word.replace(b" ", b"").decode("utf-8", "surrogateescape").lower()
    library = snapshot(paths)
    index = NameIndex(library.names)
    parent = common_parent(library.names)
    needle = fold(word.replace(b" ", b""))
    pieces = [parts(path, parent) for path in paths]
    needles = {needle, fold("e\u0301".join(text.lower().split("é")).encode("utf-8", "surrogateescape"))}
    expected = {
        text: [any(in_order(n, folder + name) for n in needles) for folder, name in pieces],
        f"name:{text}": [any(in_order(n, name) for n in needles) for _, name in pieces],
        f'"{text}"': [any(n in folder + name for n in needles) for folder, name in pieces],
        f"-{text}": [not any(n in folder + name for n in needles) for folder, name in pieces],
    }
    for query, wanted in expected.items():
        found = match(parse(query), library, index)
        check(found)
        assert found.mask.tolist() == wanted, query


@settings(max_examples=40, deadline=None)
@given(st.lists(paths, min_size=1, max_size=12), st.lists(words_of_letters, min_size=1, max_size=2))
def test_typing_letter_by_letter_changes_nothing(paths: list[bytes], words: list[bytes]) -> None:
    library = snapshot(paths, classes=[i % 3 for i in range(len(paths))])
    index = NameIndex(library.names)
    text = " ".join(word.decode("utf-8", "surrogateescape") for word in words)
    previous = None
    for end in [*range(len(text) + 1), *range(len(text), 0, -2)]:
        fresh = match(parse(text[:end]), library, index)
        previous = match(parse(text[:end]), library, index, previous=previous)
        assert previous.rows.tolist() == fresh.rows.tolist() and previous.scores.tolist() == fresh.scores.tolist()


def best(word: bytes, text: bytes, worth: list[int], starts: list[int], ends: list[int]) -> float:
    """The best way to find the word, by trying all of them."""

    def onward(i: int, before: int, adjacent: bool = True) -> float:
        if i == len(word):
            return float(ends[before]) if adjacent else 0.0
        options = []
        for j in range(before + 1, len(text)):
            if text[j] == word[i]:
                if i == 0:
                    step = worth[j] + starts[j]
                elif j == before + 1:
                    step = worth[j] + max(RUN, starts[j])
                else:
                    step = worth[j] + starts[j] - GAP - (j - before - 2)
                options.append(step + onward(i + 1, j, adjacent and (i == 0 or j == before + 1)))
        return max(options, default=-np.inf)

    return onward(0, -1)


@settings(max_examples=100, deadline=None)
@given(paths, st.lists(letters, min_size=1, max_size=3).map(b"".join))
def test_the_score_is_that_of_the_best_of_all_ways(path: bytes, word: bytes) -> None:
    word = fold(word)
    index = NameIndex(names([path, b"/other"]))
    texts = Texts(index, np.array([0, 1]))
    width = texts.letters.shape[1]
    text = texts.letters[0].tobytes()
    points = (texts.worth[0].tolist(), texts.starts[0].tolist(), texts.ends[0].tolist()) if width else ([], [], [])
    wanted = best(word, text, *points) if width else -np.inf
    got = float(scores(texts, word, name_only=False, exact=False)[0])
    if wanted == -np.inf:
        assert got == IMPOSSIBLE
    else:
        assert got in (wanted, wanted + WHOLE_NAME)


# --- what a person expects ----------------------------------------------------------------------------------------


def test_class_words_find_files_whose_name_says_nothing() -> None:
    files, classes = [b"/s/1.wav", b"/s/2.wav"], [KICK, SNARE]
    assert find("kick", files, classes=classes) == [b"/s/1.wav"]
    assert find("name:kick", files, classes=classes) == []
    assert find("-kick", files, classes=classes) == [b"/s/2.wav"]
    assert find("class:snare", files, classes=classes) == [b"/s/2.wav"]


def test_better_matches_come_first() -> None:
    files = [
        b"/s/loops/kinda thick.wav",
        b"/s/kicks/deep 01.wav",
        b"/s/drums/my kick.wav",
        b"/s/drums/kick.wav",
        b"/s/drums/kick drum long name.wav",
        b"/s/drums/akicka.wav",
    ]
    assert find("kick", files) == [
        b"/s/drums/kick.wav",
        b"/s/drums/kick drum long name.wav",
        b"/s/drums/my kick.wav",
        b"/s/drums/akicka.wav",
        b"/s/kicks/deep 01.wav",
        b"/s/loops/kinda thick.wav",
    ]


def test_a_sure_class_stands_between_names_and_scattered_letters() -> None:
    files = [b"/s/k-i-n-c-k.wav", b"/s/1.wav", b"/s/kick.wav", b"/s/2.wav"]
    found = find("kick", files, classes=[SNARE, KICK, SNARE, KICK], class_p=[1, 0.9, 1, 0.3])
    assert found[0] == b"/s/kick.wav" and set(found[1:]) == {b"/s/k-i-n-c-k.wav", b"/s/1.wav", b"/s/2.wav"}
    assert found.index(b"/s/1.wav") < found.index(b"/s/2.wav")


def test_all_words_must_hold_in_any_order() -> None:
    files = [b"/s/808/kick.wav", b"/s/808/snare.wav", b"/s/909/kick.wav"]
    assert find("808 kick", files) == find("kick 808", files) == [b"/s/808/kick.wav"]


def test_letters_of_the_common_folder_match_nothing() -> None:
    files = [b"/home/user/music/a/1.wav", b"/home/user/music/b/2.wav"]
    assert find("home", files) == [] and find("music", files) == []
    assert find("a", files) == files[:1]


def test_a_single_file_is_found_by_its_name() -> None:
    assert find("kick", [b"/very/deep/kick.wav"]) == [b"/very/deep/kick.wav"]


def test_endings_do_not_match_letters_but_can_be_asked_for() -> None:
    files = [b"/s/x/tom.wav", b"/s/x/tom.FLAC", b"/s/y/bell.flac", b"/s/y/wave.wav"]
    assert find("av", files) == [b"/s/y/wave.wav"]
    assert set(find("flac", files)) == {b"/s/x/tom.FLAC", b"/s/y/bell.flac"}
    assert find("tom.wav", files) == [b"/s/x/tom.wav"]
    assert set(find("-flac", files)) == {b"/s/x/tom.wav", b"/s/y/wave.wav"}


def test_case_and_accents() -> None:
    files = [b"/s/a/KICK.WAV", "/s/a/Été.wav".encode(), "/s/b/e\u0301te\u0301.wav".encode(), b"/s/b/\xff\xfe.wav"]
    assert find("kick", files) == files[:1] and find("KIC", files) == files[:1] and find("Kick", files) == []
    assert set(find("été", files)) == {files[1], files[2]} and find("Été", files) == [files[1]]
    assert find("\udcff", files) == [files[3]]


def test_fields_are_looked_up() -> None:
    files = [b"/s/%d.wav" % i for i in range(4)]
    durations = [0.1, 0.4, 2.0, np.nan]
    columns = {
        "flags": [FAVOURITE, FAVOURITE | HEARD, MISSING, 0],
        "tags": {1: ("Dark", "big"), 2: ("darker",)},
        "features": {"duration_s": durations, "bpm": [120, 90, np.nan, np.nan], "key": [np.nan, 21, 0, np.nan]},
    }
    assert find("is:fav", files, **columns) == files[:2]
    assert find("is:fav -is:heard", files, **columns) == files[:1]
    assert find("is:missing", files, **columns) == files[2:3]
    assert find("tag:dark", files, **columns) == files[1:2]
    assert find("tag:da", files, **columns) == files[1:3]
    assert find("-tag:dark", files, **columns) == [files[0], files[2], files[3]]
    assert find("dur:<=0.4", files, **columns) == files[:2]
    assert find("dur:>0.4", files, **columns) == files[2:3]
    assert find("bpm:118..122", files, **columns) == files[:1]
    assert find("key:am", files, **columns) == files[1:2]
    assert find("-key:none", files, **columns) == files[1:3]
    assert find("tag:nothing", files, **columns) == []


def test_nothing_typed_is_everything_in_row_order() -> None:
    files = [b"/s/b.wav", b"/s/a.wav"]
    assert find("", files) == files and find("dur:", files) == files and find("dur:abc", files) == []
    assert find("", []) == [] and find("kick", []) == []


def test_beyond_the_exactly_scored_the_order_still_falls() -> None:
    spellings = [b"kick", b"k-i-c-k", b"kiiick"]
    files = [b"/s/%d/%d %s.wav" % (i % 9, i, spellings[i % 3]) for i in range(3 * EXACTLY_SCORED)]
    library = snapshot(files)
    found = match(parse("kick"), library, NameIndex(library.names))
    check(found)
    assert len(found) == 3 * EXACTLY_SCORED
    assert all(b"kick" in files[row] for row in found.rows[: EXACTLY_SCORED // 2])


def test_an_index_of_other_names_is_refused() -> None:
    with pytest.raises(ValueError, match="another snapshot"):
        match(parse("a"), snapshot([b"/a"]), NameIndex(names([b"/a", b"/b"])))


def test_long_paths_are_searched_at_their_end() -> None:
    files = [b"/s/" + b"x" * 200 + b"/" + b"y" * 254 + b"/z kick.wav", b"/s/snare.wav"]
    assert find("kick", files) == files[:1] and find("yyy", files) == files[:1]
    assert find("x", files) == []
