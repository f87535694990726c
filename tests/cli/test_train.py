"""dataset and train as a person uses them: a model of one's own, from folders to the library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.support.bundles import tiny_bundle
from tests.support.cli import invoke
from tests.support.sounds import one_shot, write
from tui_browser.model.bundle import load_bundle

ENV = {"OMP_NUM_THREADS": "1"}


@dataclass
class Done:
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """The command line in this process, where torch is loaded only once; its exit code is looked at."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def call(*words: object, code: int = 0) -> Done:
        result = invoke(*words, monkeypatch=monkeypatch, capture=capfd)
        assert result.code == code, result.err
        return Done(result.out.decode(), result.err)

    yield call
    torch.set_num_threads(threads)


def rows(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes with names of their own, four kits; one file is broken, one lies beside the classes."""
    base = tmp_path_factory.mktemp("own") / "sounds"
    for kind, name in (("kick", "Boom"), ("hat_closed", "closed hats"), ("other", "grr <b>")):
        for index in range(8):
            write(base / name / f"kit {index % 4}" / f"{index}.wav", one_shot(kind, index)[:12000])
    (base / "Boom" / "broken.wav").write_bytes(b"no sound")
    write(base / "alone.wav", one_shot("snare", 1)[:12000])
    return base


@pytest.fixture(scope="module")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tiny_bundle(tmp_path_factory.mktemp("models") / "tiny", sound=True).folder)


def test_dataset_then_train_then_index(run: Run, folder: Path, base_model: Path, tmp_path: Path) -> None:
    made = tmp_path / "set"
    done = run("dataset", folder, "--out", made, "--ratio", "50,25,25", "--json")
    (told,) = rows(done)
    assert told["used"] == 25 and told["left_out"] == 1 and told["classes"]["Boom"] == 8
    assert "broken.wav" in done.stderr
    assert told["splits"]["validation"] == told["splits"]["test"] == 6
    model = tmp_path / "models" / "mine"
    done = run("train", made, "--out", model, "--model", base_model, "--steps", 40, "--json")
    (told,) = rows(done)
    assert told["classes"] == ["Boom", "closed hats", "grr <b>"]
    assert told["figures"]["test"]["files"] == 6 and np.sum(told["figures"]["confusion"]) == 12
    assert "is in no class folder" in done.stderr
    steps = [line for line in done.stderr.splitlines() if line.startswith("step ")]
    assert len(steps) == 2 and "loss" in steps[0] and "rate" in steps[0] and "left" in steps[0]
    files = ["CARD.md", "config.json", "report.html", "sound.safetensors", "weights.safetensors"]
    assert sorted(os.listdir(model)) == files
    sound = tmp_path / "new.wav"
    run("generate", "--model", model, "--class", "grr <b>", "--out", sound)
    assert soundfile.info(sound).frames > 1000
    assert not os.path.exists(f"{model}.part")
    assert "grr &lt;b&gt;" in (model / "report.html").read_text()
    assert str(folder) not in (model / "config.json").read_text()
    again = run("train", made, "--out", model, "--model", base_model, "--steps", 40, code=1)
    assert "exists already" in again.stderr and "--force" in again.stderr
    library = tmp_path / "my.db"
    run("index", folder, "--library", library, "--model", model, "--jobs", 1, "--quiet")
    sound = folder / "Boom" / "kit 0" / "0.wav"
    found = rows(run("near", sound, "--library", library, "--json", "-k", 3))
    assert len(found) == 3 and all(row["class"] in told["classes"] and 0 <= row["x"] <= 1 for row in found)
    (heard,) = rows(run("classify", sound, "--model", model, "--json"))
    assert set(heard["probabilities"]) == set(told["classes"])
    assert sum(heard["probabilities"].values()) == pytest.approx(1.0, abs=1e-5)
    of_class = rows(run("search", f"class:{heard['class'].replace(' ', '_')}", "--library", library, "--json"))
    assert os.fspath(sound) in {row["path"] for row in of_class}
    assert {row["class"] for row in of_class} == {heard["class"]}


def test_a_model_without_classes_and_with_another_z(run: Run, folder: Path, base_model: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    for index in range(10):
        write(flat / f"{index}.wav", one_shot("tom", index)[:12000])
    model = tmp_path / "plain"
    words = ("--model", base_model, "--steps", 20, "--z-dim", 5, "--dim", 12, "--json")
    (told,) = rows(run("train", flat, "--out", model, *words))
    assert told["classes"] is None and told["z_dim"] == 5 and told["dim"] == 12
    bundle = load_bundle(str(model), folders=())
    assert bundle.classes is None and (bundle.dim, bundle.z_dim) == (12, 5)
    assert not bundle.has_decoder  # its decoder was for another z
    library = tmp_path / "my.db"
    run("index", flat, "--library", library, "--model", model, "--jobs", 1, "--quiet")
    found = rows(run("near", flat / "0.wav", "--library", library, "--json", "-k", 20))
    assert len(found) == 9 and all(row["class"] is None and row["x"] is not None for row in found)
    done = run("classify", flat / "0.wav", "--model", model, code=1)
    assert done.stderr.count("\n") == 1 and "no classes" in done.stderr


def test_a_run_that_was_killed_ends_like_one_that_was_not(
    run: Run, folder: Path, base_model: Path, tmp_path: Path
) -> None:
    words = ("train", folder, "--model", base_model, "--steps", 60, "--jobs", 1, "--json", "--out")
    (whole,) = rows(run(*words, tmp_path / "whole"))
    killed = tmp_path / "killed"
    process = subprocess.Popen(
        [sys.executable, "-c", "from tui_browser.cli.main import main; main()", *map(str, (*words, killed))],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **ENV},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("step 20 "):
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stderr.close()
    assert not killed.exists() and (tmp_path / "killed.part" / "checkpoint.safetensors").exists()
    done = run(*words, killed, "--resume")
    (told,) = rows(done)
    assert 20 <= told["resumed_at"] < 60 and f"resuming at step {told['resumed_at']}" in done.stderr
    assert told["steps"] == whole["steps"] and told["figures"] == whole["figures"]
    assert (killed / "weights.safetensors").read_bytes() == (tmp_path / "whole" / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("kind", ["nothing", "few", "one class", "silent", "broken", "missing"])
def test_what_cannot_be_learned_from_is_one_sentence(run: Run, kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    if kind != "missing":
        folder.mkdir()
    for index in range({"few": 5, "one class": 12, "silent": 10, "broken": 10}.get(kind, 0)):
        name = folder / ("a" if kind == "one class" or index % 2 else "b") / f"{index}.wav"
        if kind == "broken":
            name.parent.mkdir(exist_ok=True)
            name.write_bytes(b"RIFF")
        else:
            write(name, one_shot("kick", index)[:6000] * np.float32(kind != "silent"))
    done = run("train", folder, "--out", tmp_path / "mine", code=1)
    last = done.stderr.splitlines()[-1]
    told = {"nothing": "no audio file", "few": "8 are needed", "one class": "--no-classes", "missing": "does not exist"}
    assert told.get(kind, "8 are needed") in last and "Traceback" not in done.stderr
    assert not (tmp_path / "mine").exists() and not (tmp_path / "mine.part").exists()


def test_what_is_in_the_way_is_kept(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("mine")
    assert "not a model" in run("train", folder, "--out", tmp_path / "mine", "--force", code=1).stderr
    (tmp_path / "yours.part").mkdir()
    (tmp_path / "yours.part" / "diary.txt").write_text("yours")
    done = run("train", folder, "--out", tmp_path / "yours", "--steps", 1, code=1)
    assert "in the way" in done.stderr and (tmp_path / "yours.part" / "diary.txt").exists()
    done = run("dataset", folder, "--out", tmp_path / "mine", code=1)
    assert "exists already" in done.stderr and os.listdir(tmp_path / "mine") == ["diary.txt"]
    assert "--ratio" in run("dataset", folder, "--out", tmp_path / "new", "--ratio", "x", code=2).stderr
