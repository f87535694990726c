"""features as a script sees it: the JSON, names, exit codes, one sentence for each error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.sounds import one_shot, write
from tui_browser.training.visualiser.songs import make_song
from tui_browser.visualiser.spectra import RATE


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object) -> CliResult:
        return invoke("features", *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write(tmp_path / "song.wav", make_song(3, seconds=6), rate=RATE)


def test_e1_the_json_holds_seven_blurs_of_ten_numbers_sixty_times_a_second(
    run: Run, song: Path, tmp_path: Path
) -> None:
    out = tmp_path / "f.json"
    said = run(song, "--out", out)
    assert said.code == 0 and str(out) in said.out.decode()
    told = json.loads(out.read_text())
    assert list(told) == ["sampleRate", "featuresData"] and told["sampleRate"] == 60
    names = ["blur1", "blur10", "blur50", "blur100", "blur300", "blur1000", "blur3000"]
    assert list(told["featuresData"]) == names
    counts = {len(rows) for rows in told["featuresData"].values()}
    assert len(counts) == 1 and counts.pop() == pytest.approx(6 * 60, abs=200)
    for rows in told["featuresData"].values():
        values = np.array(rows)
        assert values.shape[1] == 10 and values.min() >= 0 and values.max() <= 1
        assert values * 10_000 == pytest.approx(np.rint(values * 10_000), abs=1e-9), "four digits"
    assert "features of song.wav" in said.err


def test_silence_and_a_single_sample_are_no_error(run: Run, tmp_path: Path) -> None:
    for number, sound in enumerate((np.zeros(RATE), np.ones(1))):
        path = write(tmp_path / f"{number}.wav", sound.astype(np.float32), rate=RATE)
        assert run(path, "--out", tmp_path / f"{number}.json", "--quiet").code == 0
        text = (tmp_path / f"{number}.json").read_text()
        assert "NaN" not in text and "Infinity" not in text


def test_several_files_are_numbered_and_a_bad_one_is_named(run: Run, song: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no sound")
    kick = write(tmp_path / "kick.wav", one_shot("kick", 1))
    said = run(song, bad, kick, "--out", tmp_path / "f.json", "--json", "--quiet")
    assert said.code == 1 and str(bad) in said.err and said.err.count("\n") == 1
    rows = said.rows()
    assert [row["file"] for row in rows] == [str(tmp_path / "f-1.json"), str(tmp_path / "f-3.json")]
    assert rows[0]["path"] == str(song) and rows[0]["frame_rate"] == 60 and rows[0]["frames"] > 300
    assert not (tmp_path / "f-2.json").exists()


def test_nothing_is_overwritten_without_force(run: Run, song: Path, tmp_path: Path) -> None:
    out = tmp_path / "f.json"
    out.write_text("mine")
    said = run(song, "--out", out)
    assert said.code == 1 and "exists already" in said.err and out.read_text() == "mine"
    assert run(song, "--out", out, "--force", "-0").out == os.fsencode(out) + b"\0"
    assert json.loads(out.read_text())["sampleRate"] == 60


def test_standard_output_holds_the_json_alone(run: Run, song: Path) -> None:
    said = run(song, "--out", "-", "--quiet")
    assert said.code == 0 and said.err == "" and json.loads(said.out)["sampleRate"] == 60
    assert run(song, song, "--out", "-").code == 2
    assert run(song, "--out", "-", "--json").code == 2


def test_a_missing_file_and_a_missing_model_are_named(run: Run, tmp_path: Path, song: Path) -> None:
    said = run(tmp_path / "none.wav", "--out", tmp_path / "f.json")
    assert (
        said.code == 1 and "no such file" in said.err and "none.wav" in said.err and not (tmp_path / "f.json").exists()
    )
    said = run("--model", tmp_path / "none", song, "--out", tmp_path / "f.json")
    assert said.code == 1 and "model" in said.err
    assert run("--out", tmp_path / "f.json").code == 2


@pytest.mark.slow
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    song = write(tmp_path / "song.wav", np.tile(make_song(1, seconds=30), 30), rate=RATE)
    command = [sys.executable, "-m", "tui_browser", "features", str(song), "--out", str(tmp_path / "f.json")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None and process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert os.listdir(tmp_path) == ["song.wav"]
