"""truth: edits that keep size and time on several drives, and moves over hours among copies; how many are lost."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from benchmarks.trouble.coarse_drives import fat, old_ext
from benchmarks.trouble.small_drive import NoDriveError
from tui_browser.config.settings import load_settings
from tui_browser.indexing.freshness import WINDOW_NS
from tui_browser.indexing.indexer import index_library
from tui_browser.indexing.library_model import usable_model
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing
from tui_browser.store.annotation_changes import AnnotationChange

KINDS = ("edits", "coarse", "moves")
BATCH = 20
"""Files that are written, read and written again within one step of a coarse clock."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; default: all")
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=8, help="runs of `index` during each move")
    parser.add_argument("--model", metavar="FOLDER", help="another model than the shipped one")


def run(args: argparse.Namespace) -> int:
    lost = 0
    for kind in args.kinds or KINDS:
        lost += {"edits": _edits, "coarse": _coarse, "moves": _moves}[kind](args)
    print(f"{lost} lost in all")
    return 1 if lost else 0


def tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Place:
    """A library, brought up to date in this process by workers that run already."""

    def __init__(self, folder: str, workers: IndexWorkers) -> None:
        self.folder = folder
        self.library = os.path.join(folder, "library.db")
        self._workers = workers

    def index(self, *folders: str, library: str | None = None, verify: bool = False) -> int:
        """As `index FOLDER... --layout none`; the number of files with another sound though they look as before."""
        with open_for_writing(library or self.library) as store:
            outcome = index_library(
                store, add=list(map(os.fsencode, folders)), model=None, jobs=1, layout="none",
                report=lambda _: None, workers=self._workers, verify=verify,
            )  # fmt: skip
        return len(outcome.counts.differing)


@contextmanager
def _place(args: argparse.Namespace) -> Iterator[tuple[Place, str]]:
    """An empty library, and a folder for sounds."""
    workers = IndexWorkers(usable_model(args.model or load_settings().model), jobs=os.cpu_count() or 1, nice=False)
    workers.warm()
    try:
        with tempfile.TemporaryDirectory(prefix="truth-", ignore_cleanup_errors=True) as folder:
            os.makedirs(os.path.join(folder, "sounds"))
            yield Place(folder, workers), os.path.join(folder, "sounds")
    finally:
        workers.close()


