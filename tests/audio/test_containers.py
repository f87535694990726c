"""What the decoder can read is a sample, whatever its header says; what a header promised and is not there is told."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.containers import FMT, PCM, SOUND, N, chunk, encoded, odd_others, odd_wavs, riff, told
from tests.support.odd_files import RATE, hit, put
from tui_browser.audio.decode import decode
from tui_browser.audio.ffmpeg_source import has_av
from tui_browser.audio.fragment import copy_fragment
from tui_browser.audio.source import open_file, open_source
from tui_browser.audio.waveform import read_window, waveform
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import AudioError, RejectCode
from tui_browser.playback.levels import LevelCache
from tui_browser.playback.voice_factory import VoiceFactory
from tui_browser.records import Clip, FileStat, SampleState


def clip_of(path: bytes) -> Clip:
    about = os.stat(path)
    stat = FileStat(path, about.st_size, about.st_mtime_ns, about.st_dev, about.st_ino)
    return decode(stat, front_end=DEFAULT_FRONT_END)


@pytest.fixture
def folder(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path)


@pytest.mark.parametrize("name", [*odd_wavs(), *odd_others()])
def test_an_odd_header_does_not_hide_the_sound(folder: bytes, name: str) -> None:
    made = (odd_wavs() | odd_others())[name]
    path = put(folder + b"/" + name.encode(), made.content)
    clip = clip_of(path)
    assert (clip.frames, clip.sample_rate, clip.channels, clip.state) == (made.frames, RATE, 1, SampleState.READY)
    assert made.note in clip.note and bool(made.note) == bool(clip.note), clip.note
    sound, _ = read_window(path, start_s=0.0, seconds=60.0)
    assert np.allclose(sound[:, 0], SOUND[: made.frames] / 32768, atol=1e-6)
    outline = waveform(path, columns=50)
    assert outline.max() == sound.max() and outline.min() == sound.min()
    voice = VoiceFactory(RATE, LevelCache()).open(path)
    assert voice.duration_s == pytest.approx(made.frames / RATE, abs=0.001)
    assert np.allclose(voice.read(made.frames)[:, 0], sound[:, 0], atol=1e-4)


def test_a_promise_is_held_against_what_was_read_and_not_guessed_from_the_size(folder: bytes) -> None:
    """A WAV that takes its header for sound, or has a few bytes too few, is whole."""
    for missing in (0, 2, 44, 64):
        content = riff(chunk(b"fmt ", FMT), chunk(b"data", PCM, size=len(PCM) + missing))
        assert clip_of(put(folder + b"/a.wav", content)).note == ""
    content = riff(chunk(b"fmt ", FMT), chunk(b"data", PCM, size=len(PCM) + 2000))
    assert clip_of(put(folder + b"/a.wav", content)).note == "ends early: 0.50 of 0.52 s"


@pytest.mark.skipif(not has_av(), reason="the extra av is not installed")
def test_what_libsndfile_opens_and_cannot_begin_ffmpeg_decodes(folder: bytes) -> None:
    content = bytearray(encoded("FLAC", "PCM_16"))
    content[4] |= 0x80  # the first block says that it is the last one before the sound
    clip = clip_of(put(folder + b"/a.flac", bytes(content)))
    assert 0 < clip.frames <= N
    cut = encoded("W64", "MS_ADPCM")
    clip = clip_of(put(folder + b"/a.w64", cut[: len(cut) // 40]))
    assert 0 < clip.frames < N
    wordless = told(encoded("WAV", "G721_32"), b"data", "<I", 0)  # no length, and sound behind it
    assert clip_of(put(folder + b"/a.wav", wordless)).frames > N // 2


def test_a_true_but_empty_wav_stays_without_sound(folder: bytes) -> None:
    empty = riff(chunk(b"fmt ", FMT), chunk(b"data", b""), chunk(b"LIST", b"INFOINAM\4\0\0\0abcd"))
    with pytest.raises(AudioError, match="no sound"):
        clip_of(put(folder + b"/a.wav", empty))


@pytest.mark.parametrize(("tag", "channels", "rate"), [(1, 0, RATE), (1, 1, 0)])
def test_a_header_without_facts_is_told_in_words(folder: bytes, tag: int, channels: int, rate: int) -> None:
    fmt = bytearray(FMT)
    fmt[2:4], fmt[4:8] = channels.to_bytes(2, "little"), rate.to_bytes(4, "little")
    path = put(folder + b"/a.wav", riff(chunk(b"fmt ", bytes(fmt)), chunk(b"data", PCM)))
    with pytest.raises(AudioError, match="has no sample rate or no channels"):
        clip_of(path)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_all_links_of_a_chained_ogg_are_heard(folder: bytes, subtype: str) -> None:
    rate = 48_000
    first, second = (
        encoded("OGG", subtype, sound=SOUND, rate=rate),
        encoded("OGG", subtype, sound=SOUND[::-1], rate=rate),
    )
    path = put(folder + b"/a.ogg", first + second)
    clip = clip_of(path)
    assert (clip.frames, clip.note) == (2 * N, "")
    alone, _ = read_window(put(folder + b"/second.ogg", second), start_s=0.0, seconds=9.0)
    both, _ = read_window(path, start_s=N / rate, seconds=9.0)
    assert np.array_equal(both, alone)
    with open_file(path) as fd, open_source(fd, path) as source:
        assert source.frames == 2 * N


def test_a_link_at_another_rate_is_brought_to_that_of_the_first(folder: bytes) -> None:
    stereo = np.stack((SOUND, SOUND), axis=1)
    content = encoded("OGG", "VORBIS", rate=48_000) + encoded("OGG", "VORBIS", sound=stereo, rate=24_000)
    clip = clip_of(put(folder + b"/a.ogg", content))
    assert (clip.sample_rate, clip.channels, clip.note) == (48_000, 1, "")
    assert clip.frames == pytest.approx(3 * N, abs=5)


def test_an_ogg_that_ends_in_the_middle_of_a_page_has_a_mark(folder: bytes) -> None:
    content = encoded("OGG", "VORBIS", sound=np.tile(SOUND, 20))
    assert clip_of(put(folder + b"/whole.ogg", content)).note == ""
    assert clip_of(put(folder + b"/tail.ogg", content + b"TAG" + bytes(125))).note == ""
    clip = clip_of(put(folder + b"/cut.ogg", content[: len(content) // 2]))
    assert clip.note == "ends early: its last page is incomplete"
    assert 0.3 < clip.frames / (20 * N) < 0.6


_MISSING = {
    "ALAC in CAF": b"caff\0\1\0\0desc" + (32).to_bytes(8, "big") + bytes(8) + b"alac" + bytes(20),
    "IMA4 in CAF": b"caff\0\1\0\0desc" + (32).to_bytes(8, "big") + b"\x40\xe5\x88\x80\0\0\0\0ima4" + bytes(20),
    "ALAC in M4A": b"\0\0\0\x18ftypM4A \0\0\0\0isommp42\0\0\0\x40moovhdlrsoun\0\0\0\x30stsd"
    + bytes(8)
    + b"\0\0\0\x20alac",
    "AAC in M4A": b"\0\0\0\x18ftypM4A \0\0\0\0isommp42",
    "AAC": b"\xff\xf1\x50\x80\x2e\x7f\xfc" + bytes(300),
    "WMA": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(100),
    "WMA in WAV": riff(chunk(b"fmt ", b"\x61\1" + FMT[2:] + b"\0\0"), chunk(b"data", PCM)),
    "AC-3 in WAV": riff(chunk(b"fmt ", b"\0\x20" + FMT[2:] + b"\0\0"), chunk(b"data", PCM)),
    "WavPack": b"wvpk" + bytes(100),
    "Monkey's Audio": b"MAC " + bytes(100),
}


@pytest.mark.parametrize("name", list(_MISSING))
def test_a_missing_codec_is_named(folder: bytes, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    path = put(folder + b"/a.wav", _MISSING[name] + bytes(64))
    with pytest.raises(AudioError) as caught:
        clip_of(path)
    assert caught.value.what == f"{name}: install the av extra (pip install 'tui-browser[av]')"
    assert caught.value.code is RejectCode.MISSING_EXTRA


def test_a_few_bytes_of_any_format_are_refused_in_words(folder: bytes) -> None:
    forms = {name: made.content for name, made in (odd_wavs() | odd_others()).items()} | _MISSING
    forms |= {form: encoded(form) for form in ("OGG", "MP3", "FLAC")}
    for content in forms.values():
        for length in (1, 3, 4, 8, 12, 20, 26, 27, 30, 36, 40, 44):
            path = put(folder + b"/a.wav", content[:length])
            try:
                assert clip_of(path).frames <= length
            except AudioError as error:
                assert error.what and "nternal" not in error.what


@pytest.mark.parametrize("length", [45, 88, 300, 600])
def test_clicks_and_single_cycles_are_heard(folder: bytes, length: int) -> None:
    """From one millisecond on there is something to place a sound by."""
    cycle = np.sin(2 * np.pi * np.arange(length) / length).astype(np.float32)
    for name, sound in ((b"/cycle.wav", cycle), (b"/click.wav", hit()[:length])):
        path = put(folder + name, encoded("WAV", "FLOAT", sound=sound))
        clip = clip_of(path)
        assert (clip.state, clip.note, clip.frames) == (SampleState.READY, "", length)
        assert clip.mel is not None and np.isfinite(clip.mel).all() and clip.mel.max() > 0
        about = clip.descriptors
        assert np.isfinite([about.duration_s, about.loudness_db, about.brightness_hz, about.attack_s]).all()


def test_below_a_millisecond_there_is_nothing_to_place_a_sound_by(folder: bytes) -> None:
    clip = clip_of(put(folder + b"/a.wav", encoded("WAV", "FLOAT", sound=hit()[: RATE // 1000 - 1])))
    assert (clip.state, clip.note) == (SampleState.SILENT, "shorter than 1 ms")


def test_a_drive_that_fails_is_no_damaged_file(folder: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded("FLAC", sound=np.tile(SOUND, 8))
    path = put(folder + b"/a.flac", content[: len(content) // 2])
    pread = os.pread

    def failing(fd: int, count: int, at: int) -> bytes:
        if count >= 1 << 20:  # when all of the file is looked at once more
            raise OSError(5, "Input/output error")
        return pread(fd, count, at)

    assert "ends early" in clip_of(path).note
    monkeypatch.setattr(os, "pread", failing)
    with pytest.raises(AudioError, match="cannot be read") as caught:
        clip_of(path)
    assert caught.value.code is RejectCode.IO


@pytest.mark.parametrize("name", ["crashed.wav", "fmt after data.wav", "counts none.flac", "ffffffff.au"])
def test_a_fragment_of_an_odd_file_is_cut_to_the_frame(folder: bytes, name: str) -> None:
    path = put(folder + b"/a.wav", (odd_wavs() | odd_others())[name].content)
    target = io.BytesIO()
    assert copy_fragment(path, target, start_s=0.1, length_s=0.2) == round(0.2 * RATE)
    target.seek(0)
    piece, rate = soundfile.read(target, dtype="int16")
    assert rate == RATE and np.array_equal(piece, SOUND[round(0.1 * RATE) : round(0.3 * RATE)])


def test_a_fragment_reaches_into_the_second_link(folder: bytes) -> None:
    path = put(folder + b"/a.ogg", 2 * encoded("OGG", "VORBIS"))
    whole, _ = read_window(path, start_s=0.0, seconds=9.0)
    target = io.BytesIO()
    assert copy_fragment(path, target, start_s=0.4, length_s=0.2) == round(0.2 * RATE)
    target.seek(0)
    piece, _ = soundfile.read(target, dtype="float32")
    assert np.array_equal(piece, whole[round(0.4 * RATE) : round(0.6 * RATE), 0])
