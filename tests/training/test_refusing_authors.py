"""Sounds whose authors want no model to be trained on them are left out, unless a person says otherwise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.cli import Run, invoke
from tests.support.libraries import index
from tests.support.sounds import one_shot, write
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.training.user.dataset import REFUSED
from tui_browser.training.user.user_model import TrainingOptions, collect_files


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return lambda *words: invoke(*words, monkeypatch=monkeypatch, capture=capfd)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten sounds in two classes; the authors of two of them refuse, and one allows it under a condition."""
    for kind in ("kick", "snare"):
        for number in range(5):
            write(tmp_path / "sounds" / kind / f"{number}.wav", one_shot(kind, number))
    for name, preference in (("kick/0", "no-gen-ai"), ("snare/1", "no-gen-ai"), ("snare/2", "open-source-models")):
        content = {"license": "CC BY 4.0", "gen_ai_preference": preference}
        (tmp_path / "sounds" / f"{name}.json").write_text(json.dumps(content))
    return tmp_path / "sounds"


def splits(out: Path) -> dict[str, tuple[str, str]]:
    """Split and note of each sound."""
    head, *lines = [line.split("\t") for line in (out / "dataset.tsv").read_text().splitlines()]
    table = [dict(zip(head, line, strict=True)) for line in lines]
    return {"/".join(row["path"].split("/")[-2:]): (row["split"], row["note"]) for row in table}


def test_a_data_set_leaves_them_out_and_says_how_many(run: Run, folder: Path, tmp_path: Path) -> None:
    result = run("dataset", folder, "--out", tmp_path / "set", "--jobs", 1)
    assert result.code == 0
    assert "2 sounds are left out, whose authors want no model to be trained on them (--all-authors" in result.err
    refused = {name for name, (split, note) in splits(tmp_path / "set").items() if not split and note == REFUSED}
    assert refused == {"kick/0.wav", "snare/1.wav"}
    everything = run("dataset", folder, "--out", tmp_path / "all", "--jobs", 1, "--all-authors")
    assert everything.code == 0 and "left out" not in everything.err
    assert all(split for split, _ in splits(tmp_path / "all").values())


def test_a_copy_without_its_sidecar_is_known_by_the_library(
    run: Run, folder: Path, tmp_path: Path, workers: IndexWorkers
) -> None:
    library = tmp_path / "l.db"
    index(library, folder, workers=workers, layout="none")
    copies = tmp_path / "copies"
    shutil.copytree(folder, copies, ignore=shutil.ignore_patterns("*.json"))
    result = run("--library", library, "dataset", copies, "--out", tmp_path / "set", "--jobs", 1)
    assert "2 sounds are left out, whose authors" in result.err
    assert run("dataset", copies, "--out", tmp_path / "other", "--jobs", 1).err.count("left out") == 0


def test_training_leaves_them_out(folder: Path) -> None:
    root = str(folder).encode()
    with_all = collect_files(root, TrainingOptions(all_authors=True), jobs=1, report=lambda _: None)
    without = collect_files(root, TrainingOptions(), jobs=1, report=lambda _: None)
    assert (len(with_all.entries), len(without.entries)) == (10, 8)
    assert [entry.note for entry in without.left_out] == [REFUSED, REFUSED]