def _sound(number: int) -> bytes:
    """A WAV, which is another one a million numbers later, of the same size."""
    rng = random.Random(number % 1_000_000)  # noqa: S311 - sounds by number
    frames = 1_000 + rng.randrange(400)
    body = random.Random(number).randbytes(frames)  # noqa: S311
    head = b"RIFF" + (36 + frames).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = (1).to_bytes(2, "little") * 2 + (22_050).to_bytes(4, "little") * 2 + (1).to_bytes(2, "little")
    return head + form + (8).to_bytes(2, "little") + b"data" + frames.to_bytes(4, "little") + body


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _in_place(path: str, content: bytes) -> None:
    facts = os.stat(path)
    with open(path, "r+b") as file:
        file.write(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def _by_rename(path: str, content: bytes) -> None:
    facts = os.stat(path)
    _write(path + ".new", content)
    os.utime(path + ".new", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    os.rename(path + ".new", path)


def _hashes(library: str) -> dict[bytes, str]:
    with Library.open(library) as opened:
        return {row.path: row.content_hash for row in opened.all_rows()}


def _differing(place: Place, sounds: str) -> int:
    """Files of which the library has another sound than a fresh index."""
    fresh = os.path.join(place.folder, f"fresh-{time.time_ns()}.db")
    place.index(sounds, library=fresh)
    ours, theirs = _hashes(place.library), _hashes(fresh)
    return sum(ours.get(path) != sound for path, sound in theirs.items()) + len(ours.keys() - theirs.keys())


def _edits(args: argparse.Namespace) -> int:
    missed = 0
    for how, edit in (("in place", _in_place), ("by a rename", _by_rename)):
        with _place(args) as (place, sounds):
            paths = [os.path.join(sounds, f"{number}.wav") for number in range(args.files)]
            for number, path in enumerate(paths):
                _write(path, _sound(number))
            time.sleep(WINDOW_NS / 1e9 + 0.5)
            place.index(sounds)
            for number, path in enumerate(paths):
                edit(path, _sound(number + 1_000_000))
            place.index()
            lost = _differing(place, sounds)
            tell(f"edits {how} that keep size and time: {len(paths)}, {lost} missed")
            missed += lost
    return missed


def _coarse(args: argparse.Namespace) -> int:
    missed = 0
    drives: dict[str, Callable[[str, str], AbstractContextManager[str]]] = {"FAT": fat, "ext2, 1 s": old_ext}
    for name, drive in drives.items():
        with _place(args) as (place, sounds), ExitStack() as stack:
            try:
                stack.enter_context(drive(sounds, os.path.join(place.folder, "image")))
            except NoDriveError as error:
                tell(f"{name}: {error}")
                continue
            silent = edits = 0
            while silent < args.files and edits < 20 * args.files:
                paths = [os.path.join(sounds, f"{edits + number}.wav") for number in range(BATCH)]
                while time.time() % 2 > 0.2:  # begin with a step of the clock
                    time.sleep(0.02)
                for number, path in enumerate(paths):
                    _write(path, _sound(edits + number))
                looks = [_look(path) for path in paths]
                place.index(sounds)
                for number, path in enumerate(paths):
                    with open(path, "r+b") as file:
                        file.write(_sound(edits + number + 1_000_000))
                silent += sum(_look(path) == look for path, look in zip(paths, looks, strict=True))
                edits += BATCH
                place.index()
            lost = _differing(place, sounds)
            tell(f"{name}: {silent} of {edits} edits within one step of the clock, {lost} missed")
            last = paths[: args.files]
            time.sleep(WINDOW_NS / 1e9 + 0.5)
            place.index()
            for number, path in enumerate(last):
                _in_place(path, _sound(number + 3_000_000)[: os.path.getsize(path)])
            seen, verified = place.index(), place.index(verify=True)
            lost_after = _differing(place, sounds)
            by = f"{seen} seen, {verified} more by --verify, {lost_after} missed"
            tell(f"{name}: {len(last)} edits with the time put back, {by}")
            missed += lost + lost_after
    return missed


def _look(path: str) -> tuple[int, int]:
    facts = os.stat(path)
    return facts.st_size, facts.st_mtime_ns


def _moves(args: argparse.Namespace) -> int:
    lost = 0
    for order in ("come first", "go first", "mixed"):
        with _place(args) as (place, sounds):
            lost += _move(place, sounds, order, args)
    return lost


def _move(place: Place, sounds: str, order: str, args: argparse.Namespace) -> int:
    rng = random.Random(args.seed)  # noqa: S311
    other = os.path.join(place.folder, "other")
    os.makedirs(other)
    names = _fill(sounds, args.files)
    place.index(sounds)
    place.index(other)
    with open_for_writing(place.library) as store:
        rows = list(store.rows())
        tags = {os.path.relpath(os.fsdecode(row.path), sounds): [row.id] for row in rows}
        store.annotate(AnnotationChange(add_tags=tags, ratings={row.id: 1 + row.id % 5 for row in rows}))
    content = {name: open(os.path.join(sounds, name), "rb").read() for name in names}  # noqa: SIM115

    def come(name: str) -> None:
        path = os.path.join(other, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _write(path, content[name])

    def go(name: str) -> None:
        os.unlink(os.path.join(sounds, name))

    steps: list[tuple[Callable[[str], None], str]] = []
    for name in rng.sample(names, len(names)):
        first, second = (go, come) if order == "go first" or (order == "mixed" and rng.random() < 0.5) else (come, go)
        at = rng.randrange(len(steps) + 1)
        steps.insert(at, (first, name))
        steps.insert(rng.randrange(at + 1, len(steps) + 1), (second, name))
    done = 0
    for until in [*sorted(rng.sample(range(1, len(steps)), args.runs)), len(steps)]:
        for step, name in steps[done:until]:
            step(name)
        done = until
        place.index()
    with Library.open(place.library) as library:
        present = [row for row in library.all_rows() if not row.missing]
    found = {os.path.relpath(os.fsdecode(row.path), other): row.tags for row in present}
    wrong = sum(found.get(name) != (name,) for name in names)
    twice = len(present) - len(found)
    copies = len(names) - len(set(content.values()))
    tell(f"move, {order}: {len(names)} tagged files, {copies} of them copies, {args.runs + 1} runs: "
         f"{wrong} without exactly their tags, {twice} paths twice")  # fmt: skip
    return wrong + twice


def _fill(folder: str, count: int) -> list[str]:
    names: list[str] = []
    for number in range(count):
        name = f"kit {number % 7}/{number:05d}.wav"
        if number % 5 == 4:
            original = names[-1]
            twin = f"kit {number % 7}/{original.rpartition('/')[2]}"
            name = twin if number % 2 and twin != original else f"{original[:-4]} copy.wav"
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if number % 5 == 4:
            shutil.copy(os.path.join(folder, names[-1]), path)
        else:
            _write(path, _sound(number))
        names.append(name)
    return names
