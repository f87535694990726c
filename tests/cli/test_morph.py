"""morph as a script sees it: steps as files or as one, what is told, exit codes, nothing half written."""

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
from tests.support.sounds import one_shot, write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_bundle(tmp_path_factory.mktemp("models") / "tiny", sound=True).folder


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("ends")
    return write(folder / "kick.wav", one_shot("kick", 1)), write(folder / "tom.wav", one_shot("tom", 2))


@pytest.fixture
def run(model: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object) -> CliResult:
        return invoke("--model", model, "morph", *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


def test_the_steps_lie_evenly_between_both_ends(run: Run, ends: tuple[Path, Path], tmp_path: Path) -> None:
    said = run(*ends, "--steps", 5, "--out", tmp_path / "m.wav", "--lineage", "--json", "--quiet")
    rows = said.rows()
    assert (said.code, said.err) == (0, "")
    assert [row["path"] for row in rows] == [str(tmp_path / f"m-{n}.wav") for n in range(1, 6)]
    assert [(row["step"], row["steps"]) for row in rows] == [(n, 5) for n in range(1, 6)]
    z = np.array([row["z"] for row in rows])
    np.testing.assert_allclose(z, np.linspace(z[0], z[-1], 5), atol=1e-5)
    assert np.abs(z[0] - z[-1]).max() > 0.01
    for row in rows:
        sound, rate = soundfile.read(row["path"], dtype="float32")
        assert rate == 44_100 and len(sound) == row["frames"] and np.isfinite(sound).all()
        assert json.loads(Path(row["lineage"]).read_text()).items() <= row.items()
        assert [Path(source["path"]) for source in row["sources"]] == list(ends)


def test_one_wav_holds_all_steps_in_equal_parts(run: Run, ends: tuple[Path, Path], tmp_path: Path) -> None:
    run(*ends, "--steps", 4, "--out", tmp_path / "m.wav", "--quiet")
    said = run(*ends, "--steps", 4, "--one", "--out", tmp_path / "one.wav", "--lineage", "--json", "--quiet")
    (row,) = said.rows()
    joined, _ = soundfile.read(tmp_path / "one.wav", dtype="float32")
    steps = [soundfile.read(tmp_path / f"m-{n}.wav", dtype="float32")[0] for n in range(1, 5)]
    part = max(map(len, steps))
    assert row["part_s"] == pytest.approx(part / 44_100) and row["frames"] == len(joined) == 4 * part
    for at, step in enumerate(steps):
        assert np.array_equal(joined[at * part : at * part + len(step)], step)
        assert not joined[at * part + len(step) : (at + 1) * part].any()
    lineage = json.loads(Path(row["lineage"]).read_text())
    assert (lineage["how"], len(lineage["steps"]), lineage["part_s"]) == ("morph", 4, row["part_s"])


def test_paths_come_raw_and_text_is_for_people(run: Run, ends: tuple[Path, Path], tmp_path: Path) -> None:
    said = run("-0", *ends, "--steps", 2, "--out", tmp_path / "a.wav")
    assert said.out == b"".join(os.fsencode(tmp_path / f"a-{n}.wav") + b"\0" for n in (1, 2))
    told = run(*ends, "--steps", 2, "--out", tmp_path / "b.wav")
    assert told.out.decode().splitlines()[0].startswith("1 of 2\t") and "made 2 of 2" in told.err


def test_nothing_is_overwritten_and_nothing_begun(run: Run, ends: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "m-2.wav").write_bytes(b"mine")
    said = run(*ends, "--steps", 3, "--out", tmp_path / "m.wav")
    assert said.code == 1 and "m-2.wav" in said.err and "exists" in said.err
    assert os.listdir(tmp_path) == ["m-2.wav"] and (tmp_path / "m-2.wav").read_bytes() == b"mine"
    missing = run(ends[0], tmp_path / "missing\x1b.wav", "--out", tmp_path / "x.wav")
    assert missing.code == 1 and "missing\\x1b.wav" in missing.err and "Traceback" not in missing.err


@pytest.mark.parametrize(
    "words", [("--steps", "1"), ("--steps", "1000"), ("--steps", "x"), ("--out", "x.mp3"), ("--seed", "-1")]
)
def test_wrong_usage_is_two_in_one_sentence(
    run: Run, ends: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(*ends, "--out", "x.wav", *words)
    assert (said.code, said.out, said.err.count("\n")) == (2, b"", 1)
    assert os.listdir(tmp_path) == []


def test_an_interrupted_morph_leaves_nothing(model: str, ends: tuple[Path, Path], tmp_path: Path) -> None:
    words = [
        "--model",
        model,
        "morph",
        *map(str, ends),
        "--steps",
        "256",
        "--out",
        str(tmp_path / "m.wav"),
        "--lineage",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_browser", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None and "made" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert os.listdir(tmp_path) == []
