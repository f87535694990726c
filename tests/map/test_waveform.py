"""The waveform in braille: what is heard when stands in the right column and at the right height."""

from __future__ import annotations

import numpy as np
import pytest

from tui_browser.map.waveform import peak_db, waveform_cells
from tui_browser.records import FloatArray


def dots(rows: tuple[str, ...]) -> list[tuple[int, int]]:
    """Lit dots (x, y) of braille text."""
    bits = {(0, 0): 0, (0, 1): 1, (0, 2): 2, (1, 0): 3, (1, 1): 4, (1, 2): 5, (0, 3): 6, (1, 3): 7}
    return sorted(
        (2 * column + x, 4 * row + y)
        for row, line in enumerate(rows)
        for column, char in enumerate(line)
        for (x, y), bit in bits.items()
        if (ord(char) - 0x2800) >> bit & 1
    )


def peaks(n: int) -> FloatArray:
    return np.zeros((n, 2), np.float32)


@pytest.mark.parametrize("column", [0, 13, 39])
@pytest.mark.parametrize("parts", [40, 4000])
def test_b10_an_impulse_stands_in_its_column(column: int, parts: int) -> None:
    sound = peaks(parts)
    sound[column * parts // 40 + parts // 80] = (-1, 1)
    lit = dots(waveform_cells(sound, columns=20, rows=4))
    tall = [x for x in range(40) if sum(at == x for at, _ in lit) > 2]
    assert tall == [column]
    assert {y for x, y in lit if x == column} == set(range(16))


def test_silence_is_a_thin_line_in_the_middle() -> None:
    for sound in (peaks(0), peaks(5), peaks(500)):
        lit = dots(waveform_cells(sound, columns=6, rows=2))
        assert [x for x, _ in lit] == list(range(12))
        assert {y for _, y in lit} <= {3, 4}


def test_loud_is_taller_than_soft_and_up_is_positive() -> None:
    sound = peaks(4)
    sound[0], sound[1], sound[2] = (-0.5, 0.5), (-1, 1), (0, 1)
    height = [sum(x == at for x, _ in dots(waveform_cells(sound, columns=2, rows=4))) for at in range(4)]
    assert height[1] > height[0] > height[3] > 0
    assert min(y for x, y in dots(waveform_cells(sound, columns=2, rows=4)) if x == 2) == 0
    assert max(y for x, y in dots(waveform_cells(sound, columns=2, rows=4)) if x == 2) <= 8


@pytest.mark.parametrize("size", [(0, 3), (3, 0), (1, 1), (50, 3)])
def test_any_size_and_any_value(size: tuple[int, int]) -> None:
    odd = np.array([[np.nan, np.inf], [-9, 9]], np.float32)
    for ascii_only in (False, True):
        rows = waveform_cells(odd, columns=size[0], rows=size[1], ascii_only=ascii_only)
        assert [len(row) for row in rows] == [size[0]] * size[1]
    assert waveform_cells(peaks(8), columns=4, rows=1, ascii_only=True)[0].isascii()


@pytest.mark.parametrize("gain_db", [0.0, -45.0, 12.0])
def test_a_sound_of_any_level_fills_the_height_and_its_level_is_told(gain_db: float) -> None:
    rng = np.random.default_rng(4)
    sound = np.sort(rng.uniform(-1, 1, (500, 2)), axis=1).astype(np.float32)
    sound[7] = (-1, 0.5)
    quieter = sound * np.float32(10 ** (gain_db / 20))
    assert waveform_cells(quieter, columns=30, rows=5) == waveform_cells(sound, columns=30, rows=5)
    lit = dots(waveform_cells(quieter, columns=30, rows=5))
    assert max(y for _, y in lit) == 19, "the loudest moment reaches the edge"
    assert peak_db(quieter) == pytest.approx(gain_db, abs=0.01)


def test_silence_has_no_level() -> None:
    assert peak_db(peaks(0)) == peak_db(peaks(9)) == peak_db(peaks(9) + 1e-6) == -np.inf
    assert waveform_cells(peaks(9) + np.float32(1e-6), columns=6, rows=2) == waveform_cells(peaks(9), columns=6, rows=2)
