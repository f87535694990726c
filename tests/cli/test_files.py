"""export files: copies that are the files, and nothing overwritten."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.bundles import tiny_bundle
from tests.sounds import one_shot, write
from tui_browser.cli.main import main
from tui_browser.library.door import Library
from tui_browser.records import Slice

NAMES = ("a/kick.wav", "b/kick.wav", "b/KICK.wav", "c/snare 1.wav")
ODD = b"odd/caf\xe9\n.wav"

Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str | Path) -> tuple[int, bytes, str]:
        monkeypatch.setattr(sys, "argv", ["tui-browser", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return int(ended.value.code or 0), out, err.decode()

    return call


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A library and its folder."""
    from tui_browser.library.door import change
    from tui_browser.library.indexer import index_library

    base = tmp_path_factory.mktemp("stock")
    folder = base / "samples"
    for number, name in enumerate(NAMES):
        write(folder / name, one_shot("kick", number))
    odd = os.path.join(os.fsencode(folder), ODD)
    os.makedirs(os.path.dirname(odd))
    Path(os.fsdecode(odd)).write_bytes((folder / NAMES[0]).read_bytes())
    model = tiny_bundle(base / "tiny").folder
    with change(str(base / "l.db")) as store:
        index_library(store, add=[os.fsencode(folder)], model=model, jobs=1, layout="none", report=lambda _: None)
    yield base / "l.db", folder


def test_copies_are_byte_identical_under_names_of_their_own(run: Run, stock: tuple[Path, Path], tmp_path: Path) -> None:
    library, _ = stock
    out = tmp_path / "new" / "kit"
    code, said, err = run("export", "files", "", "--out", out, "--library", library)
    assert (code, err) == (0, "")
    assert said.decode().startswith("5 samples copied (")
    lines = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    assert len(lines) == 5
    assert len({line["file"].casefold() for line in lines}) == 5
    assert {os.fsencode(line["file"]) for line in lines} | {b"manifest.jsonl"} == set(os.listdir(os.fsencode(out)))
    for line in lines:
        copy, source = out / line["file"], Path(line["path"])
        assert copy.read_bytes() == source.read_bytes()
        assert copy.stat().st_mtime_ns == source.stat().st_mtime_ns
        assert copy.stat().st_mode & 0o777 == source.stat().st_mode & 0o666
    assert b"caf\xe9\n.wav" in os.listdir(os.fsencode(out))


def test_nothing_is_ever_overwritten(run: Run, stock: tuple[Path, Path], tmp_path: Path) -> None:
    library, _ = stock
    mine = {"Kick.WAV": b"mine", "manifest.jsonl": b"mine too", "snare 1.wav": b"x"}
    for name, data in mine.items():
        (tmp_path / name).write_bytes(data)
    code, said, _ = run("export", "files", "name:kick", "-0", "--out", tmp_path, "--library", library)
    assert code == 0
    copies = [Path(os.fsdecode(path)) for path in said.split(b"\0")[:-1]]
    assert {path.name.casefold() for path in copies} == {"kick-2.wav", "kick-3.wav", "kick-4.wav"}
    assert all(path.is_absolute() and path.read_bytes()[:4] == b"RIFF" for path in copies)
    assert {name: (tmp_path / name).read_bytes() for name in mine} == mine
    assert len((tmp_path / "manifest-2.jsonl").read_text().splitlines()) == 3
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_json_names_copy_and_source(run: Run, stock: tuple[Path, Path], tmp_path: Path) -> None:
    library, _ = stock
    code, said, _ = run("export", "files", "snare", "-n", "1", "--json", "--out", tmp_path / "o", "--library", library)
    [row] = [json.loads(line) for line in said.splitlines()]
    assert (code, row["file"]) == (0, "snare 1.wav")
    assert row["path"].endswith("/c/snare 1.wav") and row["content_hash"]


