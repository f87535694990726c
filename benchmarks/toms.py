"""How low, mid and high toms of recorded kits lie, by which `search.tom_sizing` judges; and how often it is right.

The kits of a training pool whose names tell the sizes of their toms are fitted, as they are, each tom alone, and two
kits as one. Five folds by kit tell the share of right ones among the sizes that are told, by the least probability that
counts as known. A validation folder (`validation.tsv` with machine and sub) is only measured.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tui_browser.dsp.descriptors import describe
from tui_browser.dsp.trim import dc_offset, leading_silence
from tui_browser.search.tom_kits import drums_of
from tui_browser.search.tom_sizing import REAL_KITS, TomKits, size_probabilities

FOLDS = 5
THRESHOLDS = (0.0, 0.5, 0.54, 0.56, 0.58, 0.6, 0.65, 0.7)
_SIZES = (
    r"low[-_ ]?tom|tom[-_ ]?lo|lotom|lt_|tl_|floor|_lo_|_041_|_043_|_045_low_s|__45$",
    r"mid[-_ ]?tom|tom[-_ ]?mid|midtom|mt_|tm_|_mid_|_047_|_048_mdhi|__48$",
    r"hi(gh)?[-_ ]?tom|tom[-_ ]?hi|hitom|ht_|th_|_hi_|tom-high|tomh$|_048_tom_hi|_050_|__50$",
)
_NUMBERED = {"muldjord": 4, "pearl_master": 3, "webaudio_4OP-FM": 3, "webaudio_Kit3": 3, "webaudio_acoustic-kit": 3}
"""Kits whose toms are numbered from the highest, and how many they have."""
_INCHES = {"Gretch Jazzkit": {8: 2, 10: 1, 12: 1, 14: 0}, "deathmetal": {12: 2, 13: 1, 16: 0}}
"""Kits whose toms are named by their diameter."""
_RELATED = ("gogodze2", "fugue", "muldjord")
"""Kits of one author are on one side of a fold, and weigh less."""

Kit = list[tuple[float, int]]
"""Octaves (log2 of Hz) and sizes of its toms."""
Drums = tuple[NDArray[np.float64], list[list[int]], float]
"""Octaves of a kit's drums, the sizes that their takes have by name, and the weight of the kit."""

_START = np.array([np.log2(110), np.log(0.35), np.log(0.33), np.log(0.5), np.log(0.3), np.log(0.3), 0.0])
_TRUST = np.array([0.3, 0.4, 0.4, 0.4, 0.4, 0.7, 1.0])
"""How far the figures may lie from the start."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pool", type=Path, help="folder with pool.tsv and pool/")
    parser.add_argument("--validation", type=Path, help="folder with validation.tsv and validation/")


def run(args: argparse.Namespace) -> int:
    kits = _named_kits(args.pool)
    families = sorted({_family(name) for name in kits})
    np.random.default_rng(1).shuffle(families)
    folds = {name: families.index(_family(name)) % FOLDS for name in kits}
    counts: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros((len(THRESHOLDS), 2), dtype=np.int64))
    for fold in range(FOLDS):
        fitted = _fit(_material({name: kit for name, kit in kits.items() if folds[name] != fold}, seed=fold))
        for kind, drums in _by_kind({name: kit for name, kit in kits.items() if folds[name] == fold}, seed=fold):
            counts[f"pool, {kind}"] += _judged(drums, fitted)
    fitted = _fit(_material(kits, seed=FOLDS))
    print(json.dumps({"fitted": [round(float(number), 3) for number in astuple(fitted)]}))
    if args.validation is not None:
        machines = _machines(args.validation)
        for label, numbers in (("fitted", fitted), ("as shipped", REAL_KITS)):
            for kind, drums in _by_kind(machines, seed=0):
                if kind != "two kits as one":
                    counts[f"validation, {kind}, {label}"] += _judged(drums, numbers)
    for kind, told in counts.items():
        for threshold, (right, wrong) in zip(THRESHOLDS, told.tolist(), strict=True):
            share = round(right / max(1, right + wrong), 3)
            print(json.dumps({"of": kind, "from": threshold, "right": right, "wrong": wrong, "share": share}))
    return 0


def _named_kits(data: Path) -> dict[str, Kit]:
    kits: dict[str, Kit] = defaultdict(list)
    with (data / "pool.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = Path(row["path"])
            size = _named_size(row["kit"], path.stem.lower()) if row["class"] == "tom" else None
            if size is not None and (pitch := _pitch(data / "pool" / path)) > 0:
                kits[path.parent.name].append((float(np.log2(pitch)), size))
    return kits


def _machines(data: Path) -> dict[str, Kit]:
    kits: dict[str, Kit] = defaultdict(list)
    with (data / "validation.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["class"] == "tom" and row["sub"] and (pitch := _pitch(data / "validation" / row["path"])) > 0:
                kits[row["machine"]].append((float(np.log2(pitch)), ("lt", "mt", "ht").index(row["sub"])))
    return kits


def _named_size(kit: str, stem: str) -> int | None:
    number = re.search(r"tom-?0?(\d)", stem)
    if kit in _NUMBERED:
        return None if number is None else 2 if number[1] == "1" else 0 if int(number[1]) == _NUMBERED[kit] else 1
    if kit in _INCHES:
        inches = re.search(r"(?:tom_|maple-)(\d+)", stem)
        return _INCHES[kit].get(int(inches[1])) if inches is not None else None
    named = {size for size, words in enumerate(_SIZES) if re.search(words, stem + "_"[: stem[-1].isalpha()])}
    return named.pop() if len(named) == 1 else None


def _pitch(path: Path) -> float:
    """NaN without one, and where no tom lies."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    offset = dc_offset(mono)
    onset = min(leading_silence(mono, rate, offset=offset), len(mono) - 1)
    pitch = describe(mono, rate, onset=onset, offset=offset).pitch_hz
    return pitch if 30 <= pitch <= 600 else float("nan")


