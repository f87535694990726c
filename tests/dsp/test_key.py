"""Keys of chords, and none of what has no notes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.loops import drum_kit, drum_loop
from tests.support.sounds import RATE
from tui_browser.dsp.key import estimate_key
from tui_browser.records import KEYS, FloatArray

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def chords(roots: tuple[int, ...], shape: tuple[int, ...], *, seconds: float = 0.8) -> FloatArray:
    t = np.arange(int(seconds * RATE)) / RATE
    parts = []
    for root in roots:
        notes = [root + step for step in shape] + [root - 24]
        pitches = [440.0 * 2 ** ((note - 9) / 12) for note in notes]
        tones = [np.sin(2 * np.pi * hz * k * t) / k for hz in pitches for k in range(1, 5)]
        parts.append(sum(tones) * np.exp(-1.5 * t))
    whole = np.concatenate(parts)
    sound: FloatArray = (whole / np.abs(whole).max()).astype(np.float32)
    return sound


@pytest.mark.parametrize("root", range(12))
def test_a_cadence_has_its_key(root: int) -> None:
    assert estimate_key(chords((root, root + 5, root + 7, root), MAJOR), RATE) == KEYS[root]
    assert estimate_key(chords((root, root + 5, root + 7, root), MINOR), RATE) == KEYS[root + 12]


def test_gain_and_rate_do_not_move_a_key() -> None:
    music = chords((2, 7, 9, 2), MINOR)
    assert estimate_key(music * np.float32(0.01), RATE) == estimate_key(music[::2].copy(), RATE // 2) == "Dm"


def test_drums_noise_silence_and_a_single_note_have_none() -> None:
    assert estimate_key(np.random.default_rng(0).standard_normal(3 * RATE).astype(np.float32), RATE) is None
    assert estimate_key(np.zeros(3 * RATE, np.float32), RATE) is None
    assert estimate_key(np.zeros(9, np.float32), RATE) is None
    assert estimate_key(np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE).astype(np.float32), RATE) is None
    assert estimate_key(drum_loop("four", drum_kit(1), bpm=120), RATE) is None
