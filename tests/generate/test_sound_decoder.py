"""New sounds: what may be asked of any bundle with a decoder, and what the shipped one owes."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from tests.support.bundles import tiny_bundle
from tests.support.sounds import one_shot
from tui_browser.errors import BundleError
from tui_browser.generate.sound_decoder import DecodeBatch, SoundDecoder
from tui_browser.model.bundle import Bundle, load_bundle
from tui_browser.model.decoder_shape import LONGEST_S, RATE, SHORTEST_S
from tui_browser.model.peaks import measure_peak
from tui_browser.records import DRUM_CLASSES
from tui_browser.training.decoder.evaluation import class_probabilities

SHIPPED = Path(__file__).parents[2] / "models" / "general"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny_bundle(tmp_path_factory.mktemp("models") / "tiny", sound=True)


@pytest.fixture(scope="module")
def maker(bundle: Bundle) -> SoundDecoder:
    return SoundDecoder(bundle)


@pytest.fixture(scope="module")
def shipped() -> SoundDecoder:
    return SoundDecoder(load_bundle(str(SHIPPED), folders=()))


def test_sounds_are_finite_as_long_as_asked_and_peak_at_one(maker: SoundDecoder) -> None:
    recipe = DecodeBatch(z=maker.draw(4, seed=1).z, seconds=np.array([0.03, 0.1, 0.5, 2.0], dtype=np.float32))
    for sound, seconds in zip(maker.decode(recipe, seed=3), recipe.seconds, strict=True):
        assert sound.dtype == np.float32 and len(sound) == round(float(seconds) * RATE)
        assert np.isfinite(sound).all() and np.abs(sound).max() == 1.0


def test_the_seed_alone_decides(maker: SoundDecoder) -> None:
    recipe = maker.draw(3, seed=7)
    one, again, other = maker.decode(recipe, seed=1), maker.decode(recipe, seed=1), maker.decode(recipe, seed=2)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(one, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    first = maker.decode(DecodeBatch(z=recipe.z[:1], seconds=recipe.seconds[:1]), seed=1)[0]
    assert first.tobytes() == one[0].tobytes()
    assert np.array_equal(maker.draw(3, seed=7).z, recipe.z)
    assert not np.array_equal(maker.draw(3, seed=8).z, recipe.z)


@settings(max_examples=20, deadline=None)
@given(z=st.floats(allow_nan=True, allow_infinity=True), seconds=st.floats(allow_nan=True, allow_infinity=True))
def test_strange_numbers_still_make_a_sound(maker: SoundDecoder, z: float, seconds: float) -> None:
    with np.errstate(over="ignore"):
        values = np.full((1, maker.bundle.z_dim), z).astype(np.float32)
        length = np.array([seconds]).astype(np.float32)
    sound = maker.decode(DecodeBatch(z=values, seconds=length), seed=0)[0]
    assert np.isfinite(sound).all() and np.abs(sound).max() <= 1.0
    assert SHORTEST_S * RATE - 1 <= len(sound) <= LONGEST_S * RATE


def test_c1_draws_have_lengths_that_can_be_made(maker: SoundDecoder) -> None:
    recipe = maker.draw(50, seed=0, class_index=3)
    assert recipe.z.shape == (50, maker.bundle.z_dim) and recipe.z.dtype == np.float32
    assert ((recipe.seconds >= SHORTEST_S) & (recipe.seconds <= LONGEST_S)).all()
    assert len(maker.draw(0, seed=0)) == 0 and maker.decode(maker.draw(0, seed=0), seed=0) == []


def test_variations_spread_with_the_variance(maker: SoundDecoder) -> None:
    recipe = maker.draw(2, seed=1)
    same = maker.vary(recipe, count=4, variance=0.0, seed=1)
    assert np.array_equal(same.z, recipe.z[[0, 1, 0, 1]]) and np.array_equal(same.seconds, recipe.seconds[[0, 1, 0, 1]])
    little, much = (maker.vary(recipe, count=40, variance=v, seed=1) for v in (0.01, 1.0))
    away = [np.abs(varied.z - recipe.z[np.arange(40) % 2]).mean() for varied in (little, much)]
    assert 0 < away[0] < away[1] / 5


def test_mixtures(maker: SoundDecoder) -> None:
    recipe = maker.draw(3, seed=2)
    alone = maker.mix(recipe, [0, 2, 0], raw=False)
    assert np.allclose(alone.z[0], recipe.z[1]) and np.allclose(alone.seconds[0], recipe.seconds[1])
    even = maker.mix(recipe, [1, 1, 1], raw=False)
    assert np.allclose(even.z[0], recipe.z.mean(axis=0), atol=1e-5)
    raw = maker.mix(recipe, [1, 1, -1], raw=True)
    assert np.allclose(raw.z[0], recipe.z[0] + recipe.z[1] - recipe.z[2], atol=1e-5)
    assert len(raw) == 1 and SHORTEST_S <= raw.seconds[0] <= LONGEST_S


@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0], [1, np.nan], [1, np.inf], []])
def test_weights_that_mean_nothing(maker: SoundDecoder, weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        maker.mix(maker.draw(2, seed=0), weights, raw=False)


def test_a_model_without_a_decoder_says_so(tmp_path: Path) -> None:
    plain = tiny_bundle(tmp_path / "mute")
    assert not plain.has_decoder
    with pytest.raises(BundleError, match="mute cannot generate sounds"):
        SoundDecoder(plain)


def test_a_decoder_moves_no_vector(tmp_path: Path) -> None:
    plain, sounding = tiny_bundle(tmp_path / "a" / "m"), tiny_bundle(tmp_path / "b" / "m", sound=True)
    assert sounding.has_decoder and sounding.space == plain.space


def test_without_classes(tmp_path: Path) -> None:
    maker = SoundDecoder(tiny_bundle(tmp_path / "plain", classes=None, sound=True))
    assert len(maker.decode(maker.draw(1, seed=0), seed=0)[0])


def test_damaged_decoders_are_refused(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "tiny", sound=True)
    path = tmp_path / "tiny" / "sound.safetensors"
    raw, weights = path.read_bytes(), load_file(path)

    def refused(match: str) -> None:
        with pytest.raises(BundleError, match=match) as caught:
            SoundDecoder(load_bundle(str(path.parent), folders=()))
        assert "\n" not in str(caught.value)

    path.write_bytes(pickle.dumps({"a": 1}))
    refused("pickle")
    for damaged in (b"", raw[:100], raw[:-1], raw + b"\0"):
        path.write_bytes(damaged)
        refused("damaged")
    save_file({**weights, "dense.0.bias": np.zeros(5, dtype=np.float16)}, path)
    refused("dense.0.bias")
    save_file({**weights, "prior.means": np.full_like(weights["prior.means"], np.nan)}, path)
    refused("not finite.*prior.means")
    path.unlink()
    refused("lacks a file")
    config = bundle.config
    for section, match in (({}, "sound"), (7, "sound"), ({"network": {"bands": 96}}, "keys differ")):
        (path.parent / "config.json").write_text(json.dumps(config | {"sound": section}))
        refused(match)
    network = config["sound"]["network"]
    for change, match in (({"bands": 10**9}, "bands"), ({"hop_s": "x"}, "hop_s"), ({"z_dim": 9}, "size of z")):
        (path.parent / "config.json").write_text(json.dumps(config | {"sound": {"network": network | change}}))
        refused(match)


def test_nothing_heavy_at_import() -> None:
    code = "import sys, tui_browser.generate.sound_decoder\n"
    code += "print([m for m in ('torch', 'sklearn', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_the_shipped_model_makes_what_is_asked_for(shipped: SoundDecoder) -> None:
    right = []
    for label in range(len(DRUM_CLASSES) - 1):
        sounds = shipped.decode(shipped.draw(6, seed=11, class_index=label), seed=11)
        assert all(np.isfinite(sound).all() and np.abs(sound).max() <= 1.0 for sound in sounds)
        right += list(class_probabilities(shipped.bundle, sounds).argmax(axis=1) == label)
    assert np.mean(right) >= 0.8


def test_the_shipped_model_keeps_a_class_when_it_varies_and_mixes(shipped: SoundDecoder) -> None:
    right = []
    for name in ("kick", "hat_closed", "tom"):
        label = DRUM_CLASSES.index(name)
        two = shipped.draw(2, seed=5, class_index=label)
        made = [shipped.vary(two, count=4, variance=0.3, seed=1), shipped.mix(two, [1, 1], raw=False)]
        sounds = [sound for recipe in made for sound in shipped.decode(recipe, seed=2)]
        right += list(class_probabilities(shipped.bundle, sounds).argmax(axis=1) == label)
    assert np.mean(right) >= 0.8


def _bands_db(sound: np.ndarray) -> np.ndarray:
    """(frames, 60) decibels of a sound scaled to an energy of 1, at least -80."""
    padded = np.pad(sound / np.sqrt(np.square(sound).sum()), (0, 4096))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2048)[::512] * np.hanning(2048)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    edges = np.unique(np.geomspace(2, 1024, 61).astype(int))
    return 10 * np.log10(np.maximum(np.add.reduceat(power, edges, axis=1) / np.diff(edges, append=1025), 1e-8))


def _distance(maker: SoundDecoder, recipe: DecodeBatch, sound: np.ndarray) -> float:
    """Decibels between a sound and what is decoded, in frames that are heard."""
    made = maker.decode(recipe, seed=0)[0]
    true, drawn = _bands_db(sound), _bands_db(np.resize(made, len(sound)))
    heard = true.max(axis=1) > true.max() - 60
    return float(np.sqrt(np.square(true - drawn)[heard].mean(axis=1)).mean())


def test_a_recorded_sound_is_come_nearer_to(shipped: SoundDecoder) -> None:
    from tui_browser.model.encoder_network import load_encoder
    from tui_browser.model.encoder_process import encode_mels
    from tui_browser.training.decoder.training_data import encoder_mel

    network = load_encoder(shipped.bundle)
    encoded, latent, whole, crests = [], [], [], []
    for kind in ("kick", "snare", "clap", "hat_open", "tom", "cowbell"):
        sound = one_shot(kind, 21)[: 2 * RATE]
        seconds = len(sound) / RATE
        z = encode_mels(network, encoder_mel(sound, front_end=shipped.bundle.front_end)[None], picture=False).z[0]
        near, again = shipped.reproduce(z, sound, seconds), shipped.reproduce(z, sound, seconds)
        assert near.detail is not None and again.detail is not None
        assert near.z.tobytes() == again.z.tobytes() and near.detail.tobytes() == again.detail.tobytes()
        quiet = shipped.reproduce(z, sound * np.float32(0.1), seconds)
        assert np.allclose(near.z, quiet.z, atol=0.2)  # level says nothing
        assert np.linalg.norm(near.z[0] - z) < 8.0
        encoded.append(_distance(shipped, DecodeBatch(z=z[None], seconds=near.seconds), sound))
        latent.append(_distance(shipped, replace(near, detail=None), sound))
        whole.append(_distance(shipped, near, sound))
        made = shipped.decode(near, seed=0)[0]
        crests.append(measure_peak(made).crest_db - measure_peak(sound).crest_db)
    assert np.mean(latent) < np.mean(encoded) - 0.2
    assert np.mean(whole) < np.mean(latent)
    assert abs(np.median(crests)) < 2.0


@pytest.mark.parametrize("sound", [np.zeros(5000), np.zeros(0), np.full(900, np.nan), np.full(900, 1e30)])
def test_nothing_to_come_near_to_leaves_z(maker: SoundDecoder, sound: np.ndarray) -> None:
    z = np.linspace(-1, 1, maker.shape.z_dim, dtype=np.float32)
    found = maker.reproduce(z, sound.astype(np.float32), 0.1)
    assert found.z.shape == (1, len(z)) and np.isfinite(found.z).all()
    assert found.detail is None or np.isfinite(found.detail).all()
    if not np.nan_to_num(sound).any():
        assert found.z[0].tobytes() == z.tobytes()
