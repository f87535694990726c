"""Copies on the screen: folded into the first one with their number, unfolded by one key, found by the palette."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.records import Snapshot
from tui_browser.service.messages import FindCopies
from tui_browser.ui.state.copy_stacks import CopyStacks

COUNT = 40


def copied() -> Snapshot:
    """Forty samples, of which 3, 4 and 5 sound alike, and 20 and 21."""
    held = snapshot(COUNT)
    vectors, xy = np.array(held.vectors), np.array(held.xy)
    for row, first in ((4, 3), (5, 3), (21, 20)):
        vectors[row], xy[row] = vectors[first], xy[first]
    return replace(held, vectors=vectors, xy=xy)


@pytest.fixture
def bench() -> Bench:
    held = copied()
    library = FakeLibrary(held)
    library.stack_of = {int(held.ids[row]): int(held.ids[first]) for row, first in
                        ((3, 4), (4, 4), (5, 4), (20, 20), (21, 20))}  # fmt: skip
    return Bench(library=library)


async def loaded(drive: Drive) -> None:
    await drive.until(lambda: drive.controllers.state.map_model.stacks is not None)
    await drive.settle()


def rows(drive: Drive) -> set[int]:
    return set(drive.controllers.cursor.listing.rows.tolist())


def test_copies_are_folded_into_the_one_that_stays_and_one_key_shows_each(bench: Bench) -> None:
    async def scenario() -> None:
        async with driving(bench, size=(160, 60)) as drive:
            await loaded(drive)
            assert rows(drive) == set(range(COUNT)) - {3, 5, 21}
            await drive.press("tab", "home")
            await drive.until(lambda: "×3" in drive.text and "×2" in drive.text)
            await drive.press("backslash")
            assert rows(drive) == set(range(COUNT)) and "×3" not in drive.text
            drive.controllers.cursor.go(drive.controllers.state.map_model.id_at(5))
            await drive.press("backslash")
            assert rows(drive) == set(range(COUNT)) - {3, 5, 21} and drive.row == 4, "the cursor goes to the first"

    run(scenario)


def test_c5_neighbours_list_a_sound_once_however_many_copies_it_has(bench: Bench) -> None:
    async def scenario() -> None:
        async with driving(bench, size=(160, 50)) as drive:
            await loaded(drive)
            drive.controllers.cursor.go(drive.controllers.state.map_model.id_at(20))
            await drive.press("n")
            near = drive.controllers.state.cursor.neighbours
            assert near is not None
            listed = [drive.controllers.state.map_model.row_of(sample) for sample in near.ids]
            assert 21 not in listed and 4 in listed and not {3, 5} & set(listed)
            assert near.distances[0] > 1e-3, "the copy of the anchor is not its first neighbour"

    run(scenario)


def test_a_filter_folds_among_what_it_shows(bench: Bench) -> None:
    async def scenario() -> None:
        async with driving(bench, size=(160, 50)) as drive:
            await loaded(drive)
            name = bench.library.held.names[5].split(b"/")[-1].decode().split(".")[0]
            await drive.press("/")
            await drive.type(name)
            await drive.until(lambda: 5 in rows(drive), what="a copy whose first one does not match stands for itself")

    run(scenario)


def test_the_palette_asks_for_a_search_and_without_copies_the_key_says_how() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            await drive.press("backslash")
            assert "no copies are known" in drive.text
            drive.app.main.perform("find_copies")
            assert FindCopies() in bench.service.asked

    run(scenario)


def test_stacks_of_a_million_samples_are_folded_quickly() -> None:
    count = 1_000_000
    ids = np.arange(count, dtype=np.int64) * 2
    samples = ids[::10]
    stacks = CopyStacks.of(ids, (samples, samples - samples % 40))
    assert stacks is not None
    mask, sizes = stacks.folded(None, count)
    assert mask is not None and count - mask.sum() == len(samples) - len(np.unique(samples - samples % 40))
    assert all(mask[row] for row in sizes) and sum(sizes.values()) <= len(samples)


@pytest.mark.parametrize("seed", range(20))
def test_exactly_one_of_each_stack_is_shown_and_what_has_no_copy_stays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 40
    ids = np.sort(rng.choice(1_000, count, replace=False)).astype(np.int64)
    samples = np.sort(rng.choice(ids, 15, replace=False))
    numbers = samples[rng.integers(0, 5, len(samples))]
    mask = rng.random(count) < 0.6 if seed % 2 else None
    stacks = CopyStacks.of(ids, (samples, numbers))
    assert stacks is not None
    folded, sizes = stacks.folded(mask, count)
    shown = np.ones(count, dtype=bool) if folded is None else folded
    before = np.ones(count, dtype=bool) if mask is None else mask
    alone = ~np.isin(ids, samples)
    assert (shown[alone] == before[alone]).all() and not (shown & ~before).any()
    for number in np.unique(numbers):
        of_stack = np.searchsorted(ids, samples[numbers == number])
        visible = of_stack[before[of_stack]]
        first = [row for row in of_stack if shown[row]]
        assert len(first) == min(1, len(visible))
        if len(visible) > 1:
            assert sizes[int(first[0])] == len(visible)
            keeper = int(np.searchsorted(ids, number))
            assert first[0] == (keeper if keeper in visible and number in samples[numbers == number] else min(visible))
