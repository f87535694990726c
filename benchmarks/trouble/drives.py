"""Each step of the program on a full drive and on one that cannot be written: one sentence, nothing lost, and on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from benchmarks.trouble.killed_migration import make_older
from benchmarks.trouble.programs import Place
from benchmarks.trouble.same_library import LibraryFacts, differences, library_facts
from benchmarks.trouble.sample_tree import SampleTree
from benchmarks.trouble.small_drive import SmallDrive
from tui_browser.store import schema
from tui_browser.store.checking import check_library
from tui_browser.store.store import Store

FILES = 150
_SAID = ("disk is full", "could not be read or written", "cannot be", "read-only", "No space left", "Read-only")


@dataclass
class DriveReport:
    """How many steps were tried, and what was wrong."""

    steps: int = 0
    faults: list[str] = field(default_factory=list)


def try_drives(place: Place, *, files: int = FILES, verbs: Sequence[str] = ()) -> DriveReport:
    """Try what writes to a library (all of it, or these `verbs`) on such drives.

    Raises NoDriveError where none can be mounted.
    """
    report = DriveReport()
    tree = SampleTree(os.path.join(place.folder, "tree"), 4, most=files)
    for _ in range(files):
        tree.create()
    with SmallDrive(os.path.dirname(place.library), megabytes=48) as drive:
        place.index(*tree.roots)
        place.run("layout", "pca")
        for state in ("full", "read-only"):
            for name, words in _steps(tree).items():
                if verbs and name not in verbs:
                    continue
                for _ in range(20):
                    tree.step()
                tree.settle()
                report.steps += 1
                report.faults += [f"{name} on a {state} drive: {fault}" for fault in _try(place, drive, state, words)]
            report.steps += 1
            report.faults += [f"migrating on a {state} drive: {fault}" for fault in _migrate(place, drive, state)]
            report.steps += 1
            report.faults += [f"repair on a {state} drive: {fault}" for fault in _repair(place, drive, state)]
        if verbs:
            return report
        place.index()
        fresh = os.path.join(place.folder, "fresh", "library.db")
        place.index(*tree.roots, library=fresh)
        report.faults += differences(library_facts(place.library), library_facts(fresh))
    return report


def _steps(tree: SampleTree) -> dict[str, tuple[str, ...]]:
    return {
        "index": ("index", "--layout", "none"),
        "layout": ("layout", "near", "--refit"),
        "tag": ("tag", "add", "dark", "--query", ""),
        "note": ("note", "x" * 3_000, "--query", ""),
        "collect": ("collect", "add", "set", "--query", ""),
        "forget": ("forget", tree.roots[0]),
        "add": ("add", tree.roots[0]),
    }


def _with(drive: SmallDrive, state: str, action: Callable[[], list[str]]) -> list[str]:
    if state == "full":
        drive.fill()
    else:
        drive.read_only(True)
    try:
        return action()
    finally:
        drive.free() if state == "full" else drive.read_only(False)


def _try(place: Place, drive: SmallDrive, state: str, words: tuple[str, ...]) -> list[str]:
    """Run a verb, which may do its work where there is room for it in the file; then again with room."""

    def action() -> list[str]:
        done = place.run(*words)
        return _sentence(done.returncode, done.stderr) + _readable(place)

    faults = _with(drive, state, action)
    faults += [f"status --check: {problem.what}" for problem in check_library(place.library)]
    again = place.run(*words)
    if again.returncode not in (0, 1) or any(words_ in again.stderr for words_ in _SAID[:2]):
        faults.append(f"with room again it ends with {again.returncode}: {again.stderr[-300:]}")
    return faults


def _sentence(code: int, said: str) -> list[str]:
    lines = [line for line in said.splitlines() if line.startswith("tui-browser: ")]
    if "Traceback" in said or "internal error" in said:
        return [f"it said: {said[-500:]}"]
    if code == 0:
        return []
    if code != 1 or not any(word in line for line in lines for word in _SAID):
        return [f"it ended with {code}: {said[-500:]}"]
    return []


def _readable(place: Place) -> list[str]:
    done = place.run("search", "", "-n", "1")
    return [] if done.returncode == 0 else [f"it cannot be read: {done.stderr[-300:]}"]


def _migrate(place: Place, drive: SmallDrive, state: str) -> list[str]:
    older = os.path.join(os.path.dirname(place.library), "older.db")
    make_older(older, version=schema.VERSION - 2, samples=3_000)

    def action() -> list[str]:
        done = place.run("status", library=older)
        return _sentence(done.returncode, done.stderr)

    faults = _with(drive, state, action)
    with Store.open(older) as store:
        tagged = sum(bool(row.tags) for row in store.rows())
    if tagged != 300:
        faults.append(f"{tagged} of 300 tags")
    _remove(older)
    return faults


def _repair(place: Place, drive: SmallDrive, state: str) -> list[str]:
    damaged = os.path.join(os.path.dirname(place.library), "damaged.db")
    with closing(sqlite3.connect(place.library)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    shutil.copyfile(place.library, damaged)
    with closing(sqlite3.connect(damaged)) as conn:  # rows without a sample: damage that every drive holds
        conn.execute("INSERT INTO tags VALUES (999999, 'lost')")
        conn.commit()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    before = library_facts(place.library)

    def action() -> list[str]:
        done = place.run("repair", library=damaged)
        return _sentence(done.returncode, done.stderr) + _unchanged(damaged, before)

    faults = _with(drive, state, action)
    done = place.run("repair", library=damaged)
    if done.returncode or check_library(damaged):
        faults.append(f"with room again it ends with {done.returncode}: {done.stderr[-300:]}")
    _remove(damaged)
    return faults + [f"left behind: {name}" for name in os.listdir(os.path.dirname(damaged)) if ".repair-" in name]


def _unchanged(path: str, before: LibraryFacts) -> list[str]:
    return [f"changed: {line}" for line in differences(library_facts(path), before)[:3]]


def _remove(path: str) -> None:
    folder = os.path.dirname(path)
    for name in os.listdir(folder):
        if name.startswith(os.path.basename(path)):
            os.remove(os.path.join(folder, name))
