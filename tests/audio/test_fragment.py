"""A part of a file as a WAV: the very samples, whatever holds them."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_browser.audio.fragment import copy_fragment
from tui_browser.errors import AudioError

RATE = 44_100


def sound(channels: int, frames: int = RATE) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.9, 0.9, (frames, channels))


@pytest.mark.parametrize(
    ("form", "subtype", "channels", "becomes"),
    [
        ("WAV", "PCM_U8", 1, "PCM_U8"),
        ("WAV", "PCM_16", 2, "PCM_16"),
        ("WAV", "PCM_24", 6, "PCM_24"),
        ("WAV", "PCM_32", 1, "PCM_32"),
        ("WAV", "FLOAT", 2, "FLOAT"),
        ("WAV", "DOUBLE", 1, "DOUBLE"),
        ("WAV", "ULAW", 1, "ULAW"),
        ("WAV", "IMA_ADPCM", 1, "PCM_16"),
        ("WAVEX", "PCM_16", 4, "PCM_16"),
        ("AIFF", "PCM_S8", 1, "PCM_U8"),
        ("FLAC", "PCM_24", 2, "PCM_24"),
        ("CAF", "ALAC_24", 2, "PCM_24"),
        ("OGG", "VORBIS", 2, "FLOAT"),
        ("MP3", "MPEG_LAYER_III", 2, "FLOAT"),
    ],
)
def test_the_samples_are_those_of_the_file(
    tmp_path: Path, form: str, subtype: str, channels: int, becomes: str
) -> None:
    path = tmp_path / "whole"
    soundfile.write(path, sound(channels), RATE, format=form, subtype=subtype)
    whole, _ = soundfile.read(path, always_2d=True)
    file = io.BytesIO()
    assert copy_fragment(os.fsencode(path), file, start_s=0.3, length_s=0.25) == round(0.55 * RATE) - round(0.3 * RATE)
    file.seek(0)
    told = soundfile.info(file)
    assert (told.format, told.subtype) == ("WAVEX" if form == "WAVEX" else "WAV", becomes)
    assert (told.samplerate, told.channels) == (RATE, channels)
    file.seek(0)
    part, _ = soundfile.read(file, always_2d=True)
    assert np.array_equal(part, whole[round(0.3 * RATE) : round(0.55 * RATE)])


@settings(max_examples=30)
@given(start_s=st.floats(0, 1.2), length_s=st.floats(0, 1.2) | st.none())
def test_whatever_is_asked_for_is_a_part_of_the_file_or_refused(
    whole: tuple[bytes, np.ndarray], start_s: float, length_s: float | None
) -> None:
    path, samples = whole
    stop = len(samples) if length_s is None else round((start_s + length_s) * RATE)
    wanted, file = samples[round(start_s * RATE) : stop], io.BytesIO()
    if not len(wanted):
        with pytest.raises(AudioError, match="outside the sound"):
            copy_fragment(path, file, start_s=start_s, length_s=length_s)
        return
    copy_fragment(path, file, start_s=start_s, length_s=length_s)
    file.seek(0)
    assert np.array_equal(soundfile.read(file, dtype="int16")[0], wanted)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, np.ndarray]:
    path = tmp_path_factory.mktemp("whole") / "a.wav"
    soundfile.write(path, sound(1), RATE, subtype="PCM_16")
    return os.fsencode(path), soundfile.read(path, dtype="int16")[0]


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"nothing")
    for name in ("x.wav", "none.wav"):
        with pytest.raises(AudioError):
            copy_fragment(os.fsencode(tmp_path / name), io.BytesIO(), start_s=0.0)


class Disk(io.BytesIO):
    """A disk with room for so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def write(self, data: object, /) -> int:
        taken = bytes(memoryview(data))  # type: ignore[arg-type]  # whatever libsndfile hands over
        if self.tell() + len(taken) > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(taken)


@pytest.mark.parametrize("room", [0, 20, 1000, 100_000])
def test_a_full_disk_is_told_and_told_once(tmp_path: Path, room: int, capfd: pytest.CaptureFixture[str]) -> None:
    soundfile.write(tmp_path / "long.wav", sound(1, 3 * RATE), RATE)
    with pytest.raises(OSError, match="No space left"):
        copy_fragment(os.fsencode(tmp_path / "long.wav"), Disk(room), start_s=0.0)
    assert capfd.readouterr().err == ""
