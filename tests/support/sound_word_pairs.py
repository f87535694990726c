"""Pairs of sounds of which it is known that a sound word fits one better, and how often its direction says so."""

from __future__ import annotations

import csv
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tui_browser.config.places import shipped
from tui_browser.config.settings import DEFAULT_MODEL
from tui_browser.indexing.file_encoder import load_model
from tui_browser.model.bundle import Bundle
from tui_browser.model.inference import InferenceEncoder, open_encoder
from tui_browser.records import DRUM_CLASSES, FEATURES, FloatArray
from tui_browser.search.sound_vocabulary import BY_DESCRIPTOR
from tui_browser.search.word_directions import FILE, WordDirections, descriptor_columns, projected, read_directions
from tui_browser.synth.render import render
from tui_browser.training.sound_words.contrasts import contrast
from tui_browser.training.sound_words.measuring import measured
from tui_browser.training.sound_words.train import loaded

NAMED_IN_POOL = {
    "deep": (("tl", "th"), ("deep", "snappy")),
    "dark": (("deep", "snappy"),),
    "snappy": (("snappy", "deep"),),
    "clicky": (("snappy", "deep"),),
    "distorted": (("distorted", "snappy"), ("distorted", "deep")),
    "hard": (("hard", "soft"),),
    "soft": (("soft", "hard"),),
    "loud": (("hard", "soft"),),
    "ringing": (("hit", "hitmuted"),),
}
"""Words, and words of file names that say more and less of it: files of a kit whose names differ in these alone."""
NAMED_IN_VALIDATION = {
    "deep": ("lt", "ht"), "sustained": ("oh", "hh"), "long": ("oh", "hh"), "short": ("hh", "oh"),
    "damped": ("hh", "oh"), "noisy": ("sh", "cb"), "tonal": ("cb", "sh"), "bright": ("hh", "bd"), "dark": ("bd", "sd"),
    "boomy": ("bd", "rim"), "thin": ("hh", "lt"), "metallic": ("cr", "mt"),
}  # fmt: skip
"""Words, and the drums of a machine, by their abbreviations, that it fits more and less."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How many pairs the direction of a word orders as it should."""

    word: str
    right: int
    pairs: int

    @property
    def share(self) -> float:
        return self.right / max(1, self.pairs)


@cache
def shipped_directions() -> WordDirections:
    directions = read_directions(os.path.join(shipped("models"), DEFAULT_MODEL, FILE))
    assert directions is not None
    return directions


Measured = tuple[FloatArray, FloatArray]
"""Columns of `FEATURES`, and the embedding."""


@cache
def _encoder() -> tuple[Bundle, InferenceEncoder]:
    bundle = load_model(None)
    assert shipped_directions().space == bundle.space, "learned for this model"
    return bundle, open_encoder(bundle)


def heard(sounds: Sequence[FloatArray]) -> list[Measured]:
    """What the library would know of each sound."""
    import torch

    bundle, encoder = _encoder()
    both = [measured(sound, bundle.front_end) for sound in sounds]
    with torch.inference_mode():
        vectors = encoder(torch.from_numpy(np.stack([mel for _, mel in both])))[0].numpy()
    return [(features, vector) for (features, _), vector in zip(both, vectors, strict=True)]


@cache
def _heard_file(path: str) -> Measured:
    return heard([loaded(path)])[0]


def fitting(word: str, known: Sequence[Measured]) -> FloatArray:
    """(n,) how far each sound lies along the direction of a word."""
    features = np.stack([columns for columns, _ in known])
    if word in BY_DESCRIPTOR:
        name, sign = BY_DESCRIPTOR[word]
        along: FloatArray = features[:, FEATURES.index(name)] * np.float32(sign)
        return along
    directions = shipped_directions()
    columns = descriptor_columns(features, directions.usual)
    return projected(directions.words[word], columns, np.stack([vector for _, vector in known]))


def judged_on_processed(word: str, *, pairs: int, seed: int) -> Judged:
    """Drums of the synthesiser, processed with other strengths than the direction was learned from."""
    rng = np.random.default_rng([seed, *word.encode()])
    sounds = []
    for number in range(pairs):
        pair = contrast(word, rng, render(DRUM_CLASSES[number % len(DRUM_CLASSES)], rng)[:66_150])
        sounds += [pair.more, pair.less]
    along = fitting(word, heard(sounds))
    return Judged(word, int((along[::2] > along[1::2]).sum()), pairs)


def judged_by_names(pool: str, word: str, *, most: int) -> Judged:
    """Recordings of one kit and class whose names say which end they are, at most so many pairs."""
    by_rest: dict[tuple[object, ...], list[tuple[str, str]]] = defaultdict(list)
    for row in _table(f"{pool}.tsv"):
        letters = re.findall(r"[a-z]+", os.path.basename(row["path"]).lower().split("__")[-1])
        for place, name in enumerate(letters):
            rest = (row["kit"], row["class"], *letters[:place], "*", *letters[place + 1 :])
            by_rest[rest].append((name, os.path.join(pool, row["path"])))
    found = []
    for more, less in NAMED_IN_POOL[word]:
        for files in by_rest.values():
            first = [path for name, path in files if name == more]
            found += [(path, other) for path in first for name, other in files if name == less]
    return _judged(word, _some(found, most))


def judged_by_machines(validation: str, word: str, *, most: int) -> Judged:
    """Drums of one machine, at most so many pairs; toms where it has one kit, as high and low hold within a kit."""
    more, less = NAMED_IN_VALIDATION[word]
    by_machine: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for row in _table(f"{validation}.tsv"):
        if row["sub"] in (more, less):
            by_machine[row["machine"]][row["sub"] == less].append(os.path.join(validation, row["path"]))
    toms = {more, less} <= {"lt", "mt", "ht"}
    groups = [group for group in by_machine.values() if not toms or len(group[0]) == len(group[1]) == 1]
    pairs = [(path, other) for first, second in groups for path, other in zip(first, second, strict=False)]
    return _judged(word, _some(pairs, most))


def _some(pairs: list[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    return [pairs[place] for place in np.random.default_rng(0).permutation(len(pairs))[:most]]


def _judged(word: str, pairs: Sequence[tuple[str, str]]) -> Judged:
    paths = sorted({path for pair in pairs for path in pair})
    place = {path: number for number, path in enumerate(paths)}
    along = fitting(word, [_heard_file(path) for path in paths])
    return Judged(word, sum(bool(along[place[a]] > along[place[b]]) for a, b in pairs), len(pairs))


def _table(path: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
