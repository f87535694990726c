"""A model of one's own, from folders to a bundle: what is learned from, where a killed run goes on, what is left."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from filelock import FileLock, Timeout

from tui_browser.encode.bundle import MOST_CLASSES, Bundle
from tui_browser.errors import BrowserError, printable
from tui_browser.folder.scan import scan
from tui_browser.library.dataset import Dealing, hear, name_examples, split
from tui_browser.library.ear import load_model, stat_of
from tui_browser.library.manifest import TABLE, Example, read_dataset
from tui_browser.records import CLASSES, Clip, FileStat, Progress
from tui_browser.search.query import CLASS_WORDS

LEAST = 8
"""Files of a model at least, those that are held out among them."""
JOB = "job.json"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked of a model; 0 means what is usual."""

    base: str | None = None
    """Name or folder of the model to begin with, the shipped one for None."""
    from_scratch: bool = False
    classes: bool = True
    steps: int = 0
    minutes: float = 0.0
    z_dim: int = 0
    dim: int = 0
    rate: float = 0.0
    beta: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """What a model is learned from: files that can be heard."""

    examples: tuple[Example, ...]
    clips: dict[bytes, Clip]
    classes: tuple[str, ...]
    """In the order of the model's numbers; empty for a model without classes."""
    left_out: tuple[Example, ...]
    """Files that cannot be used, each with its note."""

    @property
    def labels(self) -> list[int]:
        """The number of each example's class; 0 for all where there are no classes."""
        of = {name: index for index, name in enumerate(self.classes)}
        return [of.get(example.class_name, 0) for example in self.examples]


def gather(folder: bytes, wish: Wish, *, jobs: int, report: Callable[[Progress], None]) -> Material:
    """The files of a folder or data set, heard once; raises BrowserError where they are too few to learn from."""
    manifest = os.path.isfile(os.path.join(folder, os.fsencode(TABLE)))
    if manifest:
        named = [
            replace(each, class_name=printable(each.class_name)[:100]) for each in read_dataset(os.fsdecode(folder))
        ]
        stats, lost = _stats(named)
    else:
        found = scan([folder])
        stats, lost = list(found.files), {}
        named = name_examples([folder], [stat.path for stat in stats], Dealing())
    if not named:
        raise BrowserError("there is no audio file to learn from", path=folder)
    heard = hear(stats, jobs=jobs, report=report) if stats else {}
    good: list[Example] = []
    bad: list[Example] = []
    for example in named:
        clip = heard.get(example.path, lost.get(example.path, "could not be read"))
        note = clip if isinstance(clip, str) else "" if clip.mel is not None else clip.note
        if not note and manifest and not example.split:
            note = "not dealt out by the data set"
        content = clip.content_hash if isinstance(clip, Clip) else ""
        (bad if note else good).append(replace(example, content_hash=content, note=note))
    good, unclassed, classes = _classes(good, wish)
    bad += unclassed
    if not manifest:
        good = split(good, Dealing(shares=(0.85, 0.15, 0.0), seed=wish.seed))
    else:
        good, twice = _apart(good)
        bad += twice
    learned = sum(example.split == "train" for example in good)
    if len(good) < LEAST or learned < LEAST // 2:
        few = learned if len(good) >= LEAST else len(good)
        what = f"{few} files are left to learn from, {LEAST} are needed"
        why = Counter(example.note for example in bad).most_common(1)
        raise BrowserError(what, path=folder, hint=f"{why[0][1]} left out: {why[0][0]}" if why else "")
    clips = {path: clip for path, clip in heard.items() if isinstance(clip, Clip)}
    return Material(tuple(good), clips, classes, tuple(bad))


def _stats(named: Sequence[Example]) -> tuple[list[FileStat], dict[bytes, str]]:
    """The files of a table, and those that are not there any more, with the reason."""
    stats, lost = [], {}
    for path in sorted({example.path for example in named}):
        if b"\0" in path:
            lost[path] = "no file can be called so"
            continue
        try:
            stats.append(stat_of(path))
        except BrowserError as error:
            lost[path] = error.what
    return stats, lost


def _classes(good: list[Example], wish: Wish) -> tuple[list[Example], list[Example], tuple[str, ...]]:
    """Examples to use, those that no class folder holds, and the classes in the order of their numbers."""
    names = sorted({example.class_name for example in good if example.class_name})
    if not wish.classes or not names:
        return [replace(each, class_name="") for each in good], [], ()
    if len(names) == 1:
        raise BrowserError(
            f"all sounds are of one class ({names[0]}): there is nothing to tell apart",
            hint="--no-classes learns without classes",
        )
    if len(names) > MOST_CLASSES:
        raise BrowserError(f"there are {len(names)} classes, {MOST_CLASSES} at most can be learned")
    kept = [example for example in good if example.class_name]
    rest = [replace(each, split="", note="lies in no class folder") for each in good if not each.class_name]
    return kept, rest, _in_order(names)


