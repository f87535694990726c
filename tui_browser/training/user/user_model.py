"""User models on disk: the training files, the working folder of a run, and the finished bundle."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from filelock import FileLock, Timeout

from tui_browser.errors import BrowserError, printable
from tui_browser.folder.scan import scan
from tui_browser.indexing.file_encoder import load_model, stat_file
from tui_browser.model.bundle import MAX_CLASSES, Bundle
from tui_browser.records import DRUM_CLASSES, Clip, FileStat, Progress
from tui_browser.safe_files import make_own_folder, read_bounded, replace_file
from tui_browser.search.class_synonyms import CLASS_WORDS
from tui_browser.training.user.dataset import (
    DatasetOptions,
    decode_files,
    entries_by_folder,
    training_refusal,
    with_splits,
)
from tui_browser.training.user.manifest import TABLE, DatasetEntry, read_dataset

_MIN_FILES = 8
"""Including those that are held out."""
JOB = "job.json"
_MOST_JOB_BYTES = 1 << 20
"""Identity of the run in a working folder."""


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """Options of a training run; 0 selects the default."""

    base: str | None = None
    """Name or folder of the base model; None for the shipped model."""
    from_scratch: bool = False
    classes: bool = True
    steps: int = 0
    minutes: float = 0.0
    z_dim: int = 0
    dim: int = 0
    rate: float = 0.0
    beta: float = 1.0
    seed: int = 0
    all_authors: bool = False
    """Whether to use sounds whose authors want no model to be trained on them."""


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    """The files that a model is trained and evaluated on."""

    entries: tuple[DatasetEntry, ...]
    clips: dict[bytes, Clip]
    """By path."""
    classes: tuple[str, ...]
    """In the order of the model's outputs; empty for a model without classes."""
    left_out: tuple[DatasetEntry, ...]
    """Unusable files, each with its note."""

    @property
    def labels(self) -> list[int]:
        """Class index of each entry; 0 for all in a model without classes."""
        index_of = {name: index for index, name in enumerate(self.classes)}
        return [index_of.get(entry.class_name, 0) for entry in self.entries]


def collect_files(
    folder: bytes,
    options: TrainingOptions,
    *,
    jobs: int,
    report: Callable[[Progress], None],
    refused: Collection[str] = (),
) -> TrainingFiles:
    """Decode the files of a folder or data set; raises BrowserError if too few of them can be used.

    `refused` are content hashes of sounds that are not to be trained on, besides those whose sidecars say so.
    """
    is_dataset = os.path.isfile(os.path.join(folder, os.fsencode(TABLE)))
    if is_dataset:
        entries = [
            replace(entry, class_name=printable(entry.class_name)[:100]) for entry in read_dataset(os.fsdecode(folder))
        ]
        stats, missing = _stats(entries)
    else:
        stats, missing = list(scan([folder]).files), {}
        entries = entries_by_folder([folder], [stat.path for stat in stats], DatasetOptions())
    if not entries:
        raise BrowserError("the folder has no audio files to train on", path=folder)
    decoded = decode_files(stats, jobs=jobs, report=report) if stats else {}
    usable: list[DatasetEntry] = []
    left_out: list[DatasetEntry] = []
    for entry in entries:
        clip = decoded.get(entry.path, missing.get(entry.path, "could not be read"))
        note = clip if isinstance(clip, str) else "" if clip.mel is not None else clip.note
        if not note and isinstance(clip, Clip) and not options.all_authors:
            note = training_refusal(clip, refused)
        if not note and is_dataset and not entry.split:
            note = "has no split in the data set"
        content_hash = clip.content_hash if isinstance(clip, Clip) else ""
        (left_out if note else usable).append(replace(entry, content_hash=content_hash, note=note))
    usable, unclassed, classes = _select_classes(usable, options)
    left_out += unclassed
    if not is_dataset:
        usable = with_splits(usable, DatasetOptions(shares=(0.85, 0.15, 0.0), seed=options.seed))
    else:
        usable, leaked = _without_leaks(usable)
        left_out += leaked
    n_train = sum(entry.split == "train" for entry in usable)
    if len(usable) < _MIN_FILES or n_train < _MIN_FILES // 2:
        few = n_train if len(usable) >= _MIN_FILES else len(usable)
        reasons = Counter(entry.note for entry in left_out).most_common(1)
        raise BrowserError(
            f"{few} files are left to train on, {_MIN_FILES} are needed",
            path=folder,
            hint=f"{reasons[0][1]} left out: {reasons[0][0]}" if reasons else "",
        )
    clips = {path: clip for path, clip in decoded.items() if isinstance(clip, Clip)}
    return TrainingFiles(tuple(usable), clips, classes, tuple(left_out))


def _stats(entries: Sequence[DatasetEntry]) -> tuple[list[FileStat], dict[bytes, str]]:
    """The files of a data set, and why others cannot be reached, by path."""
    stats, missing = [], {}
    for path in sorted({entry.path for entry in entries}):
        if b"\0" in path:
            missing[path] = "the path is invalid"
            continue
        try:
            stats.append(stat_file(path))
        except BrowserError as error:
            missing[path] = error.what
    return stats, missing


def _select_classes(
    entries: list[DatasetEntry], options: TrainingOptions
) -> tuple[list[DatasetEntry], list[DatasetEntry], tuple[str, ...]]:
    """Entries to use, entries without a class, and the classes in the order of the model's outputs."""
    names = sorted({entry.class_name for entry in entries if entry.class_name})
    if not options.classes or not names:
        return [replace(entry, class_name="") for entry in entries], [], ()
    if len(names) == 1:
        raise BrowserError(
            f"all files have the same class ({names[0]})", hint="--no-classes trains a model without classes"
        )
    if len(names) > MAX_CLASSES:
        raise BrowserError(f"there are {len(names)} classes, the limit is {MAX_CLASSES}")
    classed = [entry for entry in entries if entry.class_name]
    unclassed = [replace(entry, split="", note="is in no class folder") for entry in entries if not entry.class_name]
    return classed, unclassed, _class_order(names)


