"""`tour`: one WAV of what matches, neighbours behind each other, with cue points and a cue list."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.cli import CliResult, invoke
from tests.support.libraries import index
from tests.support.sounds import one_shot, write
from tui_browser.indexing.workers import IndexWorkers

Run = Callable[..., CliResult]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return partial(invoke, monkeypatch=monkeypatch, capture=capfd)


@pytest.fixture
def library(tmp_path: Path, workers: IndexWorkers) -> Path:
    folder = tmp_path / "samples"
    for number, kind in enumerate(("kick", "snare", "kick", "snare", "tom", "tom")):
        write(folder / f"{number}\t{kind}.wav", np.float32(0.1) * one_shot(kind, number))
    write(folder / "silent.wav", np.zeros(3000, np.float32))
    index(tmp_path / "l.db", folder, workers=workers, layout="none")
    return tmp_path / "l.db"


def cue_starts(wav: bytes) -> list[int]:
    at = wav.index(b"cue ")
    count = struct.unpack_from("<I", wav, at + 8)[0]
    return [struct.unpack_from("<II4sIII", wav, at + 12 + 24 * number)[5] for number in range(count)]


def test_neighbours_follow_each_other_in_one_wav_with_a_cue_list(run: Run, library: Path, tmp_path: Path) -> None:
    out = tmp_path / "tour.wav"
    said = run("tour", "--out", out, "--library", library, "--length", "0.4", "--gap", "0.2", "--json", "--quiet")
    (fields,) = said.rows()
    assert said.code == 0 and fields["samples"] == 6 and 0 < fields["length"] <= fields["alphabetical"]
    sound, rate = soundfile.read(out, always_2d=True)
    assert (rate, sound.shape[1]) == (44_100, 2)
    assert abs(np.abs(sound).max() - 0.7) < 0.01, "soft sounds are as loud as the others"
    lines = [line.split("\t") for line in (tmp_path / "tour.txt").read_text().splitlines()]
    assert len(lines) == 6 and all("\\t" in path for _, _, path in lines)
    starts = [round(float(start) * rate) for start, _, _ in lines]
    assert starts == cue_starts(out.read_bytes())
    assert all(np.abs(sound[start : start + 400]).max() > 0.01 for start in starts)
    assert all(float(end) - float(start) <= 0.41 for start, end, _ in lines)
    assert len(out.read_bytes()) == 8 + struct.unpack_from("<I", out.read_bytes(), 4)[0]


def test_it_replaces_nothing_and_takes_a_query(run: Run, library: Path, tmp_path: Path) -> None:
    out = tmp_path / "tour.wav"
    words = ("tour", "kick", "--out", out, "--library", library)
    said = run(*words)
    assert said.code == 0 and b"2 sounds in 0 min" in said.out and b"in the order of names" in said.out
    again = run(*words)
    assert (again.code, again.err.count("\n")) == (1, 1) and "--force" in again.err
    assert run(*words, "--force", "--quiet").code == 0
    (tmp_path / "other.txt").write_text("mine")
    assert run("tour", "--out", tmp_path / "other.wav", "--library", library).code == 1
    assert (tmp_path / "other.txt").read_text() == "mine" and not (tmp_path / "other.wav").exists()


def test_what_is_no_tour_says_so(run: Run, library: Path, tmp_path: Path) -> None:
    nothing = run("tour", "no such sound", "--out", tmp_path / "x.wav", "--library", library)
    assert (nothing.code, nothing.err.count("\n")) == (1, 1) and not (tmp_path / "x.wav").exists()
    assert run("tour", "--out", "-", "--library", library).code == 2
    for path in (tmp_path / "samples").glob("*.wav"):
        os.truncate(path, 20)
    broken = run("tour", "--out", tmp_path / "x.wav", "--library", library)
    assert broken.code == 1 and not {"x.wav", "x.txt"} & set(os.listdir(tmp_path))
