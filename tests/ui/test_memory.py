"""What a large library leaves behind goes back to the system."""

from __future__ import annotations

import functools
import gc
import subprocess
import sys
import weakref
from dataclasses import replace

import pytest

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.service.messages import Changed
from tui_browser.ui.garbage_collection import freeze

CODE = """
import gc, os, threading
import numpy as np
from tui_browser.ui.garbage_collection import MANY, release_memory

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

kept = []
def work():
    parts = [np.ones(1 << 15, dtype=np.uint8) for _ in range(6000)]
    kept.extend(parts[::1000] + parts[-1:])

thread = threading.Thread(target=work)
thread.start()
thread.join()
before, frozen = resident(), gc.get_freeze_count()
release_memory(MANY - 1)
few = gc.get_freeze_count()
after = resident()
release_memory(MANY)
print(before, after, few - frozen, gc.get_freeze_count() - few)
"""


def test_freed_memory_is_given_back() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only glibc keeps it")
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60)
    before, after, few, many = map(int, done.stdout.split())
    assert few == 0 and many > 1000  # objects are frozen where they are many
    if before < 150:
        pytest.skip("this C library gives memory back by itself")
    assert after < before - 120


class Thing:
    """Something that can be in a cycle."""

    other: Thing


def cycle() -> weakref.ref[Thing]:
    one, two = Thing(), Thing()
    one.other, two.other = two, one
    return weakref.ref(one)


def test_a_library_that_is_loaded_is_left_out_of_the_search_for_cycles() -> None:
    async def scenario() -> None:
        async with driving(Bench()) as drive:
            loaded = drive.controllers.state.map_model.snapshot
            await drive.until(lambda: all(each is not loaded for each in gc.get_objects()), what="the library left out")
            assert gc.get_freeze_count() > 1000

    gc.unfreeze()
    run(scenario)


def shows(drive: Drive, revision: int) -> bool:
    return drive.controllers.state.map_model.snapshot.revision == revision


def test_a_library_that_is_replaced_is_freed_without_a_search_for_cycles() -> None:
    async def scenario() -> None:
        async with driving(Bench()) as drive:
            replaced: list[list[weakref.ref[object]]] = []
            for revision in (2, 3, 4):
                await drive.press("l", "n")
                drive.bench.library.held = replace(snapshot(300 + revision, seed=revision), revision=revision)
                drive.bench.service.tell(drive.app, Changed(revision))
                await drive.until(functools.partial(shows, drive, revision), what="the change")
                map_model = drive.controllers.state.map_model
                replaced.append([weakref.ref(map_model.raster), weakref.ref(map_model.snapshot.xy)])
                del map_model
            gone = [part() is None for parts in replaced[:-1] for part in parts]
            assert gone == [True] * 4

    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        run(scenario)
    finally:
        gc.set_threshold(*before)


def test_young_cycles_are_found_before_and_later_ones_after() -> None:
    young = cycle()
    freeze()
    assert young() is None
    later = cycle()
    gc.collect()
    assert later() is None
