"""Numbers and names for people."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_browser.records import Progress
from tui_browser.ui import formatting


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.042, "42 ms"), (0.42, "0.42 s"), (12.34, "12.3 s"), (59.96, "1:00"), (185, "3:05"), (3725, "1:02:05"),
     (math.nan, "")],
)  # fmt: skip
def test_lengths(value: float, text: str) -> None:
    assert formatting.seconds(value) == text


def test_other_figures() -> None:
    assert (
        formatting.hertz(55.2) == "55 Hz" and formatting.hertz(2100) == "2.1 kHz" and formatting.hertz(math.nan) == ""
    )
    assert formatting.sample_rate(44100) == "44.1 kHz" and formatting.sample_rate(48000) == "48 kHz"
    assert formatting.channels(2) == "stereo" and formatting.channels(6) == "6 channels"
    assert (
        formatting.certainty("hat_open", 0.31) == "hat open? 31 %" and formatting.certainty("kick", 0.94) == "kick 94 %"
    )


def test_progress_tells_rate_and_time_left() -> None:
    line = formatting.progress_line(Progress("encode", 1234, 10_000, 480.2, 18.4, 3))
    assert line == "listening 1,234 of 10,000 · 480/s · 18 s left · 3 rejected"
    assert formatting.progress_line(Progress("idle", 0, 0)) == ""


@given(st.text(max_size=40), st.integers(0, 30))
def test_cutting_never_exceeds_the_width(text: str, width: int) -> None:
    for cut in (formatting.cut_end, formatting.cut_start, formatting.cut_middle):
        assert cell_len(cut(text, width)) <= max(width, 0)


def test_what_fits_is_left_alone_and_what_does_not_keeps_its_telling_part() -> None:
    assert formatting.cut_middle("kick.wav", 8) == "kick.wav"
    assert formatting.cut_middle("a_very_long_name_07.wav", 14).endswith("7.wav")
    assert formatting.cut_start("/home/me/samples/drums", 12) == "…mples/drums"


def test_names_from_disk_are_made_safe() -> None:
    assert formatting.file_name(b"/a/x\x1b[31m\n.wav") == "x\\x1b[31m\\n.wav"
    assert formatting.folder_name(b"/a/\xff/x.wav") == "/a/\\xff"