def _in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Classes that are called like one of ours take its number, and with it its colour, where there are so many."""
    slots: list[str | None] = [None] * len(names)
    rest = []
    for name in names:
        kind = kind_of(name)
        if kind is not None and kind < len(slots) and slots[kind] is None:
            slots[kind] = name
        else:
            rest.append(name)
    return tuple(name if name is not None else rest.pop(0) for name in slots)


def kind_of(name: str) -> int | None:
    """Which of `CLASSES` a class of this name is, as far as one can tell."""
    word = name.lower().strip().replace(" ", "_")
    if word in CLASSES:
        return CLASSES.index(word)
    words = set(word.replace("-", "_").split("_"))
    for hat in ("hat", "hats", "hihat", "hihats", "hh"):
        if hat in words:
            return CLASSES.index("hat_open" if "open" in words else "hat_closed")
    meant = CLASS_WORDS.get(word)
    return min(meant) if meant else None


def _apart(good: list[Example]) -> tuple[list[Example], list[Example]]:
    """Without what is learned from and also held out: a table may have been edited, or its files changed."""
    held = {example.content_hash for example in good if example.split != "train"}
    note = "the same sound is held out"
    twice = [e for e in good if e.split == "train" and e.content_hash in held]
    kept = [e for e in good if not (e.split == "train" and e.content_hash in held)]
    return kept, [replace(each, split="", note=note) for each in twice]


def check_out(out: str, *, force: bool) -> str:
    """The absolute folder of the model to come; raises BrowserError where it must not be written."""
    path = os.path.realpath(out)  # a symlink stays, and the model that it points to is replaced
    name = os.path.basename(path)
    if not 1 <= len(name) <= 90 or not name.isprintable():
        raise BrowserError("a model cannot be called so", path=path, hint="letters that can be shown, 90 at most")
    if os.path.lexists(path):
        if not force:
            raise BrowserError("the model exists already", path=path, hint="--force replaces it")
        if not os.path.isfile(os.path.join(path, "config.json")):
            raise BrowserError("what is there is no model, and is not replaced", path=path)
    above = os.path.dirname(path)
    while not os.path.lexists(above):  # folders that are missing are made
        above = os.path.dirname(above)
    if not (os.path.isdir(above) and os.access(above, os.W_OK | os.X_OK)):  # told before minutes of listening
        raise BrowserError("no model can be written into this folder", path=above, hint="choose another for --out")
    return path


@contextmanager
def workshop(out: str, job: object, *, restart: bool) -> Iterator[tuple[str, bool]]:
    """The folder beside `out` that holds what a killed run needs to go on, and whether it holds such a run.

    It is for one run at a time, and stays when the run fails. Raises BrowserError where it cannot be had.
    """
    folder = f"{out}.part"
    wanted = json.dumps(job, sort_keys=True)
    try:
        os.makedirs(folder, exist_ok=True)
        with FileLock(os.path.join(folder, "lock"), timeout=0):
            there = _read(os.path.join(folder, JOB))
            if there is None and set(os.listdir(folder)) - {"lock"}:
                raise BrowserError("this folder is in the way of the training", path=folder)
            again = there == wanted and not restart
            if not again:
                for entry in os.listdir(folder):
                    if entry not in ("lock", JOB):  # the job goes last: a kill in between leaves what can be wiped
                        _drop(os.path.join(folder, entry))
                with open(os.path.join(folder, JOB), "w", encoding="utf-8") as file:
                    file.write(wanted)
            yield folder, again
    except Timeout as error:
        raise BrowserError("another training is making this model", path=out) from error
    except OSError as error:
        raise BrowserError(
            f"the model cannot be written: {error.strerror or error}", path=error.filename or out
        ) from error


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _drop(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def job_of(material: Material, wish: Wish, base: Bundle | None, *, steps: int, views: int) -> dict[str, object]:
    """What makes two runs the same: a killed one is gone on with only where all of this agrees."""
    digest = hashlib.blake2b(digest_size=12)
    for example in material.examples:
        stat = material.clips[example.path].stat
        cells = (example.path.hex(), example.class_name, example.split, example.content_hash, stat.size, stat.mtime_ns)
        digest.update(json.dumps(cells).encode())
    space = None if base is None else base.space
    told = {name: value for name, value in asdict(wish).items() if name != "minutes"}
    return {"wish": told, "base": space, "files": digest.hexdigest(), "steps": steps, "views": views}


def place_model(folder: str, made: str, out: str, *, force: bool) -> None:
    """Put the bundle that was made in `folder` where it belongs, an older one out of its way, and tidy up."""
    old = os.path.join(folder, "old")
    shutil.rmtree(old, ignore_errors=True)  # of a run that was killed right here
    if os.path.lexists(out):
        if not force:
            raise BrowserError("the model exists already", path=out, hint="--force replaces it")
        os.rename(out, old)
    os.rename(made, out)
    shutil.rmtree(folder, ignore_errors=True)


def base_of(wish: Wish) -> Bundle | None:
    """The model to begin with; raises BundleError."""
    return None if wish.from_scratch else load_model(wish.base)