def _family(kit: str) -> str:
    return next((family for family in _RELATED if kit.startswith(family)), kit)


def _by_kind(kits: dict[str, Kit], *, seed: int) -> Iterator[tuple[str, list[Drums]]]:
    """Kits, lone toms, and pairs of kits as one."""
    sizes = Counter(map(_family, kits))
    weight = {name: 1 / sizes[_family(name)] for name in kits}
    yield "kits", [_drums(kit, weight[name]) for name, kit in kits.items()]
    yield "toms alone", [_drums([tom], 0.25 * weight[name]) for name, kit in kits.items() for tom in kit]
    rng = np.random.default_rng(seed)
    families: dict[str, list[str]] = defaultdict(list)
    for name, kit in kits.items():
        if len(kit) > 1:
            families[_family(name)].append(name)
    pairs = []
    for first, second in (rng.choice(list(families), 2, replace=False) for _ in kits if len(families) > 1):
        pairs.append(_drums(kits[rng.choice(families[first])] + kits[rng.choice(families[second])], 0.5))
    yield "two kits as one", pairs


def _material(kits: dict[str, Kit], *, seed: int) -> list[Drums]:
    return [drums for _, every in _by_kind(kits, seed=seed) for drums in every]


def _drums(kit: Kit, weight: float) -> Drums:
    octaves = [octave for octave, _ in kit]
    drums = drums_of(list(range(len(kit))), octaves)
    return np.array([octaves[drum[len(drum) // 2]] for drum in drums]), [[kit[i][1] for i in d] for d in drums], weight


def _judged(material: Sequence[Drums], numbers: TomKits) -> NDArray[np.int64]:
    """(T, 2) right and wrong sizes that are told from each threshold on."""
    told = np.zeros((len(THRESHOLDS), 2), dtype=np.int64)
    for octaves, drums, _ in material:
        for shares, sizes in zip(size_probabilities(octaves[None], numbers)[0], drums, strict=True):
            known = np.array(THRESHOLDS) <= shares.max()
            for size in sizes:
                told[known, int(shares.argmax() != size)] += 1
    return told


def _fit(material: Sequence[Drums]) -> TomKits:
    from scipy.optimize import minimize  # 0.5 s

    def cost(point: NDArray[np.float64]) -> float:
        numbers = _numbers(point)
        total = 0.5 * float(np.square((point - _START) / _TRUST).sum())
        for octaves, drums, weight in material:
            shares = size_probabilities(octaves[None], numbers)[0]
            for share, sizes in zip(shares, drums, strict=True):
                total -= weight * float(np.log(share[sizes] + 1e-9).mean())
        return total

    options = {"maxiter": 4, "xtol": 0.02, "ftol": 0.002}
    return _numbers(minimize(cost, _START, method="Powell", options=options).x)


def _numbers(point: NDArray[np.float64]) -> TomKits:
    return TomKits(float(point[0]), *(float(number) for number in np.exp(point[1:])))
