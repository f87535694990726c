"""The outline of a file, and windows of it."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.odd_files import RATE, hit, put, write
from tui_browser.audio import waveform as module
from tui_browser.audio.waveform import read_window, waveform
from tui_browser.errors import AudioError


@pytest.fixture
def folder(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path)


@pytest.mark.parametrize("columns", [1, 7, 100, 4000])
@pytest.mark.parametrize("block", [1 << 19, 3000])
def test_the_outline_holds_every_sample(
    folder: bytes, columns: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    sound = np.stack((hit(), 0.5 * hit(seed=4)), axis=1)
    path = write(folder + b"/a.wav", sound, subtype="FLOAT")
    peaks = waveform(path, columns=columns)
    edges = np.arange(columns + 1) * len(sound) // columns
    for column in range(columns):
        part = sound[edges[column] : edges[column + 1]]
        assert tuple(peaks[column]) == (part.min(), part.max())


def test_the_outline_of_little_or_nothing(folder: bytes) -> None:
    short = write(folder + b"/short.wav", np.array([0.5, -0.25], dtype=np.float32), subtype="FLOAT")
    assert waveform(short, columns=4).tolist() == [[0.5, 0.5], [0.5, 0.5], [-0.25, -0.25], [-0.25, -0.25]]
    assert waveform(short, columns=0).shape == (0, 2)
    empty = write(folder + b"/empty.wav", np.zeros(0, dtype=np.float32))
    assert waveform(empty, columns=3).tolist() == [[0, 0]] * 3


def test_samples_that_are_not_finite_are_drawn_as_silence(folder: bytes) -> None:
    sound = hit()
    sound[::50] = np.nan
    sound[1::50] = np.inf
    assert np.isfinite(waveform(write(folder + b"/a.wav", sound, subtype="FLOAT"), columns=20)).all()


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_window_is_the_same_part_of_the_whole(folder: bytes, form: str) -> None:
    path = write(folder + b"/a", np.stack((hit(seconds=2.0), hit(seconds=2.0, seed=2)), axis=1), form=form)
    whole, rate = read_window(path, start_s=0.0, seconds=100.0)
    part, _ = read_window(path, start_s=0.5, seconds=0.25)
    assert (rate, whole.shape) == (RATE, (2 * RATE, 2))
    assert part.dtype == np.float32
    assert np.array_equal(part, whole[RATE // 2 : RATE // 2 + RATE // 4])
    behind, _ = read_window(path, start_s=50.0, seconds=1.0)
    assert behind.shape == (0, 2)


def test_a_file_that_ends_early_is_drawn_as_far_as_it_goes(folder: bytes) -> None:
    sound = np.tile(hit(), 10)
    path = write(folder + b"/a.flac", sound, form="FLAC")
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        file.write(np.random.default_rng(1).bytes(3000))
    there, _ = read_window(path, start_s=0.0, seconds=100.0)
    assert 0.4 * len(sound) < len(there) < 0.6 * len(sound)
    edges = np.arange(11) * len(there) // 10
    expected = [(there[a:b].min(), there[a:b].max()) for a, b in pairwise(edges)]
    assert np.array_equal(waveform(path, columns=10), expected)


def test_a_broken_file_has_no_outline(folder: bytes) -> None:
    path = put(folder + b"/a.wav", b"RIFF\x24\0\0\0WAVE" + bytes(500))
    with pytest.raises(AudioError):
        waveform(path, columns=10)
    with pytest.raises(AudioError):
        read_window(folder + b"/gone.wav", start_s=0.0, seconds=1.0)
