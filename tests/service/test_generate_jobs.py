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
from tui_browser.generate.sound_encoder import HeardSound
from tui_browser.library.library import Library
from tui_browser.model.bundle import Bundle
from tui_browser.records import SampleId
from tui_browser.service.generate_jobs import GenerateJobs
from tui_browser.service.messages import (
    Event,
    GenerateSound,
    GenerationFailed,
    GenerationProgress,
    Guest,
    MorphSamples,
    SoundGenerated,
    SoundHeard,
)

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


def jobs_of(bundle: Bundle, library: Library, events: list[Event]) -> GenerateJobs:
    """The jobs, with a map on which every sound lies in one place."""

    def guest_of(path: bytes, heard: HeardSound) -> tuple[Guest, bool]:
        return Guest(path, heard.encoding.embedding[0], (0.25, 0.75), "kick", 0.9, {}, heard.duration_s, -9.0), True

    return GenerateJobs(bundle, library, guest_of=guest_of, emit=events.append)


def answers(events: list[Event]) -> list[Event]:
    """What was made or failed, without progress and what was heard afterwards."""
    return [event for event in events if isinstance(event, (SoundGenerated, GenerationFailed))]


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
    jobs = jobs_of(bundle, library, events)
    try:
        assert jobs.fileno() is None and not folders()
        jobs.request(GenerateSound(1, (kick,), variance=0.5))
        jobs.request(GenerateSound(2, (kick,), variance=0.5))
        jobs.request(GenerateSound(3, (kick, snare)))
        finish(jobs)
        first, mixed = answers(events)
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
        at = answers(events)[-1]
        assert isinstance(at, SoundGenerated) and at.how == "at"
        lineage = read_lineage(at.path[:-4] + b".json")
        assert (lineage.weights, lineage.at) == ((0.25, 0.75), (0.2, 0.3))
        assert len(folders()) == 1
    finally:
        jobs.close()
    assert not folders()


@pytest.mark.parametrize("name", ["silent.wav", ""])
def test_a_failure_is_an_event(bundle: Bundle, library: Library, name: str) -> None:
    events: list[Event] = []
    jobs = jobs_of(bundle, library, events)
    try:
        jobs.request(GenerateSound(7, (sample(library, name) if name else SampleId(10**9),)))
        finish(jobs)
    finally:
        jobs.close()
    (failed,) = answers(events)
    assert isinstance(failed, GenerationFailed) and failed.number == 7 and failed.reason


@pytest.mark.parametrize("sound", [False, True])
def test_another_model_and_one_without_decoder_fail(library: Library, tmp_path: Path, sound: bool) -> None:
    events: list[Event] = []
    jobs = jobs_of(tiny_bundle(tmp_path / "other", seed=5, sound=sound), library, events)
    try:
        jobs.request(GenerateSound(1, (sample(library, "kick.wav"),)))
        finish(jobs)
    finally:
        jobs.close()
    (failed,) = answers(events)
    assert isinstance(failed, GenerationFailed)
    assert ("encoded by" if sound else "cannot generate") in failed.reason


def test_a_dead_process_is_started_again(bundle: Bundle, library: Library) -> None:
    events: list[Event] = []
    kick = sample(library, "kick.wav")
    jobs = jobs_of(bundle, library, events)
    try:
        jobs.request(GenerateSound(1, (kick,)))
        jobs._generator.process._child.process.kill()
        finish(jobs)
        jobs.request(GenerateSound(2, (kick,)))
        finish(jobs)
    finally:
        jobs.close()
    assert [type(event) for event in answers(events)] == [GenerationFailed, SoundGenerated]


