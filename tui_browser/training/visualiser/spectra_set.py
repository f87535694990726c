"""Spectra to learn from: windows of pool recordings and of songs made in code, kits held out kept apart."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import AudioError
from tui_browser.records import CLASSES, FloatArray
from tui_browser.training.pool import Pool
from tui_browser.training.visualiser.songs import make_song
from tui_browser.visualiser.reading import read_mono
from tui_browser.visualiser.spectra import BINS, RATE, padded, spectra

_SHORTEST_S = 0.25
_LOOP_S = 1.5
"""Recordings of class `other` that are longer are layered into songs."""
_WINDOWS_OF_A_CLIP = 6
_WINDOWS_A_SECOND = 2
HELD_OUT_SEEDS = 1_000_000
"""Songs from this seed on are for measuring only."""


@dataclass(frozen=True, slots=True, eq=False)
class SpectraSet:
    """What the model learns from, and the songs that it is measured on."""

    training: NDArray[np.float16]
    """(n, BINS)"""
    held_out: tuple[NDArray[np.float16], ...]
    """The spectra of each held-out song, (m, BINS), ten a second."""
    clips: int
    """Pool recordings among the training data."""
    songs: int


def load_spectra(folder: str, pool: Pool, *, music: Sequence[bytes], **options: Any) -> SpectraSet:
    """As `build_spectra`, whose other arguments are `options`; kept in `folder` for the next run with the same ones."""
    log = options["log"]
    settings = {name: sorted(value) if name == "apart" else value for name, value in options.items() if name != "log"}
    sources = [clip.path for clip in pool.clips], [os.fsdecode(path) for path in music]
    key = hashlib.sha256(json.dumps([settings, sources], sort_keys=True).encode()).hexdigest()[:12]
    path = os.path.join(folder, f"spectra-{key}.npz")
    if os.path.exists(path):
        with np.load(path, allow_pickle=False) as kept:
            held_out = tuple(kept[f"song{number}"] for number in range(options["held_out_songs"]))
            log(f"spectra from {path}")
            return SpectraSet(kept["training"], held_out, int(kept["clips"]), options["songs"])
    made = build_spectra(pool, music=music, **options)
    os.makedirs(folder, exist_ok=True)
    arrays: dict[str, Any] = {f"song{number}": song for number, song in enumerate(made.held_out)}
    part = f"{path}.part.npz"
    np.savez(part, training=made.training, clips=np.int64(made.clips), **arrays)
    os.replace(part, path)
    return made


def build_spectra(
    pool: Pool,
    *,
    music: Sequence[bytes],
    apart: Collection[str],
    songs: int,
    held_out_songs: int,
    seed: int,
    log: Callable[[str], None],
) -> SpectraSet:
    """Read, make and analyse everything; `music` are files of one's own that are trained on as well."""
    rng = np.random.default_rng(seed)
    training, held_out = _Recordings(), _Recordings()
    for clip in pool.clips:
        mono = read_mono(os.fsencode(os.path.join(pool.folder, clip.path)))
        (held_out if clip.kit in apart else training).add(mono, CLASSES[clip.label])
    log(f"{len(training.sounds)} recordings to learn from, {len(held_out.sounds)} held out")
    blocks = [_windows(rng, sound, most=_WINDOWS_OF_A_CLIP) for sound in training.sounds]
    blocks += [_windows(rng, training.song(seed * 10_000 + number)) for number in range(songs)]
    blocks += [_windows(rng, _readable(path, log)) for path in music]
    measured = []
    for number in range(held_out_songs):
        song = held_out.song(HELD_OUT_SEEDS + number)
        measured.append(spectra(padded(song), np.arange(0, len(song), RATE // 10)).astype(np.float16))
    data = np.concatenate(blocks)
    log(f"{len(data)} spectra of {len(training.sounds)} recordings, {songs} songs, {len(music)} files of music")
    return SpectraSet(data, tuple(measured), len(training.sounds), songs)


def _readable(path: bytes, log: Callable[[str], None]) -> FloatArray:
    try:
        return read_mono(path)
    except AudioError as error:
        log(f"left out: {error}")
        return np.zeros(0, dtype=np.float32)


def _windows(rng: np.random.Generator, mono: FloatArray, *, most: int = 1 << 30) -> NDArray[np.float16]:
    """Spectra around random places of a sound."""
    if not len(mono):
        return np.zeros((0, BINS), dtype=np.float16)
    count = min(most, max(1, round(len(mono) / RATE * _WINDOWS_A_SECOND)))
    return spectra(padded(mono), np.sort(rng.integers(0, len(mono), count))).astype(np.float16)


class _Recordings:
    """Recordings by their use in songs."""

    def __init__(self) -> None:
        self.sounds: list[FloatArray] = []
        self._hits: dict[str, list[FloatArray]] = {}
        self._loops: list[FloatArray] = []

    def add(self, mono: FloatArray, class_name: str) -> None:
        peak = float(np.abs(mono).max(initial=0.0))
        if peak < 1e-4:
            return
        mono = mono / np.float32(peak)
        if len(mono) >= _SHORTEST_S * RATE:
            self.sounds.append(mono)
        if class_name != "other":
            self._hits.setdefault(class_name, []).append(mono)
        elif len(mono) >= _LOOP_S * RATE:
            self._loops.append(mono)

    def song(self, seed: int) -> FloatArray:
        return make_song(seed, hits=self._hits, loops=self._loops)
