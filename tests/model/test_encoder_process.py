"""The encoder process: the same answer whatever the batch, answers in order, and a named error when it cannot be."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from select import select

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.support.bundles import tiny_bundle
from tui_browser.dsp.picture_part import SIZE
from tui_browser.errors import BundleError, WorkerError
from tui_browser.model.bundle import Bundle, load_bundle
from tui_browser.model.encoder_process import Encoder
from tui_browser.records import DRUM_CLASSES


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny_bundle(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def encoder(bundle: Bundle) -> Iterator[Encoder]:
    with Encoder(bundle) as encoder:
        yield encoder


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, 96, 64), dtype=np.float32) ** 2


def test_what_an_encoding_promises(encoder: Encoder) -> None:
    found = encoder.encode(pictures(11))
    assert found.embedding.shape == (11, 16 + SIZE) and found.z.shape == (11, 8)
    assert found.embedding.dtype == found.z.dtype == np.float32
    assert np.linalg.norm(found.embedding, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert found.probabilities is not None and found.xy is not None
    assert found.probabilities.shape == (11, len(DRUM_CLASSES))
    assert found.probabilities.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert found.xy.shape == (11, 2) and found.xy.min() >= 0 and found.xy.max() <= 1
    empty = encoder.encode(pictures(0))
    assert empty.embedding.shape == (0, 16 + SIZE) and empty.xy is not None and empty.xy.shape == (0, 2)


def test_a_row_does_not_depend_on_its_batch(encoder: Encoder) -> None:
    batch = pictures(150)
    whole = encoder.encode(batch)
    order = np.random.default_rng(1).permutation(150)
    shuffled = encoder.encode(batch[order])
    for name in ("embedding", "z", "probabilities", "xy"):
        rows = getattr(whole, name)
        assert np.abs(getattr(shuffled, name) - rows[order]).max() < 1e-6
        for row in (0, 7, 64, 149):
            alone = getattr(encoder.encode(batch[row : row + 1]), name)
            assert np.abs(alone[0] - rows[row]).max() < 1e-6
        assert np.array_equal(getattr(encoder.encode(batch), name), rows)


def test_two_processes_agree(bundle: Bundle, encoder: Encoder) -> None:
    with Encoder(bundle) as other:
        assert np.array_equal(other.encode(pictures(5)).embedding, encoder.encode(pictures(5)).embedding)


def test_answers_come_in_order_and_the_descriptor_tells(encoder: Encoder) -> None:
    # More than the pipes hold, both ways, before anything is read.
    for tag in range(12):
        encoder.submit(("job", tag), pictures(40, seed=tag))
    sync = encoder.encode(pictures(3))
    got: list[tuple[object, int]] = []
    deadline = time.monotonic() + 60
    while len(got) < 12 and time.monotonic() < deadline:
        got += [(tag, len(encoding.z)) for tag, encoding in encoder.poll()]
        if len(got) < 12:
            select([encoder.fileno()], [], [], 1.0)
    assert got == [(("job", tag), 40) for tag in range(12)]
    assert len(sync.z) == 3
    assert encoder.poll() == []


def test_wrong_sizes_are_refused_at_once(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="96"):
        encoder.submit(0, np.zeros((2, 64, 96), dtype=np.float32))


def test_values_that_are_not_finite(tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    tiny_bundle(folder)
    weights = load_file(folder / "weights.safetensors")
    weights["to_z.weight"] = weights["to_z.weight"].copy()
    weights["to_z.weight"][0, 0] = np.nan
    save_file(weights, folder / "weights.safetensors")
    with Encoder(load_bundle(str(folder), folders=())) as encoder:
        for _ in range(2):
            with pytest.raises(BundleError, match=r"not finite.*to_z\.weight"):
                encoder.encode(pictures(1))
        with pytest.raises(BundleError):
            encoder.poll()


def test_weights_that_vanish_before_they_are_read(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "gone")
    os.unlink(bundle.weights_path)
    with Encoder(bundle) as encoder, pytest.raises(BundleError, match="cannot be read"):
        encoder.encode(pictures(1))


def test_a_killed_process_is_noticed(bundle: Bundle) -> None:
    with Encoder(bundle, log="/dev/null") as encoder:
        encoder.encode(pictures(1))
        os.kill(encoder._child.process.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="has ended"):
            encoder.encode(pictures(1))
        with pytest.raises(WorkerError):
            encoder.poll()


def test_a_closed_encoder_says_so(bundle: Bundle) -> None:
    encoder = Encoder(bundle)
    encoder.close()
    encoder.close()
    with pytest.raises(WorkerError):
        encoder.encode(pictures(1))


def test_without_classes_and_map(tmp_path: Path) -> None:
    with Encoder(tiny_bundle(tmp_path / "plain", classes=None, has_map=False)) as encoder:
        found = encoder.encode(pictures(2))
    assert found.probabilities is None and found.xy is None


def test_finite_weights_that_give_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "overflow")
    weights = {name: array.astype(np.float32) for name, array in load_file(bundle.weights_path).items()}
    for name in weights:
        if name.endswith(".weight"):
            weights[name] = np.full_like(weights[name], 3e38)
    save_file(weights, bundle.weights_path)
    with (
        Encoder(load_bundle(bundle.folder, folders=())) as encoder,
        pytest.raises(BundleError, match="numbers that are not finite"),
    ):
        encoder.encode(pictures(1))