def test_a_file_that_is_gone_is_named_and_the_rest_copied(run: Run, stock: tuple[Path, Path], tmp_path: Path) -> None:
    library, folder = stock
    gone = folder / NAMES[3]
    data = gone.read_bytes()
    gone.unlink()
    try:
        code, said, err = run("export", "files", "", "--out", tmp_path / "o", "--library", library)
    finally:
        gone.write_bytes(data)
    assert code == 1
    assert "4 samples copied (" in said.decode() and "1 sample could not be read" in said.decode()
    assert err.count("\n") == 1 and "snare 1.wav" in err
    assert len((tmp_path / "o" / "manifest.jsonl").read_text().splitlines()) == 4


def test_refusals_are_one_sentence(run: Run, stock: tuple[Path, Path], tmp_path: Path) -> None:
    library, folder = stock
    code, said, err = run("export", "files", "xyzzyx", "--out", tmp_path / "o", "--library", library)
    assert (code, said, err) == (1, b"", "tui-browser: no sample matches\n")
    code, said, err = run("export", "files", "kick class:nosuch", "--out", tmp_path / "o", "--library", library)
    assert (code, said) == (2, b"") and "class:nosuch" in err and err.count("\n") == 1
    assert not (tmp_path / "o").exists()
    (tmp_path / "file").touch()
    code, _, err = run("export", "files", "", "--out", tmp_path / "file", "--library", library)
    assert code == 1 and err.count("\n") == 1 and "could not be written" in err
    code, _, err = run("export", "files", "snare", "--out", folder / "copies", "--library", library)
    assert code == 0 and "become samples too" in err


def read(path: Path | str) -> np.ndarray:
    return soundfile.read(path, dtype="int16", always_2d=True)[0]


def test_a_part_of_any_file_is_a_wav_of_its_own(run: Run, tmp_path: Path) -> None:
    source = write(tmp_path / "a loop.flac", one_shot("cymbal", 3))
    words = ("export", "fragment", source, "--start", "0.05", "--length", "0.1", "--out", tmp_path / "o")
    code, said, err = run(*words)
    assert (code, err) == (0, "")
    assert said.decode() == f"{tmp_path}/o/a loop-0.050s.wav\n"
    code, said, _ = run(*words, "-0")
    again = said.removesuffix(b"\0").decode()
    assert code == 0 and again.endswith("/a loop-0.050s-2.wav")
    for copy in (f"{tmp_path}/o/a loop-0.050s.wav", again):
        assert np.array_equal(read(copy), read(source)[2205:6615])
    code, said, err = run("export", "fragment", source, "--start", "99", "--out", tmp_path / "o")
    assert (code, said) == (1, b"") and "nothing of it lies there" in err and err.count("\n") == 1
    code, _, err = run("export", "fragment", source, "--slices", "--start", "1", "--out", tmp_path / "o")
    assert code == 2
    code, _, err = run(
        "export", "fragment", source, "--slices", "--out", tmp_path / "o", "--library", tmp_path / "n.db"
    )
    assert code == 1 and "not in the library" in err
    assert len(os.listdir(tmp_path / "o")) == 2


def test_each_hit_of_a_long_file_is_a_wav_of_its_own(
    run: Run, stock: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, folder = stock
    hit = folder / NAMES[3]
    length = len(read(hit)) / 44_100
    edges = [0.0, 0.02, length]
    hits = [Slice(start, stop - start) for start, stop in itertools.pairwise(edges)]
    monkeypatch.setattr(Library, "slices", lambda self, sample: hits if self.id_of(os.fsencode(hit)) == sample else [])
    code, said, err = run(
        "export", "fragment", hit, "--slices", "--json", "--out", tmp_path / "o", "--library", library
    )
    rows = [json.loads(line) for line in said.splitlines()]
    assert (code, err) == (0, "")
    assert [row["start_s"] for row in rows] == edges[:2]
    assert np.array_equal(np.concatenate([read(row["file"]) for row in rows]), read(hit))
    code, said, _ = run("export", "files", "", "--slices", "--out", tmp_path / "all", "--library", library)
    assert code == 0 and said.decode().startswith("6 samples copied")
    lines = [json.loads(line) for line in (tmp_path / "all" / "manifest.jsonl").read_text().splitlines()]
    assert sorted(line["file"] for line in lines if "start_s" in line) == ["snare 1-0.000s.wav", "snare 1-0.020s.wav"]
