"""What is believed of what is written, and where the sound decides."""

from __future__ import annotations

import sqlite3

import pytest

from tui_browser.records import WrittenFacts
from tui_browser.search.chosen_facts import ChosenFacts, chosen_facts, shown_bpm, source_of
from tui_browser.store.written_facts import SHOWN_BPM


def test_a_name_is_believed_before_a_chunk_and_a_chunk_before_a_folder() -> None:
    facts = [
        WrittenFacts("folder", 90.0, "C"),
        WrittenFacts("acid", 100.0, loop=True),
        WrittenFacts("name", None, "Am"),
    ]
    assert chosen_facts(facts, duration_s=4.0) == ChosenFacts(100.0, "Am", True)
    assert source_of(facts, "bpm", 100.0, heard=None) == "acid" and source_of(facts, "key", "Am", heard="Am") == "name"
    assert source_of(facts, "bpm", 77.0, heard=77.0) == "sound" and source_of(facts, "bpm", None, heard=None) is None


def test_one_shots_and_what_is_shorter_than_two_beats_have_no_tempo() -> None:
    assert chosen_facts([WrittenFacts("folder", 120.0)], duration_s=0.9).bpm is None
    assert chosen_facts([WrittenFacts("folder", 120.0)], duration_s=1.0).bpm == 120.0
    assert chosen_facts([WrittenFacts("name", 120.0, loop=False)], duration_s=8.0).bpm is None


@pytest.mark.parametrize(
    ("heard", "written", "shown"),
    [
        (None, None, None), (None, 120.0, 120.0), (119.3, None, 119.3), (119.0, 120.0, 120.0), (60.2, 120.0, 120.0),
        (241.0, 120.0, 120.0), (90.0, 120.0, 90.0), (128.0, 120.0, 128.0), (40.0, 160.0, 40.0),
    ],
)  # fmt: skip
def test_the_sound_decides_where_both_differ_by_more_than_half_or_double(
    heard: float | None, written: float | None, shown: float | None
) -> None:
    assert shown_bpm(heard, written) == shown
    query = f"SELECT {SHOWN_BPM} FROM (SELECT ? AS bpm, ? AS written_bpm)"
    assert sqlite3.connect(":memory:").execute(query, (heard, written)).fetchone() == (shown,)
