"""Generated sounds: the newest request is answered, with a lineage; failures become events."""

from __future__ import annotations

import os
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.bundles import tiny_bundle
from tests.support.libraries import index
from tests.support.sounds import one_shot, write
from tui_browser.config.places import cache_dir
from tui_browser.generate.lineage import read_lineage
from tui_browser.library.library import Library
from tui_browser.model.bundle import Bundle
from tui_browser.records import SampleId
from tui_browser.service.generate_jobs import GenerateJobs
from tui_browser.service.messages import Event, GenerateSound, GenerationFailed, SoundGenerated

pytestmark = pytest.mark.slow


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
    index(path, base / "samples", model=bundle.folder)
    with Library.open(path) as opened:
        yield opened


def finish(jobs: GenerateJobs) -> None:
    while (descriptor := jobs.fileno()) is not None:
        wait([descriptor], timeout=60)
        jobs.poll()


def sample(library: Library, name: str) -> SampleId:
    return next(row.id for row in library.all_rows() if row.path.endswith(name.encode()))


def folders() -> list[Path]:
    return list(Path(cache_dir()).glob("made-*"))


def test_the_newest_request_is_answered_and_files_go_at_the_end(bundle: Bundle, library: Library) -> None:
    events: list[Event] = []
    kick, snare, tom = (sample(library, f"{name}.wav") for name in ("kick", "snare", "tom"))
    jobs = GenerateJobs(bundle, library, emit=events.append)
    try:
        assert jobs.fileno() is None and not folders()
        jobs.request(GenerateSound(1, (kick,), variance=0.5))
        jobs.request(GenerateSound(2, (kick,), variance=0.5))
        jobs.request(GenerateSound(3, (kick, snare)))
        finish(jobs)
        first, mixed = events
        assert isinstance(first, SoundGenerated) and isinstance(mixed, SoundGenerated)
        assert (first.number, first.how, mixed.number, mixed.how) == (1, "varied", 3, "mixed")
        assert [os.path.basename(path) for path in mixed.sources] == [b"kick.wav", b"snare.wav"]
        lineage = read_lineage(mixed.path[:-4] + b".json")
        z = {row.id: latent for row, latent in library.latents((kick, snare))}
        assert np.allclose(lineage.latent(), (z[kick] + z[snare]) / 2, atol=1e-6)
        sound, rate = soundfile.read(os.fsdecode(mixed.path))
        assert rate == 44_100 and np.isfinite(sound).all() and len(sound)

        jobs.request(GenerateSound(4, (kick, tom), weights=(0.25, 0.75), at=(0.2, 0.3)))
        finish(jobs)
        assert isinstance(events[-1], SoundGenerated) and events[-1].how == "at"
        lineage = read_lineage(events[-1].path[:-4] + b".json")
        assert (lineage.weights, lineage.at) == ((0.25, 0.75), (0.2, 0.3))
        assert len(folders()) == 1
    finally:
        jobs.close()
    assert not folders()


@pytest.mark.parametrize("name", ["silent.wav", ""])
def test_a_failure_is_an_event(bundle: Bundle, library: Library, name: str) -> None:
    events: list[Event] = []
    jobs = GenerateJobs(bundle, library, emit=events.append)
    try:
        jobs.request(GenerateSound(7, (sample(library, name) if name else SampleId(10**9),)))
        finish(jobs)
    finally:
        jobs.close()
    (failed,) = events
    assert isinstance(failed, GenerationFailed) and failed.number == 7 and failed.reason


@pytest.mark.parametrize("sound", [False, True])
def test_another_model_and_one_without_decoder_fail(library: Library, tmp_path: Path, sound: bool) -> None:
    events: list[Event] = []
    jobs = GenerateJobs(tiny_bundle(tmp_path / "other", seed=5, sound=sound), library, emit=events.append)
    try:
        jobs.request(GenerateSound(1, (sample(library, "kick.wav"),)))
        finish(jobs)
    finally:
        jobs.close()
    (failed,) = events
    assert isinstance(failed, GenerationFailed)
    assert ("encoded by" if sound else "cannot generate") in failed.reason


def test_a_dead_process_is_started_again(bundle: Bundle, library: Library) -> None:
    events: list[Event] = []
    kick = sample(library, "kick.wav")
    jobs = GenerateJobs(bundle, library, emit=events.append)
    try:
        jobs.request(GenerateSound(1, (kick,)))
        jobs._generator.process._child.process.kill()
        finish(jobs)
        jobs.request(GenerateSound(2, (kick,)))
        finish(jobs)
    finally:
        jobs.close()
    assert [type(event) for event in events] == [GenerationFailed, SoundGenerated]
