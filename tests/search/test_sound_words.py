"""Sound words: what is found by sound, what by name, and in which order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.snapshots import snapshot
from tui_browser.config.places import shipped
from tui_browser.records import DRUM_CLASSES, Snapshot
from tui_browser.search.conditions import And, Not, SoundTerm, WordTerm
from tui_browser.search.matcher import Matches, NameIndex, match
from tui_browser.search.query import parse
from tui_browser.search.sound_meanings import meanings
from tui_browser.search.sound_strengths import SoundStrengths, ranked
from tui_browser.search.sound_vocabulary import ALIASES, BY_DESCRIPTOR, BY_WIDTH, SOUND_WORDS, sound_word
from tui_browser.search.word_directions import (
    DESCRIPTORS,
    FILE,
    WordDirection,
    WordDirections,
    directions_text,
    read_directions,
)

KICK, SNARE, HAT = (DRUM_CLASSES.index(name) for name in ("kick", "snare", "hat_closed"))
SHIPPED = Path(shipped("models"), "drums", FILE)


def brightness_alone() -> WordDirections:
    """`dark` is a low brightness, `bright` a high one, in every space."""
    weights = np.zeros(len(DESCRIPTORS) + 1, dtype=np.float32)
    weights[DESCRIPTORS.index("brightness_hz")] = 1.0
    none = np.zeros(2, dtype=np.float32)
    words = {"bright": WordDirection(weights, weights, none), "dark": WordDirection(-weights, -weights, none)}
    return WordDirections("here", np.zeros(len(DESCRIPTORS), dtype=np.float32), words)


def library() -> Snapshot:
    """Eight kicks, then eight hats; in each class the first is the darkest, and all kicks are darker than all hats."""
    names = [b"/s/kicks/BD_%02d.wav" % number for number in range(8)]
    names += [b"/s/hats/HH_%02d.wav" % number for number in range(8)]
    hertz = [100.0 + 10 * number for number in range(8)] + [6_000.0 + 100 * number for number in range(8)]
    return snapshot(
        names,
        classes=[KICK] * 8 + [HAT] * 8,
        class_p=[0.5 + 0.05 * (number % 8) for number in range(16)],
        features={"brightness_hz": hertz, "duration_s": [0.1 * (1 + number % 8) for number in range(16)]},
    )


def found(text: str, held: Snapshot | None = None, directions: WordDirections | None = None) -> Matches:
    held = held or library()
    strengths = SoundStrengths(lambda _: directions or brightness_alone())
    return match(parse(text), held, NameIndex(held.names), sounds=strengths)


def rows(text: str, held: Snapshot | None = None) -> list[int]:
    return [int(row) for row in found(text, held).rows]


def test_a_sound_word_is_parsed_in_lower_case_only() -> None:
    assert parse("dark").expression == SoundTerm("dark", b"dark")
    assert parse("lo-fi").expression == SoundTerm("lofi", b"lo-fi")
    assert parse("sound:dark").expression == SoundTerm("dark")
    assert parse("Dark").expression == WordTerm(b"Dark", case=True)
    assert parse("'dark").expression == WordTerm(b"dark", exact=True)
    assert parse("name:dark").expression == WordTerm(b"dark", "name")
    assert parse("-dark").expression == Not(SoundTerm("dark", b"dark"))
    assert parse("dark").needs_vectors and parse("wide").needs_files and not parse("dark").needs_files
    assert parse("dark", classes=["dark", "kick"]).expression == WordTerm(b"dark", classes=frozenset({0}))


def test_beside_a_sound_word_scattered_letters_do_not_count() -> None:
    query = parse("dark kick")
    assert isinstance(query.expression, And)
    word = query.expression.terms[1]
    assert isinstance(word, WordTerm) and word.exact and KICK in word.classes


def test_a_wrong_sound_word_is_named_with_the_nearest() -> None:
    problem = parse("sound:drak kick").problems[0]
    assert problem.suggestion == "sound:dark" and problem.start == 0


def test_the_strongest_come_first_within_the_class_and_within_the_library() -> None:
    assert rows("dark kick") == [0, 1, 2, 3], "the darkest first"
    assert rows("bright kick") == [7, 6], "the kicks that are bright for kicks"
    assert rows("bright")[:3] == [15, 14, 13] and set(rows("bright")) == {7, 6, 12, 13, 14, 15}
    assert rows("dark bright") == []
    assert set(rows("-dark")) == set(range(16)) - set(rows("dark"))


def test_words_on_length_and_level_need_no_model() -> None:
    held = library()
    matches = match(parse("long kick"), held, NameIndex(held.names))
    assert matches.rows.tolist() == [7, 6]


def test_names_and_sounds_are_joined() -> None:
    held = snapshot(
        [b"/s/dark pads/a.wav", b"/s/x/DarkKick.wav", b"/s/x/b.wav", b"/s/x/embarked.wav", b"/s/x/darkest.wav"],
        classes=[KICK] * 5,
        features={"brightness_hz": [3_000.0, 400.0, 100.0, 2_000.0, 2_500.0], "duration_s": [1.0] * 5},
    )
    matches = found("dark", held)
    assert matches.rows.tolist() == [1, 2, 4, 0], "called so and dark; darkest; darkest by name; the folder says so"
    assert not matches.mask[3], "a word within another one is none"
    assert [(each.by_sound, each.by_name) for each in matches.sounds] == [(1, 3)]
    assert rows("sound:dark", held) == [2]
    assert meanings(matches) == ["dark: little treble (1 sound so, 3 called so)"]


def test_what_is_unknown_is_found_by_name_only() -> None:
    held = snapshot([b"/s/dark.wav", b"/s/1.wav"], features={})
    assert rows("dark", held) == [0] and rows("dry", held) == []


def test_vectors_count_in_their_own_space_only() -> None:
    weights = np.zeros(len(DESCRIPTORS) + 1, dtype=np.float32)
    weights[1] = 1.0
    vector = np.array([1.0, 0.0], dtype=np.float32)
    words = {"bright": WordDirection(weights, np.zeros_like(weights), vector)}
    angles = np.linspace(0, 3, 16)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    for space, first in (("here", 0), ("elsewhere", 15)):
        held = library()
        held = type(held)(
            **{name: getattr(held, name) for name in held.__slots__} | {"vectors": vectors, "space": space}
        )
        directions = WordDirections("here", np.zeros(len(DESCRIPTORS), dtype=np.float32), words)
        assert found("bright", held, directions).rows[0] == first


@pytest.mark.parametrize("count", [1, 2, 7, 30_000])
def test_strengths_rise_strictly_and_stay_within_bounds(count: int) -> None:
    rng = np.random.default_rng(count)
    along = rng.standard_cauchy(count).astype(np.float32)
    along[count // 2 :: 5] = np.nan if count > 2 else 0.5
    classes = rng.integers(0, 3, count).astype(np.uint8)
    result = ranked(along, classes)
    known = np.isfinite(along)
    assert np.isfinite(result.strength).all() and (result.strength >= 0).all() and (result.strength <= 1).all()
    assert not result.fits[~known].any()
    for code in range(3):
        own = np.flatnonzero(known & (classes == code))
        order = own[np.argsort(along[own], kind="stable")]
        assert (np.diff(result.strength[order]) >= 0).all()
    if count > 1_000:
        share = result.fits[known].mean()
        assert 0.2 < share < 0.35


def test_the_shipped_directions_have_every_word_and_are_small() -> None:
    directions = read_directions(str(SHIPPED))
    assert directions is not None
    assert set(directions.words) | set(BY_DESCRIPTOR) | set(BY_WIDTH) == set(SOUND_WORDS)
    assert len(SOUND_WORDS) >= 60 and set(ALIASES.values()) <= set(SOUND_WORDS)
    assert not set(ALIASES) & set(SOUND_WORDS) and sound_word("DARK") == "dark" and sound_word("kick") == ""
    assert SHIPPED.stat().st_size < 64_000
    told = json.loads(SHIPPED.read_text())["right_of_held_out_pairs"]
    assert all(mixed >= 0.85 for _, mixed in told.values()), "of pairs of kits that were not learned from"


def test_a_damaged_file_of_directions_means_names_only(tmp_path: Path) -> None:
    text = directions_text(brightness_alone(), {})
    path = tmp_path / FILE
    path.write_text(text)
    read = read_directions(str(path))
    assert read is not None and set(read.words) == {"bright", "dark"}
    for damaged in ("", "[]", text.replace('"format": 1', '"format": 2'), text.replace("1.0", "NaN"), "[" * 90_000):
        path.write_text(damaged)
        assert read_directions(str(path)) is None
    assert read_directions(str(tmp_path / "absent")) is None
