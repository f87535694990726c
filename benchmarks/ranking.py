"""ranking: where the wanted file stands in the answers to a hundred short queries, beside `fzf --filter`.

The queries are made from the wanted file's own words, as people shorten them; the figure is the mean reciprocal rank
(1: always first). Only names count: no sample has a class here.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks import peers
from benchmarks.report import Table, show
from benchmarks.synthetic.names import kits
from tui_browser.records import AUDIO_ENDINGS, DRUM_CLASSES, FEATURES, UNCLASSED, Names, Snapshot
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse

_WORD = re.compile(r"[A-Za-z]+|[0-9]+")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="*", help="real files; without any, synthetic names")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", action="store_true", help="as it stands in docs/performance.md")


def run(args: argparse.Namespace) -> int:
    table = Table(f"Place of the wanted file, mean reciprocal rank of {args.queries} queries a form")
    lists = [(os.path.basename(os.path.abspath(folder)), _files(folder)) for folder in args.folders]
    for name, paths in lists or [("synthetic", _synthetic(10_000))]:
        for form, shorten in FORMS.items():
            ours, theirs = _mean_ranks(paths, shorten, args)
            table.add(f"{name} ({len(paths):,}), {form}", ours, "of 1", peer="fzf --filter", theirs=theirs)
    show([table], markdown=args.markdown)
    return 0


# --- queries ----------------------------------------------------------------------------------------------------------


def _pick(words: Sequence[str], count: int, chance: random.Random) -> list[str]:
    """Some of the words in their order."""
    places = sorted(chance.sample(range(len(words)), min(count, len(words))))
    return [words[place] for place in places]


def _starts(words: Sequence[str], chance: random.Random) -> str:
    return " ".join(word[:3] for word in _pick(words, 3, chance))


def _squeezed(words: Sequence[str], chance: random.Random) -> str:
    return "".join(word[:2] for word in _pick(words, 4, chance))


def _last_words(words: Sequence[str], _chance: random.Random) -> str:
    return " ".join(words[-2:])


def _turned(words: Sequence[str], chance: random.Random) -> str:
    return " ".join(reversed(_pick(words, 2, chance)))


FORMS: dict[str, Callable[[Sequence[str], random.Random], str]] = {
    "the last two words": _last_words,
    "two words": lambda words, chance: " ".join(_pick(words, 2, chance)),
    "two words turned round": _turned,
    "three letters of three words": _starts,
    "two letters of four words, together": _squeezed,
}


def _mean_ranks(
    paths: Sequence[str], shorten: Callable[[Sequence[str], random.Random], str], args: argparse.Namespace
) -> tuple[float, float | None]:
    chance = random.Random(args.seed)  # noqa: S311 - which files are asked for
    held = _snapshot(paths)
    index = NameIndex(held.names)
    ours, theirs = [], []
    for wanted in chance.sample(range(len(paths)), args.queries):
        folder, name = os.path.split(os.path.splitext(paths[wanted])[0])
        words = [*_WORD.findall(os.path.basename(folder)), *_WORD.findall(name)]
        text = shorten(words, chance).lower()
        if not text:
            continue
        rows = match(parse(text), held, index).rows.tolist()
        ours.append(_reciprocal(rows, wanted))
        if peers.fzf() is not None:
            answer = _fzf(text, paths)
            theirs.append(_reciprocal(answer, wanted))
    return float(np.mean(ours)), float(np.mean(theirs)) if theirs else None


def _reciprocal(rows: Sequence[int], wanted: int) -> float:
    return 1.0 / (rows.index(wanted) + 1) if wanted in rows else 0.0


def _fzf(text: str, paths: Sequence[str]) -> list[int]:
    lines = "\0".join(paths).encode("utf-8", "surrogateescape")
    done = subprocess.run(
        ["fzf", "--read0", "--print0", "--filter", text], input=lines, capture_output=True, check=False
    )
    row_of = {path: row for row, path in enumerate(paths)}
    answers = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return [row_of[answer] for answer in answers if answer]


# --- names ------------------------------------------------------------------------------------------------------------


def _synthetic(count: int) -> list[str]:
    paths: list[str] = []
    weights = np.full(len(DRUM_CLASSES), 1 / len(DRUM_CLASSES))
    for folder, samples in kits(np.random.default_rng(1), weights):
        paths += [f"{folder}/{path}" for path, _ in samples]
        if len(paths) >= count:
            break
    return paths[:count]


def _files(folder: str) -> list[str]:
    """Audio files below a folder, as paths from there on."""
    paths = []
    for parent, _, names in os.walk(folder):
        paths += [
            os.path.relpath(os.path.join(parent, name), folder)
            for name in names
            if os.fsencode(os.path.splitext(name)[1].lower()) in AUDIO_ENDINGS
        ]
    return sorted(paths)


def _snapshot(paths: Sequence[str]) -> Snapshot:
    encoded = [b"/r/" + os.fsencode(path) for path in paths]
    offsets = np.zeros(len(paths) + 1, dtype=np.int64)
    np.cumsum([len(path) for path in encoded], out=offsets[1:])
    count = len(paths)
    return Snapshot(
        revision=1,
        layout="",
        space="",
        ids=np.arange(count, dtype=np.int64),
        xy=np.zeros((count, 2), dtype=np.float32),
        classes=np.full(count, UNCLASSED, dtype=np.uint8),
        class_p=np.zeros(count, dtype=np.float32),
        flags=np.zeros(count, dtype=np.uint8),
        features=np.full((count, len(FEATURES)), np.nan, dtype=np.float32),
        names=Names(b"".join(encoded), offsets),
    )
