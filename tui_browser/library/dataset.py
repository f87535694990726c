"""Folders of sounds as a data set: sub-folders are classes, kits stay whole, copies never stand on two sides."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tui_browser.config.places import log_file
from tui_browser.dsp.mel import DEFAULT
from tui_browser.errors import BrowserError, printable
from tui_browser.folder.scan import scan
from tui_browser.library.decoders import DecoderPool
from tui_browser.library.manifest import Example
from tui_browser.library.splitting import deal
from tui_browser.records import Clip, FileStat, Progress, Reject
from tui_browser.search.query import CLASS_WORDS

ClassesBy = Literal["auto", "first", "last"]
"""Which folder names the class: the one below FOLDER, or the one that the file lies in."""


@dataclass(frozen=True, slots=True)
class Dealing:
    """How a data set is made."""

    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    """Of training, validation and test; they sum to 1."""
    seed: int = 0
    classes_by: ClassesBy = "auto"
    kits: bool = True
    """Whether folders stay whole."""


def make_dataset(
    folders: Sequence[bytes], dealing: Dealing, *, jobs: int, report: Callable[[Progress], None]
) -> list[Example]:
    """Every audio file below the folders as an example, by path; those that cannot be used have a note and no split.

    Raises BrowserError where a folder cannot be looked at.
    """
    found = scan(folders)
    if found.absent or (found.unreadable and not found.files):
        path = (*found.absent, *(path for path, _ in found.unreadable))[0]
        raise BrowserError("the folder cannot be read", path=path)
    named = name_examples(folders, [stat.path for stat in found.files], dealing)
    heard = hear(found.files, jobs=jobs, report=report)
    examples = []
    for example in named:
        clip = heard.get(example.path)
        if isinstance(clip, Clip):
            example = replace(example, content_hash=clip.content_hash, note="" if clip.mel is not None else clip.note)
        else:
            example = replace(example, note=clip or "could not be read")
        examples.append(example)
    return split(examples, dealing)


def split(examples: Sequence[Example], dealing: Dealing) -> list[Example]:
    """The same examples, those without a note dealt out anew."""
    good = [example for example in examples if not example.note]
    sides = deal(
        [example.class_name for example in good],
        [example.kit if dealing.kits else "" for example in good],
        [example.content_hash for example in good],
        shares=dealing.shares,
        seed=dealing.seed,
    )
    side = {example.path: name for example, name in zip(good, sides, strict=True)}
    return [replace(example, split=side.get(example.path, "")) for example in examples]


def hear(files: Sequence[FileStat], *, jobs: int, report: Callable[[Progress], None]) -> dict[bytes, Clip | str]:
    """What decoding found in each file, by path: a clip without its picture, or the reason why there is none."""
    heard: dict[bytes, Clip | str] = {}
    pool = DecoderPool(DEFAULT, jobs=max(1, min(jobs, len(files))), log=log_file("decoder"))
    try:
        pool.put(files)
        while pool.pending:
            for outcome in pool.drain(timeout_s=0.5):
                if isinstance(outcome, Clip):
                    heard[outcome.stat.path] = replace(outcome, mel=None)
                elif isinstance(outcome, Reject):
                    heard[outcome.stat.path] = outcome.reason
                else:
                    heard[outcome.stat.path] = "the file changed while it was read"
            report(Progress("encode", len(heard), len(files)))
    finally:
        pool.close()
    return heard


def name_examples(folders: Sequence[bytes], paths: Sequence[bytes], dealing: Dealing) -> list[Example]:
    """Class and kit of each path, by the folders that it lies in.

    A deeper folder than the class's is a kit; without one, each of several FOLDERs is a kit of its own.
    """
    roots = sorted({os.path.abspath(folder) for folder in folders}, key=len, reverse=True)
    below = [_below(path, roots) for path in paths]
    by = dealing.classes_by
    if by == "auto":
        by = "last" if _known([parts[-1:] for _, parts in below]) > _known([p[:1] for _, p in below]) else "first"
    examples = []
    for path, (root, parts) in zip(paths, below, strict=True):
        rest = parts[1:] if by == "first" else parts[:-1]
        kit = b"/".join([root, *rest] if len(roots) > 1 else rest)
        name = printable(parts[0 if by == "first" else -1])[:100] if parts else ""
        examples.append(Example(path, class_name=name, kit=os.fsdecode(kit)))
    return examples


def _below(path: bytes, roots: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """The root that a path lies below, and the folders in between."""
    for root in roots:
        stem = root.rstrip(b"/") + b"/"
        if path.startswith(stem):
            return root, path[len(stem) :].split(b"/")[:-1]
    return b"", path.split(b"/")[1:-1]  # reached through a link that leads out of the roots


def _known(names: Sequence[Sequence[bytes]]) -> int:
    """How many of these are words for a class of percussion."""
    return sum(os.fsdecode(name[0]).lower().replace(" ", "_") in CLASS_WORDS for name in names if name)
