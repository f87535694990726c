"""A decoder learns, goes on where a killed run stopped, and changes nothing of the model but z."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support.bundles import tiny_bundle
from tests.support.sounds import one_shot, write
from tui_browser.generate.sound_decoder import SoundDecoder
from tui_browser.model.bundle import load_bundle
from tui_browser.model.encoder_network import load_encoder
from tui_browser.records import DRUM_CLASSES
from tui_browser.training import prior_fit
from tui_browser.training.decoder.train import main
from tui_browser.training.pool import read_pool

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    lines = ["path\tclass\tkit\tsource\tlicence\tauthor"]
    for i, kind in enumerate(DRUM_CLASSES):
        write(folder / "pool" / f"{kind}.wav", one_shot(kind, i))
        lines.append(f"{kind}.wav\t{kind}\tkit{i % 2}\tmine\tCC0-1.0\tme")
    (folder / "pool.tsv").write_text("\n".join(lines) + "\n")
    assert len(read_pool(str(folder)).clips) == len(DRUM_CLASSES)
    return folder


def run(pool: Path, out: Path, cache: Path, *more: str) -> None:
    words = ["--pool", str(pool), "--out", str(out), "--cache", str(cache), "--drum-views", "1", "--other-views", "1"]
    words += ["--synth", "1", "--apart", "kit1", "--hidden", "16", "--channels", "8", "8", "8", "4"]
    assert main([*words, *more]) == 0


def test_training_and_going_on_after_a_kill(pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prior_fit, "_ROUNDS", 1)
    monkeypatch.setattr(prior_fit, "_DRAWS", 2)
    mels = torch.rand(4, 96, 64, generator=torch.Generator().manual_seed(0))
    before = load_encoder(tiny_bundle(tmp_path / "one"))(mels)
    tiny_bundle(tmp_path / "two")
    run(pool, tmp_path / "one", tmp_path / "cache1", "--steps", "3")
    (tmp_path / "cache2").mkdir()
    for made in (tmp_path / "cache1").glob("*.npz"):
        (tmp_path / "cache2" / made.name).write_bytes(made.read_bytes())
    for _ in range(6):  # stretches that end at once: a step, or none, each
        run(pool, tmp_path / "two", tmp_path / "cache2", "--steps", "3", "--stretch", "0.0001")
        if load_bundle(str(tmp_path / "two"), folders=()).has_decoder:
            break
    one, two = (load_bundle(str(tmp_path / name), folders=()) for name in ("one", "two"))
    raw = [(Path(bundle.folder) / "sound.safetensors").read_bytes() for bundle in (one, two)]
    assert one.has_decoder and raw[0] == raw[1]
    after = load_encoder(one)(mels)
    assert not torch.equal(before[1], after[1])
    for was, now in zip((before[0], *before[2:]), (after[0], *after[2:]), strict=True):
        assert was is not None and now is not None and torch.equal(was, now)
    maker = SoundDecoder(one)
    sound = maker.decode(maker.draw(1, seed=0, class_index=0), seed=0)[0]
    assert np.isfinite(sound).all() and np.abs(sound).max() == 1.0


def test_a_fine_tuned_decoder_keeps_z(pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prior_fit, "_ROUNDS", 1)
    monkeypatch.setattr(prior_fit, "_DRAWS", 2)
    tiny_bundle(tmp_path / "one")
    run(pool, tmp_path / "one", tmp_path / "cache", "--steps", "2")
    before = load_bundle(str(tmp_path / "one"), folders=())
    weights, sound = ((tmp_path / "one" / name).read_bytes() for name in ("weights.safetensors", "sound.safetensors"))
    run(pool, tmp_path / "one", tmp_path / "cache", "--steps", "3", "--fine-tune", "--rate", "0.001")
    after = load_bundle(str(tmp_path / "one"), folders=())
    assert after.space == before.space and (tmp_path / "one" / "weights.safetensors").read_bytes() == weights
    assert (tmp_path / "one" / "sound.safetensors").read_bytes() != sound
