"""What the shipped model makes of a file that it never saw is nearer to that file than an average sound is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from tests.support.sounds import RATE, one_shot, write
from tui_browser.generate.generator import Generator
from tui_browser.generate.request import GenerationRequest
from tui_browser.indexing.file_encoder import load_model

pytestmark = pytest.mark.slow

KINDS = ("kick", "snare", "clap", "hat_closed", "hat_open", "tom")


@pytest.fixture(scope="module")
def generator() -> Iterator[Generator]:
    with Generator(load_model("general")) as generator:
        _ = generator.process
        yield generator


def test_c2_a_regenerated_file_is_nearer_to_it_than_the_mean_spectrum(generator: Generator, tmp_path: Path) -> None:
    front_end = generator.bundle.front_end

    def picture(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        return front_end.compute(np.asarray(soxr.resample(sound, RATE, front_end.sample_rate), dtype=np.float32))

    known = np.stack([picture(one_shot(kind, 900 + seed)) for kind in KINDS for seed in range(4)])
    errors, baseline = [], []
    for kind in KINDS:
        for seed in (31, 32):
            sound = one_shot(kind, seed)
            path = write(tmp_path / f"{kind} {seed}.wav", sound, subtype="FLOAT")
            (made,) = generator.make(GenerationRequest(paths=(os.fsencode(path),)))
            target = picture(sound)
            errors.append(float(np.square(picture(made.sound) - target).mean()))
            baseline.append(float(np.square(known.mean(axis=0) - target).mean()))
    assert np.mean(errors) < 0.5 * np.mean(baseline)
    assert np.mean(np.array(errors) < np.array(baseline)) > 0.9
