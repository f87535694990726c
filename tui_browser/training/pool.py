"""The training pool: recordings with class, kit, source, licence and author.

A pool is a folder with `pool.tsv` (columns path, class, kit, source, licence, author, ...) and the recordings in
`pool/` beside it. Kinds of sounds that are not drums stand in its column `kind`, or in `pool-kinds.tsv`. Share-alike
recordings are left out, so that the model can be shipped under the program's licence.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass

import numpy as np

from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.dsp.trim import dc_offset, leading_silence
from tui_browser.errors import AudioError
from tui_browser.records import CLASSES, KINDS, FloatArray

LONGEST_S = 2.6
"""Length to which clips are cut; it fills the model's window even at twice the speed."""

_RELATED = ("franken_", "gogodze1", "gogodze2", "fugue_x0xproc", "vcsl_", "karo_")
"""Prefixes of kits that were recorded together, which must not be split into training and held-out data."""
_SAME = {"musescore_standard": "fluidr3_standard", "fluidr3_melodic": "fluidr3_standard"}


@dataclass(frozen=True, slots=True)
class PoolClip:
    """One row of pool.tsv."""

    path: str
    """Relative to the folder of the recordings."""
    label: int
    """Index into `CLASSES`."""
    kind: str
    """One of `KINDS` where a sound of the class `other` is known to be of that kind, else empty."""
    kit: str
    """Clips of one kit are never split between training and held-out data."""
    source: str
    licence: str
    author: str


@dataclass(frozen=True, slots=True)
class Pool:
    """The clips that may be used for training."""

    folder: str
    """Folder of the recordings."""
    clips: tuple[PoolClip, ...]
    left_out: int
    """Number of share-alike clips."""


def read_pool(folder: str) -> Pool:
    """Read the pool at `folder`, which holds pool.tsv or is the folder `pool` beside it; raises AudioError."""
    above = os.path.dirname(os.path.abspath(folder))
    tables = ((folder, os.path.join(folder, "pool")), (above, folder))
    for base, sounds in tables:
        table = os.path.join(base, "pool.tsv")
        if os.path.isfile(table) and os.path.isdir(sounds):
            break
    else:
        raise AudioError("no pool.tsv with a folder `pool` beside it", path=folder, hint="give that folder to --pool")
    with open(table, encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    free = [row for row in rows if "SA" not in row["licence"]]
    kinds = _kinds(os.path.join(base, "pool-kinds.tsv"))
    clips = tuple(
        PoolClip(
            path=row["path"],
            label=CLASSES.index(row["class"]),
            kind=kind if (kind := row.get("kind") or kinds.get(row["path"], "")) in KINDS else "",
            kit=_kit(row["kit"], row["source"]),
            source=row["source"],
            licence=_unquoted(row["licence"]),
            author=row["author"],
        )
        for row in free
    )
    return Pool(folder=sounds, clips=clips, left_out=len(rows) - len(free))


def _kinds(path: str) -> dict[str, str]:
    """Kind by path from a table beside pool.tsv with the columns path and kind; empty without one."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8", newline="") as lines:
        return {row["path"]: row["kind"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def _kit(name: str, source: str) -> str:
    for prefix in _RELATED:
        if name.startswith(prefix):
            return prefix.rstrip("_")
    return _SAME.get(name, name or source)


def trim_to_onset(mono: FloatArray, rate: int, *, front_end: MelFrontEnd, seconds: float) -> FloatArray:
    """The first `seconds` from the onset at the front end's rate, as in indexing."""
    import soxr

    start = leading_silence(mono, rate)
    sound = mono[start : start + int(seconds * rate)]
    sound = sound - np.float32(dc_offset(sound))
    if rate == front_end.sample_rate or not len(sound):
        return sound
    return np.asarray(soxr.resample(sound, rate, front_end.sample_rate), dtype=np.float32)


def load_clips(pool: Pool, *, front_end: MelFrontEnd) -> list[FloatArray]:
    """Every clip of the pool as mono sound at the front end's rate, starting at its onset."""
    import soundfile

    sounds: list[FloatArray] = []
    for clip in pool.clips:
        path = os.path.join(pool.folder, clip.path)
        try:
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioError("a clip of the pool cannot be read", path=path, hint=str(error)) from error
        mono = np.ascontiguousarray(samples.mean(axis=1))
        sounds.append(trim_to_onset(mono, rate, front_end=front_end, seconds=LONGEST_S))
    return sounds
