"""Verbs on a library whose model has no classes, no map, and vectors of another size."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.cli import invoke
from tests.support.sounds import tree
from tui_browser.dsp.picture_part import SIZE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    def call(*words: str) -> tuple[int, str, str]:
        result = invoke(*words, monkeypatch=monkeypatch, capture=capfd)
        return result.code, result.out.decode(), result.err

    yield call


@pytest.mark.timeout(600)
def test_the_whole_path_and_back_to_a_model_with_classes(run: Run, tmp_path: Path) -> None:
    made = tree(tmp_path / "samples", each=1)
    plain = tiny_bundle(tmp_path / "plain", seed=4, has_map=False, classes=None, dim=24, z_dim=5)
    usual = tiny_bundle(tmp_path / "usual")
    sound = str(tmp_path / "samples" / min(made))
    place = ["--library", str(tmp_path / "l.db")]

    def index(*words: str) -> dict[str, object]:
        code, out, err = run("index", *words, "--jobs", "1", "--json", *place)
        assert code == 0, err
        answer: dict[str, object] = json.loads(out.splitlines()[-1])
        return answer

    assert index(str(tmp_path / "samples"), "--model", plain.folder)["encoded"] == len(made)
    code, out, _ = run("status", "--json", *place)
    status = json.loads(out)
    assert (code, status["space"], status["placed"]) == (0, plain.space, len(made))
    code, out, _ = run("search", "", "-n", "0", "--json", *place)
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == len(made) and all(row["class"] is None and 0 <= row["x"] <= 1 for row in rows)
    code, out, _ = run("near", sound, "-k", "3", "--json", *place)
    assert code == 0 and len(out.splitlines()) == 3
    code, out, err = run("classify", sound, "--model", plain.folder, *place)
    assert code == 1 and not out and "has no classes" in err
    table = tmp_path / "table.tsv"
    assert run("export", "table", "--format", "tsv", "--out", str(table), *place)[0] == 0
    assert len(list(csv.reader(io.StringIO(table.read_text()), delimiter="\t"))) == len(made) + 1
    vectors = str(tmp_path / "v.npz")
    assert run("export", "vectors", "--format", "npz", "--out", vectors, *place)[0] == 0
    with np.load(vectors) as held:
        assert held["vectors"].shape == (len(made), 24 + SIZE) and np.isfinite(held["xy"]).all()
        np.testing.assert_allclose(np.linalg.norm(held["vectors"], axis=1), 1, atol=1e-5)

    assert index("--model", usual.folder)["encoded"] == len(made)
    code, out, _ = run("search", "", "-n", "0", "--json", *place)
    assert all(json.loads(line)["class"] for line in out.splitlines())
    assert index("--model", plain.folder)["decoded"] == 0
    code, out, _ = run("search", "", "-n", "0", "--json", *place)
    assert [json.loads(line) for line in out.splitlines()] == rows
    assert os.path.basename(json.loads(run("status", "--json", *place)[1])["model"]) == "plain"
