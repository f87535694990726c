"""D5: spritesheets cut up again by numpy, Pillow, soundfile and ffmpeg."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.support.programs import need
from tests.workbench.conftest import Run, Stock
from tui_browser.workbench.fingerprints import fingerprints
from tui_browser.workbench.mosaic import find_rectangle, full_rectangle

LENGTH = 12_000


@pytest.fixture
def sheets(run: Run, stock: Stock, tmp_path: Path) -> Path:
    """The stock as sheets in all formats."""
    words = [word for ending in ("wav", "flac", "mp3", "ogg") for word in ("--audio", ending)]
    result = run("export", "spritesheet", "--out", tmp_path / "o", "--library", stock.library, *words)
    assert result.code == 0, result.err
    return tmp_path / "o"


def index_of(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "spritesheet.json").read_text())
    return loaded


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_d5_find_rectangle_leaves_the_fewest_over() -> None:
    """As the mosaic of AudioNotebooks: of the widths from the root to twice the root the best, then the narrowest."""
    for count in range(1, 3000):
        columns, rows = find_rectangle(count)
        root = int(np.sqrt(count))
        left_over = [count - width * (count // width) for width in range(root, max(2 * root, root + 1))]
        assert count - columns * rows == min(left_over)
        assert columns == root + left_over.index(min(left_over))
        wide, high = full_rectangle(count)
        assert wide == columns and wide * high >= count > wide * (high - 1)
    assert find_rectangle(1024) == (32, 32) and find_rectangle(786) == (28, 28)


def test_d5_sounds_cut_up_again_are_the_samples(run: Run, stock: Stock, sheets: Path) -> None:
    assert run("export", "notebooks", "--no-tsne", "--out", sheets / "nb", "--library", stock.library).code == 0
    samples = np.load(sheets / "nb" / "samples.npy")
    index = index_of(sheets)
    assert index["rate"] == 48_000 and index["audio"] == [f"spritesheet.{e}" for e in ("wav", "flac", "mp3", "ogg")]
    for ending, least in (("wav", 0.9999999), ("flac", 0.9999999), ("mp3", 0.98), ("ogg", 0.95)):
        sound, rate = soundfile.read(sheets / f"spritesheet.{ending}", dtype="float32")
        assert rate == 48_000 and sound.shape == (len(samples) * LENGTH,)
        for at, (clip, sample) in enumerate(zip(index["clips"], samples, strict=True)):
            assert clip["start_frame"] == at * LENGTH and clip["frames"] == LENGTH
            assert clip["start_s"] == at * 0.25 and clip["length_s"] == 0.25
            part = sound[clip["start_frame"] :][:LENGTH]
            assert np.corrcoef(part, sample)[0, 1] > least, (ending, clip["name"])
            if ending in ("wav", "flac"):
                assert np.abs(part - sample).max() < 3e-7


def test_d5_mp3_begins_on_time_in_other_decoders_and_the_delay_is_told(sheets: Path) -> None:
    wanted = soundfile.read(sheets / "spritesheet.wav", dtype="float32")[0]
    words = [need("ffmpeg"), "-v", "error", "-i", str(sheets / "spritesheet.mp3"), "-f", "f32le", "-"]
    decoded = np.frombuffer(subprocess.run(words, capture_output=True, check=True).stdout, dtype="<f4")
    assert len(decoded) == len(wanted)
    assert np.corrcoef(decoded, wanted)[0, 1] > 0.98
    # a decoder that ignores the tag with the delay: the tag is blanked, and the sound comes later by what is told
    blind = bytearray((sheets / "spritesheet.mp3").read_bytes())
    at = max(blind.find(b"Info"), blind.find(b"Xing"))
    blind[at : at + 4] = b"\0\0\0\0"
    (sheets / "blind.mp3").write_bytes(blind)
    words[4] = str(sheets / "blind.mp3")
    late = np.frombuffer(subprocess.run(words, capture_output=True, check=True).stdout, dtype="<f4")
    delay = index_of(sheets)["mp3_delay_frames"]
    assert 500 < delay < 3000
    shifts = range(-delay, 1300)
    clip = wanted[: 2 * LENGTH]
    scores = [np.dot(late[delay + shift :][: len(clip)], clip) for shift in shifts]
    assert shifts[int(np.argmax(scores))] in (0, 1152)  # with the frame of the tag itself


def test_d5_every_cell_is_the_fingerprint_of_its_sound(sheets: Path) -> None:
    index = index_of(sheets)
    sound = soundfile.read(sheets / "spritesheet.wav", dtype="float32")[0]
    pictures = fingerprints(sound.reshape(-1, LENGTH), 48_000)
    assert [image["file"] for image in index["images"]] == ["spritesheet.png", "map.5x7.png"]
    for number, image in enumerate(index["images"]):
        sheet = pixels(sheets / image["file"])
        assert sheet.shape == (image["rows"] * 32, image["columns"] * 32) and image["tile"] == [32, 32]
        cells = [tuple(clip["cells"][number]) for clip in index["clips"]]
        assert len(set(cells)) == len(cells) == 35
        for (column, row), picture in zip(cells, pictures, strict=True):
            tile = sheet[row * 32 : row * 32 + 32, column * 32 : column * 32 + 32]
            assert np.abs(tile / 255 - picture).max() <= 0.5 / 255 + 1e-4
    assert [clip["cells"][0] for clip in index["clips"][:6]] == [[0, 0], [1, 0], [2, 0], [3, 0], [4, 0], [0, 1]]


def test_d5_the_sorted_sheet_puts_like_beside_like(sheets: Path) -> None:
    """Neighbours on the sorted sheet are more alike than neighbours on the other one."""
    likeness = []
    for image in index_of(sheets)["images"]:
        sheet = pixels(sheets / image["file"]).astype(float)
        tiles = sheet.reshape(image["rows"], 32, image["columns"], 32).transpose(0, 2, 1, 3)
        across = np.abs(tiles[:, 1:] - tiles[:, :-1]).mean()
        down = np.abs(tiles[1:] - tiles[:-1]).mean()
        likeness.append(across + down)
    assert likeness[1] < likeness[0]


@pytest.mark.parametrize(("image", "tile", "size"), [("spectrogram", "48x24", (48, 24)), ("cqt", "64", (64, 64))])
def test_d5_any_picture_and_any_size_of_tile(
    run: Run, stock: Stock, tmp_path: Path, image: str, tile: str, size: tuple[int, int]
) -> None:
    words = ("--image", image, "--tile", tile, "--audio", "none", "--out", tmp_path / "o", "--library", stock.library)
    assert run("export", "spritesheet", "tag:deep", *words).code == 0
    [first, _] = index_of(tmp_path / "o")["images"]
    sheet = pixels(tmp_path / "o" / "spritesheet.png")
    assert sheet.shape == (first["rows"] * size[1], first["columns"] * size[0])
    assert first["tile"] == list(size) and sheet.max() > 128
    assert not list((tmp_path / "o").glob("*.wav"))


def test_d5_whole_sounds_have_offsets_of_their_own(run: Run, stock: Stock, tmp_path: Path) -> None:
    words = ("--whole", "--max-length", "0", "--image", "none", "--out", tmp_path / "o", "--library", stock.library)
    result = run("export", "spritesheet", *words, "--json")
    assert result.code == 0 and result.rows()[0]["samples"] == 36
    clips = index_of(tmp_path / "o")["clips"]
    assert all(a["start_frame"] + a["frames"] == b["start_frame"] for a, b in pairwise(clips))
    sound, rate = soundfile.read(tmp_path / "o" / "spritesheet.wav", dtype="float32")
    assert len(sound) == clips[-1]["start_frame"] + clips[-1]["frames"]
    assert max(clip["length_s"] for clip in clips) == pytest.approx(5.0, abs=0.001)
    for clip in clips:
        part = sound[clip["start_frame"] :][: clip["frames"]]
        assert np.abs(part).max() == pytest.approx(1.0, abs=1e-6)
        assert clip["length_s"] == pytest.approx(clip["duration_s"], abs=1 / rate)


def test_d5_refusals_are_one_sentence_before_any_work(run: Run, stock: Stock, tmp_path: Path) -> None:
    to = ("--out", tmp_path / "o", "--library", stock.library)
    for words, code, said in (
        (("--audio", "mp3", "--rate", "50000", *to), 1, "MP3 has no sample rate of 50000 Hz"),
        (("--tile", "0x3", *to), 2, "no size of a tile"),
        (("--tile", "64x64x2", *to), 2, "no size of a tile"),
        (("--audio", "none", "--image", "none", *to), 2, "leave nothing to write"),
        (("--length", "0", *to), 2, "range"),
        (("xyzzyx", *to), 1, "no sample matches"),
    ):
        result = run("export", "spritesheet", *words)
        assert (result.code, result.out) == (code, b""), words
        assert said in result.err and result.err.count("\n") == 1, result.err
    assert not list(tmp_path.iterdir())
