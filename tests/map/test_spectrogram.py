"""A spectrogram on which pitch and time can be read."""

from __future__ import annotations

import numpy as np
import pytest

from tui_browser.map.cells import BRAILLE
from tui_browser.map.spectrogram import row_of, spectrogram_cells, spectrum
from tui_browser.map.viewport import DOTS_X, DOTS_Y
from tui_browser.records import FloatArray


def spectrum_rows(
    samples: FloatArray, *, rate: int, columns: int, rows: int, ascii_only: bool = False
) -> tuple[str, ...]:
    """Lines as fine as the picture that they are drawn from."""
    picture = spectrum(samples, rate=rate, width=columns * DOTS_X, height=rows * DOTS_Y)
    return spectrogram_cells(picture, columns=columns, rows=rows, ascii_only=ascii_only)


def dots(lines: tuple[str, ...]) -> np.ndarray:
    """(rows, columns) lit dots of each cell."""
    return np.array([[(ord(char) - BRAILLE).bit_count() for char in line] for line in lines])


def tone(hz: float, *, seconds: float = 1.0, rate: int = 44100) -> FloatArray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize("hz", [80.0, 440.0, 1000.0, 5000.0])
@pytest.mark.parametrize("rate", [16000, 44100])
def test_a_tone_is_a_line_on_its_row(hz: float, rate: int) -> None:
    lit = dots(spectrum_rows(tone(hz, rate=rate), rate=rate, columns=40, rows=10)).sum(axis=1)
    assert abs(int(lit.argmax()) - row_of(hz, rows=10, rate=rate)) <= (hz == 80.0)
    assert lit.max() > 0.5 * 8 * 40 * 0.4


def test_b10_a_kilohertz_is_on_its_row_and_a_higher_tone_above_it() -> None:
    lit = dots(spectrum_rows(tone(1000), rate=44100, columns=40, rows=10)).sum(axis=1)
    assert lit.argmax() == row_of(1000, rows=10, rate=44100) == 4
    assert row_of(8000, rows=10, rate=44100) < 4 < row_of(100, rows=10, rate=44100)


@pytest.mark.parametrize("at", [0.03, 0.515, 0.81])
def test_b10_an_impulse_stands_in_its_column(at: float) -> None:
    samples = np.zeros(44100, np.float32)
    samples[int(at * 44100)] = 1.0
    high = dots(spectrum_rows(samples, rate=44100, columns=40, rows=10))[:5].sum(axis=0)
    assert high.argmax() == int(at * 40)
    assert np.flatnonzero(high).max() - np.flatnonzero(high).min() <= 1


def test_an_impulse_in_a_long_sound_is_not_lost() -> None:
    samples = np.zeros(44100 * 20, np.float32)
    samples[44100 * 13 + 17] = 1.0
    high = dots(spectrum_rows(samples, rate=44100, columns=30, rows=6))[:3].sum(axis=0)
    assert high.argmax() == int(13 / 20 * 30) and (high > 0).sum() <= 2


@pytest.mark.parametrize("count", [0, 1, 100, 5000])
def test_silence_and_snippets_are_drawn(count: int) -> None:
    for samples in (np.zeros(count, np.float32), np.full(count, np.nan, np.float32)):
        lines = spectrum_rows(samples, rate=8000, columns=12, rows=3)
        assert lines == (chr(BRAILLE) * 12,) * 3
    assert len(spectrum_rows(np.ones(count, np.float32), rate=8000, columns=12, rows=3, ascii_only=True)[0]) == 12
    assert spectrum_rows(np.ones(count, np.float32), rate=8000, columns=0, rows=2) == ("", "")


def test_a_picture_is_drawn_at_any_size() -> None:
    picture = spectrum(tone(1000), rate=44100, width=100, height=48)
    for rows in (3, 5, 12, 20):
        lit = dots(spectrogram_cells(picture, columns=30, rows=rows)).sum(axis=1)
        assert abs(int(lit.argmax()) - row_of(1000, rows=rows, rate=44100)) <= rows // 12


def test_louder_parts_have_more_dots() -> None:
    samples = np.concatenate([tone(2000, seconds=0.5) * 0.02, tone(2000, seconds=0.5)])
    lit = dots(spectrum_rows(samples, rate=44100, columns=40, rows=8))
    assert 0 < lit[:, 5:15].sum() < 0.8 * lit[:, 25:35].sum()
