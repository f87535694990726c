"""What ffmpeg decodes without a complaint is no reject: it is as long here, or the missing codec is named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.audio.containers import SOUND, encoded, odd_others, odd_wavs
from tests.odd_files import RATE, put
from tui_browser.audio.decode import decode
from tui_browser.audio.ffmpeg import has_av
from tui_browser.dsp.mel import DEFAULT
from tui_browser.errors import AudioError
from tui_browser.records import FileStat

pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None, reason="ffmpeg is not installed"
)

_PADDING_S = 0.06
"""What encoders add at both ends, and decoders may take off."""
_CODECS = (
    "x.wav", "x.wav -c:a pcm_s24le", "x.wav -c:a pcm_s32le", "x.wav -c:a pcm_f32le", "x.wav -c:a pcm_f64le",
    "x.wav -c:a pcm_u8", "x.wav -c:a pcm_mulaw", "x.wav -c:a pcm_alaw", "x.wav -c:a adpcm_ms",
    "x.wav -c:a adpcm_ima_wav", "x.wav -c:a adpcm_yamaha", "x.wav -c:a adpcm_swf", "x.wav -c:a g726 -ar 8000",
    "x.wav -c:a g722 -ar 16000", "x.wav -c:a libmp3lame", "x.wav -c:a mp2", "x.wav -c:a wmav2", "x.wav -c:a ac3",
    "x.wav -c:a aac", "x.wav -c:a flac", "x.wav -c:a libvorbis", "x.wav -rf64 always",
    "x.wav -write_bext 1 -metadata description=foo", "x.w64", "x.aiff", "x.aif -c:a pcm_s24be",
    "x.aif -c:a pcm_f32be", "x.aif -c:a adpcm_ima_qt", "x.aif -c:a pcm_alaw", "x.aif -c:a pcm_s16le", "x.caf",
    "x.caf -c:a pcm_s24le", "x.caf -c:a pcm_f32le", "x.caf -c:a alac", "x.caf -c:a adpcm_ima_qt",
    "x.caf -c:a pcm_mulaw", "x.caf -c:a libopus -ar 48000", "x.au", "x.au -c:a pcm_mulaw", "x.au -c:a pcm_f32be",
    "x.flac", "x.flac -sample_fmt s32", "x.flac -compression_level 12", "x.ogg -c:a libvorbis", "x.ogg -c:a flac",
    "x.ogg -c:a libspeex -ar 16000", "x.ogg -c:a libopus -ar 48000", "x.opus -c:a libopus -ar 48000", "x.mp3",
    "x.mp3 -q:a 2", "x.mp3 -b:a 320k", "x.mp3 -ar 22050 -b:a 32k", "x.mp3 -ar 8000 -b:a 8k", "x.mp3 -write_xing 0",
    "x.mp3 -write_xing 0 -q:a 4", "x.mp3 -id3v2_version 0 -write_xing 0", "x.mp3 -write_id3v1 1 -metadata title=a",
    "x.mp3 -ac 1 -b:a 64k", "x.mp2", "x.m4a", "x.m4a -c:a alac", "x.aac", "x.wma", "x.mka", "x.webm", "x.wv", "x.tta",
    "x.ac3", "x.mov", "x.amr -ar 8000 -ac 1", "x.avi -c:a pcm_s16le", "x.au -ar 96000", "x.wav -ar 192000",
    "x.wav -ac 6", "x.flac -ac 8", "x.mp3 -id3v2_version 4 -metadata comment=long",
)  # fmt: skip
_PIPED = ("wav", "flac", "mp3", "ogg", "au", "caf", "w64", "aiff", "adts", "matroska")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ffmpeg makes of a file."""

    clean: bool
    seconds: float


def verdict(path: bytes) -> Verdict:
    """Whether it decodes the first sound track without a word, and how long that is."""
    about = _run("ffprobe", "-show_entries", "stream=sample_rate,channels", "-of", "json", path)
    streams = json.loads(about.stdout or b"{}").get("streams", [])
    if not streams:
        return Verdict(False, 0.0)
    rate, channels = int(streams[0].get("sample_rate", 0)), int(streams[0].get("channels", 0))
    decoded = _run("ffmpeg", "-nostdin", "-i", path, "-map", "0:a:0", "-f", "s16le", "-c:a", "pcm_s16le", "-")
    seconds = len(decoded.stdout) / 2 / max(1, channels) / max(1, rate)
    return Verdict(decoded.returncode == 0 and not decoded.stderr and seconds > 0, seconds)


def _run(program: str, *arguments: str | bytes) -> subprocess.CompletedProcess[bytes]:
    which = ("-select_streams", "a:0") if program == "ffprobe" else ()
    return subprocess.run([program, "-v", "error", *which, *arguments], capture_output=True, check=False, timeout=60)


def hold_beside(path: bytes) -> None:
    """Assert that ours is no worse than ffmpeg's verdict."""
    theirs = verdict(path)
    about = os.stat(path)
    try:
        clip = decode(FileStat(path, about.st_size, about.st_mtime_ns, about.st_dev, about.st_ino), front_end=DEFAULT)
    except AudioError as error:
        assert "nternal" not in error.what and "SF_INFO" not in error.what
        assert not theirs.clean or (not has_av() and ": install the av extra" in error.what), error.what
        return
    if theirs.clean:
        assert clip.descriptors.duration_s == pytest.approx(theirs.seconds, abs=_PADDING_S)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "hit.wav"
    path.write_bytes(encoded("WAV", sound=SOUND))
    return path


@pytest.mark.parametrize("what", _CODECS)
def test_every_codec_that_ffmpeg_writes(tmp_path: Path, source: Path, what: str) -> None:
    name, *options = what.split()
    path = tmp_path / name
    made = _run("ffmpeg", "-nostdin", "-i", str(source), *options, str(path))
    if made.returncode != 0:
        pytest.skip("this ffmpeg does not write it")
    hold_beside(os.fsencode(path))


@pytest.mark.parametrize("form", _PIPED)
def test_what_ffmpeg_writes_into_a_pipe(tmp_path: Path, source: Path, form: str) -> None:
    made = _run("ffmpeg", "-nostdin", "-i", str(source), "-f", form, "-")
    if made.returncode != 0:
        pytest.skip("this ffmpeg does not write it into a pipe")
    hold_beside(put(os.fsencode(tmp_path / "piped.wav"), made.stdout))


@pytest.mark.parametrize("name", [*odd_wavs(), *odd_others()])
def test_odd_headers(tmp_path: Path, name: str) -> None:
    made = (odd_wavs() | odd_others())[name]
    if name in ("counts more.flac", "two data.wav"):
        return
    hold_beside(put(os.fsencode(tmp_path / name), made.content))


@pytest.mark.parametrize("form", ["OGG", "FLAC", "MP3", "AIFF"])
@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 48_000, 192_000])
def test_every_rate(tmp_path: Path, form: str, rate: int) -> None:
    if form == "MP3" and rate > 48_000:
        return
    hold_beside(put(os.fsencode(tmp_path / "sound.wav"), encoded(form, rate=rate, sound=SOUND[: RATE // 4])))
