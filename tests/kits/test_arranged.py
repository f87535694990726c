"""A pattern with one track for each slot of a kit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.beats import slot
from tui_browser.kits.arranged import arranged, without_rests
from tui_browser.kits.kit import Kit
from tui_browser.kits.pattern import PatternError, pattern_record
from tui_browser.kits.patterns import find_pattern, named_pattern, pattern_names
from tui_browser.kits.tracks import parts_of

ROLES = ("kick", "clap", "hat_closed", "hat_open", "tom", "cymbal")


def kit(*roles: str) -> Kit:
    return Kit("k", tuple(slot(role, f"/{role}".encode()) for role in roles))


@pytest.mark.parametrize("name", pattern_names())
def test_an_arranged_pattern_plays_as_the_pattern_itself(name: str) -> None:
    pattern, drums = named_pattern(name), kit(*ROLES)
    rows, without = arranged(drums, pattern)
    assert [track.name for track in rows.tracks] == list(ROLES)
    parts, missing = parts_of(drums, pattern)
    heard = {part.slot.role: part.track.velocities for part in parts}
    again = {part.slot.role: part.track.velocities for part in parts_of(drums, rows)[0] if any(part.track.velocities)}
    assert again == {role: steps for role, steps in heard.items() if any(steps)} and without == missing
    assert arranged(drums, rows) == (rows, [])
    assert [track.name for track in without_rests(rows).tracks if any(track.velocities)] == [
        role for role in ROLES if role in again
    ]


def test_what_is_muted_is_not_played_by_another_track() -> None:
    drums = kit("kick", "clap", "hat_closed", "hat_open")
    trap = named_pattern("trap")
    muted = replace(trap, tracks=tuple(replace(track, muted=track.name == "clap") for track in trap.tracks))
    rows, without = arranged(drums, muted)
    assert without == ["snare"], "no other track takes the slot of a muted one"
    assert [track.name for track in rows.tracks if track.muted] == ["clap"]


def test_a_pattern_goes_through_json_exactly(tmp_path: Path) -> None:
    pattern = named_pattern("jungle").mixed(mute=["rim"], solo=["kick"])
    file = tmp_path / "p.json"
    file.write_text(json.dumps(pattern_record(pattern)))
    assert find_pattern(str(file)) == pattern
    file.write_text('{"format": 1')
    with pytest.raises(PatternError, match="not valid JSON"):
        find_pattern(str(file))
    file.write_text('{"format": 1}')
    with pytest.raises(PatternError, match="damaged"):
        find_pattern(str(file))
