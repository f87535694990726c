"""Long files come with their hits, heard one by one, whatever their format and length."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.loops import drum_kit, drum_loop, recording
from tests.support.sounds import RATE, one_shot, write
from tui_browser.audio import slicing
from tui_browser.audio.decode import decode
from tui_browser.audio.slicing import source_reader
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.records import Clip, FileStat, FloatArray

KINDS = ("kick", "snare", "tom", "rim", "clap", "cowbell")
TIMES = (0.7, 5.2, 11.4, 16.0, 22.9, 27.3)


def decoded(path: Path, *, start_s: float | None = None) -> Clip:
    about = os.stat(path)
    stat = FileStat(os.fsencode(path), about.st_size, about.st_mtime_ns, about.st_dev, about.st_ino)
    return decode(stat, front_end=DEFAULT_FRONT_END, start_s=start_s)


def in_pieces(path: Path, sound: FloatArray) -> Path:
    """A file of any format; written in pieces, because libsndfile's Vorbis encoder dies of long ones."""
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        for first in range(0, len(sound), RATE):
            file.write(sound[first : first + RATE])
    return path


@pytest.fixture(scope="module")
def six() -> FloatArray:
    return recording([(at, one_shot(kind, 4)) for at, kind in zip(TIMES, KINDS, strict=True)], seconds=30)


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_c6_six_hits_in_half_a_minute_are_six_slices(tmp_path: Path, six: FloatArray, ending: str) -> None:
    clip = decoded(in_pieces(tmp_path / f"six.{ending}", six))
    assert clip.slices is not None and clip.slices.mels is not None
    assert np.allclose(clip.slices.onset_s, TIMES, atol=0.02)
    assert clip.onset_s == clip.slices.onset_s[0]
    ends = clip.slices.onset_s + clip.slices.length_s
    assert np.allclose(ends, [*clip.slices.onset_s[1:], clip.frames / RATE], atol=1e-3)
    for kind, mel in zip(KINDS, clip.slices.mels, strict=True):  # each is heard as it is heard alone
        alone = decoded(in_pieces(tmp_path / f"{kind}.{ending}", one_shot(kind, 4)))
        assert alone.mel is not None and np.abs(mel - alone.mel).mean() < 0.06, kind


def test_c6_a_short_file_and_a_long_decay_have_no_slices(tmp_path: Path) -> None:
    for kind in ("cymbal", "kick"):
        clip = decoded(write(tmp_path / f"{kind}.wav", one_shot(kind, 3)))
        assert clip.slices is None and clip.bpm is None
    ring = np.random.default_rng(0).standard_normal(4 * RATE) * np.exp(-np.arange(4 * RATE) / RATE)
    assert decoded(write(tmp_path / "long.wav", (0.2 * ring).astype(np.float32))).slices is None


def test_a_loop_has_its_tempo(tmp_path: Path) -> None:
    clip = decoded(write(tmp_path / "loop.wav", drum_loop("break", drum_kit(3), bpm=126)))
    assert clip.bpm == pytest.approx(126, rel=0.005)
    assert clip.slices is not None and clip.slices.rhythm is not None
    assert np.linalg.norm(clip.slices.rhythm) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_listening_from_a_hit_on_is_hearing_that_hit(tmp_path: Path, six: FloatArray, ending: str) -> None:
    path = in_pieces(tmp_path / f"six.{ending}", six)
    whole = decoded(path)
    assert whole.slices is not None and whole.slices.mels is not None
    for number, onset in enumerate(whole.slices.onset_s.tolist()):
        for start in (onset, onset - 0.3):  # the silence before it belongs to it
            part = decoded(path, start_s=start)
            assert part.mel is not None and np.array_equal(part.mel, whole.slices.mels[number])
            assert part.onset_s == onset and part.slices is None


def test_listening_from_within_a_sound_ends_at_the_next_hit(tmp_path: Path) -> None:
    sound = recording([(0.0, one_shot("cymbal", 1)), (1.5, one_shot("kick", 1))], seconds=4)
    path = write(tmp_path / "two.wav", sound)
    part = decoded(path, start_s=1.2)
    alone = decoded(write(tmp_path / "rest.wav", sound[round(1.2 * RATE) : round(1.5 * RATE)]))
    assert part.onset_s == pytest.approx(1.2, abs=0.01)
    assert part.mel is not None and alone.mel is not None and np.abs(part.mel - alone.mel).mean() < 0.05


def test_of_very_many_hits_the_strongest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slicing, "MOST_SLICES", 8)
    clip = decoded(write(tmp_path / "loop.wav", drum_loop("half", drum_kit(2), bpm=100, bars=4)))
    assert clip.slices is not None and 8 <= len(clip.slices) <= 9
    assert clip.bpm == pytest.approx(100, rel=0.01)


def test_what_sounds_before_the_first_hit_is_a_slice_of_its_own(tmp_path: Path) -> None:
    swell = np.sin(np.arange(2 * RATE) * 0.05) * np.linspace(0, 0.5, 2 * RATE) ** 2
    hits = [(2.0, one_shot("snare", 1)), (3.0, one_shot("kick", 1)), (0.0, swell.astype(np.float32))]
    clip = decoded(write(tmp_path / "swell.wav", recording(hits, seconds=4)))
    assert clip.slices is not None
    assert np.allclose(clip.slices.onset_s, [clip.onset_s, 2.0, 3.0], atol=0.02)


class Endless:
    """A source of counted frames that notes what is read."""

    rate, channels = RATE, 1
    frames: int | None = None

    def __init__(self, length: int, *, seeks_fast: bool) -> None:
        self.length, self.seeks_fast, self.at, self.count = length, seeks_fast, 0, 0

    def read(self, frames: int) -> FloatArray:
        first, self.at = self.at, min(self.length, self.at + frames)
        self.count += self.at - first
        return np.arange(first, self.at, dtype=np.float32)[:, None]

    def seek(self, frame: int) -> None:
        self.at = frame

    def ends_early(self, read: int) -> str:
        return ""

    def close(self) -> None: ...


@pytest.mark.parametrize("seeks_fast", [True, False])
def test_spans_that_overlap_and_lie_far_apart_are_read_once(seeks_fast: bool) -> None:
    source = Endless(2_000_000, seeks_fast=seeks_fast)
    read = source_reader(source, lambda block: block[:, 0])
    for first, last in (
        (0, 100),
        (50, 70),
        (60, 5_000),
        (900_000, 900_010),
        (1_999_990, 2_000_050),
        (1_999_999, 2_000_050),
    ):
        span = read(first, last)
        assert span.tolist() == list(range(first, min(last, 2_000_000)))
    assert len(read(3_000_000, 3_000_001)) == 0
    assert source.count < 600_000 if seeks_fast else source.count == 2_000_000
