"""MP3s with and without headers that count their frames, joined, cut, and behind something else."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.containers import FMT, chunk, riff
from tests.odd_files import RATE, hit, put
from tui_browser.audio.decode import decode
from tui_browser.audio.source import open_file, open_source
from tui_browser.audio.voices import Voices
from tui_browser.audio.waveform import read_window, waveform
from tui_browser.dsp.mel import DEFAULT
from tui_browser.records import Clip, FileStat, State

_FRAME = 1152


def mp3(sound: np.ndarray, *, rate: int = RATE, mode: str = "VARIABLE") -> bytes:
    """As LAME writes it, with a header frame that counts the others."""
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format="MP3", bitrate_mode=mode, compression_level=0.5)
    content = file.getvalue()
    assert content[0] == 0xFF and (b"Xing" in content[:100] or b"Info" in content[:100])
    return content


def bare(content: bytes) -> bytes:
    """The same without that header frame."""
    return content[content.index(b"\xff\xfb", 4) :]


def id3(length: int) -> bytes:
    return b"ID3\3\0\0" + bytes(length >> shift & 127 for shift in (21, 14, 7, 0)) + bytes(length)


def quiet_then_loud() -> np.ndarray:
    """Silence first: a guess by the bit rate of the first frame would end this sound early, or far too late."""
    noise = 0.3 * np.random.default_rng(3).standard_normal(4 * RATE).astype(np.float32)
    return np.concatenate((np.zeros(RATE, dtype=np.float32), hit(seconds=1.0), noise))


def clip_of(path: bytes) -> Clip:
    about = os.stat(path)
    stat = FileStat(path, about.st_size, about.st_mtime_ns, about.st_dev, about.st_ino)
    return decode(stat, front_end=DEFAULT)


@pytest.fixture
def folder(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_variable_mp3_without_a_count_is_heard_to_its_end(folder: bytes, backwards: bool) -> None:
    sound = quiet_then_loud()[:: -1 if backwards else 1].copy()
    content = bare(mp3(sound))
    path = put(folder + b"/a.mp3", content)
    clip = clip_of(path)
    assert (clip.state, clip.note) == (State.READY, "")
    assert clip.frames % _FRAME == 0 and len(sound) <= clip.frames < len(sound) + 4 * _FRAME
    with open_file(path) as fd, open_source(fd, path) as source:
        assert source.frames == clip.frames
    whole, _ = read_window(path, start_s=0.0, seconds=60.0)
    part, _ = read_window(path, start_s=3.0, seconds=0.5)
    assert len(whole) == clip.frames
    assert np.allclose(part, whole[3 * RATE : 3 * RATE + RATE // 2], atol=1e-4)
    assert waveform(path, columns=20).max() == whole.max()


@pytest.mark.parametrize("length", [0, 800, 40_000, 3_000_000])
def test_tags_before_and_behind_are_no_sound(folder: bytes, length: int) -> None:
    content = bare(mp3(hit(), mode="CONSTANT"))
    alone = clip_of(put(folder + b"/alone.mp3", content))
    ape = b"APETAGEX" + (2000).to_bytes(4, "little") + bytes(20)
    path = put(folder + b"/a.mp3", id3(length) + content + ape + b"TAG" + bytes(125))
    clip = clip_of(path)
    assert (clip.frames, clip.content_hash, clip.note) == (alone.frames, alone.content_hash, "")
    assert Voices(RATE).open(path).duration_s == pytest.approx(clip.frames / RATE, abs=0.001)


def test_a_count_that_lies_is_put_right(folder: bytes) -> None:
    content = mp3(hit())
    right = clip_of(put(folder + b"/right.mp3", content))
    assert right.frames == len(hit())
    at = next(content.index(name) for name in (b"Xing", b"Info") if name in content) + 8
    for count in (1, 3, 10**6):
        lies = content[:at] + count.to_bytes(4, "big") + content[at + 4 :]
        clip = clip_of(put(folder + b"/lies.mp3", lies))
        assert (clip.frames, clip.content_hash, clip.note) == (right.frames, right.content_hash, ""), count


def test_an_mp3_whose_end_is_missing_has_a_mark(folder: bytes) -> None:
    sound = quiet_then_loud()
    content = mp3(sound)
    clip = clip_of(put(folder + b"/cut.mp3", content[: len(content) // 2]))
    assert clip.note.startswith(f"ends early: {clip.frames / RATE:.2f} of ")
    assert float(clip.note.split()[4]) == pytest.approx(len(sound) / RATE, abs=0.1)
    assert clip_of(put(folder + b"/bare.mp3", bare(content)[: len(content) // 2])).note == ""


@pytest.mark.parametrize("tagged", [True, False])
def test_joined_mp3s_are_one_sound(folder: bytes, tagged: bool) -> None:
    first, second = mp3(hit()), mp3(hit(hz=700.0, seed=4))
    if not tagged:
        first, second = bare(first), bare(second)
    pieces = [clip_of(put(folder + b"/piece.mp3", piece)).frames for piece in (first, second)]
    path = put(folder + b"/joined.mp3", first + second)
    clip = clip_of(path)
    assert (clip.frames, clip.note) == (sum(pieces), "")
    assert clip_of(put(folder + b"/tags.mp3", id3(500) + first + id3(300) + second)).frames == sum(pieces)
    sound, _ = read_window(path, start_s=pieces[0] / RATE, seconds=9.0)
    alone, _ = read_window(put(folder + b"/second.mp3", second), start_s=0.0, seconds=9.0)
    assert np.allclose(sound[_FRAME:], alone[_FRAME:], atol=1e-3)  # the first frame rings on from what was before
    voice = Voices(RATE).open(path)
    assert voice.duration_s == pytest.approx(sum(pieces) / RATE, abs=0.001)


def test_joined_mp3s_of_two_kinds_are_one_sound(folder: bytes) -> None:
    stereo = np.stack((hit(), hit()), axis=1)
    clip = clip_of(put(folder + b"/a.mp3", mp3(stereo) + mp3(hit(rate=22_050), rate=22_050)))
    assert (clip.channels, clip.sample_rate) == (2, RATE)
    assert clip.frames == pytest.approx(2 * len(hit()), abs=5)


@pytest.mark.parametrize("lead", [bytes(1), bytes(4000), b"\xff\xfb\x90" * 50 + b"garbage", b"<html>404</html>" * 30])
def test_what_lies_before_the_first_frame_is_passed_by(folder: bytes, lead: bytes) -> None:
    content = mp3(hit())
    alone = clip_of(put(folder + b"/alone.mp3", content))
    clip = clip_of(put(folder + b"/a.mp3", lead + content))
    assert (clip.frames, clip.content_hash) == (alone.frames, alone.content_hash)


@pytest.mark.parametrize("tagged", [True, False])
def test_mp3_in_a_wav_is_mp3(folder: bytes, tagged: bool) -> None:
    content = mp3(hit())
    content = content if tagged else bare(content)
    alone = clip_of(put(folder + b"/alone.mp3", content))
    fmt = b"\x55\0" + FMT[2:12] + b"\1\0\0\0" + b"\x0c\0\1\0\2\0\0\0\x71\5\1\0\x71\5"
    wav = riff(chunk(b"fmt ", fmt), chunk(b"fact", b"\0\0\1\0"), chunk(b"data", content))
    clip = clip_of(put(folder + b"/a.wav", wav))
    assert (clip.frames, clip.content_hash, clip.note) == (alone.frames, alone.content_hash, "")


def test_damage_in_the_middle_does_not_hide_what_comes_behind(folder: bytes) -> None:
    sound = quiet_then_loud()
    content = bare(mp3(sound))
    middle = len(content) // 2
    clip = clip_of(put(folder + b"/a.mp3", content[:middle] + bytes(3000) + content[middle + 3000 :]))
    assert 0.8 < clip.frames / len(sound) < 1.05
    assert clip.mel is not None and np.isfinite(clip.mel).all()


def test_a_long_mp3_is_counted_in_part_only(folder: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own count is believed where size and count agree; else it is heard to its end all the same."""
    sound = quiet_then_loud()
    tagged, untagged = mp3(sound), bare(mp3(sound))
    at = next(tagged.index(name) for name in (b"Xing", b"Info") if name in tagged) + 8
    lies = tagged[:at] + (10**6).to_bytes(4, "big") + tagged[at + 4 :]
    steady = bare(mp3(sound, mode="CONSTANT"))
    paths = [put(folder + b"/%d.mp3" % number, each) for number, each in enumerate((tagged, untagged, lies, steady))]
    expected = [clip_of(path).frames for path in paths]
    monkeypatch.setattr("tui_browser.audio.mpeg._BELIEVED", 8_000)
    monkeypatch.setattr("tui_browser.audio.mpeg._WALKED", 20_000)
    for path, frames in zip(paths, expected, strict=True):
        clip = clip_of(path)
        assert clip.frames == pytest.approx(frames, abs=2 * _FRAME) and clip.note == ""
    with open_file(paths[0]) as fd, open_source(fd, paths[0]) as source:
        assert source.frames == expected[0] == len(sound)
    with open_file(paths[1]) as fd, open_source(fd, paths[1]) as source:
        assert source.frames is None
    with open_file(paths[3]) as fd, open_source(fd, paths[3]) as source:
        assert source.frames == pytest.approx(expected[3], abs=2 * _FRAME)
