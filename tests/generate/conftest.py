"""What tests of making sounds share: a tiny model that makes them, sounds, and a library that it has heard."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.bundles import tiny_bundle
from tests.support.libraries import index
from tests.support.sounds import one_shot, write
from tui_browser.generate.generator import GeneratedSound, Generator
from tui_browser.generate.request import GenerationRequest
from tui_browser.library.library import Library
from tui_browser.model.decoder_bundle import read_decoder, write_decoder
from tui_browser.records import DRUM_CLASSES


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generator]:
    """A tiny model that makes sounds; every class has a Gaussian of its own, far from the others."""
    bundle = tiny_bundle(tmp_path_factory.mktemp("models") / "tiny", sound=True)
    shape, weights = read_decoder(bundle)
    weights["prior.weights"] = np.zeros_like(weights["prior.weights"])
    weights["prior.weights"][np.arange(len(DRUM_CLASSES)) % 3, np.arange(len(DRUM_CLASSES))] = 1.0
    weights["prior.means"][:, :-1] = np.array([[-2.0], [0.0], [2.0]])
    with Generator(write_decoder(bundle.folder, shape=shape, weights=weights, about={}, half=False)) as made:
        _ = made.process
        yield made


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("sounds")
    return [os.fsencode(write(folder / f"{kind}.wav", one_shot(kind, 3))) for kind in ("kick", "snare", "hat_open")]


@pytest.fixture(scope="module")
def z(studio: Generator, sounds: list[bytes]) -> NDArray[np.float64]:
    """(3, Z) what each of `sounds` alone is made again from."""
    return np.stack([one(studio, GenerationRequest((path,))).lineage.latent() for path in sounds]).astype(np.float64)


@pytest.fixture(scope="module")
def library(studio: Generator, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An indexed library of eight sounds, heard by the studio's model."""
    base = tmp_path_factory.mktemp("library")
    for seed in range(8):
        write(base / "samples" / f"{seed}.wav", one_shot(("kick", "tom", "clap", "shaker")[seed % 4], seed))
    write(base / "samples" / "silent.wav", np.zeros(2000, np.float32))
    path = str(base / "library.db")
    index(path, base / "samples", model=studio.bundle.folder)
    return path


def one(studio: Generator, order: GenerationRequest, library: Library | None = None) -> GeneratedSound:
    (made,) = studio.make(order, library=library)
    return made
