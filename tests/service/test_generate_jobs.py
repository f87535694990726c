"""Sounds made beside the index: the newest that is asked for comes, with its lineage; the rest is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.bundles import tiny_bundle
from tests.sounds import one_shot, write
from tui_browser.config.places import cache_dir
from tui_browser.generate.lineage import read_lineage
from tui_browser.indexing.indexer import index_library
from tui_browser.library.library import Library, open_for_writing
from tui_browser.model.bundle import Bundle
from tui_browser.records import SampleId
from tui_browser.service.generate_jobs import GenerateJobs
from tui_browser.service.messages import Event, MakeFailed, MakeSound, SoundMade


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny_bundle(tmp_path_factory.mktemp("models") / "tiny", sound=True)


@pytest.fixture(scope="module")
def library(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    base = tmp_path_factory.mktemp("library")
    for seed, kind in enumerate(("kick", "snare", "tom")):
        write(base / "samples" / f"{kind}.wav", one_shot(kind, seed))
    write(base / "samples" / "silent.wav", np.zeros(2000, np.float32))
    path = str(base / "library.db")
    with open_for_writing(path) as store:
        index_library(
            store, add=[os.fsencode(base / "samples")], model=bundle.folder, jobs=1, layout="auto",
            report=lambda _: None,
        )  # fmt: skip
    with Library.open(path) as opened:
        yield opened


def finish(making: GenerateJobs) -> None:
    while (descriptor := making.fileno()) is not None:
        wait([descriptor], timeout=60)
        making.poll()


def sample(library: Library, name: str) -> SampleId:
    return next(row.id for row in library.all_rows() if row.path.endswith(name.encode()))


def folders() -> list[Path]:
    return list(Path(cache_dir()).glob("made-*"))


def test_what_was_asked_last_is_made_and_what_is_not_kept_goes(bundle: Bundle, library: Library) -> None:
    told: list[Event] = []
    kick, snare, tom = (sample(library, f"{name}.wav") for name in ("kick", "snare", "tom"))
    making = GenerateJobs(bundle, library, tell=told.append)
    try:
        assert making.fileno() is None and not folders()
        making.ask(MakeSound(1, (kick,), variance=0.5))
        making.ask(MakeSound(2, (kick,), variance=0.5))
        making.ask(MakeSound(3, (kick, snare)))
        finish(making)
        first, mixed = told
        assert isinstance(first, SoundMade) and isinstance(mixed, SoundMade)
        assert (first.number, first.how, mixed.number, mixed.how) == (1, "varied", 3, "mixed")
        assert [os.path.basename(path) for path in mixed.sources] == [b"kick.wav", b"snare.wav"]
        lineage = read_lineage(mixed.path[:-4] + b".json")
        z = {row.id: latent for row, latent in library.latents((kick, snare))}
        assert np.allclose(lineage.latent(), (z[kick] + z[snare]) / 2, atol=1e-6)
        sound, rate = soundfile.read(os.fsdecode(mixed.path))
        assert rate == 44_100 and np.isfinite(sound).all() and len(sound)

        making.ask(MakeSound(4, (kick, tom), weights=(0.25, 0.75), at=(0.2, 0.3)))
        finish(making)
        assert isinstance(told[-1], SoundMade) and told[-1].how == "at"
        lineage = read_lineage(told[-1].path[:-4] + b".json")
        assert (lineage.weights, lineage.at) == ((0.25, 0.75), (0.2, 0.3))
        assert len(folders()) == 1
    finally:
        making.close()
    assert not folders()


@pytest.mark.parametrize("name", ["silent.wav", ""])
def test_what_cannot_be_made_is_told(bundle: Bundle, library: Library, name: str) -> None:
    told: list[Event] = []
    making = GenerateJobs(bundle, library, tell=told.append)
    try:
        making.ask(MakeSound(7, (sample(library, name) if name else SampleId(10**9),)))
        finish(making)
    finally:
        making.close()
    (failed,) = told
    assert isinstance(failed, MakeFailed) and failed.number == 7 and failed.reason


@pytest.mark.parametrize("sound", [False, True])
def test_another_model_or_one_without_decoder_is_told(library: Library, tmp_path: Path, sound: bool) -> None:
    told: list[Event] = []
    making = GenerateJobs(tiny_bundle(tmp_path / "other", seed=5, sound=sound), library, tell=told.append)
    try:
        making.ask(MakeSound(1, (sample(library, "kick.wav"),)))
        finish(making)
    finally:
        making.close()
    (failed,) = told
    assert isinstance(failed, MakeFailed)
    assert ("heard by" if sound else "no sounds") in failed.reason


def test_a_maker_that_died_is_started_again(bundle: Bundle, library: Library) -> None:
    told: list[Event] = []
    kick = sample(library, "kick.wav")
    making = GenerateJobs(bundle, library, tell=told.append)
    try:
        making.ask(MakeSound(1, (kick,)))
        making._studio.maker._child.process.kill()
        finish(making)
        making.ask(MakeSound(2, (kick,)))
        finish(making)
    finally:
        making.close()
    assert [type(event) for event in told] == [MakeFailed, SoundMade]
