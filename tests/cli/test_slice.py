"""slice as a script sees it: rows, exit codes, hostile names, ctrl-c."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.cli import CliResult, Run, invoke
from tests.support.loops import recording
from tests.support.sounds import one_shot, write


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object) -> CliResult:
        return invoke("slice", *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


def hits(path: Path, count: int = 4) -> Path:
    return write(path, recording([(0.2 + at, one_shot("rim", at)) for at in range(count)], seconds=count + 0.2))


def test_rows_files_and_summary(run: Run, tmp_path: Path) -> None:
    file, out = hits(tmp_path / "a\x1b[31m\n.wav"), tmp_path / "new" / "out"
    shown = run(file, "--out", out)
    assert shown.code == 0
    assert "4 slices written" in shown.err
    assert b"\x1b" not in shown.out and "\x1b" not in shown.err
    assert sorted(os.listdir(out)) == [*(f"a\x1b[31m\n-00{n}.wav" for n in range(1, 5)), "a\x1b[31m\n.slices.json"]
    again = run(file, "--out", out)
    assert (again.code, again.out) == (1, b"")
    assert again.err.count("\n") == 1 and "exists already" in again.err and "--force" in again.err
    forced = run(file, "--out", out, "--force", "--json", "--no-manifest")
    assert (forced.code, forced.err) == (0, "")
    rows = forced.rows()
    assert [row["number"] for row in rows] == [1, 2, 3, 4]
    assert [round(row["start_s"], 1) for row in rows] == [0.2, 1.2, 2.2, 3.2]
    for row in rows:
        assert soundfile.info(row["path"]).frames == row["frames"]


def test_a_dry_run_writes_nothing_and_raw_paths_are_raw(run: Run, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.wav"
    os.rename(hits(tmp_path / "x.wav"), path)
    planned = run(os.fsdecode(path), "--out", tmp_path / "out", "--dry-run", "-0")
    assert planned.code == 0
    assert planned.out.split(b"\0")[0] == os.fsencode(tmp_path) + b"/out/\xff-001.wav"
    assert not (tmp_path / "out").exists()


def test_a_bad_file_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    good, bad, silent = hits(tmp_path / "good.wav"), tmp_path / "bad.wav", tmp_path / "silent.wav"
    bad.write_bytes(b"no sound")
    write(silent, np.zeros(44_100, dtype=np.float32))
    mixed = run(bad, good, silent, tmp_path / "none.wav", "--out", tmp_path / "out", "--quiet")
    assert mixed.code == 1
    assert [line.split(": ")[1] for line in mixed.err.splitlines()] == [
        "damaged or not audio", "no hit was found", "the file no longer exists"
    ]  # fmt: skip
    assert len(mixed.out.splitlines()) == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--by", "hits", "--length", "2"), "--length takes --by length"),
        (("--name", "{stem}"), "is the same for all slices"),
        (("--keep", "nan"), "not a finite number"),
        (("--by", "words"), "'words' is not one of"),
    ],
)
def test_wrong_usage(run: Run, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    refused = run(tmp_path / "a.wav", "--out", tmp_path / "out", *words)
    assert refused.code == 2
    assert told in refused.err


@pytest.mark.slow
def test_ctrl_c_leaves_no_slice_of_the_file_it_was_at(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (44_100 * 240, 2)).astype(np.float32)
    file, out = write(tmp_path / "long.wav", sound, subtype="FLOAT"), tmp_path / "out"
    words = ("slice", str(file), "--by", "length", "--length", "0.05", "--out", str(out))
    program = [sys.executable, "-m", "tui_browser", *words]
    started = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while started.poll() is None and not list(tmp_path.glob("out/.*/*")):
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    _, told = started.communicate(timeout=30)
    assert started.returncode == 130, told
    assert os.listdir(out) == []
