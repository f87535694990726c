"""The study's own arithmetic: kits are drawn whole, and the first view of a clip is the clip."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from tui_browser.training.encoder.ablation import RUNS, first_views, kit_interval, main
from tui_browser.training.encoder.augmented_data import AugmentedClips
from tui_browser.training.metrics import neighbour_labels, purity


def test_kits_that_agree_have_a_narrow_interval() -> None:
    kits = np.repeat(np.array(["a", "b", "c", "d"]), 10)
    even, apart = np.tile([0.0, 1.0], 20), np.repeat([0.0, 1.0, 0.0, 1.0], 10)
    assert kit_interval(even, kits) < 1e-9 < 0.3 < kit_interval(apart, kits)


def test_the_first_view_of_each_clip() -> None:
    mels = np.arange(6, dtype=np.uint8).reshape(6, 1, 1)
    views = AugmentedClips(mels, np.array([0, 2, 3, 6]), np.array([0, 1, 2]), np.array(["k", "k", "l"]))
    assert first_views(views).mels.ravel().tolist() == [0, 2, 3] and first_views(views).first.tolist() == [
        0,
        1,
        2,
        3,
    ]


def test_few_sounds_have_few_neighbours() -> None:
    one = np.zeros((1, 2), dtype=np.float32)
    assert neighbour_labels(one, np.array([3])).shape == (1, 0) and purity(one, np.array([3])) == 1.0
    three = np.array([[0, 0], [0, 1], [5, 5]], dtype=np.float32)
    assert neighbour_labels(three, np.array([7, 8, 9]))[0].tolist() == [8, 9]


def test_runs_that_are_there_are_not_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len({(run.name, run.seed) for run in RUNS}) == len(RUNS)
    out = tmp_path / "runs.jsonl"
    out.write_text("".join(json.dumps({"run": run.name, "seed": run.seed, "steps": 1}) + "\n" for run in RUNS))
    assert main(["--pool", str(tmp_path), "--out", str(out), "--steps", "1", "--cache", str(tmp_path)]) == 1
    assert "pool.tsv" in capsys.readouterr().err
