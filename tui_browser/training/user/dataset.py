"""Folders of audio files as a data set: folders are classes and kits, and copies of a sound share a split."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tui_browser.config.places import log_file
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import BrowserError, printable
from tui_browser.folder.scan import scan
from tui_browser.indexing.decoder_pool import DecoderPool
from tui_browser.records import Clip, FileStat, Progress, Reject
from tui_browser.search.class_synonyms import CLASS_WORDS
from tui_browser.training.user.manifest import DatasetEntry
from tui_browser.training.user.splits import assign_splits

ClassesBy = Literal["auto", "first", "last"]
"""Which folder names the class: the topmost below FOLDER, or the one that contains the file."""


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """How a data set is created."""

    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    """Shares of training, validation and test; they sum to 1."""
    seed: int = 0
    classes_by: ClassesBy = "auto"
    kits: bool = True
    """Whether all files of a kit get the same split."""
    all_authors: bool = False
    """Whether to use sounds whose authors want no model to be trained on them."""
    refused: Collection[str] = ()
    """Content hashes of such sounds, besides those whose sidecars say so."""


def make_dataset(
    folders: Sequence[bytes], options: DatasetOptions, *, jobs: int, report: Callable[[Progress], None]
) -> list[DatasetEntry]:
    """An entry for every audio file below the folders, by path; unusable files have a note and no split.

    Raises BrowserError if a folder cannot be read.
    """
    listing = scan(folders)
    if listing.absent or (listing.unreadable and not listing.files):
        path = (*listing.absent, *(path for path, _ in listing.unreadable))[0]
        raise BrowserError("the folder cannot be read", path=path)
    named = entries_by_folder(folders, [stat.path for stat in listing.files], options)
    decoded = decode_files(listing.files, jobs=jobs, report=report)
    entries = []
    for entry in named:
        clip = decoded.get(entry.path)
        if isinstance(clip, Clip):
            note = clip.note or ("" if options.all_authors else training_refusal(clip, options.refused))
            entry = replace(entry, content_hash=clip.content_hash, note=note)
        else:
            entry = replace(entry, note=clip or "could not be read")
        entries.append(entry)
    return with_splits(entries, options)


REFUSED = "its author wants no model to be trained on it"
"""Note of a sound that is left out for that."""


def training_refusal(clip: Clip, refused: Collection[str]) -> str:
    """Why this sound is not to be trained on, by its sidecar or by what the library knows; empty where it may be."""
    refuses = clip.credit is not None and clip.credit.refuses_training
    return REFUSED if refuses or clip.content_hash in refused else ""


def with_splits(entries: Sequence[DatasetEntry], options: DatasetOptions) -> list[DatasetEntry]:
    """The same entries with new splits; those with a note get none."""
    usable = [entry for entry in entries if not entry.note]
    splits = assign_splits(
        [entry.class_name for entry in usable],
        [entry.kit if options.kits else "" for entry in usable],
        [entry.content_hash for entry in usable],
        shares=options.shares,
        seed=options.seed,
    )
    split_of = {entry.path: split for entry, split in zip(usable, splits, strict=True)}
    return [replace(entry, split=split_of.get(entry.path, "")) for entry in entries]


def decode_files(
    files: Sequence[FileStat], *, jobs: int, report: Callable[[Progress], None]
) -> dict[bytes, Clip | str]:
    """The decoded clip of each file, without log-mel, or the reason why there is none, by path."""
    decoded: dict[bytes, Clip | str] = {}
    pool = DecoderPool(DEFAULT_FRONT_END, jobs=max(1, min(jobs, len(files))), log=log_file("decoder"))
    try:
        pool.put(files)
        while pool.pending:
            for outcome in pool.drain(timeout_s=0.5):
                if isinstance(outcome, Clip):
                    note = outcome.note if outcome.mel is None else ""  # a sound that ends early is still a sound
                    decoded[outcome.stat.path] = replace(outcome, mel=None, note=note)
                elif isinstance(outcome, Reject):
                    decoded[outcome.stat.path] = outcome.reason
                else:
                    decoded[outcome.stat.path] = "the file changed while it was being read"
            report(Progress("encode", len(decoded), len(files)))
    finally:
        pool.close()
    return decoded


def entries_by_folder(folders: Sequence[bytes], paths: Sequence[bytes], options: DatasetOptions) -> list[DatasetEntry]:
    """Entries with class and kit of each path, taken from the names of its folders.

    The folders besides the one that names the class are the kit. With several FOLDERs, the kit includes the FOLDER.
    """
    roots = sorted({os.path.abspath(folder) for folder in folders}, key=len, reverse=True)
    below = [_below(path, roots) for path in paths]
    by = options.classes_by
    if by == "auto":
        first = _count_class_words([parts[:1] for _, parts in below])
        by = "last" if _count_class_words([parts[-1:] for _, parts in below]) > first else "first"
    entries = []
    for path, (root, parts) in zip(paths, below, strict=True):
        kit_parts = parts[1:] if by == "first" else parts[:-1]
        kit = b"/".join([root, *kit_parts] if len(roots) > 1 else kit_parts)
        name = printable(parts[0 if by == "first" else -1])[:100] if parts else ""
        entries.append(DatasetEntry(path, class_name=name, kit=os.fsdecode(kit)))
    return entries


def _below(path: bytes, roots: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """The root of a path, and the folders between them."""
    for root in roots:
        stem = root.rstrip(b"/") + b"/"
        if path.startswith(stem):
            return root, path[len(stem) :].split(b"/")[:-1]
    return b"", path.split(b"/")[1:-1]  # a link target outside the roots


def _count_class_words(names: Sequence[Sequence[bytes]]) -> int:
    """How many folder names are words for a percussion class."""
    return sum(os.fsdecode(name[0]).lower().replace(" ", "_") in CLASS_WORDS for name in names if name)
