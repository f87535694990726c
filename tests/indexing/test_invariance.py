"""Copies of a sound that differ in level, silence, rate or format are found as that sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from tests.audio.test_slicing import decoded
from tests.support.sounds import RATE
from tui_browser.indexing.file_encoder import model_folders
from tui_browser.model.bundle import load_bundle
from tui_browser.model.encoder_process import Encoder
from tui_browser.model.pooling import encoder_batch
from tui_browser.records import DRUM_CLASSES, FloatArray
from tui_browser.search.nearest import top_k
from tui_browser.synth.render import render

DISTRACTORS, TARGETS = 200, 30

Change = Callable[[FloatArray, Path], Path]


@pytest.fixture(scope="module")
def encoder() -> Iterator[Encoder]:
    with Encoder(load_bundle("drums", folders=model_folders())) as encoder:
        yield encoder


@pytest.fixture(scope="module")
def sounds() -> list[FloatArray]:
    """One-shots of all classes, in turn; peak 0.2, so that none clips when it is made louder."""
    made = []
    for number in range(DISTRACTORS + 1):
        sound = render(DRUM_CLASSES[number % len(DRUM_CLASSES)], np.random.default_rng((number, 77)))
        made.append(np.float32(0.2 / np.abs(sound).max()) * sound[: 2 * RATE])
    return made


@pytest.fixture(scope="module")
def library(sounds: list[FloatArray], encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> FloatArray:
    """(201, D) the sounds as they are."""
    folder = tmp_path_factory.mktemp("sounds")
    return heard([_wav(sound, folder / f"{i}.wav") for i, sound in enumerate(sounds)], encoder)


def heard(paths: list[Path], encoder: Encoder) -> FloatArray:
    return encoder.encode(*encoder_batch([decoded(path) for path in paths])).embedding


def _written(path: Path, sound: FloatArray, *, rate: int = RATE, **how: str) -> Path:
    soundfile.write(path, sound, rate, **how)
    return path


def _wav(sound: FloatArray, path: Path) -> Path:
    return _written(path.with_suffix(".wav"), sound, subtype="PCM_24")


def _louder(sound: FloatArray, path: Path) -> Path:
    return _wav(sound * np.float32(10 ** (12 / 20)), path)


def _softer(sound: FloatArray, path: Path) -> Path:
    return _wav(sound * np.float32(10 ** (-12 / 20)), path)


def _later(sound: FloatArray, path: Path) -> Path:
    return _wav(np.concatenate((np.zeros(RATE // 50, np.float32), sound)), path)


def _at_48_khz(sound: FloatArray, path: Path) -> Path:
    return _written(path.with_suffix(".wav"), soxr.resample(sound, RATE, 48_000), rate=48_000, subtype="PCM_24")


def _mp3(sound: FloatArray, path: Path) -> Path:
    return _written(path.with_suffix(".mp3"), sound)


def _ogg(sound: FloatArray, path: Path) -> Path:
    return _written(path.with_suffix(".ogg"), sound)


def _8_bit(sound: FloatArray, path: Path) -> Path:
    return _written(path.with_suffix(".wav"), sound * np.float32(4), subtype="PCM_U8")


def _stereo(sound: FloatArray, path: Path) -> Path:
    return _written(path.with_suffix(".wav"), np.stack((sound, np.float32(0.7) * sound), axis=1), subtype="PCM_16")


@pytest.mark.parametrize(
    ("change", "within", "share"),
    [
        (_louder, 1, 0.95),
        (_softer, 1, 0.95),
        (_later, 1, 0.95),
        (_at_48_khz, 1, 0.95),
        (_mp3, 3, 0.9),
        (_ogg, 3, 0.9),
        (_8_bit, 3, 0.9),
        (_stereo, 3, 0.9),  # the library's is then the mono copy
    ],
)
def test_a_copy_finds_its_original_among_two_hundred(
    change: Change,
    within: int,
    share: float,
    sounds: list[FloatArray],
    library: FloatArray,
    encoder: Encoder,
    tmp_path: Path,
) -> None:
    targets = range(0, DISTRACTORS, DISTRACTORS // TARGETS)
    copies = heard([change(sounds[i], tmp_path / f"{i}") for i in targets], encoder)
    found = [i in top_k(library, copy, k=within)[0] for i, copy in zip(targets, copies, strict=True)]
    assert np.mean(found) >= share