def _class_order(names: Sequence[str]) -> tuple[str, ...]:
    """Names that stand for one of `DRUM_CLASSES` get its index, if it is below the number of names."""
    slots: list[str | None] = [None] * len(names)
    unplaced = []
    for name in names:
        index = class_index(name)
        if index is not None and index < len(slots) and slots[index] is None:
            slots[index] = name
        else:
            unplaced.append(name)
    return tuple(name if name is not None else unplaced.pop(0) for name in slots)


def class_index(name: str) -> int | None:
    """Index of the class in `DRUM_CLASSES` that this name stands for; None if it is not known."""
    word = name.lower().strip().replace(" ", "_")
    if word in DRUM_CLASSES:
        return DRUM_CLASSES.index(word)
    words = set(word.replace("-", "_").split("_"))
    for hat in ("hat", "hats", "hihat", "hihats", "hh"):
        if hat in words:
            return DRUM_CLASSES.index("hat_open" if "open" in words else "hat_closed")
    indices = CLASS_WORDS.get(word)
    return min(indices) if indices else None


def _without_leaks(entries: list[DatasetEntry]) -> tuple[list[DatasetEntry], list[DatasetEntry]]:
    """Entries to use, and training entries whose sound is also held out, which an edited table may contain."""
    held_out = {entry.content_hash for entry in entries if entry.split != "train"}
    kept, leaked = [], []
    for entry in entries:
        if entry.split == "train" and entry.content_hash in held_out:
            leaked.append(replace(entry, split="", note="the same sound is held out"))
        else:
            kept.append(entry)
    return kept, leaked


def check_output(out: str, *, force: bool) -> str:
    """The absolute path of the new model; raises BrowserError if it cannot be written there."""
    path = os.path.realpath(out)  # a symlink stays, and the model that it points to is replaced
    name = os.path.basename(path)
    if not 1 <= len(name) <= 90 or not name.isprintable():
        raise BrowserError("not a valid name for a model", path=path, hint="use 1 to 90 printable characters")
    if os.path.lexists(path):
        if not force:
            raise BrowserError("the model already exists", path=path, hint="--force replaces it")
        if not os.path.isfile(os.path.join(path, "config.json")):
            raise BrowserError("not a model, and so not replaced", path=path)
    parent = os.path.dirname(path)
    while not os.path.lexists(parent):  # missing folders will be created
        parent = os.path.dirname(parent)
    if not (os.path.isdir(parent) and os.access(parent, os.W_OK | os.X_OK)):  # fail before minutes of training
        raise BrowserError("this folder is not writable", path=parent, hint="choose another for --out")
    return path


@contextmanager
def working_folder(out: str, identity: object, *, restart: bool) -> Iterator[tuple[str, bool]]:
    """The folder `out`.part with the state of a run, and whether that run can be resumed.

    It is private and locked for one run at a time, and stays if the run fails. Raises BrowserError, also where the
    folder is a link or another user's.
    """
    folder = f"{out}.part"
    job = json.dumps(identity, sort_keys=True)
    try:
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        make_own_folder(folder)
        with FileLock(os.path.join(folder, "lock"), timeout=0):
            previous_job = _read(os.path.join(folder, JOB))
            if previous_job is None and set(os.listdir(folder)) - {"lock"}:
                raise BrowserError("this folder is needed for training, but has other files in it", path=folder)
            can_resume = previous_job == job and not restart
            if not can_resume:
                for entry in os.listdir(folder):
                    if entry not in ("lock", JOB):  # JOB stays until the end, so that a killed clean-up can be repeated
                        _remove(os.path.join(folder, entry))
                replace_file(os.path.join(folder, JOB), job.encode())
            yield folder, can_resume
    except Timeout as error:
        raise BrowserError("another process is training this model", path=out) from error
    except OSError as error:
        raise BrowserError(
            f"the model cannot be written: {error.strerror or error}", path=error.filename or out
        ) from error


def _read(path: str) -> str | None:
    try:
        return read_bounded(path, _MOST_JOB_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def run_identity(
    files: TrainingFiles, options: TrainingOptions, base: Bundle | None, *, steps: int, views: int
) -> dict[str, object]:
    """Files, options and base model as JSON values; a killed run is resumed only if all of them are the same."""
    digest = hashlib.blake2b(digest_size=12)
    for entry in files.entries:
        stat = files.clips[entry.path].stat
        cells = (entry.path.hex(), entry.class_name, entry.split, entry.content_hash, stat.size, stat.mtime_ns)
        digest.update(json.dumps(cells).encode())
    space = None if base is None else base.space
    options_json = {name: value for name, value in asdict(options).items() if name != "minutes"}
    return {"wish": options_json, "base": space, "files": digest.hexdigest(), "steps": steps, "views": views}


def install_model(folder: str, new_bundle: str, out: str, *, force: bool) -> None:
    """Move the new bundle from the working folder to `out`, replacing an old model, and remove the folder."""
    old = os.path.join(folder, "old")
    shutil.rmtree(old, ignore_errors=True)  # left by a run that was killed here
    if os.path.lexists(out):
        if not force:
            raise BrowserError("the model already exists", path=out, hint="--force replaces it")
        os.rename(out, old)
    os.rename(new_bundle, out)
    shutil.rmtree(folder, ignore_errors=True)


def load_base(options: TrainingOptions) -> Bundle | None:
    """The base model; None when training from scratch. Raises BundleError."""
    return None if options.from_scratch else load_model(options.base)
