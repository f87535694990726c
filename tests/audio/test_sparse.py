"""A file of holes is named at once, and not decoded for minutes."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tui_browser.audio import source
from tui_browser.audio.decode import decode
from tui_browser.audio.patched_file import stored_spans
from tui_browser.audio.source import open_file, open_source
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import AudioError
from tui_browser.records import FileStat

_GIANT = 1 << 42


def test_a_giant_of_holes_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "giant.wav"
    soundfile.write(path, np.zeros(1000), 44_100, subtype="PCM_16")
    with open(path, "r+b") as file:
        file.seek(40)
        file.write(struct.pack("<I", 0xFFFFFFFF))
        try:
            file.truncate(_GIANT)
        except OSError:
            pytest.skip("a file system without files of this size")
    stat = FileStat.of(os.fsencode(path), os.stat(path))
    with pytest.raises(AudioError, match="never written"):
        decode(stat, front_end=DEFAULT_FRONT_END)


def test_a_large_file_that_was_written_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_LARGE_BYTES", 1 << 16)
    path = os.fsencode(tmp_path / "long.wav")
    soundfile.write(os.fsdecode(path), np.full((1 << 16, 2), 0.1), 48_000, subtype="PCM_16")
    with open_file(path) as fd, open_source(fd, path) as opened:
        assert opened.frames == 1 << 16


def test_what_is_stored_of_a_file_is_found_and_its_position_kept(tmp_path: Path) -> None:
    path = tmp_path / "pieces"
    with open(path, "wb") as file:
        for at in (0, 10 << 20):
            file.seek(at)
            file.write(b"x" * 4096)
        file.truncate(20 << 20)
    with open(path, "rb") as file:
        file.seek(7)
        spans = list(stored_spans(file.fileno(), 20 << 20))
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == file.tell() == 7
    assert sum(end - start for start, end in spans) < 1 << 20 and spans[0][0] == 0
    assert any(start <= 10 << 20 < end for start, end in spans)
