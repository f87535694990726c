"""Recordings with their classes, for benchmarks that compare made sounds with them."""

from __future__ import annotations

import argparse
import csv
import os
from dataclasses import dataclass

import numpy as np

from tui_browser.errors import AudioError, BrowserError
from tui_browser.records import DRUM_CLASSES, FloatArray
from tui_browser.training.decoder.training_data import read_clip

_POOL = os.path.join(os.path.dirname(__file__), "..", "..", "shared", "data", "pool")


def recording_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that name recordings; without them those of the training pool that may lie beside the checkout."""
    parser.add_argument("--table", default=f"{_POOL}.tsv", metavar="TSV", help="recordings: columns path and class")
    parser.add_argument("--folder", default=_POOL, help="where they lie")
    parser.add_argument("--model", default="models/general")


@dataclass(frozen=True, slots=True)
class Recording:
    """A file and what it is."""

    path: str
    label: int
    """Index into `DRUM_CLASSES`."""


def read_recordings(table: str, folder: str, *, most: int = 0) -> list[Recording]:
    """Files of a table with columns path and class, in `folder`; `most` spreads that many over each class."""
    try:
        with open(table, encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except OSError as error:
        raise BrowserError((error.strerror or "cannot be read").lower(), path=table) from error
    recordings = [Recording(os.path.join(folder, row["path"]), DRUM_CLASSES.index(row["class"])) for row in rows]
    if not most:
        return recordings
    chosen = []
    for label in range(len(DRUM_CLASSES)):
        members = [recording for recording in recordings if recording.label == label]
        rows_of_class = np.unique(np.linspace(0, len(members) - 1, min(most, len(members))).astype(int))
        chosen += [members[row] for row in rows_of_class] if members else []
    return chosen


def read_sound(recording: Recording) -> FloatArray | None:
    """The sound from its onset; None for one that cannot be read, is silent or shorter than 10 ms."""
    try:
        sound = read_clip(recording.path)
    except AudioError:
        return None
    return sound if len(sound) >= 441 and np.abs(sound).max() >= 1e-4 else None
