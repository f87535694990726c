"""make-library: a library file of N samples that were never recorded, for measuring at any size."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice

import numpy as np

from benchmarks.synthetic.names import kits
from benchmarks.synthetic.sounds import WEIGHTS, World, copied
from tui_browser.dsp.picture_part import SIZE
from tui_browser.errors import BundleError
from tui_browser.records import FAVOURITE, HEARD, FloatArray
from tui_browser.store.bulk_writer import SampleBatch, write_library

_BATCH = 20_000
_TAGS = ("keep", "layer", "live set", "too loud", "needs cut", "gift")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--samples", type=int, required=True, metavar="N")
    parser.add_argument("--out", required=True, metavar="FILE", help="the library file, which must not exist")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--root", metavar="FOLDER", help="where the samples claim to lie (default: FILE.samples)")
    parser.add_argument("--model", metavar="NAME|FOLDER", help="the model that claims to have heard them")
    parser.add_argument("--no-files", action="store_true", help="make no (empty) file for each sample")


def run(args: argparse.Namespace) -> int:
    started = time.perf_counter()
    make(args.out, args.samples, seed=args.seed, root=args.root, files=not args.no_files, model=args.model)
    size = os.path.getsize(args.out) / 1e6
    print(f"{args.samples:,} samples in {time.perf_counter() - started:.1f} s, {size:,.0f} MB: {args.out}")
    return 0


def make(
    path: str,
    samples: int,
    *,
    seed: int = 1,
    root: str | None = None,
    files: bool = True,
    model: str | None = None,
) -> None:
    """Write a library of `samples` samples below the folder `root`.

    With `files` each of them is there as an empty file that the app takes for unchanged; without, the root is an
    empty folder and the app greys what it shows. Vectors claim to be of `model` (None: the shipped one).
    """
    folder = os.path.abspath(root or f"{path}.samples")
    os.makedirs(folder, exist_ok=True)
    space, dim, z_dim, heard_by = _claimed(model)
    batches = _batches(os.fsencode(folder), samples, seed=seed, dim=dim, z_dim=z_dim, files=files)
    notes = {"space": space, f"fitted:umap@{space}": str(samples)} | ({"model": heard_by} if heard_by else {})
    write_library(path, batches, root=os.fsencode(folder), space=space, layout="umap", notes=notes)


def _claimed(model: str | None) -> tuple[str, int, int, str]:
    """Space, widths of embedding and z, and reference of a model; invented ones where none is shipped."""
    from tui_browser.indexing.file_encoder import load_model, model_reference

    try:
        bundle = load_model(model)
    except BundleError:
        if model is not None:
            raise
        return "synthetic", 64 + SIZE, 32, ""
    return bundle.space, bundle.width, bundle.z_dim, model_reference(bundle)


def _batches(root: bytes, samples: int, *, seed: int, dim: int, z_dim: int, files: bool) -> Iterator[SampleBatch]:
    rng = np.random.default_rng(seed)
    world = World(rng, dim=dim, z_dim=z_dim)
    named = _named(rng, root, files=files)
    for first in range(0, samples, _BATCH):
        chosen = list(islice(named, min(_BATCH, samples - first)))
        n = len(chosen)
        sounds = world.draw(np.array([kind for _, kind in chosen], dtype=np.intp))
        hashes = [hashlib.blake2b(b"%d %d" % (seed, first + i), digest_size=16).hexdigest() for i in range(n)]
        for copy in copied(n).tolist():
            hashes[copy] = hashes[copy - 1]
        marked = rng.random((n, 3))
        flags = (marked[:, 0] < 0.01) * np.uint8(FAVOURITE) + (marked[:, 1] < 0.1) * np.uint8(HEARD)
        tagged = np.flatnonzero(marked[:, 2] < 0.01).tolist()
        yield SampleBatch(
            paths=[path for path, _ in chosen],
            files=_stats([path for path, _ in chosen], first, files=files),
            hashes=hashes,
            sounds=_facts(rng, sounds.features),
            features=sounds.features,
            embedding=sounds.embedding,
            z=sounds.z,
            probabilities=sounds.probabilities,
            xy=sounds.xy,
            flags=flags.astype(np.uint8),
            tags={row: (_TAGS[row % len(_TAGS)],) for row in tagged},
        )
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{first + n:,} of {samples:,}")
    if sys.stderr.isatty():
        sys.stderr.write("\r" + " " * 40 + "\r")


def _named(rng: np.random.Generator, root: bytes, *, files: bool) -> Iterator[tuple[bytes, int]]:
    for kit, samples in kits(rng, WEIGHTS):
        base = root + b"/" + kit.encode()
        if files:
            for folder in {name.rpartition("/")[0] for name, _ in samples}:
                os.makedirs(base + b"/" + folder.encode(), exist_ok=True)
        for name, kind in samples:
            yield base + b"/" + name.encode(), kind


def _stats(paths: list[bytes], first: int, *, files: bool) -> np.ndarray:
    """(n, 4) size, mtime_ns, device, inode; of empty files made here, or invented."""
    stats = np.empty((len(paths), 4), dtype=np.int64)
    if not files:
        ids = first + np.arange(len(paths))
        stats[:] = np.column_stack([20_000 + ids % 90_000, 1_600_000_000 * 10**9 + ids, np.ones_like(ids), ids + 100])
        return stats
    for row, path in enumerate(paths):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        stat = os.fstat(descriptor)
        os.close(descriptor)
        stats[row] = stat.st_size, stat.st_mtime_ns, stat.st_dev, stat.st_ino
    return stats


def _facts(rng: np.random.Generator, features: FloatArray) -> np.ndarray:
    """(n, 3) sample rate, channels, frames."""
    n = len(features)
    rates = rng.choice([44_100, 48_000, 96_000, 22_050], n, p=[0.8, 0.15, 0.03, 0.02])
    return np.column_stack([rates, rng.integers(1, 3, n), (features[:, 0] * rates).astype(np.int64)])
