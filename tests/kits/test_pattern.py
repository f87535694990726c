"""Patterns: their rules, their forms as record and text, and those to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.kits.pattern import (
    Pattern,
    PatternError,
    Track,
    pattern_from_record,
    pattern_from_text,
    pattern_record,
    pattern_text,
)
from tui_browser.kits.patterns import DEFAULT_PATTERN, find_pattern, named_pattern, pattern_names
from tui_browser.records import DRUM_CLASSES

FOUR = "kick X... .... .... ....\nsnare .... X... .... X...\nhat x.x. x.x. x.x. x.x.\nrim 1.9. .... .... ..o-\n"

velocities = st.sampled_from([0.0, *(tenth / 10 for tenth in range(1, 11))])


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    steps = draw(st.integers(16, 64))
    count = draw(st.integers(4, 16))
    tracks = tuple(
        Track(f"t{at}", tuple(draw(st.lists(velocities, min_size=steps, max_size=steps)))) for at in range(count)
    )
    return Pattern(
        "p", tracks, bpm=draw(st.sampled_from([20.0, 92.5, 120.0])), swing=draw(st.sampled_from([50.0, 66.7]))
    )


@given(patterns())
def test_a_pattern_comes_back_from_record_and_text(pattern: Pattern) -> None:
    assert pattern_from_record(json.loads(json.dumps(pattern_record(pattern)))) == pattern
    assert pattern_from_text(pattern_text(pattern), name="p") == pattern


@pytest.mark.parametrize("name", pattern_names())
def test_the_patterns_to_begin_with_follow_the_rules_and_play_classes(name: str) -> None:
    pattern = named_pattern(name)
    assert {track.name for track in pattern.tracks} <= set(DRUM_CLASSES)
    assert all(any(track.velocities) for track in pattern.tracks)
    assert find_pattern(name) == pattern


def test_the_default_is_120_bpm_without_swing() -> None:
    assert DEFAULT_PATTERN in pattern_names()
    pattern = pattern_from_text(FOUR, name="four")
    assert (pattern.bpm, pattern.swing, pattern.steps, pattern.bars, pattern.step_s) == (120.0, 50.0, 16, 1, 0.125)
    assert pattern.tracks[3].velocities[:3] == (0.1, 0.0, 0.9)


def test_solo_counts_more_than_mute() -> None:
    steps = (1.0,) * 16
    tracks = [Track("a", steps), Track("b", steps, muted=True), Track("c", steps), Track("d", steps)]
    assert [track.name for track in Pattern("p", tuple(tracks)).audible] == ["a", "c", "d"]
    tracks[1] = Track("b", steps, muted=True, solo=True)
    assert [track.name for track in Pattern("p", tuple(tracks)).audible] == ["b"]


def test_tracks_are_muted_and_solo_by_name() -> None:
    pattern = named_pattern("house")
    assert [track.name for track in pattern.mixed(mute=["kick", "shaker"]).audible] == [
        "clap",
        "hat_closed",
        "hat_open",
    ]
    assert [track.name for track in pattern.mixed(solo=["clap"]).mixed(mute=["clap"]).audible] == ["clap"]
    with pytest.raises(PatternError, match="has no track kik"):
        pattern.mixed(mute=["kik"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kick X...\n", "4 to 16 tracks"),
        (FOUR.replace("X... .... .... ....", "X..."), "same number of steps"),
        (FOUR.replace("snare", "kick"), "same name"),
        (FOUR + "bpm 500", "20 to 400 bpm"),
        (FOUR + "bpm nan", "20 to 400 bpm"),
        (FOUR + "swing 90", "50 to 75"),
        (FOUR + "bpm fast", "line 5 lacks a number"),
        (FOUR.replace("1.9.", "1.?."), "line 4 has a step '?'"),
        ("\n".join(f"{name} {'x...' * 17}" for name in "abcd"), "16 to 64 steps"),
    ],
)
def test_a_wrong_text_says_what_is_wrong(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(PatternError, match=told.replace("?", r"\?")):
        pattern_from_text(text, name="p")
    file = tmp_path / "own.txt"
    file.write_text(text)
    with pytest.raises(PatternError) as wrong:
        find_pattern(str(file))
    assert str(file) in str(wrong.value)


def test_a_pattern_is_found_by_name_or_path(tmp_path: Path) -> None:
    file = tmp_path / "own\x1b.txt"
    file.write_text(FOUR + "# a comment\n")
    assert find_pattern(str(file)).name == "own\\x1b"
    with pytest.raises(PatternError, match="did you mean boom-bap"):
        find_pattern("boombap")
    (tmp_path / "raw").write_bytes(b"\xff\xfe")
    for path, told in ((tmp_path / "none", "cannot be read"), (tmp_path / "raw", "not text"), (tmp_path, "read")):
        with pytest.raises(PatternError, match=told):
            find_pattern(f"{path}" if path != tmp_path else f"{path}/")


@pytest.mark.parametrize(
    "change", [{"format": 2}, {"tracks": 3}, {"bpm": "x"}, {"tracks": [{"name": 1}]}, {"bpm": float("inf")}]
)
def test_a_damaged_record_is_refused(change: dict[str, object]) -> None:
    record = pattern_record(named_pattern("house"))
    with pytest.raises(PatternError):
        pattern_from_record({**record, **change})
    with pytest.raises(PatternError):
        pattern_from_record([])
