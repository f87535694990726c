"""Figures by family: right where they can be counted by hand, wide where families differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui_browser.training.encoder.family_evaluation import evaluate_families, main

LABELS = np.repeat(np.array(["kick", "snare"]), 30)
KIN = np.tile(np.array(["one", "two", "three"]), 20)


def exported(said: np.ndarray) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    place = (LABELS == "kick")[:, None] + rng.normal(0, 0.01, (60, 2))
    return {"vectors": place, "xy": place, "classes": said, "class_p": np.full(60, 0.9)}


def test_what_is_always_right_has_no_spread() -> None:
    found = evaluate_families(exported(LABELS), LABELS, KIN)
    assert found["figures"]["accuracy"] == found["figures"]["purity10_other"] == [1.0, 1.0, 1.0]
    assert found["recall"]["snare"] == [1.0, 1.0, 1.0] and found["by_family"]["one"] == [20, 1.0, 1.0]


def test_one_family_that_is_heard_wrong_widens_the_interval() -> None:
    said = np.where(KIN == "two", "other", LABELS)
    value, low, high = evaluate_families(exported(said), LABELS, KIN)["figures"]["accuracy"]
    assert value == pytest.approx(2 / 3, abs=1e-3) and low <= 0.34 and high == 1.0


def test_the_command_reads_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = np.array([f"/somewhere/else/{row % 16:x}/{row}.flac" for row in range(60)])
    arrays: dict[str, Any] = {"paths": paths, **exported(LABELS)}
    np.savez(tmp_path / "v.npz", **arrays)
    rows = [f"{row % 16:x}/{row}.flac\t{LABELS[row]}\t{KIN[row]}" for row in range(60)]
    (tmp_path / "m.tsv").write_text("\n".join(["path\tclass\tfamily", *rows]) + "\n")
    assert main([str(tmp_path / "v.npz"), str(tmp_path / "m.tsv")]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 60
    (tmp_path / "m.tsv").write_text("path\tclass\tfamily\nnone\tkick\tone\n")
    assert main([str(tmp_path / "v.npz"), str(tmp_path / "m.tsv")]) == 1
