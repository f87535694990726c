"""Toms are low, middle and high within their kit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.snapshots import snapshot
from tui_browser.records import DRUM_CLASSES, Snapshot
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse
from tui_browser.search.toms import LEVELS, NO_LEVEL, TomSizes, tom_sizes

TOM, KICK = DRUM_CLASSES.index("tom"), DRUM_CLASSES.index("kick")


def kit(pitches: dict[bytes, float], *, kicks: tuple[bytes, ...] = (), p: dict[bytes, float] | None = None) -> Snapshot:
    files = list(pitches)
    classes = [KICK if name in kicks else TOM for name in files]
    class_p = [(p or {}).get(name, 0.95) for name in files]
    return snapshot(files, classes=classes, class_p=class_p, features={"pitch_hz": list(pitches.values())})


def levels(pitches: dict[bytes, float]) -> list[str]:
    return [LEVELS[level] if level < 3 else "" for level in tom_sizes(kit(pitches)).tolist()]


def folder(*pitches: float) -> dict[bytes, float]:
    return {b"/kit/%d.wav" % number: pitch for number, pitch in enumerate(pitches)}


@pytest.mark.parametrize("pitches", [(60, 80, 107), (90, 120, 160), (140, 175, 225), (70, 88, 112)])
def test_three_toms_of_a_kit_whatever_their_pitches(pitches: tuple[float, ...]) -> None:
    assert levels(folder(*pitches)) == ["low", "mid", "high"]
    assert levels(folder(*pitches[::-1])) == ["high", "mid", "low"]


def test_two_far_toms_are_low_and_high() -> None:
    assert levels(folder(80, 170)) == ["low", "high"]


def test_takes_of_one_drum_are_one_level() -> None:
    assert levels(folder(80, 80.5, 81, 120, 121, 160)) == ["low"] * 3 + ["mid"] * 2 + ["high"]


@pytest.mark.parametrize(("pitch", "level"), [(60, "low"), (115, ""), (240, "high"), (np.nan, ""), (2_000, "")])
def test_a_tom_alone_is_sized_by_what_real_kits_have_or_not_at_all(pitch: float, level: str) -> None:
    assert levels(folder(pitch)) == [level]


def test_the_toms_between_the_outer_ones_of_a_large_kit_stay_unknown() -> None:
    found = levels(folder(60, 80, 100, 130, 170, 220))
    assert found[0] == "low" and found[-1] == "high" and "" in found[2:4]


def test_a_hundred_toms_of_a_folder_are_no_kit() -> None:
    pitches = np.geomspace(50, 400, 100).tolist()
    together, alone = levels(folder(*pitches)), [levels(folder(pitch))[0] for pitch in pitches]
    assert together[:10] == alone[:10] == ["low"] * 10 and together[-10:] == alone[-10:] == ["high"] * 10
    assert together.count("") > 20


def test_a_sound_as_low_as_kicks_is_no_low_tom_while_it_may_be_one() -> None:
    sure, doubtful = b"/a/1.wav", b"/a/2.wav"
    assert tom_sizes(kit({sure: 60, doubtful: 62}, p={doubtful: 0.7})).tolist() == [0, NO_LEVEL]
    assert tom_sizes(kit({sure: 60, b"/b/2.wav": 240}, p={b"/b/2.wav": 0.7})).tolist() == [0, 2]
    assert tom_sizes(kit({b"/b/2.wav": 240}, p={b"/b/2.wav": 0.4})).tolist() == [NO_LEVEL]


def test_only_toms_have_levels_and_queries_find_them() -> None:
    held = kit({b"/a/kick.wav": 50, b"/a/1.wav": 70, b"/a/2.wav": 160, b"/a/3.wav": np.nan}, kicks=(b"/a/kick.wav",))
    assert tom_sizes(held).tolist() == [NO_LEVEL, 0, 2, NO_LEVEL]

    def found(text: str) -> list[int]:
        return [int(row) for row in match(parse(text), held, NameIndex(held.names)).rows]

    assert found("class:tom-low") == [1] and found("class:Tom_High") == [2]
    assert found("class:tom-mid") == [] and found("-class:tom-low class:tom") == [2, 3]
    assert parse("class:tom-low", classes=("a", "b")).expression is None
    assert found("tom-low") == [1] and found("high_tom") == [2] and found("-tom-low class:tom") == [2, 3]


def test_sizes_are_found_once_for_one_snapshot_and_anew_for_the_next() -> None:
    held, sizes = kit(folder(60, 240)), TomSizes()
    assert sizes.of(held) is sizes.of(held)
    assert sizes.of(kit(folder(240, 60))).tolist() == [2, 0]


@given(st.lists(st.one_of(st.floats(30, 600), st.just(float("nan"))), min_size=1, max_size=14))
def test_levels_rise_with_pitch(pitches: list[float]) -> None:
    level = tom_sizes(kit({b"/a/%03d.wav" % i: pitch for i, pitch in enumerate(pitches)}))
    known = level != NO_LEVEL
    assert not known[np.isnan(pitches)].any()
    order = np.argsort(np.array(pitches)[known], kind="stable")
    assert (np.diff(level[known][order].astype(int)) >= 0).all()


@given(st.lists(st.floats(30, 600), min_size=1, max_size=8), st.randoms())
def test_the_order_of_files_does_not_matter(pitches: list[float], random: object) -> None:
    files = [(b"/a/%03d.wav" % i, pitch) for i, pitch in enumerate(pitches)]
    assert dict(zip(dict(files), levels(dict(files)), strict=True)) == dict(
        zip(dict(files[::-1]), levels(dict(files[::-1])), strict=True)
    )
