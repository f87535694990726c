"""Signal 9 at random moments of all that changes a library: it opens, holds what was confirmed, and goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.trouble.killed_edits import KilledEdits
from benchmarks.trouble.killed_migration import KilledMigration
from benchmarks.trouble.programs import Place, group_ends, kill
from benchmarks.trouble.same_library import differences, library_facts
from benchmarks.trouble.sample_tree import SampleTree
from tui_browser.errors import BrowserError
from tui_browser.store.checking import check_library
from tui_browser.store.store import Store

COMPARE_EVERY = 10
"""Kills between two runs to the end, each compared with a fresh index."""
SHARES = {"indexing": 0.35, "watching": 0.2, "tagging": 0.2, "refitting": 0.15, "migrating": 0.1}
_SHORTEST_S, _LONGEST_S = 0.4, 12.0


class KillRun:
    """A tree and a library on which programs are killed; the same seed makes the same choices."""

    def __init__(
        self, place: Place, *, seed: int, files: int = 60, told: Callable[[str], None] = lambda _: None
    ) -> None:
        self.counts: Counter[str] = Counter()
        """Kills by what the program did."""
        self._place = place
        self._seed = seed
        self._told = told
        self._rng = np.random.default_rng((seed, 2))
        self._lasts_s = dict.fromkeys(SHARES, 3.0)
        """What a program needs to its end, as far as it is known."""
        self._revision = 0
        self._tree = SampleTree(os.path.join(place.folder, "tree"), seed, most=files)
        os.makedirs(os.path.dirname(place.library), exist_ok=True)
        for _ in range(files):
            self._tree.create()
        place.index(*self._tree.roots)
        place.run("layout", "pca")
        self._edits = KilledEdits(place)
        self._migration = KilledMigration(place)

    def kill_many(self, kills: int, *, in_turn: Sequence[str] = ()) -> list[str]:
        """Kill so often, at random or these programs `in_turn`, and compare from time to time; what went wrong."""
        faults: list[str] = []
        kinds, shares = list(SHARES), np.array(list(SHARES.values()))
        while self.counts.total() < kills and not faults:
            what = kinds[int(self._rng.choice(len(kinds), p=shares / shares.sum()))]
            if in_turn:
                what = in_turn[self.counts.total() % len(in_turn)]
            before = self.counts.total()
            faults += [f"{what}, kill {before + 1}: {fault}" for fault in self._kill(what)]
            done = self.counts.total()
            if done > before and (done % COMPARE_EVERY == 0 or done == kills):
                faults += self._compare()
                self._told(f"{done} kills, {len(faults)} faults")
        return faults

    def _kill(self, what: str) -> list[str]:
        if what == "migrating":
            faults, killed = self._migration.kill_once(self._moment(what))
        elif what == "tagging":
            faults, killed = self._edits.kill_once(self._moment(what))
            faults += self._check()
        else:
            faults, killed = self._kill_program(what)
            faults += self._check() + self._edits.lost()
        self._lasts_s[what] *= 1.04 if killed else 0.9
        self._lasts_s[what] = min(_LONGEST_S, max(_SHORTEST_S, self._lasts_s[what]))
        self.counts["second pass" if what == "indexing" and self._in_second_pass() else what] += killed
        return faults

    def _in_second_pass(self) -> bool:
        """Whether all files are in the library, and the rest of some long ones is still to be read."""
        with contextlib.suppress(BrowserError), Store.open(self._place.library) as store:
            counts = store.counts()
            return counts.unfinished > 0 and not counts.unheard
        return False

    def _moment(self, what: str) -> float:
        return float(self._rng.uniform(0.02, self._lasts_s[what]))

    def _kill_program(self, what: str) -> tuple[list[str], bool]:
        """Kill `index`, `watch` or `layout` while it has something to do."""
        moment = self._moment(what)
        changes = int(self._rng.integers(1, 30))
        if what == "refitting":
            process = self._place.start("layout", ("pca", "near")[changes % 2], "--refit", "--quiet")
            time.sleep(moment)
        elif what == "indexing":
            self._change(changes)
            process = self._place.start("index", "--layout", "none", "--quiet")
            time.sleep(moment)
        else:
            process = self._place.start("watch", "--quiet")
            for _ in range(changes):
                self._change(1)
                time.sleep(moment / changes)
        seen = self._revision_now()
        killed = kill(process)
        faults = [] if group_ends(process) else ["its processes lived on"]
        if (now := self._revision_now()) < seen:
            faults.append(f"revision {now} after {seen} was read")
        return faults, killed

    def _change(self, operations: int) -> None:
        for _ in range(operations):
            self._tree.step()
        self._tree.settle()

    def _revision_now(self) -> int:
        with contextlib.suppress(BrowserError), Store.open(self._place.library) as store:
            return store.revision()
        return -1

    def _check(self) -> list[str]:
        """What is wrong with the library as it was left."""
        try:
            return [f"status --check: {problem.what}" for problem in check_library(self._place.library)]
        except BrowserError as error:
            return [str(error)]

    def _compare(self) -> list[str]:
        """Index to the end, and hold the library beside a fresh one."""
        self._tree.settle()
        fresh = os.path.join(self._place.folder, "fresh", "library.db")
        shutil.rmtree(os.path.dirname(fresh), ignore_errors=True)
        self._place.index()
        self._place.index(*self._tree.roots, library=fresh)
        faults = differences(library_facts(self._place.library), library_facts(fresh))
        return [f"after {self.counts.total()} kills: {fault}" for fault in faults] + self._edits.lost()
