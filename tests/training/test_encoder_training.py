"""Training: data rules that must hold, variations that stay sounds, runs that learn and survive being killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sounds import RATE, one_shot
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import AudioError
from tui_browser.model.bundle import load_bundle
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import DRUM_CLASSES
from tui_browser.training.augment import augment_waveform
from tui_browser.training.encoder.augmented_data import AugmentedClips, pool_views
from tui_browser.training.encoder.sampler import ShardSampler
from tui_browser.training.labels import CLASS_NAMES, UNKNOWN, label_shares
from tui_browser.training.metrics import expected_calibration_error, fit_temperature, macro_f1, purity
from tui_browser.training.pool import read_pool, trim_to_onset

pytestmark = pytest.mark.slow

COLUMNS = ("path", "class", "kit", "source", "licence", "author")


@pytest.fixture(scope="module")
def pool_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool of two short sounds a class in three kits, one of them share-alike."""
    folder = tmp_path_factory.mktemp("data")
    rows = ["\t".join(COLUMNS)]
    for number, kind in enumerate(DRUM_CLASSES):
        for index in range(2):
            name = f"{kind}{index}.flac"
            (folder / "pool").mkdir(exist_ok=True)
            soundfile.write(folder / "pool" / name, one_shot(kind, 10 * number + index)[: RATE // 4], RATE)
            rows.append(f'{name}\t{kind}\tkit{index}\tmade\t"CC0 ""as said"""\tnobody')
    soundfile.write(folder / "pool" / "sa.flac", one_shot("kick", 1)[:4410], RATE)
    rows.append("sa.flac\tkick\tkit0\tmade\tCC-BY-SA-4.0\tsomebody")
    (folder / "pool.tsv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def views(pool_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AugmentedClips:
    cache = tmp_path_factory.mktemp("views")
    pool = read_pool(str(pool_folder))
    return pool_views(pool, folder=str(cache), front_end=DEFAULT_FRONT_END, seed=1, drum=2, other=2, jobs=1)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Tiny networks on many threads only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small(**numbers: int) -> EncoderShape:
    return EncoderShape(
        **{"n_mels": 96, "frames": 64, "features": 32, "dim": 16, "z_dim": 8, "map_hidden": 8, **numbers},
        channels=(4, 8, 8, 8),
        blocks=(0, 0, 0, 0),
    )


def test_share_alike_is_left_out(pool_folder: Path) -> None:
    pool = read_pool(str(pool_folder))
    assert pool.left_out == 1 and len(pool.clips) == 22
    assert not any("SA" in clip.licence for clip in pool.clips)
    assert pool.clips[0].licence == 'CC0 "as said"'
    assert read_pool(str(pool_folder / "pool")) == pool


def test_no_pool_is_said(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"pool\.tsv"):
        read_pool(str(tmp_path))


def test_views_of_a_clip_stand_together(views: AugmentedClips, pool_folder: Path) -> None:
    assert views.mels.shape == (44, 96, 64)
    assert np.array_equal(np.diff(views.first), [2] * 22)
    assert views.mels.max(axis=(1, 2)).min() == 255


def test_views_repeat_from_their_numbers(pool_folder: Path, views: AugmentedClips, tmp_path: Path) -> None:
    again = pool_views(
        read_pool(str(pool_folder)), folder=str(tmp_path), front_end=DEFAULT_FRONT_END, seed=1, drum=2, other=2, jobs=1
    )
    assert np.array_equal(again.mels, views.mels)


def test_the_sampler_never_draws_what_is_held_out(views: AugmentedClips) -> None:
    marked = AugmentedClips(
        mels=np.repeat(np.arange(len(views.mels), dtype=np.uint8), 4).reshape(-1, 2, 2),
        first=views.first,
        labels=views.labels,
        kits=views.kits,
    )
    sampler = ShardSampler([(marked, 1.0)], held_out=frozenset({"kit1"}), shares=label_shares(drums=0.8), seed=0)
    allowed = {
        view
        for clip in np.flatnonzero(views.kits == "kit0")
        for view in range(views.first[clip], views.first[clip + 1])
    }
    seen: set[int] = set()
    classes: set[int] = set()
    for _ in range(20):
        mels, labels = sampler.draw(16)
        numbers = np.rint(mels[:, 0, 0] * 255).astype(int)
        owner = np.searchsorted(views.first, numbers, side="right") - 1
        assert np.array_equal(views.labels[owner], np.tile(labels, 2))
        assert np.array_equal(owner[:16], owner[16:])
        seen |= set(numbers.tolist())
        classes |= set(labels.tolist())
    assert seen <= allowed
    assert classes == {*range(10), UNKNOWN}


@given(
    label=st.integers(0, 10),
    seed=st.integers(0, 10**6),
    length=st.sampled_from([1, 2, 30, 400, 8000]),
    level=st.sampled_from([0.0, 1e-4, 1.0]),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_variations_are_sounds(label: int, seed: int, length: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    sound = (rng.standard_normal(length) * level).astype(np.float32)
    varied = augment_waveform(sound, label, rng, rate=32000, other=sound[::-1].copy())
    assert varied.dtype == np.float32 and varied.ndim == 1 and len(varied)
    assert np.isfinite(varied).all()
    assert np.abs(varied).max() <= 1.0 + 1e-5


def test_training_hears_what_the_index_hears(tmp_path: Path) -> None:
    from tui_browser.audio.decode import decode
    from tui_browser.dsp.mel import log_mel
    from tui_browser.records import FileStat

    sound = np.concatenate([np.zeros(900, dtype=np.float32), one_shot("snare", 5) * np.float32(0.5)])
    path = tmp_path / "a.wav"
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    info = os.stat(path)
    stat = FileStat(os.fsencode(path), info.st_size, info.st_mtime_ns, info.st_dev, info.st_ino)
    clip = decode(stat, front_end=DEFAULT_FRONT_END)
    mine = log_mel(trim_to_onset(sound, RATE, front_end=DEFAULT_FRONT_END, seconds=2.6), front_end=DEFAULT_FRONT_END)
    assert clip.mel is not None
    assert np.abs(clip.mel - mine).mean() < 2e-3


def test_measures() -> None:
    labels = np.repeat([0, 1], 20)
    apart = np.concatenate([np.zeros((20, 2)), np.ones((20, 2))]).astype(np.float32)
    assert purity(apart + np.random.default_rng(0).normal(0, 0.01, (40, 2)).astype(np.float32), labels) == 1.0
    assert macro_f1(labels, labels) == 1.0 and macro_f1(labels, 0 * labels) == pytest.approx(1 / 3)
    assert expected_calibration_error(np.array([True, True, False, False]), np.full(4, 0.5, dtype=np.float32)) == 0.0
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 3))
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = np.array([rng.choice(3, p=row) for row in p])
    assert fit_temperature((3 * logits).astype(np.float32), truth) == pytest.approx(3.0, rel=0.15)


@pytest.mark.usefixtures("one_thread")
def test_the_shape_knows_the_networks_tensors() -> None:
    from tui_browser.model.encoder_network import EncoderNetwork, bundle_tensors

    for shape in (
        small(),
        small(classes=0),
        small(map_hidden=0),
        EncoderShape(n_mels=50, frames=33, blocks=(2, 0, 1, 1)),
    ):
        assert {
            name: tuple(value.shape) for name, value in bundle_tensors(EncoderNetwork(shape)).items()
        } == shape.tensors()
        assert EncoderShape.from_config(json.loads(json.dumps(shape.to_config()))) == shape


@pytest.mark.usefixtures("one_thread")
def test_folding_changes_no_answer() -> None:
    import torch

    from tui_browser.model.encoder_network import EncoderNetwork, fold_batch_norm

    torch.manual_seed(0)
    network = EncoderNetwork(small()).eval()
    for name, value in network.state_dict().items():
        if "running" in name:
            value.uniform_(0.5, 1.5)
    picture = torch.rand(3, 96, 64)
    with torch.inference_mode():
        before = network(picture)
        after = fold_batch_norm(network)(picture)
    for one, other in zip(before, after, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.usefixtures("one_thread")
def test_a_run_learns(views: AugmentedClips) -> None:
    from tui_browser.training.encoder.trainer import EncoderHyperparameters, EncoderTrainer, run_encoder

    recipe = EncoderHyperparameters(steps=30, batch=10, rate=1e-2, mixing=0.0, vae_share=1.0)
    trainer = EncoderTrainer(small(), recipe, front_end=DEFAULT_FRONT_END)
    sampler = ShardSampler([(views, 1.0)], held_out=frozenset(), shares=label_shares(drums=0.8), seed=0)
    lines: list[str] = []
    trainer.run(sampler, checkpoint=None, every_s=0.0, log=lines.append)
    first, last = lines[:8], lines[-8:]
    for name in ("class", "contrast", "vae"):
        assert np.mean([_parts(line)[name] for line in last]) < np.mean([_parts(line)[name] for line in first]), name
    out = run_encoder(trainer.ema, views.mels[:5].astype(np.float32) / np.float32(255))
    assert all(np.isfinite(values).all() for values in out.values())


def _parts(line: str) -> dict[str, float]:
    words = line.split()
    return {name: float(value) for name, value in zip(words[3::2], words[4::2], strict=False) if name.isalpha()}


@pytest.mark.usefixtures("one_thread")
def test_a_killed_run_goes_on_where_it_was(views: AugmentedClips, tmp_path: Path) -> None:
    import torch

    from tui_browser.training.encoder.trainer import EncoderHyperparameters, EncoderTrainer

    def trainer() -> tuple[EncoderTrainer, ShardSampler]:
        sampler = ShardSampler([(views, 1.0)], held_out=frozenset(), shares=label_shares(drums=0.8), seed=3)
        return EncoderTrainer(
            small(), EncoderHyperparameters(steps=6, batch=4, seed=3), front_end=DEFAULT_FRONT_END
        ), sampler

    def stop_after(step: int) -> Callable[[str], None]:
        def tell(line: str) -> None:
            if line.startswith(f"step {step} "):
                raise KeyboardInterrupt

        return tell

    path = str(tmp_path / "run.safetensors")
    straight, sampler = trainer()
    straight.run(sampler, checkpoint=None, log=lambda _: None)
    killed, sampler = trainer()
    with pytest.raises(KeyboardInterrupt):
        killed.run(sampler, checkpoint=path, every_s=0.0, log=stop_after(3))
    resumed, sampler = trainer()
    assert resumed.restore(path, sampler.rng) and resumed.step == 3
    resumed.run(sampler, checkpoint=path, log=lambda _: None)
    for mine, wanted in zip(resumed.ema.parameters(), straight.ema.parameters(), strict=True):
        assert torch.allclose(mine, wanted, atol=1e-6)
    other = EncoderTrainer(small(dim=8), EncoderHyperparameters(steps=6, batch=4, seed=3), front_end=DEFAULT_FRONT_END)
    assert not other.restore(path, sampler.rng)


def test_the_command_makes_a_bundle_and_goes_on_from_it(pool_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "models" / "mine"
    command = [sys.executable, "-W", "ignore", "-m", "tui_browser.training.encoder.train"]
    sizes = "--steps 2 --jobs 1 --drum-views 2 --other-views 1 --synth 1 --synth-kinds 0 --synth-views 2"
    shape = "--channels 4 8 8 8 --blocks 0 0 0 0 --map 8 --map-steps 4 --set batch=8"
    common = ["--pool", str(pool_folder), "--cache", str(tmp_path), *sizes.split(), *shape.split()]

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *common, *options], capture_output=True, text=True)

    first = run("--out", str(out), "--apart")
    assert first.returncode == 0, first.stderr
    bundle = load_bundle("mine", folders=[str(out.parent)])
    assert bundle.has_map and bundle.classes == CLASS_NAMES
    assert bundle.config["data"]["pool_clips"] == 22 and bundle.config["data"]["synthesised"] == 10
    assert sorted(os.listdir(out)) == ["CARD.md", "config.json", "weights.safetensors"]
    told = (out / "CARD.md").read_text()
    assert 'CC0 "as said": nobody' in told and "somebody" not in told
    second = run("--out", str(out.with_name("next")), "--apart", "kit1", "--start", str(out))
    assert second.returncode == 0, second.stderr
    assert "drums lie" in second.stdout
    figures = load_bundle("next", folders=[str(out.parent)]).config["figures"]["held_out_kits"]
    assert figures["drums"]["clips"] == 10 and set(figures["by_class"]) >= {"kick", "shaker"}
    missing = subprocess.run([*command, "--pool", str(tmp_path), "--out", str(out)], capture_output=True, text=True)
    assert missing.returncode == 1 and missing.stderr.count("\n") == 1 and "pool.tsv" in missing.stderr
