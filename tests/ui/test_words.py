"""Numbers and names for people."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_browser.errors import counted
from tui_browser.records import Progress
from tui_browser.ui import words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.042, "42 ms"), (0.42, "0.42 s"), (12.34, "12.3 s"), (59.96, "1:00"), (185, "3:05"), (3725, "1:02:05"),
     (math.nan, "")],
)  # fmt: skip
def test_lengths(value: float, text: str) -> None:
    assert words.seconds(value) == text


def test_other_figures() -> None:
    assert words.hertz(55.2) == "55 Hz" and words.hertz(2100) == "2.1 kHz" and words.hertz(math.nan) == ""
    assert words.sample_rate(44100) == "44.1 kHz" and words.sample_rate(48000) == "48 kHz"
    assert words.channels(2) == "stereo" and words.channels(6) == "6 channels"
    assert words.certainty("hat_open", 0.31) == "hat open? 31 %" and words.certainty("kick", 0.94) == "kick 94 %"


def test_progress_tells_rate_and_time_left() -> None:
    line = words.progress_line(Progress("encode", 1234, 10_000, 480.2, 18.4, 3))
    assert line == "indexing 1,234 of 10,000 files · 480/s · 18 s left · 3 rejected"
    assert words.progress_line(Progress("idle", 0, 0)) == ""


@given(st.text(max_size=40), st.integers(0, 30))
def test_cutting_never_exceeds_the_width(text: str, width: int) -> None:
    for cut in (words.cut_end, words.cut_start, words.cut_middle):
        assert cell_len(cut(text, width)) <= max(width, 0)


def test_what_fits_is_left_alone_and_what_does_not_keeps_its_telling_part() -> None:
    assert words.cut_middle("kick.wav", 8) == "kick.wav"
    assert words.cut_middle("a_very_long_name_07.wav", 14).endswith("7.wav")
    assert words.cut_start("/home/me/samples/drums", 12) == "…mples/drums"


def test_names_from_disk_are_made_safe() -> None:
    assert words.file_name(b"/a/x\x1b[31m\n.wav") == "x\\x1b[31m\\n.wav"
    assert words.folder_name(b"/a/\xff/x.wav") == "/a/\\xff"


@pytest.mark.parametrize(("number", "told"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (12_000, "12,000 files")])
def test_a_number_has_its_noun(number: int, told: str) -> None:
    assert counted(number, "file") == told


@pytest.mark.parametrize(
    ("db", "told"), [(-45.3, "peak -45 dB"), (-2.04, "peak -2.0 dB"), (-0.01, "peak 0.0 dB"), (3.2, "peak 3.2 dB"),
                     (-math.inf, "silent")]
)  # fmt: skip
def test_a_peak_is_told_as_finely_as_it_matters(db: float, told: str) -> None:
    assert words.peak(db) == told


def test_the_progress_of_a_layout_is_a_share() -> None:
    assert words.progress_line(Progress("layout", 45, 100, seconds_left=12.0)) == "fitting the layout 45 % · 12 s left"
    assert words.progress_line(Progress("encode", 1, 1, rate=3.0, seconds_left=0.0)) == "indexing 1 of 1 file · 3/s"
