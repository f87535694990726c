"""Synthetic libraries by size, made once and kept in the cache folder."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

import platformdirs
from filelock import FileLock

from benchmarks.make_library import make
from tui_browser.dsp.picture_part import SIZE
from tui_browser.errors import BundleError
from tui_browser.indexing.file_encoder import load_model
from tui_browser.store.schema import VERSION

FOLDER = os.path.join(platformdirs.user_cache_dir("tui-browser"), "benchmarks")


def size_arguments(parser: argparse.ArgumentParser, *, sizes: str) -> None:
    """Options that every verb over libraries takes."""
    parser.add_argument("--sizes", type=parse_sizes, default=parse_sizes(sizes), help=f"default: {sizes}")
    parser.add_argument("--libraries", default=FOLDER, metavar="FOLDER", help="where synthetic libraries are kept")
    parser.add_argument("--markdown", action="store_true", help="as it stands in docs/performance.md")


def parse_sizes(text: str) -> list[int]:
    """`1k,100k,1M` as numbers."""
    units = {"k": 1_000, "M": 1_000_000}
    return [int(float(word[:-1]) * units[word[-1]]) if word[-1] in units else int(word) for word in text.split(",")]


def size_name(samples: int) -> str:
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if samples % unit == 0:
            return f"{samples // unit}{name}"
    return str(samples)


def library(samples: int, *, folder: str = FOLDER) -> str:
    """The synthetic library of this size, made where there is none.

    It was heard by a copy of the shipped model that lies beside it, so that it outlives the next model.
    """
    path = os.path.join(
        folder, f"{size_name(samples)}-v{VERSION}-{64 + SIZE}.db"
    )  # one that was brought up to date is another
    os.makedirs(folder, exist_ok=True)
    with FileLock(os.path.join(folder, "making.lock")):
        if not os.path.exists(path):
            sys.stderr.write(f"making a library of {samples:,} samples, once: {path}\n")
            shutil.rmtree(f"{path}.samples", ignore_errors=True)
            make(path, samples, model=_model(folder))
    return path


def _model(folder: str) -> str | None:
    """The folder of a copy of the shipped model; None where there is none to copy."""
    copy = os.path.join(folder, "model")
    if not os.path.isdir(copy):
        try:
            shutil.copytree(load_model(None).folder, copy)
        except BundleError:
            return None
    return copy
