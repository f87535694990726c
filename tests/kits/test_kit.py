"""The kit as a record, the order in which classes fill it, and names and notes for other programs."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.kits.choosing import next_similar, roles_for
from tui_browser.kits.kit import Kit, KitError, Slot, kit_from_record, kit_record
from tui_browser.kits.midi_notes import midi_notes
from tui_browser.kits.names import comment_text, distinct_identifiers, identifier, xml_text
from tui_browser.records import DRUMS, KINDS


def kit(*roles: str) -> Kit:
    slots = (Slot(role, b"/s/%d.wav" % at, f"{at:032x}") for at, role in enumerate(roles))
    return Kit("demo", tuple(slots))


@given(
    path=st.binary(min_size=1).filter(lambda path: b"\0" not in path),
    level=st.floats(-60, 6),
    pan=st.floats(-1, 1),
    pitch=st.floats(-24, 24),
    choke=st.integers(0, 16),
    locked=st.booleans(),
)
def test_a_kit_survives_json(path: bytes, level: float, pan: float, pitch: float, choke: int, locked: bool) -> None:
    slot = Slot("kick", path, "ab", 0.25, level, pan, pitch, choke, locked, path)
    before = Kit("demo", (slot, *kit("a", "b", "c", "d").slots), "class:kick | tom")
    assert kit_from_record(json.loads(json.dumps(kit_record(before)))) == before


@pytest.mark.parametrize(
    "change",
    [
        {"level_db": 7.0}, {"level_db": float("nan")}, {"pan": 1.5}, {"pitch_semitones": 25.0}, {"choke": 17},
        {"role": ""}, {"role": "a\nb"}, {"path": ""}, {"onset_s": -1.0}, {"choke": "x"}, {"locked": 1}, {"role": None},
    ],
)  # fmt: skip
def test_a_damaged_kit_is_refused_in_one_sentence(change: dict[str, object]) -> None:
    record = kit_record(kit("a", "b", "c", "d"))
    record["slots"][1] |= change
    with pytest.raises(KitError) as refused:
        kit_from_record(record)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("record", [None, [], {}, {"format": 2}, {"format": 1, "name": "a", "query": "", "slots": 3}])
def test_what_is_no_kit_is_refused(record: object) -> None:
    with pytest.raises(KitError):
        kit_from_record(record)


def test_a_kit_has_4_to_16_slots_of_different_names() -> None:
    for roles in (["a", "b", "c"], ["a"] * 4, [str(n) + "x" for n in range(17)]):
        with pytest.raises(KitError):
            kit(*roles)
    assert kit("a", "b", "c", "kick").index_of("kick") == 3
    assert kit("a", "b", "c", "kick").index_of("2") == 1
    with pytest.raises(KitError, match="its slots are a, b, c, d"):
        kit("a", "b", "c", "d").index_of("5")


def test_a_kit_takes_one_of_each_class_first() -> None:
    counts = {"snare": 9, "kick": 9, "hat_open": 1, "hat_closed": 9, "tom": 1}
    assert roles_for(counts, 4) == ["kick", "snare", "hat_closed", "hat_open"]
    assert roles_for(counts, 8) == [
        "kick",
        "snare",
        "hat_closed",
        "hat_open",
        "tom",
        "kick_2",
        "snare_2",
        "hat_closed_2",
    ]
    assert roles_for({"other": 5}, 8) == ["other", "other_2", "other_3", "other_4", "other_5"]
    assert roles_for({}, 8) == []


def test_percussion_comes_before_more_drums_and_voices_bass_and_loops_after_them() -> None:
    general = dict.fromkeys((*DRUMS, *KINDS), 2)
    assert roles_for(general, 10)[-1] == "cowbell" and set(roles_for(general, 10)) == set(DRUMS)
    assert roles_for(general, 16)[10:] == ["perc_hand", "perc_metal", "perc_wood", "kick_2", "snare_2", "hat_closed_2"]
    assert roles_for({"kick": 1, "voice": 2, "growl": 1}, 4) == ["kick", "growl", "voice", "voice_2"]
    assert midi_notes(["perc_hand", "perc_metal", "perc_wood", "voice"])[:3] == [63, 81, 76]


@given(st.dictionaries(st.sampled_from(["kick", "snare", "other", "own class", "tom"]), st.integers(0, 20)))
def test_a_kit_has_all_slots_that_it_can_have(counts: dict[str, int]) -> None:
    roles = roles_for(counts, 16)
    assert len(roles) == len(set(roles)) == min(16, sum(counts.values()))


@given(st.lists(st.sampled_from(["kick", "snare_2", "kick_2", "hat_open", "own", "cymbal 3", "tom"]), unique=True))
def test_each_slot_has_a_note_of_its_own(roles: list[str]) -> None:
    notes = midi_notes(roles)
    assert len(set(notes)) == len(roles) and all(0 <= note <= 127 for note in notes)
    if "kick" in roles:
        assert notes[roles.index("kick")] in (35, 36)


@given(st.lists(st.text(max_size=60), max_size=16))
def test_names_for_programs_are_plain_and_different(texts: list[str]) -> None:
    names = distinct_identifiers(texts)
    assert len(set(names)) == len(texts)
    for name in names:
        assert re.fullmatch("[a-z][a-z0-9_]*", name)


def test_names_keep_their_letters() -> None:
    assert identifier("Große Trommel é 2") == "grosse_trommel_e_2"
    assert identifier("nil") == "slot_nil" and identifier("808") == "slot_808" and identifier("🥁") == "slot"
    assert comment_text('*/ <region> "x" // \\ #define é') == "__ _region_ _x_ __ _ _define é"
    assert xml_text("a\x00\x1b\ufffe\ud800b<&") == "a????b<&"


def test_swaps_walk_away_from_the_anchor_and_back() -> None:
    distances = np.array([0.0, 0.3, 0.1, 0.2], dtype=np.float32)
    assert next_similar(distances, 0, steps=1, taken=[]) == 2
    assert next_similar(distances, 2, steps=1, taken=[]) == 3
    assert next_similar(distances, 2, steps=1, taken=[3]) == 1
    assert next_similar(distances, 1, steps=1, taken=[]) == 0
    assert next_similar(distances, 3, steps=-1, taken=[]) == 2
    assert next_similar(distances, None, steps=1, taken=[0]) == 2
    assert next_similar(distances, 0, steps=1, taken=[1, 2, 3]) is None
