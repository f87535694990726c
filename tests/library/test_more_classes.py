"""A library of a model of drums moves to a model that tells 26 classes apart, and what was said of it stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.bundles import tiny_bundle
from tests.support.cli import CliResult, invoke
from tests.support.libraries import index, running_workers
from tests.support.sounds import one_shot, write
from tui_browser.model.bundle import Bundle
from tui_browser.records import DRUM_CLASSES, DRUMS, FAMILY_OF, KINDS

GENERAL = (*DRUMS, *KINDS)
CORRECTED = {"deep": "tom", "hum": "voice", "tik": "other"}
NAMES = tuple(CORRECTED)

Run = Callable[..., CliResult]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return lambda *words: invoke(*words, monkeypatch=monkeypatch, capture=capfd)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Bundle]]:
    """A library of three sounds by a model of drums, and another model."""
    folder = tmp_path_factory.mktemp("moved")
    for at, name in enumerate(NAMES):
        write(folder / "samples" / f"{name}.wav", one_shot("kick", at))
    with running_workers(folder / "small") as workers:
        index(folder / "l.db", folder / "samples", workers=workers, layout="none")
    yield folder, tiny_bundle(folder / "general", seed=4, classes=GENERAL)


def rows(run: Run, library: Path, *query: str) -> dict[str, dict[str, Any]]:
    done = run("search", *(query or ("",)), "--library", library, "--json", "-n", 0)
    return {Path(row["path"]).stem: row for row in done.rows()}


def test_corrected_classes_and_tags_survive_the_move_to_more_classes_and_back(
    run: Run, moved: tuple[Path, Bundle]
) -> None:
    folder, general = moved
    library, paths = folder / "l.db", {name: folder / "samples" / f"{name}.wav" for name in NAMES}
    for name, kind in CORRECTED.items():
        assert run("class", "set", kind, paths[name], "--library", library).code == 0
    assert run("tag", "add", "dusty", paths["hum"], "--library", library).code == 0
    before = rows(run, library)
    assert {name: row["corrected_class"] for name, row in before.items()} == CORRECTED
    assert set(rows(run, library, "class:other")) >= {"hum", "tik"}, "a kind is `other` to a model of drums"
    assert "deep" in rows(run, library, "class:tom")
    used = run("model", "use", general.folder, "--library", library)
    assert used.code == 0, used.err
    after = rows(run, library)
    assert [after[name]["id"] for name in NAMES] == [before[name]["id"] for name in NAMES]
    assert {name: row["corrected_class"] for name, row in after.items()} == CORRECTED
    assert after["hum"]["tags"] == ["dusty"]
    assert all(row["class"] in GENERAL and row["class_family"] == FAMILY_OF[row["class"]] for row in after.values())
    assert "hum" in rows(run, library, "class:voice") and "hum" in rows(run, library, "class:other")
    assert "deep" in rows(run, library, "class:tom") and "deep" in rows(run, library, "class:drums")
    assert "deep" not in rows(run, library, "class:other")
    assert run("model", "use", folder / "small", "--library", library).code == 0
    assert set(rows(run, library, "class:other")) >= {"hum", "tik"} and "deep" in rows(run, library, "class:tom")


def test_classify_and_generate_know_all_classes_of_the_model(
    run: Run, moved: tuple[Path, Bundle], tmp_path: Path
) -> None:
    folder = moved[0]
    done = run("classify", folder / "samples" / "deep.wav", "--model", folder / "general", "--json")
    row = done.rows()[0]
    assert list(row["probabilities"]) == list(GENERAL) and row["class_family"] == FAMILY_OF[row["class"]]
    maker = tiny_bundle(tmp_path / "maker", classes=GENERAL, sound=True).folder
    made = run("generate", "--class", "voice", "--model", maker, "--out", tmp_path / "v.wav", "--seed", 1, "--json")
    assert made.code == 0 and made.rows()[0]["class"] == "voice" and os.path.exists(tmp_path / "v.wav"), made.err
    refused = run("generate", "--class", "voise", "--model", maker, "--out", tmp_path / "w.wav")
    assert refused.code == 2 and "voice" in refused.err


def test_a_model_of_drums_goes_on_with_its_eleven_classes(moved: tuple[Path, Bundle], run: Run) -> None:
    folder = moved[0]
    row = run("classify", folder / "samples" / "deep.wav", "--model", folder / "small", "--json").rows()[0]
    assert list(row["probabilities"]) == list(DRUM_CLASSES)
