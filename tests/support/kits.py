"""Libraries of real one-shots with made-up classes, places and vectors: kits are made of them without a model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.support.sounds import RATE, one_shot, write
from tui_browser.records import DRUM_CLASSES, Credit
from tui_browser.store.bulk_writer import SampleBatch, write_library

SHIPPED = {"kick": 4, "snare": 4, "hat_closed": 3, "hat_open": 2, "clap": 2, "tom": 2, "cymbal": 1}
"""Sounds of each class, unless a test wants others."""


def one_shot_library(
    path: Path,
    root: Path,
    *,
    counts: Mapping[str, int] = SHIPPED,
    names: Mapping[int, bytes] | None = None,
    copies: Sequence[int] = (),
) -> list[bytes]:
    """Write a library of one-shots below `root`; their paths, class by class.

    The sounds of a class lie on a line to the right of the middle of the map, and their vectors turn from the first
    one on. `names` are names by place in that list; those in `copies` have the sound of the one before them.
    """
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    nth = [number for count in counts.values() for number in range(count)]
    total = len(kinds)
    paths: list[bytes] = []
    sounds = np.zeros((total, 3), dtype=np.int64)
    for at, kind in enumerate(kinds):
        name = (names or {}).get(at, b"%s-%d.wav" % (kind.encode(), nth[at]))
        target = os.path.join(os.fsencode(root), name)
        sound = one_shot(kind, at - 1 if at in copies else at)
        temporary = write(root / f"_{at}.wav", sound)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.rename(temporary, target)
        paths.append(target)
        sounds[at] = (RATE, 1, len(sound))
    numbers = np.array(nth, dtype=np.float32)
    probabilities = np.full((total, len(DRUM_CLASSES)), 0.01, dtype=np.float32)
    probabilities[np.arange(total), [DRUM_CLASSES.index(kind) for kind in kinds]] = 0.9
    batch = SampleBatch(
        paths=paths,
        files=np.array([(os.stat(p).st_size, os.stat(p).st_mtime_ns, 1, at) for at, p in enumerate(paths)]),
        hashes=[f"{at - 1 if at in copies else at:032x}" for at in range(total)],
        sounds=sounds,
        features=np.ones((total, 8), dtype=np.float32),
        embedding=np.stack([np.cos(numbers / 10), np.sin(numbers / 10)], axis=1).astype(np.float32),
        z=np.zeros((total, 4), dtype=np.float32),
        probabilities=probabilities,
        xy=np.stack([0.5 + numbers / 20, np.full(total, 0.5)], axis=1).astype(np.float32),
        flags=np.zeros(total, dtype=np.uint8),
        tags={},
    )
    write_library(str(path), [batch], root=os.fsencode(root), space="made-up", layout="pca", notes={})
    return paths


ANNA = Credit(licence="CC BY 4.0", author="Anna", title="Boom & <bang>", source="https://example.org/1")
