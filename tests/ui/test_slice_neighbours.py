"""`n` among the hits of long files: listed once, named, heard from their onsets, and back again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.config.settings import Settings
from tui_browser.playback.messages import Finished, Position
from tui_browser.records import SampleId, Slice, SliceTable, Snapshot
from tui_browser.service.messages import Guest

SNARE, LOOP, OTHER = 5, 17, 23
"""Rows of a one-shot and of two loops."""
ONSETS = [0.0, 1.2, 4.3, 6.5]


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)


@pytest.fixture
def held() -> Snapshot:
    """The loop's third hit is nearly the snare, and its second a little further; the other loop's first is near it."""
    held = snapshot(60)
    assert held.vectors is not None
    rng, snare = np.random.default_rng(4), held.vectors[SNARE]
    vectors = unit(rng.standard_normal((8, held.vectors.shape[1])))
    vectors[2] = unit(snare + 0.002 * vectors[2])
    vectors[1] = unit(snare + 0.003 * vectors[1])
    vectors[4] = unit(snare + 0.004 * vectors[4])
    whole = held.vectors.copy()
    whole[[LOOP, OTHER]] = unit(rng.standard_normal((2, whole.shape[1])))
    hits = SliceTable(
        held.ids[[LOOP, OTHER]], np.array([0, 4, 8]), np.array(ONSETS * 2), np.array([1.2, 3.1, 2.2, 0.5] * 2), vectors
    )
    return replace(held, vectors=whole, slices=hits)


def bench_of(held: Snapshot, *, aside: bool = False) -> Bench:
    library = FakeLibrary(held)
    assert held.slices is not None
    library.hits = {SampleId(int(sample)): [Slice(onset, 1.0) for onset in ONSETS] for sample in held.slices.files}
    if aside:
        library.aside = held.slices
        library.held = replace(held, slices=None, slices_omitted=True)
    return Bench(library=library, settings=Settings(motion=False))


def drives(bench: Bench, test: Callable[[Drive], Awaitable[None]]) -> None:
    async def scenario() -> None:
        async with driving(bench, size=(110, 30)) as drive:
            snare = SampleId(int(bench.library.held.ids[SNARE]))
            drive.controllers.cursor.go(snare)
            await test(drive)

    run(scenario)


@pytest.mark.parametrize("aside", [False, True], ids=["in memory", "too many"])
def test_n_goes_from_a_snare_to_the_loop_that_it_is_in(held: Snapshot, aside: bool) -> None:
    bench = bench_of(held, aside=aside)
    loop, other, snare = (int(held.ids[row]) for row in (LOOP, OTHER, SNARE))

    async def test(drive: Drive) -> None:
        await drive.press("n")
        await drive.until(lambda: drive.selected == loop)
        await drive.sees("neighbour 1 of 50 · distance 0.00 · slice at 4.30 s")
        near = drive.controllers.state.cursor.neighbours
        assert near is not None and near.ids[:2] == (loop, other)
        assert len(set(near.ids)) == len(near.ids) == 50, "each file once"
        assert list(near.distances) == sorted(near.distances)
        await drive.press("space")
        assert bench.player.played[-1] == held.names[LOOP]
        assert (bench.player.starts[-1], bench.player.ends[-1]) == (4.3, 6.5), "from the hit to the next"
        await drive.press("space")
        assert bench.player.stopped == 1, "and the same key stops it"
        await drive.press("n")
        await drive.sees("neighbour 2 of 50 · distance 0.00 · slice at 0.00 s")
        await drive.press("n", "p")
        assert near.slices[2] is None and (bench.player.starts[-1], bench.player.ends[-1]) == (0.0, None)
        assert "slice at" not in drive.text
        await drive.press("N", "N", "p")
        assert bench.player.starts[-1] == 4.3
        for sample in (other, near.ids[2], other, loop, snare):
            await drive.press("b")
            assert drive.selected == sample
        assert drive.controllers.state.cursor.neighbours is None
        await drive.press("space")
        assert bench.player.starts[-1] == 0.0

    drives(bench, test)


def test_walking_to_the_loop_plays_it_from_its_beginning(held: Snapshot) -> None:
    bench = bench_of(held)

    async def test(drive: Drive) -> None:
        await drive.press("n", "escape", "space")
        assert drive.selected == int(held.ids[LOOP])
        assert bench.player.starts == [0.0]

    drives(bench, test)


def test_with_auto_play_the_hit_sounds_and_the_next_one_is_a_key_away(held: Snapshot) -> None:
    bench = bench_of(held)

    async def test(drive: Drive) -> None:
        drive.controllers.state.playback.auto = True
        await drive.press("n")
        await drive.until(lambda: bench.player.starts == [4.3])
        await drive.press("right_parenthesis")
        await drive.until(lambda: bench.player.starts == [4.3, 6.5])
        assert bench.player.ends == [6.5, None]
        await drive.sees("slice 4 of 4, at 6.50 s")
        drive.controllers.playback.play(held.names[LOOP], start_s=0.0)
        bench.player.tell(drive.app, Position(bench.player.tokens[-1], 1.3))
        await drive.press("right_parenthesis")
        await drive.until(lambda: bench.player.starts[3:] == [4.3])

    drives(bench, test)


def test_the_keys_for_hits_go_on_from_the_one_in_the_list_when_it_has_ended(held: Snapshot) -> None:
    bench = bench_of(held)

    async def test(drive: Drive) -> None:
        await drive.press("n", "space")
        bench.player.tell(drive.app, Finished(bench.player.tokens[-1]))
        await drive.press("left_parenthesis")
        await drive.until(lambda: bench.player.starts == [4.3, 1.2])
        bench.player.tell(drive.app, Finished(bench.player.tokens[-1]))
        await drive.press("left_parenthesis")
        await drive.until(lambda: bench.player.starts == [4.3, 1.2, 0.0])
        await drive.press("n", "space")
        assert bench.player.starts[-1] == 0.0 and bench.player.played[-1] == held.names[OTHER]

    drives(bench, test)


@pytest.mark.parametrize("aside", [False, True], ids=["in memory", "too many"])
def test_a_guest_is_found_in_loops_too(held: Snapshot, aside: bool) -> None:
    bench = bench_of(held, aside=aside)
    assert held.vectors is not None
    guest = Guest(b"/a/new snare.wav", held.vectors[SNARE], (0.5, 0.5), "snare", 0.9, {"snare": 0.9}, 0.4, -9.0)

    async def test(drive: Drive) -> None:
        drive.controllers.neighbours.show_guest(guest)
        await drive.sees("50 neighbours of new snare.wav")
        await drive.press("n", "n")
        assert drive.selected == int(held.ids[LOOP])
        await drive.sees("neighbour 2 of 50 · distance 0.00 · slice at 4.30 s")

    drives(bench, test)


def test_a_filter_holds_for_hits_too(held: Snapshot) -> None:
    bench = bench_of(held)
    name = held.names[OTHER].rsplit(b"/", 1)[-1].decode().removesuffix(".wav")

    async def test(drive: Drive) -> None:
        await drive.press("slash")
        await drive.type(name)
        await drive.press("enter")
        drive.controllers.cursor.go(SampleId(int(held.ids[SNARE])))
        await drive.press("n")
        near = drive.controllers.state.cursor.neighbours
        assert near is not None and near.ids[0] == int(held.ids[OTHER]) and near.slices[0] is not None
        assert int(held.ids[LOOP]) not in near.ids

    drives(bench, test)
