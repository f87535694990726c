"""The demo library: whole or absent, the same every time, and never over somebody's files."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui_browser.errors import LibraryError
from tui_browser.library import demo
from tui_browser.library.demo import ensure_demo


@pytest.fixture
def few_kits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_KITS", demo._KITS[:2])


def sounds(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix == ".wav")


def test_the_whole_demo(tmp_path: Path) -> None:
    folder = Path(ensure_demo(str(tmp_path / "cache" / "demo")))
    files = list(sounds(folder))
    assert len(files) >= 264
    assert len({path.parent for path in files}) >= 10
    seen = set()
    for path in files:
        with wave.open(str(path)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 44100)
            pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        assert 0.02 < len(pcm) / 44100 <= 2.5
        assert 25000 < np.abs(pcm.astype(int)).max() <= 32767
        seen.add(pcm.tobytes())
    assert len(seen) == len(files)
    assert os.listdir(tmp_path / "cache") == ["demo"]


def test_a_second_call_changes_nothing(tmp_path: Path, few_kits: None) -> None:
    folder = Path(ensure_demo(str(tmp_path / "demo")))
    before = {path: path.stat().st_mtime_ns for path in sounds(folder)}
    assert Path(ensure_demo(str(tmp_path / "demo"))) == folder
    assert {path: path.stat().st_mtime_ns for path in sounds(folder)} == before


def test_two_demos_of_one_seed_are_alike_and_of_another_are_not(tmp_path: Path, few_kits: None) -> None:
    one, two, other = (
        [path.read_bytes() for path in sounds(Path(ensure_demo(str(tmp_path / name), seed=seed)))]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == two
    assert set(one).isdisjoint(other)


def test_an_interrupted_run_leaves_nothing_and_the_next_one_works(
    tmp_path: Path, few_kits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, count = demo._write_wav, 0

    def interrupted(*args: Any) -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise KeyboardInterrupt
        write(*args)

    monkeypatch.setattr(demo, "_write_wav", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ensure_demo(str(tmp_path / "demo"))
    assert os.listdir(tmp_path) == []
    monkeypatch.setattr(demo, "_write_wav", write)
    assert len(list(sounds(Path(ensure_demo(str(tmp_path / "demo")))))) == 48


def test_what_a_killed_run_left_is_swept_later(tmp_path: Path, few_kits: None) -> None:
    left, running = tmp_path / ".demo-old", tmp_path / ".demo-new"
    for folder in (left, running):
        folder.mkdir()
        (folder / "half.wav").write_bytes(b"RIFF")
    os.utime(left, (1, 1))
    ensure_demo(str(tmp_path / "demo"))
    assert not left.exists()
    assert running.exists()


def test_a_demo_that_lost_files_or_is_of_an_older_version_is_made_anew(
    tmp_path: Path, few_kits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(ensure_demo(str(tmp_path / "demo")))
    first = next(sounds(folder))
    first.unlink()
    ensure_demo(str(folder))
    assert first.exists()
    monkeypatch.setattr(demo, "VERSION", demo.VERSION + 1)
    first.write_bytes(b"")
    ensure_demo(str(folder))
    assert first.stat().st_size > 1000
    assert os.listdir(tmp_path) == ["demo"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, few_kits: None) -> None:
    mine = tmp_path / "demo" / "mine.wav"
    mine.parent.mkdir()
    mine.write_bytes(b"precious")
    with pytest.raises(LibraryError, match="not a demo library"):
        ensure_demo(str(mine.parent))
    assert mine.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["demo"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, few_kits: None) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LibraryError, match="cannot write the demo library"):
        ensure_demo(str(tmp_path / "file" / "demo"))
