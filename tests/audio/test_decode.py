"""Files become clips, or say why not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.odd_files import RATE, Odd, cut, get, hit, make_odd_files, put, write
from tui_browser.audio.decode import decode
from tui_browser.audio.waveform import read_window, waveform
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import AudioError, StillWriting
from tui_browser.playback.levels import LevelCache
from tui_browser.playback.voice_factory import VoiceFactory
from tui_browser.records import Clip, FileStat, SampleState


def stat_of(path: bytes) -> FileStat:
    about = os.stat(path)
    return FileStat(path, about.st_size, about.st_mtime_ns, about.st_dev, about.st_ino)


def clip_of(path: bytes) -> Clip:
    return decode(stat_of(path), front_end=DEFAULT_FRONT_END)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Odd:
    return make_odd_files(tmp_path_factory.mktemp("odd") / "tree")


@pytest.fixture
def folder(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path)


def test_every_format_name_rate_and_width_is_decoded(odd: Odd) -> None:
    for path in sorted(odd.ready):
        clip = clip_of(path)
        assert clip.state is SampleState.READY and odd.marked.get(path, "") in clip.note, (path, clip.note)
        assert bool(clip.note) == (path in odd.marked), (path, clip.note)
        assert clip.mel is not None and clip.mel.shape == (DEFAULT_FRONT_END.n_mels, DEFAULT_FRONT_END.frames), path
        assert np.isfinite(clip.mel).all() and clip.mel.max() > 0, path
        assert clip.frames > 0 and len(clip.content_hash) == 32, path
        assert np.isfinite([clip.descriptors.loudness_db, clip.descriptors.brightness_hz]).all(), path
        assert clip.descriptors.duration_s == pytest.approx(clip.frames / clip.sample_rate), path


def test_what_has_no_sound_is_listed_with_a_note(odd: Odd) -> None:
    for path, word in sorted(odd.silent.items()):
        clip = clip_of(path)
        assert clip.state is SampleState.SILENT and clip.note and word in clip.note, path
        assert clip.mel is None and clip.onset_s == 0.0, path
        assert np.isfinite(clip.descriptors.loudness_db) and clip.descriptors.duration_s > 0, path


def test_what_is_broken_says_why(odd: Odd) -> None:
    for path, word in sorted(odd.rejects.items()):
        with pytest.raises(AudioError) as caught:
            clip_of(path)
        assert not isinstance(caught.value, StillWriting), path
        assert caught.value.what and word in caught.value.what, (path, caught.value.what)


def test_the_hash_is_of_the_sound_and_not_of_the_file(folder: bytes) -> None:
    sound = np.rint(hit() * 30_000).astype(np.int16)
    first = clip_of(write(folder + b"/a.wav", sound)).content_hash
    assert clip_of(write(folder + b"/b.flac", sound, form="FLAC")).content_hash == first
    assert clip_of(write(folder + b"/c.aiff", sound, form="AIFF")).content_hash == first
    assert clip_of(write(folder + b"/other.wav", sound[::-1])).content_hash != first
    assert clip_of(write(folder + b"/rate.wav", sound, rate=48_000)).content_hash != first
    assert clip_of(write(folder + b"/two.wav", np.stack((sound, sound), axis=1))).content_hash != first


def test_leading_silence_gain_and_rate_leave_the_picture_alone(folder: bytes) -> None:
    sound = hit(hz=180.0) / 5
    plain = clip_of(write(folder + b"/plain.wav", sound, subtype="PCM_24"))
    assert plain.mel is not None
    late = np.concatenate((np.zeros(RATE // 50, dtype=np.float32), sound))
    variants: dict[bytes, tuple[np.ndarray, str]] = {
        b"late": (late, "PCM_24"),
        b"loud": (sound * 4, "PCM_24"),
        b"soft": (sound / 4, "PCM_24"),
        b"offset": (np.add(late, 0.05, dtype=np.float32), "FLOAT"),
    }
    for name, (variant, subtype) in variants.items():
        clip = clip_of(write(folder + b"/" + name + b".wav", variant, subtype=subtype))
        assert clip.mel is not None
        assert np.abs(clip.mel - plain.mel).mean() < 0.01, name
        assert clip.onset_s == pytest.approx(0.02 if name in (b"late", b"offset") else 0.0, abs=0.0005), name


def test_channels_that_cancel_are_still_heard(folder: bytes) -> None:
    sound = hit()
    mono = clip_of(write(folder + b"/mono.wav", sound))
    opposite = clip_of(write(folder + b"/opposite.wav", np.stack((sound, -sound), axis=1)))
    assert mono.mel is not None and opposite.mel is not None
    assert np.allclose(mono.mel, opposite.mel, atol=0.01)
    assert opposite.descriptors.loudness_db == pytest.approx(mono.descriptors.loudness_db, abs=0.1)


def test_a_long_file_is_read_in_blocks_and_its_late_sound_found(folder: bytes) -> None:
    rate = 8_000
    sound = np.zeros((60 * rate, 2), dtype=np.float32)
    at = 37 * rate + 123
    sound[at : at + rate] = 0.25 * hit(seconds=1.0, rate=rate)[:, None]
    sound[50 * rate : 51 * rate] = hit(seconds=1.0, rate=rate)[:, None]
    clip = clip_of(write(folder + b"/long.wav", sound, rate=rate))
    alone = clip_of(write(folder + b"/alone.wav", hit(seconds=1.0, rate=rate), rate=rate))
    assert clip.onset_s == pytest.approx(at / rate, abs=0.002)
    assert clip.descriptors.duration_s == 60.0
    assert clip.descriptors.loudness_db == pytest.approx(alone.descriptors.loudness_db, abs=0.1)
    assert clip.mel is not None and alone.mel is not None
    assert np.abs(clip.mel - alone.mel).mean() < 0.02


def test_a_part_from_a_given_second_on(folder: bytes) -> None:
    gap = np.zeros(RATE, dtype=np.float32)
    path = write(folder + b"/two.wav", np.concatenate((hit(hz=100), gap, hit(hz=900, seed=3))))
    alone = clip_of(write(folder + b"/second.wav", hit(hz=900, seed=3)))
    clip = decode(stat_of(path), front_end=DEFAULT_FRONT_END, start_s=0.8)
    assert clip.onset_s == pytest.approx(1.3, abs=0.001)
    assert clip.content_hash == clip_of(path).content_hash
    assert clip.mel is not None and alone.mel is not None
    assert np.allclose(clip.mel, alone.mel, atol=0.02)
    assert decode(stat_of(path), front_end=DEFAULT_FRONT_END, start_s=60.0).state is SampleState.SILENT


def test_a_file_that_grows_while_it_is_read_is_tried_again(folder: bytes) -> None:
    path = write(folder + b"/half.wav", hit(seconds=1.0))
    before = stat_of(path)
    cut(path)
    with pytest.raises(StillWriting):
        decode(before, front_end=DEFAULT_FRONT_END)
    os.unlink(path)
    with pytest.raises(StillWriting):
        decode(before, front_end=DEFAULT_FRONT_END)


def test_a_header_that_takes_its_own_size_for_sound_is_forgiven(folder: bytes) -> None:
    path = write(folder + b"/a.wav", hit())
    content = bytearray(get(path))
    start = content.index(b"data") + 4
    length = int.from_bytes(content[start : start + 4], "little")
    content[start : start + 4] = (length + 44).to_bytes(4, "little")
    assert clip_of(put(path, bytes(content))).frames == len(hit())


def test_a_stream_of_unknown_length_is_whole(folder: bytes) -> None:
    path = write(folder + b"/piped.wav", hit())
    content = bytearray(get(path))
    start = content.index(b"data") + 4
    content[4:8] = content[start : start + 4] = b"\xff\xff\xff\xff"
    assert clip_of(put(path, bytes(content))).frames == len(hit())
    path = write(folder + b"/piped.flac", hit(), form="FLAC")
    content = bytearray(get(path))
    content[21] &= 0xF0  # STREAMINFO's count of samples: 36 bits, 0 for unknown
    content[22:26] = bytes(4)
    clip = clip_of(put(path, bytes(content)))
    assert (clip.frames, clip.state) == (len(hit()), SampleState.READY)


def test_huge_and_hopeless_samples(folder: bytes) -> None:
    scaled = clip_of(write(folder + b"/scaled.wav", hit() * 2.0**31, subtype="FLOAT"))
    plain = clip_of(write(folder + b"/plain.wav", hit(), subtype="FLOAT"))
    assert scaled.mel is not None and plain.mel is not None
    assert np.allclose(scaled.mel, plain.mel, atol=1e-3)
    with pytest.raises(AudioError, match="too large for sound"):
        clip_of(write(folder + b"/hopeless.wav", hit() * 1e30, subtype="FLOAT"))
    with pytest.raises(AudioError, match="finite"):
        clip_of(write(folder + b"/double.wav", hit().astype(np.float64) * 1e200, subtype="DOUBLE"))


def test_a_folder_pipe_or_locked_file_is_refused(folder: bytes) -> None:
    os.mkdir(folder + b"/a.wav")
    os.mkfifo(folder + b"/b.wav")
    for name in (b"/a.wav", b"/b.wav"):
        with pytest.raises(AudioError, match="not a regular file"):
            clip_of(folder + name)


def test_what_comes_before_damage_is_a_sample_with_a_mark(folder: bytes) -> None:
    sound = np.rint(np.tile(hit(), 10) * 30_000).astype(np.int16)
    path = write(folder + b"/a.flac", sound, form="FLAC")
    content = bytearray(get(path))
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    clip = clip_of(put(path, bytes(content)))
    assert clip.state is SampleState.READY and 0.4 * len(sound) < clip.frames < 0.6 * len(sound)
    assert clip.note == f"ends early: damaged after {clip.frames / RATE:.2f} of {len(sound) / RATE:.2f} s"
    assert clip.content_hash == clip_of(write(folder + b"/b.wav", sound[: clip.frames])).content_hash


_FORMS = tuple(sorted(set(soundfile.available_formats()) - {"RAW", "SD2", "SDS"}))
"""SD2 has its header in a file of its own; for SDS libsndfile prints what it finds wrong."""


@pytest.mark.parametrize("form", _FORMS)
def test_random_damage_never_ends_in_another_error(folder: bytes, form: str) -> None:
    rng = np.random.default_rng(len(form) * 1000 + ord(form[0]))
    rate = 8_000 if form == "WVE" else RATE
    path = write(folder + b"/a.wav", hit(), form=form, rate=rate)
    whole = np.frombuffer(get(path), dtype=np.uint8)
    for turn in range(24):
        content = whole.copy()
        span = min(200, len(content)) if turn % 2 else len(content)
        content[rng.integers(0, span, 4)] = rng.integers(0, 256, 4)
        put(path, content[: rng.integers(1, len(content) + 1) if turn % 3 else len(content)].tobytes())
        try:
            clip = clip_of(path)
        except AudioError as error:
            assert error.what and "nternal" not in error.what
            continue
        assert clip.mel is None or np.isfinite(clip.mel).all()
        heard, _ = read_window(path, start_s=0.0, seconds=1e6)
        assert len(heard) == clip.frames
        assert np.isfinite(waveform(path, columns=40)).all()
        assert len(VoiceFactory(RATE, LevelCache()).open(path).read(100)) > 0


def test_mp4_needs_the_extra_and_says_so(folder: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    fake = put(folder + b"/a.m4a", b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(400))
    for path in (fake, put(folder + b"/b.wma", b"\x30\x26\xb2\x75" + bytes(400))):
        with pytest.raises(AudioError, match=r"pip install 'tui-browser\[av\]'"):
            clip_of(path)


def test_mp4_with_the_extra(folder: bytes) -> None:
    av = pytest.importorskip("av", reason="PyAV is an extra")
    sound = hit(seconds=1.0)
    for name, codec in ((b"/a.m4a", "aac"), (b"/b.aac", "aac"), (b"/c.wma", "wmav2")):
        path = folder + name
        with av.open(os.fsdecode(path), "w") as container:
            track = container.add_stream(codec, rate=RATE, layout="mono")
            track.codec_context.bit_rate = 128_000
            frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
            frame.rate = RATE
            fifo = av.AudioFifo()
            fifo.write(frame)
            for part in fifo.read_many(track.codec_context.frame_size or 1024, partial=True):
                container.mux(track.encode(part))
            container.mux(track.encode(None))
        clip = clip_of(path)
        assert clip.state is SampleState.READY and clip.sample_rate == RATE
        assert clip.descriptors.duration_s == pytest.approx(1.0, abs=0.1)
    with pytest.raises(AudioError, match=r"damaged"):  # what says where its sound lies was at the end
        clip_of(cut(folder + b"/a.m4a"))
    assert 0.3 < clip_of(cut(folder + b"/b.aac")).descriptors.duration_s < 0.7


def test_a_codec_that_ffmpeg_does_not_know_either_is_told_in_words(folder: bytes) -> None:
    pytest.importorskip("av", reason="PyAV is an extra")
    content = bytearray(get(write(folder + b"/a.wav", hit(), form="WAVEX")))
    start = content.index(b"fmt ") + 8
    content[start + 24 : start + 40] = b"\x5a" * 16
    with pytest.raises(AudioError, match=r"^unknown encoding: /"):
        clip_of(put(folder + b"/a.wav", bytes(content)))


def test_reading_is_what_soundfile_reads(folder: bytes) -> None:
    path = write(folder + b"/a.flac", np.stack((hit(), hit(seed=9)), axis=1), form="FLAC")
    clip = clip_of(path)
    about = soundfile.info(path)
    assert (clip.frames, clip.channels, clip.sample_rate) == (about.frames, about.channels, about.samplerate)


def test_decoding_imports_nothing_heavy() -> None:
    late = {"torch", "numba", "umap", "scipy", "sklearn", "soxr", "soundfile", "watchdog", "av"}
    code = (
        "import sys; import tui_browser.audio.decode, tui_browser.folder.watch, tui_browser.folder.scan;"
        f"heavy = {late!r} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
