"""Annotations by a program that is killed while it makes them: what it confirmed is there."""

from __future__ import annotations

import os
import subprocess
import time
from typing import Any

from benchmarks.trouble.programs import Place, kill
from tui_browser.records import SampleId
from tui_browser.store.store import Store

_SCRIPT = """
import sys, time
from tui_browser.library.library import open_for_writing
from tui_browser.records import FAVOURITE
from tui_browser.store.annotation_changes import AnnotationChange

with open_for_writing(sys.argv[1], wait_s=30) as store:
    ids = [row.id for row in store.rows()]
    for number in range(int(sys.argv[2]), int(sys.argv[2]) + 200):
        sample = ids[number % len(ids)]
        kind = number % 3
        if kind == 0:
            change = AnnotationChange(add_tags={f"k{number}": [sample]})
        elif kind == 1:
            change = AnnotationChange(ratings={sample: 1 + number % 5}, notes={sample: f"note {number}"})
        else:
            change = AnnotationChange(flags={FAVOURITE: {sample: True}})
        store.annotate(change, run=f"edit {number}")
        print(number, flush=True)
        time.sleep(0.004)
"""


class KilledEdits:
    """Edits with numbers of their own, and which of them were confirmed."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._next = 0
        self._tags: set[str] = set()
        """The confirmed ones; none is ever taken away."""

    def kill_once(self, moment_s: float) -> tuple[list[str], bool]:
        """Start a program that annotates, kill it; what it confirmed and is lost, and whether it was killed."""
        with Store.open(self._place.library) as store:
            ids = [row.id for row in store.rows()]
        process = self._place.start_script(_SCRIPT, self._place.library, str(self._next), stdout=subprocess.PIPE)
        time.sleep(0.3 + moment_s / 3)
        killed = kill(process)
        assert process.stdout is not None
        confirmed = [int(line) for line in process.stdout.read().split(b"\n")[:-1]]
        process.stdout.close()
        self._tags |= {f"k{number}" for number in confirmed if number % 3 == 0}
        self._next += 200
        with Store.open(self._place.library) as store:
            rows = {row.id: row for row in store.rows()}
        newest: dict[SampleId, int] = {}
        for number in confirmed:
            if number % 3 == 1:
                newest[ids[number % len(ids)]] = number
        faults = [
            f"note {number} was confirmed and is lost"
            for sample, number in newest.items()
            if not _at_least(rows[sample].user_note, number)
        ]
        faults += [
            f"favourite {number} was confirmed and is lost"
            for number in confirmed
            if number % 3 == 2 and not rows[ids[number % len(ids)]].favourite
        ]
        return faults + self.lost(), killed

    def lost(self) -> list[str]:
        """Confirmed tags that are neither at a sample nor kept for a sound that is gone."""
        if not self._tags or not os.path.exists(self._place.library):
            return []
        with Store.open(self._place.library) as store:
            held = {tag for row in store.rows() for tag in row.tags}
            held |= {tag for kept in store.orphaned().values() for tag in kept.tags}
        return [f"tag {tag} was confirmed and is lost" for tag in sorted(self._tags - held)]


def _at_least(note: Any, number: int) -> bool:
    """Whether the note is this one, or one that was written and not confirmed."""
    return isinstance(note, str) and int(note.removeprefix("note ")) >= number
