"""Facts in chunks and tags, in files whose chunks are written here byte by byte."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.sounds import write
from tui_browser.audio.chunks import FileChunks, read_chunks
from tui_browser.audio.decode import decode
from tui_browser.audio.written_facts import facts_of_tags, file_facts, key_of_tag
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.records import FileStat, WrittenFacts

RATE = 44_100


def chunk(name: bytes, body: bytes, order: str = "<") -> bytes:
    return name + struct.pack(f"{order}I", len(body)) + body + b"\0" * (len(body) % 2)


def with_chunks(path: Path, *chunks: bytes) -> Path:
    """The WAV with more chunks behind its sound."""
    content = path.read_bytes() + b"".join(chunks)
    path.write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])
    return path


def chunks_of(path: Path) -> FileChunks:
    with path.open("rb") as file:
        return read_chunks(file.fileno())


def acid(*, flags: int, root: int, beats: int, tempo: float) -> bytes:
    return chunk(b"acid", struct.pack("<IHHfIHHf", flags, root, 0x8000, 0.0, beats, 4, 4, tempo))


def cue(*frames: int) -> bytes:
    points = (struct.pack("<II4sIII", number, at, b"data", 0, 0, at) for number, at in enumerate(frames))
    return chunk(b"cue ", struct.pack("<I", len(frames)) + b"".join(points))


def smpl(note: int, *starts: int) -> bytes:
    loops = (struct.pack("<IIIIII", number, 0, at, at + 99, 0, 0) for number, at in enumerate(starts))
    return chunk(b"smpl", struct.pack("<9I", 0, 0, 22_675, note, 0, 0, 0, len(starts), 0) + b"".join(loops))


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return write(tmp_path / "x.wav", np.full(400, 0.25, dtype=np.float32))


def test_an_acid_chunk_gives_tempo_of_loops_and_marks_one_shots(wav: Path) -> None:
    found = chunks_of(with_chunks(wav, acid(flags=2, root=57, beats=8, tempo=174.0)))
    assert found.facts == (WrittenFacts("acid", bpm=174.0, loop=True, note=57),) and not found.tagged
    write(wav, np.full(400, 0.25, dtype=np.float32))
    assert chunks_of(with_chunks(wav, acid(flags=1, root=60, beats=0, tempo=120.0))).facts == (
        WrittenFacts("acid", loop=False),
    )


def test_sampler_and_instrument_chunks_give_the_root_note_and_places(wav: Path) -> None:
    found = chunks_of(
        with_chunks(wav, smpl(64, 40, 10), chunk(b"inst", bytes([61, 0, 0, 0, 127, 1, 127])), cue(300, 200))
    )
    assert found.facts == (
        WrittenFacts("smpl", note=64, points=2), WrittenFacts("inst", note=61), WrittenFacts("cue", points=2),
    )  # fmt: skip
    assert found.points == (10, 40, 200, 300)


def test_aiff_markers_and_instrument_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.aiff"
    soundfile.write(path, np.zeros(400), RATE, subtype="PCM_16")
    markers = struct.pack(">H", 2) + struct.pack(">HIB", 1, 30, 3) + b"abc" + struct.pack(">HIB", 2, 90, 2) + b"ab\0"
    instrument = struct.pack(">bbbbbbh", 62, 0, 0, 127, 1, 127, 0) + bytes(12)
    loop = struct.pack(">IIHHHHH", 1, 8, 9, 1, 4, 4, 1)
    content = (
        path.read_bytes() + chunk(b"MARK", markers, ">") + chunk(b"INST", instrument, ">") + chunk(b"basc", loop, ">")
    )
    path.write_bytes(content[:4] + struct.pack(">I", len(content) - 8) + content[8:])
    found = chunks_of(path)
    assert found.points == (30, 90)
    assert WrittenFacts("inst", note=62) in found.facts and WrittenFacts("cue", points=2) in found.facts
    assert WrittenFacts("basc", key="Am", loop=True) in found.facts  # 8 beats in 9 ms are no tempo


def test_damaged_chunks_say_nothing_and_stop_nothing(wav: Path) -> None:
    good = acid(flags=0, root=0, beats=4, tempo=100.0)
    with_chunks(
        wav, chunk(b"smpl", b"\xff" * 40), chunk(b"cue ", b"\xff" * 7), chunk(b"inst", b""), good,
        b"cue " + struct.pack("<I", 0xFFFFFFF0) + b"ab",
    )  # fmt: skip
    assert WrittenFacts("acid", bpm=100.0, loop=True) in chunks_of(wav).facts
    for length in range(0, wav.stat().st_size, 7):
        wav.write_bytes(wav.read_bytes()[: wav.stat().st_size - length % 50])
        chunks_of(wav)


@pytest.mark.parametrize(
    ("text", "key"),
    [("Am", "Am"), ("F# minor", "F#m"), ("Bbmaj", "A#"), ("c", "C"), ("8A", "Am"), ("8B", "C"), ("1A", "G#m"),
     ("12B", "E"), ("1m", "Am"), ("1d", "C"), ("13A", None), ("All", None), ("", None), ("o", None)],
)  # fmt: skip
def test_keys_of_tags(text: str, key: str | None) -> None:
    assert key_of_tag(text) == key


def test_tags_of_files_are_read(tmp_path: Path) -> None:
    assert facts_of_tags({"bpm": ["128"], "initial_key": ["4A"], "title": "x"}) == WrittenFacts("tag", 128.0, "Fm")
    assert facts_of_tags({"bpm": "0", "comment": ["120"]}) is None
    path = tmp_path / "pad 90bpm.flac"
    soundfile.write(path, np.zeros(400), RATE)
    content = path.read_bytes()  # a comment block before the sound: STREAMINFO is 38 bytes long
    fields = [b"BPM=120", b"INITIALKEY=Gm"]
    body = (
        struct.pack("<I", 0) + struct.pack("<I", len(fields)) + b"".join(struct.pack("<I", len(f)) + f for f in fields)
    )
    block = bytes([4]) + struct.pack(">I", len(body))[1:] + body
    assert content[4] & 0x7F == 0
    path.write_bytes(content[:4] + bytes([0]) + content[5:42] + block + content[42:])
    assert file_facts(os.fsencode(path)) == (WrittenFacts("tag", 120.0, "Gm"),)


def test_slices_begin_where_the_file_marks_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sound = (rng.standard_normal(4 * RATE) * 0.1).astype(np.float32)
    path = with_chunks(write(tmp_path / "x.wav", sound), cue(0, 30_001, 90_002))
    clip = decode(FileStat.of(os.fsencode(path), path.stat()), front_end=DEFAULT_FRONT_END)
    assert clip.slices is not None
    assert np.rint(clip.slices.onset_s * RATE).tolist() == [0, 30_001, 90_002]
    assert np.rint(clip.slices.length_s * RATE).tolist() == [30_001, 60_001, 4 * RATE - 90_002]
