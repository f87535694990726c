"""A run that watches itself: the rate falls and the run ends where nothing gets better, and z stays what it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.sounds import RATE, one_shot, write
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import AudioError, BundleError
from tui_browser.model.bundle import load_bundle
from tui_browser.model.encoder_shape import EncoderShape

pytestmark = pytest.mark.slow

torch = pytest.importorskip("torch", reason="torch is not installed")

from tui_browser.model.encoder_network import load_trainable_encoder  # noqa: E402 - as above
from tui_browser.training.checkpoint import read_checkpoint, write_checkpoint  # noqa: E402 - these need torch
from tui_browser.training.encoder.trainer import EncoderHyperparameters, run_encoder  # noqa: E402 - as above
from tui_browser.training.user.augmented_files import AugmentationSource, load_views, read_source  # noqa: E402 - as above
from tui_browser.training.user.fine_tuning import BalancedSampler, FineTuner, TrainingStatus, ValidationViews  # noqa: E402 - as above

SMALL = EncoderShape(
    n_mels=96, frames=64, channels=(4, 8, 8, 8), blocks=(0, 0, 0, 0), features=32, dim=16, z_dim=8, classes=2
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def views(count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Files of two classes, one bright below and one above, in two views each."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 2
    mels = rng.integers(0, 60, (count, 2, 96, 64)).astype(np.uint8)
    for row, label in enumerate(labels):
        mels[row, :, 48 * label : 48 * label + 40] += 180
    return mels, labels


def tuner(steps: int, *, rate: float = 2e-3, base: Path | None = None, shape: EncoderShape = SMALL) -> FineTuner:
    recipe = EncoderHyperparameters(steps=steps, batch=8, rate=rate, average=0.9)
    network = None if base is None else load_trainable_encoder(load_bundle(str(base), folders=()))
    return FineTuner(shape, recipe, front_end=DEFAULT_FRONT_END, kinds=[0, 1], lone=None, base=network)


def test_it_learns_to_tell_files_apart_that_it_was_not_shown() -> None:
    mels, labels = views(24)
    made = tuner(160)
    watched = ValidationViews(mels, labels, np.arange(16, 24))
    made.tune(BalancedSampler(mels, labels, np.arange(16), seed=0), watched, checkpoint=None, report=lambda _: None)
    looks = [look.validation_loss for look in made.history if look.validation_loss is not None]
    assert len(looks) == len(made.history) and min(looks) < 0.7 * looks[0]
    said = run_encoder(made.ema, mels[16:, 0].astype(np.float32) / np.float32(255))["logits"].argmax(axis=1)
    assert (said == labels[16:]).mean() >= 0.75


def test_the_rate_falls_and_the_run_ends_where_nothing_gets_better() -> None:
    mels, labels = views()
    made = tuner(4000, rate=1e-9)
    looks: list[TrainingStatus] = []
    watched = ValidationViews(mels, labels, np.arange(8, 12))
    made.tune(BalancedSampler(mels, labels, np.arange(8), seed=0), watched, checkpoint=None, report=looks.append)
    assert made.ended and made.step < 400
    assert made.rate_factor < 0.2 and looks[-1].seconds_left == 0.0
    assert looks == made.history


def test_minutes_end_a_run() -> None:
    mels, labels = views()
    made = tuner(4000)
    sampler = BalancedSampler(mels, labels, np.arange(12), seed=0)
    made.tune(
        sampler, ValidationViews(mels, labels, np.arange(0)), checkpoint=None, minutes=1e-6, report=lambda _: None
    )
    assert made.ended and made.step == 20 and made.history[0].validation_loss is None


def test_z_stays_where_it_was(tmp_path: Path) -> None:
    base = Path(tiny_bundle(tmp_path / "tiny").folder)
    mels, labels = views()
    before = run_encoder(tuner(1, base=base).ema, mels[:, 0].astype(np.float32) / np.float32(255))["z"]
    apart = []
    for keeps in (True, False):
        made = tuner(60, rate=5e-3, base=base)
        made.keeps_z = keeps
        sampler = BalancedSampler(mels, labels, np.arange(12), seed=0)
        made.tune(sampler, ValidationViews(mels, labels, np.arange(0)), checkpoint=None, report=lambda _: None)
        z = run_encoder(made.ema, mels[:, 0].astype(np.float32) / np.float32(255))["z"]
        apart.append(np.abs(z - before).mean())
    assert apart[0] < 0.5 * apart[1]


def test_a_damaged_checkpoint_is_said(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    write_checkpoint(str(path), {"a": torch.ones(2, 3).T}, {"step": 3})
    tensors, facts = read_checkpoint(str(path)) or ({}, {})
    assert facts == {"step": 3} and torch.equal(tensors["a"], torch.ones(3, 2))
    assert read_checkpoint(str(tmp_path / "none")) is None
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(BundleError, match="damaged"):
        read_checkpoint(str(path))


def test_views_are_the_same_whoever_makes_them(tmp_path: Path) -> None:
    sources = []
    for index, kind in enumerate(("kick", "snare", "tom")):
        sound = np.stack([one_shot(kind, index)[:8000]] * 2, axis=1)
        sound[:, 1] *= -1.0 if kind == "tom" else 0.5  # the channels of the tom cancel each other
        sources.append(AugmentationSource(bytes(write(tmp_path / f"{kind}.wav", sound, rate=RATE)), 0.0, index))
    sources.append(AugmentationSource(bytes(tmp_path / "gone.wav"), 0.0, 0))
    told: list[tuple[int, int]] = []
    made = [
        load_views(
            str(tmp_path / f"{jobs}.npy"), sources, front_end=DEFAULT_FRONT_END, count=3, seed=5, jobs=jobs,
            report=lambda done, total: told.append((done, total)),
        )
        for jobs in (1, 2)
    ]  # fmt: skip
    assert np.array_equal(made[0], made[1]) and made[0].shape == (4, 3, 96, 64)
    assert made[0][:3].max(axis=(2, 3)).min() == 255 and not made[0][3].any()
    assert told[-1] == (4, 4)
    assert np.abs(read_source(sources[2], front_end=DEFAULT_FRONT_END)).max() > 0.1
    with pytest.raises(AudioError):
        read_source(sources[3], front_end=DEFAULT_FRONT_END)
