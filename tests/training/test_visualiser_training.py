"""Training of the visualiser's model: songs made in code, the data, a short run of the one command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support.sounds import one_shot, write
from tui_browser.training.visualiser.autoencoder import MotionAutoencoder, feature_losses, principal_components
from tui_browser.training.visualiser.songs import make_song
from tui_browser.training.visualiser.train import main
from tui_browser.visualiser.motion_model import load_motion_model
from tui_browser.visualiser.spectra import BINS, RATE


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool of a few kits, one of them share-alike."""
    folder = tmp_path_factory.mktemp("pool")
    rows = ["path\tclass\tkit\tsource\tlicence\tauthor"]
    for kit, licence in (("one", "CC0-1.0"), ("two", "CC0-1.0"), ("cadence", "CC0-1.0"), ("alike", "CC-BY-SA-4.0")):
        for kind in ("kick", "snare", "hat_closed", "other"):
            write(folder / "pool" / kit / f"{kind}.flac", np.tile(one_shot(kind, len(rows)), 2))
            rows.append(f"{kit}/{kind}.flac\t{kind}\t{kit}\ttest\t{licence}\tsomebody")
    (folder / "pool.tsv").write_text("\n".join(rows) + "\n")
    return folder


def test_a_song_is_the_same_for_the_same_seed_and_changes_within_itself() -> None:
    song = make_song(5, seconds=20)
    assert np.array_equal(song, make_song(5, seconds=20)) and not np.array_equal(song[:1000], make_song(6)[:1000])
    assert np.isfinite(song).all() and 0.3 < np.abs(song).max() <= 1 and 15 < len(song) / RATE < 25
    loudness = np.square(song[: len(song) // 20 * 20].reshape(20, -1)).mean(axis=1)
    assert loudness.std() > 0.05 * loudness.mean()


def test_features_that_say_the_same_are_a_loss() -> None:
    torch.manual_seed(0)
    apart = torch.randn(4000, 10)
    alike = apart[:, :1] + 0.1 * apart
    assert feature_losses(apart)[0] < 0.01 < feature_losses(alike)[0]
    assert feature_losses(apart)[1] < 0.01 < feature_losses(0.1 * apart)[1]


def test_it_begins_as_pca() -> None:
    rng = np.random.default_rng(1)
    spectra = (rng.normal(size=(400, 20)) @ rng.normal(size=(20, BINS))).astype(np.float16)
    mean, network = np.zeros(BINS, dtype=np.float32), MotionAutoencoder()
    components, axes = principal_components(spectra, mean=mean, scale=1.0)
    network.begin_with(axes, 1.0, components[:, :10].std(dim=0))
    heard = torch.from_numpy(spectra.astype(np.float32))
    with torch.no_grad():
        features = network.encode(heard)
        kept = network.decode(features)
    assert torch.allclose(features.std(dim=0), torch.ones(10), atol=0.02)
    error = float((kept - components[:, :10] @ axes[:10]).square().mean() / heard.square().mean())
    assert error < 0.2, "the units that PCA leaves free are small"
    assert float((kept - heard).square().mean()) < 0.7 * float(heard.square().mean())


@pytest.mark.slow
def test_one_command_makes_a_bundle_with_its_figures_and_credits(pool: Path, tmp_path: Path) -> None:
    out = tmp_path / "motion"
    words = ["--pool", str(pool), "--out", str(out), "--cache", str(tmp_path / "cache"), "--steps", "3"]
    assert main([*words, "--songs", "2", "--held-out-songs", "2"]) == 0
    config = json.loads((out / "config.json").read_text())
    assert config["data"]["share_alike_left_out"] == 4 and config["training"]["steps"] == 3
    assert {"explained", "explained_pca10", "correlation_mean", "range_used"} <= config["figures"].keys()
    card = (out / "CARD.md").read_text()
    assert "somebody" in card and "CC-BY-SA" not in card
    assert load_motion_model(str(out)).scale == config["scale"]
    kept = list((tmp_path / "cache").iterdir())
    assert len(kept) == 1
    assert main([*words, "--songs", "2", "--held-out-songs", "2"]) == 0, "the spectra are read from the cache"
    assert list((tmp_path / "cache").iterdir()) == kept
