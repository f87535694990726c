"""Toms are low, middle and high within their folder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.snapshots import snapshot
from tui_browser.records import DRUM_CLASSES, Snapshot
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse
from tui_browser.search.toms import LEVELS, NO_LEVEL, tom_size, tom_sizes

TOM, KICK = DRUM_CLASSES.index("tom"), DRUM_CLASSES.index("kick")


def kit(pitches: dict[bytes, float], *, kicks: tuple[bytes, ...] = ()) -> Snapshot:
    files = list(pitches)
    classes = [KICK if name in kicks else TOM for name in files]
    return snapshot(files, classes=classes, features={"pitch_hz": list(pitches.values())})


def levels(pitches: dict[bytes, float]) -> list[str]:
    held = kit(pitches)
    found = [LEVELS[level] if level < 3 else "" for level in tom_sizes(held).tolist()]
    assert found == [tom_size(held, row) for row in range(len(held))]
    return found


def test_three_toms_of_a_kit_whatever_their_pitches() -> None:
    assert levels({b"/a/3.wav": 300, b"/a/1.wav": 200, b"/a/2.wav": 220}) == ["high", "low", "mid"]
    assert levels({b"/a/1.wav": 60, b"/b/1.wav": 200, b"/a/2.wav": 70, b"/b/2.wav": 300}) == [
        "low",
        "low",
        "high",
        "high",
    ]


def test_takes_of_one_drum_are_one_level() -> None:
    takes = {b"/a/%d.wav" % i: pitch for i, pitch in enumerate([80, 80.5, 81, 120, 121, 160])}
    assert levels(takes) == ["low"] * 3 + ["mid"] * 2 + ["high"]


@pytest.mark.parametrize(("pitch", "level"), [(70, "low"), (130, "mid"), (240, "high"), (np.nan, "")])
def test_a_tom_alone_is_named_by_its_pitch(pitch: float, level: str) -> None:
    assert levels({b"/a/tom.wav": pitch}) == [level]


def test_only_toms_have_levels_and_queries_find_them() -> None:
    held = kit({b"/a/kick.wav": 50, b"/a/1.wav": 90, b"/a/2.wav": 140, b"/a/3.wav": np.nan}, kicks=(b"/a/kick.wav",))
    assert tom_sizes(held).tolist() == [NO_LEVEL, 0, 2, NO_LEVEL]
    assert tom_size(held, 0) == ""

    def found(text: str) -> list[int]:
        return [int(row) for row in match(parse(text), held, NameIndex(held.names)).rows]

    assert found("class:tom-low") == [1] and found("class:Tom_High") == [2]
    assert found("class:tom-mid") == [] and found("-class:tom-low class:tom") == [2, 3]
    assert parse("class:tom-low", classes=("a", "b")).expression is None
    assert found("tom-low") == [1] and found("high_tom") == [2] and found("-tom-low class:tom") == [2, 3]


def test_one_tom_among_very_many_has_the_level_that_it_has_among_all() -> None:
    rng = np.random.default_rng(0)
    files = [b"/kits/%d/%s/%d.wav" % (i % 7, b"ab" if i % 3 else b"a", i) for i in range(400)]
    held = kit(dict(zip(files, rng.uniform(50, 300, len(files)).tolist(), strict=True)))
    every = tom_sizes(held).tolist()
    assert [tom_size(held, row) for row in range(0, 400, 13)] == [LEVELS[every[row]] for row in range(0, 400, 13)]


@given(st.lists(st.one_of(st.floats(30, 600), st.just(float("nan"))), min_size=1, max_size=12))
def test_levels_rise_with_pitch(pitches: list[float]) -> None:
    held = kit({b"/a/%03d.wav" % i: pitch for i, pitch in enumerate(pitches)})
    level = tom_sizes(held)
    known = np.isfinite(np.array(pitches))
    assert ((level == NO_LEVEL) == ~known).all()
    order = np.argsort(np.array(pitches)[known], kind="stable")
    assert (np.diff(level[known][order].astype(int)) >= 0).all()
