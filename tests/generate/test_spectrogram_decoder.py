"""Sounds of an imported model: its layers decode z, and the phase that a spectrogram lacks is found."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.numpy_layers import run_layers
from tests.support.sounds import one_shot, write
from tests.support.tfjs_models import decoder_layers, encoder_layers, seeded_weights, write_autoencoder
from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.errors import BundleError
from tui_browser.generate.generator import Generator
from tui_browser.generate.open_decoder import open_decoder
from tui_browser.generate.phase import reconstruct
from tui_browser.generate.request import GenerationRequest
from tui_browser.generate.sound_decoder import DecodeBatch
from tui_browser.model.bundle import Bundle
from tui_browser.model.tfjs.importer import ImportOptions, import_autoencoder

RATE = 44_100


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("imported")
    encoder, decoder = write_autoencoder(folder / "theirs")
    return import_autoencoder(str(encoder), str(decoder), str(folder / "mine"), options=ImportOptions())


@pytest.fixture(scope="module")
def generator(bundle: Bundle) -> Iterator[Generator]:
    with Generator(bundle) as generator:
        _ = generator.process
        yield generator


def level_error_db(sound: np.ndarray, picture: np.ndarray, front_end: StftFrontEnd) -> float:
    """How far the levels of a sound lie from those of a picture, where the picture is loud, in decibels."""
    heard, loud = front_end.compute(sound), picture > picture.max() - 0.4
    offset = np.median(picture[loud] - heard[loud])
    return float(np.abs(picture[loud] - heard[loud] - offset).mean() * 100)


@pytest.mark.parametrize("hop", [128, 256])
@pytest.mark.parametrize("kind", ["kick", "snare", "tom", "hat_closed"])
def test_a_sound_comes_back_from_its_spectrogram(kind: str, hop: int) -> None:
    import soxr

    front_end = StftFrontEnd(hop=hop)
    picture = front_end.compute(soxr.resample(one_shot(kind, 3), RATE, 22050).astype(np.float32))
    phases = np.random.default_rng(0).uniform(-np.pi, np.pi, (256, 64)).astype(np.float32)
    found = reconstruct(front_end.magnitudes(picture), phases, n_fft=512, hop=hop)
    assert len(found) == 63 * hop and np.isfinite(found).all()
    assert level_error_db(found, picture, front_end) < 2.5


def test_phases_of_an_older_model_are_where_the_search_begins() -> None:
    import soxr

    front_end = StftFrontEnd(phase=1)
    sound = soxr.resample(one_shot("tom", 3), RATE, 22050).astype(np.float32)
    picture = front_end.compute(sound)
    phases = front_end.phases(picture)
    assert phases is not None
    found = reconstruct(front_end.magnitudes(picture), phases, n_fft=512, hop=128)
    length = min(len(found), len(sound))
    a, b = found[:length], sound[:length]
    assert np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b) > 0.99


def test_what_is_decoded_is_what_the_layers_say(bundle: Bundle) -> None:
    z = np.array([[0.3, -0.5, 1.0, 0.1]], dtype=np.float32)
    layers = decoder_layers()
    picture = run_layers(layers, seeded_weights(layers, 2), z)[0, :, :, 0]
    decoder = open_decoder(bundle)
    (sound,) = decoder.decode(DecodeBatch(z=z, seconds=np.array([2.0], np.float32)), seed=1)
    assert sound.dtype == np.float32 and np.abs(sound).max() == pytest.approx(1)
    assert len(sound) == round(63 * 128 / 22050 * RATE)
    front_end = bundle.front_end
    assert isinstance(front_end, StftFrontEnd)
    magnitudes = front_end.magnitudes(picture.astype(np.float32))
    assert magnitudes == pytest.approx(10 ** ((picture * 100 - 100) / 20), rel=1e-3)
    again, other = (decoder.decode(DecodeBatch(z=z, seconds=np.ones(1, np.float32)), seed=seed)[0] for seed in (1, 2))
    assert np.array_equal(again, sound) and not np.array_equal(other, sound)


def test_c1_the_same_seed_gives_the_same_bytes(generator: Generator, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (sound,) = generator.make(GenerationRequest(seed=7))
        sound.save(os.fsencode(tmp_path / f"{name}.wav"), lineage=True)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    samples, rate = soundfile.read(tmp_path / "a.wav")
    assert rate == RATE and samples.ndim == 1 and np.isfinite(samples).all() and 0.5 < np.abs(samples).max() <= 1
    assert len(json.loads((tmp_path / "a.json").read_text())["z"]) == 4


def test_b5_at_a_source_z_is_its_mu(generator: Generator, bundle: Bundle, tmp_path: Path) -> None:
    import soxr

    sound = one_shot("snare", 5)
    path = write(tmp_path / "snare.wav", sound, subtype="FLOAT")
    (made,) = generator.make(GenerationRequest(paths=(os.fsencode(path),)))
    front_end = bundle.front_end
    picture = front_end.compute(np.asarray(soxr.resample(sound, RATE, 22050), dtype=np.float32))
    layers = encoder_layers()
    mu = run_layers(layers, seeded_weights(layers, 0), picture[None, :, :, None])[0]
    assert made.lineage.z == pytest.approx(mu, abs=0.02)  # the file's onset is found, which may cut some samples off
    other = write(tmp_path / "kick.wav", one_shot("kick", 6), subtype="FLOAT")
    (second,) = generator.make(GenerationRequest(paths=(os.fsencode(other),)))
    (mixed,) = generator.make(GenerationRequest(paths=(os.fsencode(path), os.fsencode(other)), weights=(1.0, 3.0)))
    expected = (np.array(made.lineage.z) + 3 * np.array(second.lineage.z)) / 4
    assert mixed.lineage.z == pytest.approx(expected, abs=1e-6)


def test_c3_variance_spreads_and_none_repeats(generator: Generator, tmp_path: Path) -> None:
    path = os.fsencode(write(tmp_path / "tom.wav", one_shot("tom", 7)))
    spreads = []
    for variance in (0.0, 0.5, 2.0):
        request = GenerationRequest(paths=(path,), variance=variance, count=10, seed=3)
        spreads.append(np.stack([sound.lineage.latent() for sound in generator.make(request)]).std(axis=0).mean())
    assert spreads[0] < 1e-6 < 0.1 < spreads[1] < spreads[2]


def test_a_class_has_no_answer(generator: Generator) -> None:
    with pytest.raises(BundleError, match="this model has no classes"):
        list(generator.make(GenerationRequest(class_name="kick")))
