"""Copies and parts of files: what is written is the sound, and nothing is written over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import soundfile

from tests.support.sounds import write
from tui_browser.errors import AudioError, BrowserError
from tui_browser.library.copy_folder import CopyFolder, part_name


def test_a_source_that_changes_while_it_is_copied_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tui_browser.library import copy_folder

    source = write(tmp_path / "in" / "long.wav", np.zeros(2_000_000, np.float32))
    (tmp_path / "out").mkdir()
    read = copy_folder._read

    def grows(file: BinaryIO, path: bytes) -> bytes:
        with open(source, "ab") as more:
            more.write(b"more" * 1000 if more.tell() < 5_000_000 else b"")
        return read(file, path)

    monkeypatch.setattr(copy_folder, "_read", grows)
    with pytest.raises(BrowserError, match="changed during the copy"):
        CopyFolder(os.fsencode(tmp_path / "out")).add(os.fsencode(source))
    assert os.listdir(tmp_path / "out") == []


def test_a_name_of_the_greatest_length_gets_its_number(tmp_path: Path) -> None:
    name = b"k" * 251 + b".wav"
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    source = os.path.join(os.fsencode(tmp_path / "in"), name)
    Path(os.fsdecode(source)).write_bytes(b"sound")
    target = CopyFolder(os.fsencode(tmp_path / "out"))
    first, second = target.add(source), target.add(source)
    assert first == name and second == b"k" * 249 + b"-2.wav"


def test_parts_that_meet_are_the_whole_and_get_names_of_their_own(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-1, 1, 44_100).astype(np.float32)
    source = write(tmp_path / "a loop.wav", sound, subtype="PCM_24")
    (tmp_path / "out").mkdir()
    target = CopyFolder(os.fsencode(tmp_path / "out"))
    edges = [0.0, 0.12345, 0.5, 0.9]
    names = [
        target.add_part(os.fsencode(source), start_s=start, length_s=stop - start)
        for start, stop in zip(edges, [*edges[1:], 2.0], strict=True)
    ]
    assert names == [b"a loop-0.000s.wav", b"a loop-0.123s.wav", b"a loop-0.500s.wav", b"a loop-0.900s.wav"]
    parts = [soundfile.read(tmp_path / "out" / os.fsdecode(name), dtype="int32")[0] for name in names]
    assert np.array_equal(np.concatenate(parts), soundfile.read(source, dtype="int32")[0])
    assert target.add_part(os.fsencode(source), start_s=0.5) == b"a loop-0.500s-2.wav"
    assert sorted(os.listdir(tmp_path / "out")) == sorted([*map(os.fsdecode, names), "a loop-0.500s-2.wav"])


def test_a_part_behind_the_end_leaves_nothing_behind(tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", np.zeros(4410, np.float32))
    (tmp_path / "out").mkdir()
    with pytest.raises(AudioError, match=r"it lasts 0.100 s"):
        CopyFolder(os.fsencode(tmp_path / "out")).add_part(os.fsencode(source), start_s=0.2)
    assert os.listdir(tmp_path / "out") == []


def test_a_part_of_a_file_with_a_long_name_is_named() -> None:
    assert len(part_name(b"/a/" + b"k" * 251 + b".wav", 12.5)) == 255