def test_each_sound_is_heard_again_after_it_was_answered(bundle: Bundle, library: Library) -> None:
    events: list[Event] = []
    jobs = jobs_of(bundle, library, events)
    try:
        jobs.request(GenerateSound(1, (sample(library, "kick.wav"),)))
        finish(jobs)
    finally:
        jobs.close()
    progress, made, heard = events
    assert progress == GenerationProgress(1, 0, 1)
    assert isinstance(made, SoundGenerated) and isinstance(heard, SoundHeard)
    assert (heard.number, heard.guest.path, heard.placed) == (1, made.path, True)
    assert np.linalg.norm(heard.guest.vector) == pytest.approx(1.0, abs=1e-5) and heard.guest.duration_s > 0


def test_a_morph_is_its_steps_and_one_sound_of_all(bundle: Bundle, library: Library) -> None:
    events: list[Event] = []
    kick, tom = sample(library, "kick.wav"), sample(library, "tom.wav")
    jobs = jobs_of(bundle, library, events)
    try:
        jobs.request(MorphSamples(3, (kick, tom), 4))
        finish(jobs)
        *steps, whole = [event for event in answers(events) if isinstance(event, SoundGenerated)]
        assert [step.step for step in steps] == [1, 2, 3, 4] and (whole.step, whole.how) == (0, "morph")
        assert [event.done for event in events if isinstance(event, GenerationProgress)] == [0, 1, 2, 3, 4]
        weights = [read_lineage(step.path[:-4] + b".json").weights for step in steps]
        assert np.allclose(np.array(weights, dtype=float), [(1, 0), (2 / 3, 1 / 3), (1 / 3, 2 / 3), (0, 1)])
        sounds = [soundfile.read(os.fsdecode(step.path))[0] for step in steps]
        joined, _ = soundfile.read(os.fsdecode(whole.path))
        part = max(map(len, sounds))
        for at, sound in enumerate(sounds):
            assert np.array_equal(joined[at * part : at * part + len(sound)], sound)
    finally:
        jobs.close()


def test_cancelled_nothing_is_answered_and_the_next_request_is(bundle: Bundle, library: Library) -> None:
    events: list[Event] = []
    kick, tom = sample(library, "kick.wav"), sample(library, "tom.wav")
    jobs = jobs_of(bundle, library, events)
    try:
        jobs.request(MorphSamples(1, (kick, tom), 50))
        jobs.cancel()
        finish(jobs)
        assert not answers(events)
        jobs.request(GenerateSound(2, (kick,)))
        finish(jobs)
    finally:
        jobs.close()
    assert [event.number for event in answers(events) if isinstance(event, SoundGenerated)] == [2]


def test_a_made_sound_is_varied_by_its_lineage(bundle: Bundle, library: Library) -> None:
    events: list[Event] = []
    jobs = jobs_of(bundle, library, events)
    try:
        jobs.request(GenerateSound(1, (sample(library, "kick.wav"), sample(library, "tom.wav"))))
        finish(jobs)
        (first,) = answers(events)
        assert isinstance(first, SoundGenerated)
        jobs.request(GenerateSound(2, lineages=(first.path[:-4] + b".json",), variance=0.2))
        finish(jobs)
        second = answers(events)[-1]
        assert isinstance(second, SoundGenerated) and second.how == "varied"
        assert second.sources == first.sources, "its parents are files that stay"
        kept = read_lineage(second.path[:-4] + b".json")
        assert [source.path for source in kept.sources] == list(first.sources) and kept.variance == 0.2
    finally:
        jobs.close()


def test_the_folder_does_not_grow_without_end(
    bundle: Bundle, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_browser.service.made_files.MOST_SOUNDS", 5)
    events: list[Event] = []
    jobs = jobs_of(bundle, library, events)
    kick, tom = sample(library, "kick.wav"), sample(library, "tom.wav")
    try:
        jobs.request(MorphSamples(1, (kick, tom), 8))
        finish(jobs)
        (folder,) = folders()
        names = sorted(path.name for path in folder.glob("*.wav"))
        assert names == ["mixed-5.wav", "mixed-6.wav", "mixed-7.wav", "mixed-8.wav", "morph-9.wav"]
    finally:
        jobs.close()
