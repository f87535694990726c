"""Going through the hits of a long sound, and cutting WAVs out of it, as a person meets both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.config.settings import Settings
from tui_browser.playback.messages import Finished, Position
from tui_browser.records import Root, SampleId, Slice
from tui_browser.ui.controllers.slices import slice_at

HITS = [Slice(0.1, 0.2), Slice(0.3, 0.2), Slice(0.5, 0.5)]
RATE = 44_100


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "a loop.wav"
    samples = np.random.default_rng(0).uniform(-1, 1, RATE)
    soundfile.write(path, samples, RATE, subtype="PCM_24")
    return path


def bench_of(sound: Path, hits: list[Slice]) -> Bench:
    held = snapshot(1, paths=[str(sound).encode()])
    library = FakeLibrary(held, roots=[Root(str(sound.parent).encode(), True, len(held))])
    library.hits = {SampleId(int(library.held.ids[0])): hits}
    return Bench(library=library, settings=Settings(motion=False))


def drives(bench: Bench, test: Callable[[Drive], Awaitable[None]]) -> None:
    async def scenario() -> None:
        async with driving(bench, size=(100, 30)) as drive:
            await test(drive)

    run(scenario)


def test_keys_go_from_hit_to_hit_each_from_its_onset(sound: Path) -> None:
    bench = bench_of(sound, HITS)

    async def test(drive: Drive) -> None:
        starts = bench.player.starts
        await drive.press("right_parenthesis")
        await drive.sees("slice 1 of 3, at 0.10 s")
        await drive.press("right_parenthesis")
        await drive.until(lambda: starts == [0.1, 0.3])
        bench.player.tell(drive.app, Position(bench.player.tokens[-1], 0.7))  # it went on into the third
        await drive.press("right_parenthesis")
        await drive.sees("this is the last slice")
        await drive.press("left_parenthesis")
        await drive.until(lambda: starts == [0.1, 0.3, 0.3])
        await drive.press("left_parenthesis")
        await drive.until(lambda: starts == [0.1, 0.3, 0.3, 0.1])
        await drive.press("left_parenthesis")
        await drive.sees("this is the first slice")
        bench.player.tell(drive.app, Finished(bench.player.tokens[-1]))
        await drive.press("left_parenthesis")
        await drive.until(lambda: len(starts) == 5)
        assert starts[-1] == 0.1, "where nothing sounds it begins with the first"

    drives(bench, test)


def test_the_hit_that_sounds_is_written_as_a_wav(sound: Path, tmp_path: Path) -> None:
    bench, folder = bench_of(sound, HITS), tmp_path / "cuts"
    folder.mkdir()

    async def test(drive: Drive) -> None:
        drive.controllers.slices.folder = str(folder)
        await drive.press("right_parenthesis")
        await drive.until(lambda: len(bench.player.starts) == 1)
        await drive.press("right_parenthesis")
        await drive.until(lambda: len(bench.player.starts) == 2)
        for _ in range(2):
            await drive.press("e")
            await drive.sees("Write a WAV into")
            await drive.press("enter")
            await drive.sees("written: ")
            await drive.until(lambda: not drive.controllers.slices._worker.busy)

    drives(bench, test)
    assert sorted(path.name for path in folder.iterdir()) == ["a loop-0.300s-2.wav", "a loop-0.300s.wav"]
    whole, _ = soundfile.read(sound, dtype="int32")
    for path in folder.iterdir():
        part, rate = soundfile.read(path, dtype="int32")
        assert rate == RATE and soundfile.info(path).subtype == "PCM_24"
        assert np.array_equal(part, whole[round(0.3 * RATE) : round(0.5 * RATE)])


def test_without_hits_it_is_what_follows_the_play_head(sound: Path, tmp_path: Path) -> None:
    bench, folder = bench_of(sound, []), tmp_path / "cuts"
    folder.mkdir()

    async def test(drive: Drive) -> None:
        drive.controllers.slices.folder = str(folder)
        await drive.press("right_parenthesis")
        await drive.sees("no slices")
        await drive.press("space")
        bench.player.tell(drive.app, Position(bench.player.tokens[-1], 0.25))
        await drive.press("e", "enter")
        await drive.sees("written: ")
        await drive.press("e", "escape")
        drive.controllers.slices.folder = str(folder / "none")
        await drive.press("e", "enter")
        await drive.sees("could not be written")

    drives(bench, test)
    (path,) = folder.iterdir()
    whole, _ = soundfile.read(sound, dtype="int32")
    assert path.name == "a loop-0.250s.wav"
    assert np.array_equal(soundfile.read(path, dtype="int32")[0], whole[round(0.25 * RATE) :])


def test_a_place_belongs_to_the_hit_before_it() -> None:
    assert [slice_at(HITS, at_s) for at_s in (0.0, 0.1, 0.28, 0.3, 0.4, 9.0)] == [0, 0, 1, 1, 1, 2]


def test_what_is_similar_is_asked_of_the_hit_that_sounds(sound: Path) -> None:
    held = snapshot(40, paths=[str(sound).encode(), *(b"/samples/%d.wav" % i for i in range(39))])
    assert held.vectors is not None
    library = FakeLibrary(held, roots=[Root(str(sound.parent).encode(), True, 1), Root(b"/samples", True, 39)])
    first = SampleId(int(held.ids[0]))
    library.hits = {first: HITS}
    library.hit_vectors = {(first, 1): held.vectors[17]}
    bench = Bench(library=library, settings=Settings(motion=False))

    async def test(drive: Drive) -> None:
        drive.controllers.cursor.go(first)
        await drive.press("right_parenthesis")
        await drive.until(lambda: len(bench.player.starts) == 1)
        await drive.press("right_parenthesis")
        await drive.until(lambda: len(bench.player.starts) == 2)
        await drive.press("n")
        await drive.until(lambda: drive.controllers.state.cursor.neighbours is not None)
        near = drive.controllers.state.cursor.neighbours
        assert near is not None and near.name == "a loop.wav at 0.30 s"
        assert near.ids[0] == int(held.ids[17]) and near.distances[0] == 0.0

    drives(bench, test)


def test_the_details_tell_where_the_hits_are(sound: Path) -> None:
    bench = bench_of(sound, HITS)

    async def test(drive: Drive) -> None:
        await drive.press("enter")
        await drive.sees("3, at 0.10 s, 0.30 s, 0.50 s")

    drives(bench, test)


def test_a_sound_that_is_begun_anew_is_at_no_hit_until_it_comes_to_one(sound: Path) -> None:
    bench = bench_of(sound, HITS)

    async def test(drive: Drive) -> None:
        starts = bench.player.starts
        for count in (1, 2, 3):
            await drive.press("right_parenthesis")
            await drive.until(partial(lambda count: len(starts) == count, count))
        await drive.press("space", "space")
        await drive.until(lambda: len(starts) == 4)
        bench.player.tell(drive.app, Position(bench.player.tokens[-1], 0.15))
        await drive.press("right_parenthesis")
        await drive.until(lambda: len(starts) == 5)
        assert starts[-1] == 0.3

    drives(bench, test)
