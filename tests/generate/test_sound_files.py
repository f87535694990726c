"""Saved sounds: whole or not there, numbered, and never over another file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from tests.generate.conftest import one
from tui_browser.errors import BrowserError
from tui_browser.generate.generator import Generator
from tui_browser.generate.request import GenerationRequest
from tui_browser.generate.sound_files import check_output_paths, numbered_paths, quantise_24_bit, write_new


def test_steps_of_24_bits_stay_within_full_scale() -> None:
    sound = quantise_24_bit(np.array([-1.0, 1.0, 0.3, -0.7, 0.0, -1e-9], dtype=np.float32))
    assert np.abs(sound).max() < 1
    assert np.allclose(sound, [-1.0, 1.0, 0.3, -0.7, 0.0, 0.0], atol=2**-22)
    assert not np.signbit(sound[-1])
    assert np.array_equal(quantise_24_bit(sound), sound)


def test_names_are_numbered() -> None:
    assert numbered_paths(b"/x/a.wav", 1) == [b"/x/a.wav"]
    assert numbered_paths(b"/x.y/a.b.wav", 3) == [b"/x.y/a.b-1.wav", b"/x.y/a.b-2.wav", b"/x.y/a.b-3.wav"]
    assert numbered_paths(b"/x.y/a", 2) == [b"/x.y/a-1", b"/x.y/a-2"]


def test_nothing_is_overwritten_not_even_what_came_meanwhile(studio: Generator, tmp_path: Path) -> None:
    made = one(studio, GenerationRequest(seed=1))
    (tmp_path / "old.wav").write_bytes(b"mine")
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere")
    for name in ("old.wav", "gone.wav"):
        path = os.fsencode(tmp_path / name)
        with pytest.raises(BrowserError, match=name):
            check_output_paths([os.fsencode(tmp_path / "free.wav"), path])
        with pytest.raises(BrowserError, match=name):
            made.save(path)
    assert (tmp_path / "old.wav").read_bytes() == b"mine"
    assert sorted(os.listdir(tmp_path)) == ["gone.wav", "old.wav"]
    with pytest.raises(BrowserError, match="no such folder"):
        check_output_paths([os.fsencode(tmp_path / "nowhere" / "a.wav")])


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = os.fsencode(tmp_path / "a.wav")
    link, seen = os.link, []

    def watched(source: bytes, target: bytes) -> None:
        seen.append((Path(os.fsdecode(source)).read_bytes(), os.path.exists(target)))
        link(source, target)

    monkeypatch.setattr(os, "link", watched)
    write_new(path, b"whole")
    assert seen == [(b"whole", False)]

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BrowserError, match="No space left"):
        write_new(os.fsencode(tmp_path / "b.wav"), b"whole")
    assert os.listdir(tmp_path) == ["a.wav"]


def test_a_file_system_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_new(os.fsencode(tmp_path / "a.wav"), b"one")
    with pytest.raises(BrowserError, match="exists"):
        write_new(os.fsencode(tmp_path / "a.wav"), b"two")
    assert (tmp_path / "a.wav").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a.wav"]
