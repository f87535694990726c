"""The JSON beside a sound file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tui_browser.folder.sidecar import MOST_BYTES, read_sidecar
from tui_browser.records import Credit


def beside(folder: Path, content: Any) -> bytes:
    """A file with this JSON, or these bytes, beside it."""
    path = folder / "12_rain.ogg"
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / "12_rain.json").write_bytes(raw)
    return os.fsencode(path)


def test_it_says_who_made_a_sound_and_what_may_be_done_with_it(tmp_path: Path) -> None:
    path = beside(
        tmp_path,
        {
            "license": "http://creativecommons.org/licenses/by-nc/4.0/", "username": "anna", "name": "Rain.wav",
            "url": "https://example.org/s/12/", "gen_ai_preference": "no-gen-ai", "tags": ["rain", " wet ", "rain", 7],
        },
    )  # fmt: skip
    read = read_sidecar(path)
    assert read is not None
    assert read.credit == Credit(
        "CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/", "anna", "Rain.wav",
        "https://example.org/s/12/", "no-gen-ai",
    )  # fmt: skip
    assert read.credit.refuses_training
    assert read.tags == ("rain", "wet")


@pytest.mark.parametrize(
    "content",
    [
        {"how": "varied", "seed": 7},  # the lineage of a generated sound
        {"license": "cc0", "file": "12_rain.wav"},
        {"license": 7},
        ["license"],
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * (MOST_BYTES + 1),
    ],
)
def test_other_json_is_none(tmp_path: Path, content: Any) -> None:
    assert read_sidecar(beside(tmp_path, content)) is None


def test_a_pipe_and_a_folder_in_its_place_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    os.mkdir(tmp_path / "b.json")
    assert read_sidecar(os.fsencode(tmp_path / "a.wav")) is None
    assert read_sidecar(os.fsencode(tmp_path / "b.wav")) is None
    assert read_sidecar(os.fsencode(tmp_path / "c.wav")) is None


def test_a_strangers_text_is_cut_and_printable_and_its_address_is_one_of_the_web(tmp_path: Path) -> None:
    path = beside(tmp_path, {"license": "\x1b]0;x\x07mine", "author": "a" * 9000, "url": "javascript:alert(1)"})
    read = read_sidecar(path)
    assert read is not None
    assert read.credit.licence.isprintable() and "\\x1b" in read.credit.licence
    assert len(read.credit.author) == 300
    assert read.credit.source == ""
