"""generate as a script sees it: files, names, what is told, exit codes, one sentence for each error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.bundles import tiny_bundle
from tests.support.cli import CliResult, Run, invoke
from tests.support.libraries import index
from tests.support.sounds import one_shot, write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_bundle(tmp_path_factory.mktemp("models") / "tiny", sound=True).folder


@pytest.fixture
def run(model: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """`tui-browser generate` with the tiny model."""

    def call(*words: object) -> CliResult:
        return invoke("--model", model, "generate", *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


def test_several_are_numbered_told_and_made_again(run: Run, tmp_path: Path) -> None:
    said = run("--out", tmp_path / "a.wav", "--count", 3, "--seed", 5, "--class", "kick", "--lineage", "--json")
    rows = said.rows()
    assert (said.code, said.err) == (0, "")
    assert [row["path"] for row in rows] == [str(tmp_path / f"a-{n}.wav") for n in (1, 2, 3)]
    assert [row["seed"] for row in rows] == [5, 6, 7]
    for row in rows:
        sound, rate = soundfile.read(row["path"], dtype="float32")
        assert (rate, sound.ndim, len(sound)) == (44_100, 1, row["frames"])
        assert (row["sample_rate"], row["channels"], row["class"], row["how"]) == (44_100, 1, "kick", "drawn")
        assert np.isfinite(sound).all() and np.abs(sound).max() <= 1
        told = json.loads(Path(row["lineage"]).read_text())
        assert told.items() <= row.items()
    assert sorted(os.listdir(tmp_path)) == [f"a-{n}.{ending}" for n in (1, 2, 3) for ending in ("json", "wav")]
    again = run(tmp_path / "a-2.json", "--out", tmp_path / "again.wav")
    assert (again.code, again.err) == (0, "")
    assert again.out.decode().split("\t")[0] == "seed 6"
    assert (tmp_path / "again.wav").read_bytes() == (tmp_path / "a-2.wav").read_bytes()


def test_files_are_mixed_and_a_bad_one_is_named(run: Run, tmp_path: Path) -> None:
    kick, snare = (write(tmp_path / f"{kind}.wav", one_shot(kind, 1)) for kind in ("kick", "snare"))
    out = tmp_path / "mix.wav"
    said = run(kick, snare, "--weights", "2,-0.5", "--raw", "--out", out, "-0")
    assert (said.code, said.out, said.err) == (0, os.fsencode(out) + b"\0", "")
    (tmp_path / "bad.wav").write_bytes(b"RIFFno")
    said = run(kick, tmp_path / "bad.wav", tmp_path / "nowhere.wav", "--out", tmp_path / "no.wav")
    assert said.code == 1
    assert all(name in line for name, line in zip(("bad.wav", "nowhere.wav"), said.err.splitlines(), strict=True))
    assert not (tmp_path / "no.wav").exists()


def test_a_place_on_the_map_of_a_library(run: Run, model: str, tmp_path: Path) -> None:

    write(tmp_path / "samples" / "kick.wav", one_shot("kick", 1))
    index(tmp_path / "library.db", tmp_path / "samples", model=model)
    said = run("--at", "0.5,0.5", "--out", tmp_path / "x.wav", "--json", "--library", tmp_path / "library.db")
    (row,) = said.rows()
    assert (said.code, row["at"], row["how"]) == (0, [0.5, 0.5], "at")
    assert [source["path"] for source in row["sources"]] == [str(tmp_path / "samples" / "kick.wav")]
    nothing = run("--at", "0.5,0.5", "--out", tmp_path / "y.wav", "--library", tmp_path / "none.db")
    assert (nothing.code, nothing.err.count("\n")) == (1, 1)
    assert "none.db" in nothing.err


def test_b8_nothing_is_overwritten_and_nothing_begun(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a-2.wav").write_bytes(b"mine")
    (tmp_path / "b.json").write_bytes(b"mine")
    for words in (("--out", tmp_path / "a.wav", "--count", 3), ("--out", tmp_path / "b.wav", "--lineage")):
        said = run(*words)
        assert (said.code, said.out, said.err.count("\n")) == (1, b"", 1)
        assert "exists" in said.err
    assert sorted(os.listdir(tmp_path)) == ["a-2.wav", "b.json"]
    said = run("--out", tmp_path / "nowhere" / "a.wav")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert str(tmp_path / "nowhere") in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("--out", "x.mp3"),
        (),
        ("a.wav", "b.wav", "--weights", "1", "--out", "x.wav"),
        ("a.wav", "b.wav", "--weights", "1,-1", "--out", "x.wav"),
        ("a.wav", "b.wav", "--weights", "0,0", "--out", "x.wav"),
        ("a.wav", "--weights", "one", "--out", "x.wav"),
        ("--at", "0.5", "--out", "x.wav"),
        ("--at", "0.5,2", "--out", "x.wav"),
        ("--variance", "-1", "--out", "x.wav"),
        ("--variance", "nan", "--out", "x.wav"),
        ("--count", "0", "--out", "x.wav"),
        ("--seed", "-1", "--out", "x.wav"),
        ("a.wav", "--class", "kick", "--out", "x.wav"),
    ],
)
def test_c4_wrong_usage_is_two_in_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(*words)
    assert (said.code, said.out, said.err.count("\n")) == (2, b"", 1)
    assert os.listdir(tmp_path) == []


def test_an_unknown_class_names_the_nearest(run: Run, tmp_path: Path) -> None:
    said = run("--class", "hat_close", "--out", tmp_path / "x.wav")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "hat_closed" in said.err


def test_a_model_that_makes_no_sounds_is_one_sentence(run: Run, tmp_path: Path) -> None:
    silent = tiny_bundle(tmp_path / "silent").folder
    said = run("--model", silent, "--out", tmp_path / "x.wav")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "silent" in said.err
    classless = tiny_bundle(tmp_path / "plain", classes=None, sound=True).folder
    said = run("--model", classless, "--class", "kick", "--out", tmp_path / "x.wav")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "classes" in said.err


def test_what_is_interrupted_leaves_whole_files_only(model: str, tmp_path: Path) -> None:
    words = ["--model", model, "generate", "--count", "5000", "--out", str(tmp_path / "a.wav"), "--json"]
    program = [sys.executable, "-c", "from tui_browser.cli.main import main; main()", *words]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert process.returncode == 130
    made = os.listdir(tmp_path)
    assert 1 <= len(made) < 5000
    for name in made:
        assert name.startswith("a-")
        sound, _ = soundfile.read(tmp_path / name)
        assert len(sound)
