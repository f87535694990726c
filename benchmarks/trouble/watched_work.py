"""Random work on a tree of samples while `watch` runs, then the library beside a fresh index of the same tree."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.trouble.programs import Place, wait_for
from benchmarks.trouble.same_library import differences, library_facts
from benchmarks.trouble.sample_tree import SampleTree
from benchmarks.trouble.small_drive import SmallDrive
from tui_browser.errors import BrowserError, LibraryBusy
from tui_browser.library.library import open_for_writing
from tui_browser.store.store import Store

SETTLE_S = 90.0
"""Longest time from the last operation to a library that is equal to a fresh one."""
TAG_EVERY, FILL_EVERY = 12, 150
"""Operations between two tags, and between filling and freeing the library's drive."""


@dataclass
class WorkReport:
    """What was done, and what was wrong at the end of a round."""

    operations: int = 0
    tags: int = 0
    fills: int = 0
    samples: int = 0
    settled_s: float = 0.0
    faults: list[str] = field(default_factory=list)


class WatchedWork:
    """A tree, a library, and the verb `watch` between them."""

    def __init__(self, place: Place, *, seed: int, most: int = 300, drive: SmallDrive | None = None) -> None:
        self.place = place
        self.tree = SampleTree(os.path.join(place.folder, "tree"), seed, most=most)
        self._rng = np.random.default_rng((seed, 1))
        self._drive = drive
        self._tags: list[str] = []
        self._log = os.path.join(place.folder, "watch.log")
        os.makedirs(os.path.dirname(place.library), exist_ok=True)
        for root in self.tree.roots:
            self._must("add", root)
        for _ in range(20):
            self.tree.create()
        self._watch: subprocess.Popen[bytes] | None = None

    def _must(self, verb: str, *words: str) -> None:
        done = self.place.run(verb, *words)
        if done.returncode:
            raise RuntimeError(f"{verb} ended with {done.returncode}: {done.stderr}")

    def __enter__(self) -> WatchedWork:
        with open(self._log, "ab") as log:
            self._watch = self.place.start("watch", "--quiet", "--debug", stderr=log)
        if not wait_for(self._begun, within_s=SETTLE_S):
            raise RuntimeError(f"watch has not begun; see {self._log}")
        return self

    def _begun(self) -> bool:
        with contextlib.suppress(BrowserError), Store.open(self.place.library) as store:
            return store.counts().samples > 0
        return False

    def __exit__(self, *_: object) -> None:
        assert self._watch is not None
        self._watch.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._watch.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._watch.pid, signal.SIGKILL)
        self._watch.wait()

    def round(self, operations: int, *, pace_s: float, told: Callable[[str], None] = lambda _: None) -> WorkReport:
        """Do so many random operations, wait until the library has settled, and compare."""
        assert self._watch is not None
        report = WorkReport()
        full = False
        for number in range(operations):
            self.tree.step()
            report.operations += 1
            if number % TAG_EVERY == TAG_EVERY - 1:
                report.tags += self._tag()
            if self._drive is not None and number % FILL_EVERY == FILL_EVERY // 2:
                full = not full
                report.fills += full
                self._drive.fill() if full else self._drive.free()
            time.sleep(pace_s * float(self._rng.exponential()))
        if self._drive is not None:
            self._drive.free()
        self.tree.settle()
        told(f"{report.operations} operations, {len(self.tree.files())} files; waiting until the library has settled")
        self._compare(report)
        return report

    def _compare(self, report: WorkReport) -> None:
        assert self._watch is not None
        fresh_path = os.path.join(self.place.folder, "fresh", "library.db")
        shutil.rmtree(os.path.dirname(fresh_path), ignore_errors=True)
        started = time.monotonic()
        self.place.index(*self.tree.roots, library=fresh_path)
        fresh = library_facts(fresh_path)
        report.samples = len(fresh.samples)

        def settled() -> bool:
            with contextlib.suppress(BrowserError):
                report.faults = differences(library_facts(self.place.library), fresh)
            return not report.faults

        wait_for(settled, within_s=SETTLE_S, every_s=0.5)
        report.settled_s = time.monotonic() - started
        if self._watch.poll() is not None:
            report.faults.append(f"watch ended with {self._watch.returncode}; see {self._log}")
        report.faults += [f"tag lost: {tag}" for tag in self._lost_tags()]

    def _tag(self) -> bool:
        """Give a random sample a tag of its own; False while another process writes or the disk is full."""
        tag = f"t{len(self._tags)}"
        try:
            with open_for_writing(self.place.library, wait_s=0.2) as store:
                ids = [row.id for row in store.rows()]
                if not ids:
                    return False
                if not store.set_tags([ids[int(self._rng.integers(len(ids)))]], add=[tag], remove=[]):
                    return False
        except LibraryBusy:
            return False
        except BrowserError as error:
            if "full" in str(error) or "read or written" in str(error) or "locked" in str(error):
                return False
            raise
        self._tags.append(tag)
        return True

    def _lost_tags(self) -> list[str]:
        """Tags that were given and are neither at a sample nor kept for a sound that is gone."""
        with Store.open(self.place.library) as store:
            held = {tag for row in store.rows() for tag in row.tags}
            held |= {tag for kept in store.orphaned().values() for tag in kept.tags}
        return [tag for tag in self._tags if tag not in held]
