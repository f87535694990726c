"""The shipped model: its size, its figures, and what it keeps of a song; and bundles that are wrong."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import shipped_names
from tui_browser.config.places import shipped
from tui_browser.errors import BundleError
from tui_browser.model.bundle import load_bundle
from tui_browser.model.model_list import list_models
from tui_browser.training.visualiser.songs import make_song
from tui_browser.visualiser.motion_model import FEATURES, LAYERS, load_motion_model
from tui_browser.visualiser.spectra import RATE, padded, spectra

FOLDER = Path(shipped("models")) / "motion"
CONFIG = json.loads((FOLDER / "config.json").read_text())


def test_it_has_seven_layers_from_half_a_second_to_ten_features() -> None:
    model = load_motion_model()
    assert len(model.encoder) == len(model.decoder) == LAYERS == 7
    assert model.encoder[0][0].shape[1] == 5_513 and model.encoder[-1][0].shape[0] == FEATURES == 10
    assert sum(os.path.getsize(file) for file in FOLDER.iterdir()) < 6_000_000


def test_its_figures_say_that_it_is_worth_it() -> None:
    figures = CONFIG["figures"]
    assert figures["explained"] > figures["explained_pca10"], "better than the best ten linear features"
    assert figures["correlation_mean"] < 0.25
    assert min(figures["range_used"]) >= 0.6
    assert "Credits" in (FOLDER / "CARD.md").read_text() and CONFIG["data"]["share_alike_left_out"] > 0


def test_it_keeps_most_of_a_song_it_never_heard() -> None:
    model = load_motion_model()
    song = make_song(123_456, seconds=8)
    heard = spectra(padded(song), np.arange(0, len(song), RATE // 5))
    kept = model.decode(model.encode(heard))
    assert np.square(heard - kept).sum() < 0.6 * np.square(heard - model.mean).sum()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 99}, "not a model of motion"), ({"kind": "drums"}, "not a model of motion"),
        ({"widths": [1, 2]}, "widths"), ({"scale": -1.0}, "scale"),
        ({"widths": [5513, 10, 10, 10, 10, 10, 10, 10]}, "do not fit"),
    ],
)  # fmt: skip
def test_a_wrong_bundle_is_named(tmp_path: Path, change: dict[str, object], words: str) -> None:
    folder = tmp_path / "motion"
    shutil.copytree(FOLDER, folder)
    (folder / "config.json").write_text(json.dumps(CONFIG | change))
    with pytest.raises(BundleError, match=words) as caught:
        load_motion_model(str(folder))
    assert str(folder) in str(caught.value)


def test_a_missing_or_broken_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="lacks a file"):
        load_motion_model(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(BundleError, match="not JSON"):
        load_motion_model(str(tmp_path))


def test_it_is_no_model_for_samples_and_not_listed_among_them() -> None:
    folders = (shipped("models"),)
    assert sorted(each.name for each in list_models(folders, shipped=folders[0])) == shipped_names()
    with pytest.raises(BundleError) as caught:
        load_bundle("no such model", folders=folders)
    assert caught.value.hint == f"known models: {', '.join(shipped_names())}"
