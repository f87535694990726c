"""In which respects two sounds are alike, and how surely: what neighbours are weighed, explained and doubted by.

An aspect's gap is measured in units of what two unrelated sounds of different kits differ by (the median over the
training pool), so that 0 is the same and 1 is chance. `overall` is the distance of the vectors.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.picture_part import MEANS, SHARE, SIZE, has_picture_part, joined, unit
from tui_browser.records import FEATURES, FloatArray

ASPECTS = ("overall", "timbre", "pitch", "envelope", "loudness", "length")
Weights = tuple[float, float, float, float, float, float]
"""How much each of `ASPECTS` counts; not all are 0."""
PLAIN: Weights = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""The vectors alone."""
MOST_WEIGHT = 100.0

_CHANCE = 0.87
"""Median distance of unrelated sounds, where vectors have a picture part."""
_TIMBRE, _SPREAD, _OCTAVES, _ATTACK, _DECIBELS, _DOUBLINGS, _BRIGHT = 0.46, 0.32, 1.1, 1.7, 7.0, 1.4, 1.2
"""Medians of unrelated sounds: distances of both halves of the picture part; then octaves of pitch, doublings of the
attack, dB, doublings of the length, octaves of brightness."""
_MOST_GAP = 2.0
_CONFIDENCE = (
    (0.0, 0.11, 0.15, 0.2, 0.26, 0.32, 0.37, 0.43, 0.52, 1.0),
    (1.0, 0.98, 0.93, 0.82, 0.72, 0.61, 0.53, 0.38, 0.23, 0.0),
)
"""Distance in units of chance, and how often a neighbour so near was of the same kind, on kits held apart."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundTarget:
    """What neighbours are looked for of: a sound, or several in one."""

    vector: FloatArray
    """(D,) unit length."""
    features: FloatArray
    """(F,) columns of `FEATURES`, NaN where unknown."""

    @classmethod
    def of(cls, vector: FloatArray, features: FloatArray | None = None) -> SoundTarget:
        """Without features only `overall` and `timbre` are known."""
        unknown = np.full(len(FEATURES), np.nan, dtype=np.float32)
        return cls(vector, unknown if features is None else features)


def parse_weights(text: str) -> Weights:
    """`pitch=2,length=0` as weights; `overall` counts 1 and every other aspect 0 where it is not named.

    Raises ValueError with a sentence.
    """
    weights = dict(zip(ASPECTS, PLAIN, strict=True))
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        name, sign, number = (part.strip() for part in piece.partition("="))
        if name not in weights:
            close = difflib.get_close_matches(name, ASPECTS, n=1)
            raise ValueError(f"there is no aspect {name!r}" + (f"; did you mean {close[0]}?" if close else ""))
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not sign or not 0 <= weight <= MOST_WEIGHT:
            raise ValueError(f"{name} takes a number from 0 to {MOST_WEIGHT:g}, as in {name}=2")
        weights[name] = weight
    if not any(weights.values()):
        raise ValueError("at least one aspect must count")
    overall, timbre, pitch, envelope, loudness, length = weights.values()
    return overall, timbre, pitch, envelope, loudness, length


def weights_of(named: Mapping[str, float]) -> Weights:
    """The same from numbers by aspect."""
    return parse_weights(",".join(f"{name}={weight!r}" for name, weight in named.items()))


def weights_text(weights: Weights) -> str:
    """`pitch 2, length 0.5`: the weights that differ from `PLAIN`; empty for that."""
    changed = [
        f"{name} {weight:g}" for name, weight, usual in zip(ASPECTS, weights, PLAIN, strict=True) if weight != usual
    ]
    return ", ".join(changed)


def aspect_gaps(vectors: FloatArray, features: FloatArray, target: SoundTarget) -> FloatArray:
    """(n, 6) gaps of sounds from the target in `ASPECTS`, in units of chance; `overall` as a distance.

    `vectors` is (n, D) and `features` (n, F). NaN where neither of both has what is compared, such as a pitch.
    """
    own, theirs = _columns(target.features[np.newaxis]), _columns(features)
    octaves, attack, decibels, doublings, bright = (
        _gap(theirs[name], own[name], scale)
        for name, scale in (
            ("pitch_hz", _OCTAVES), ("attack_s", _ATTACK), ("loudness_db", _DECIBELS), ("duration_s", _DOUBLINGS),
            ("brightness_hz", _BRIGHT),
        )
    )  # fmt: skip
    difference = vectors.astype(np.float64) - target.vector.astype(np.float64)
    gaps = np.empty((len(vectors), len(ASPECTS)), dtype=np.float32)
    gaps[:, 0] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    if has_picture_part(vectors) or has_picture_part(target.vector[np.newaxis]):
        means, spreads = difference[:, -SIZE : MEANS - SIZE], difference[:, MEANS - SIZE :]
        gaps[:, 1] = np.linalg.norm(means, axis=1) / (math.sqrt(SHARE) * _TIMBRE)
        spread = np.linalg.norm(spreads, axis=1) / (math.sqrt(SHARE) * _SPREAD)
        gaps[:, 3] = np.sqrt((spread**2 + np.where(np.isnan(attack), spread, attack) ** 2) / 2)
    else:
        gaps[:, 1], gaps[:, 3] = bright, attack
    gaps[:, 2], gaps[:, 4], gaps[:, 5] = octaves, decibels, doublings
    np.minimum(gaps[:, 1:], _MOST_GAP, out=gaps[:, 1:])
    return gaps


def weighed(gaps: FloatArray, weights: Weights) -> FloatArray:
    """(n,) distances by these weights: `overall` as it is, the others as if chance were the chance of vectors."""
    scaled = np.nan_to_num(gaps.astype(np.float64))
    scaled[:, 1:] *= _CHANCE
    counts = np.asarray(weights)
    return np.asarray(np.sqrt((scaled**2 * counts).sum(axis=1) / counts.sum()), dtype=np.float32)


def agreements(gaps: FloatArray, *, chance: float = _CHANCE) -> FloatArray:
    """(n, 6) how alike sounds are in each aspect: 1 is the same, 0 as unlike as two sounds by chance; NaN unknown.

    `overall` is the confidence.
    """
    alike = np.clip(1.0 - gaps, 0.0, 1.0)
    alike[:, 0] = confidence(gaps[:, 0], chance=chance)
    return np.asarray(alike, dtype=np.float32)


def confidence(distances: FloatArray, *, chance: float = _CHANCE) -> FloatArray:
    """(n,) how much nearer than chance: 1 for the same sound, about 0.5 where half of such neighbours are of the kind.

    It falls to 0 at the distance of unrelated sounds. `chance` is that distance in this library.
    """
    return np.interp(np.asarray(distances, dtype=np.float64) / max(chance, 1e-6), *_CONFIDENCE).astype(np.float32)


def chance_distance(vectors: FloatArray) -> float:
    """Median distance of unrelated sounds: known where vectors have a picture part, else measured on 512 pairs."""
    if not len(vectors) or has_picture_part(vectors):
        return _CHANCE
    pairs = np.random.default_rng(1).integers(0, len(vectors), (2, 512))
    gaps = np.linalg.norm(vectors[pairs[0]] - vectors[pairs[1]], axis=1)
    gaps = gaps[np.isfinite(gaps) & (gaps > 0)]
    return float(np.median(gaps)) if len(gaps) > 32 else math.sqrt(2.0)


def blended(liked: Sequence[SoundTarget], unliked: Sequence[SoundTarget] = ()) -> SoundTarget:
    """One target for several sounds: the mean of those liked, half as far away from the mean of those not liked.

    `liked` has at least one; features are medians of those liked.
    """
    if len(liked) == 1 and not unliked:
        return liked[0]
    vectors = np.stack([target.vector for target in liked])
    direction = vectors.mean(axis=0)
    if unliked:
        direction = direction - 0.5 * np.stack([target.vector for target in unliked]).mean(axis=0)
    if has_picture_part(vectors):
        vector = joined(unit(direction[np.newaxis, :-SIZE]), unit(direction[np.newaxis, -SIZE:]))[0]
    else:
        vector = unit(direction)
    columns = np.stack([target.features for target in liked])
    known = np.isfinite(columns).any(axis=0)
    features = np.full(columns.shape[1], np.nan, dtype=np.float32)
    features[known] = np.nanmedian(columns[:, known], axis=0)
    return SoundTarget(np.asarray(vector, dtype=np.float32), features)


def _columns(features: FloatArray) -> dict[str, NDArray[np.float64]]:
    """Features as what people compare: octaves, doublings and dB."""
    columns = dict(zip(FEATURES, features.astype(np.float64).T, strict=True))
    columns["attack_s"] = columns["attack_s"] + 1e-3
    with np.errstate(divide="ignore", invalid="ignore"):
        for name in ("pitch_hz", "attack_s", "duration_s", "brightness_hz"):
            columns[name] = np.log2(columns[name])
    return columns


def _gap(theirs: NDArray[np.float64], own: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """(n,) differences over `scale`; 1 (chance) where one of both is unknown, NaN where both are."""
    unknown = ~np.isfinite(theirs)
    if not np.isfinite(own[0]):
        return np.where(unknown, np.nan, 1.0)
    return np.where(unknown, 1.0, np.abs(theirs - own[0]) / scale)
