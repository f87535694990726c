"""What decoding tells of a file besides its sound: bits of a number, and how wide it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tui_browser.audio.decode import decode
from tui_browser.audio.width import WidthMeter
from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.indexing.file_encoder import stat_file
from tui_browser.records import FloatArray

RATE = 44_100


def noise(seed: int) -> FloatArray:
    return 0.2 * np.random.default_rng(seed).standard_normal(RATE // 4).astype(np.float32)


@pytest.mark.parametrize(
    ("left", "right", "low", "high"), [(1, 1, 0.0, 0.001), (1, 2, 0.68, 0.74), (1, None, 0.0, 0.0), (1, 0, 0.7, 0.71)]
)
def test_width_is_how_much_left_and_right_differ(left: int, right: int | None, low: float, high: float) -> None:
    sides = [noise(left)]
    if right is not None:
        sides.append(noise(right) if right else np.zeros_like(noise(1)))
    block = np.stack(sides, axis=1)
    meter = WidthMeter(RATE)
    assert WidthMeter(RATE).share is None, "nothing was read"
    for start in range(0, len(block), 1_000):
        meter.add(block[start : start + 1_000])
    assert meter.share is not None and low <= meter.share <= high


def test_opposite_sides_are_as_wide_as_can_be_and_silence_is_mono() -> None:
    meter, silent = WidthMeter(RATE), WidthMeter(RATE)
    meter.add(np.stack([noise(1), -noise(1)], axis=1))
    silent.add(np.zeros((100, 2), dtype=np.float32))
    assert meter.share == 1.0 and silent.share == 0.0


@pytest.mark.parametrize(
    ("name", "subtype", "bits"),
    [("a.wav", "PCM_16", 16), ("a.wav", "PCM_24", 24), ("a.wav", "FLOAT", 32), ("a.wav", "PCM_U8", 8),
     ("a.flac", "PCM_24", 24), ("a.ogg", "VORBIS", None)],
)  # fmt: skip
def test_a_decoded_file_knows_its_bits_and_its_width(tmp_path: Path, name: str, subtype: str, bits: int | None) -> None:
    path = tmp_path / name
    soundfile.write(path, np.stack([noise(1), noise(2)], axis=1), RATE, subtype=subtype)
    clip = decode(stat_file(bytes(path)), front_end=MelFrontEnd())
    assert clip.bits == bits and clip.width is not None and clip.width > 0.4
