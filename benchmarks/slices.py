"""slices: hits found in recordings put together from real one-shots, against the segmentation of AudioNotebooks.

Its way: RMS of frames of 2,048 samples, 512 apart, divided by its mean over a Gaussian of 100 frames, smoothed by one
of 25; a slice lies between two minima.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.report import Table, show
from tui_browser.audio.mono import downmix
from tui_browser.audio.resampling import resample
from tui_browser.audio.waveform import read_window
from tui_browser.dsp.trim import leading_silence
from tui_browser.records import DRUM_CLASSES, OTHER, FloatArray
from tui_browser.training.pool import Pool, read_pool
from tui_browser.workbench.slicing.plan import SliceOptions, plan_slices

_RATE, _SECONDS, _HITS = 44_100, 30.0, 14
_NEAR_S = 0.05
_NOISE_DB = -62.0
_FRAME, _HOP = 2_048, 512

Times = NDArray[np.float64]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pool", required=True, metavar="DIR", help="the folder with pool.tsv")
    parser.add_argument("--recordings", type=int, default=25, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    pool, rng = read_pool(args.pool), np.random.default_rng(args.seed)
    ours, theirs = _Score(), _Score()
    seconds = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "recording.wav")
        for _ in range(args.recordings):
            sound, truth = _recording(pool, rng)
            soundfile.write(path, sound, _RATE)
            begin = time.perf_counter()
            plan = plan_slices(os.fsencode(path), SliceOptions(keep_percent=100.0))
            seconds += time.perf_counter() - begin
            ours.add([cut.start / plan.rate for cut in plan.cuts], truth)
            theirs.add(_between_minima(sound), truth)
    peer = "RMS between minima"
    table = Table(f"Hits in {args.recordings} recordings of {_SECONDS:g} s, {ours.hits} hits of real one-shots")
    table.add("found within 50 ms", ours.found / ours.hits, "", peer=peer, theirs=theirs.found / theirs.hits)
    table.add("slices too many, for each hit", ours.extra / ours.hits, "", peer=peer, theirs=theirs.extra / theirs.hits)
    table.add("alone in a slice", ours.alone / ours.hits, "", peer=peer, theirs=theirs.alone / theirs.hits)
    table.add("distance from the hit, p95", ours.p95_ms or 0.0, "ms", peer=peer, theirs=theirs.p95_ms)
    table.add("time for a minute of sound", 60.0 * seconds / (args.recordings * _SECONDS), "s")
    show([table], markdown=args.markdown)
    return 0


class _Score:
    """Hits that were found, and slices that are none."""

    def __init__(self) -> None:
        self.hits = self.found = self.extra = self.alone = 0
        self._distances: list[float] = []

    def add(self, starts: Sequence[float], truth: Sequence[float]) -> None:
        apart = np.abs(np.subtract.outer(np.asarray(truth), np.asarray(starts, dtype=np.float64)))
        nearest = apart.min(axis=1) if len(starts) else np.full(len(truth), np.inf)
        self.hits += len(truth)
        self.found += int((nearest < _NEAR_S).sum())
        self.extra += int((apart.min(axis=0) >= _NEAR_S).sum()) if len(starts) else 0
        edges = np.append(np.asarray(starts, dtype=np.float64), np.inf)
        self.alone += int((np.histogram(np.asarray(truth) + _NEAR_S, edges)[0] == 1).sum())
        self._distances += nearest[nearest < _NEAR_S].tolist()

    @property
    def p95_ms(self) -> float | None:
        """Distance of the hits that were found; None without one."""
        return float(np.percentile(self._distances, 95)) * 1e3 if self._distances else None


def _recording(pool: Pool, rng: np.random.Generator) -> tuple[FloatArray, list[float]]:
    """One-shots at random times and levels over a little noise, and the seconds at which they begin."""
    drums = [clip for clip in pool.clips if DRUM_CLASSES[clip.label] != OTHER]
    sound = np.zeros(round(_SECONDS * _RATE), dtype=np.float32)
    at_s, truth = 0.3, list[float]()
    while len(truth) < _HITS and at_s < _SECONDS - 2.0:
        clip = drums[int(rng.integers(len(drums)))]
        samples, rate = read_window(os.fsencode(os.path.join(pool.folder, clip.path)), start_s=0.0, seconds=1.5)
        mono = resample(downmix(samples), rate, _RATE)
        mono = mono[leading_silence(mono, _RATE) :]
        peak = max(1e-6, float(np.abs(mono).max(initial=0.0)))
        mono = mono * np.float32(10 ** rng.uniform(-0.75, 0) / peak)
        first = round(at_s * _RATE)
        sound[first : first + len(mono)] += mono[: len(sound) - first]
        truth.append(at_s)
        at_s += float(rng.uniform(0.35, 2.2))
    sound += rng.standard_normal(len(sound)).astype(np.float32) * np.float32(10 ** (_NOISE_DB / 20))
    return sound * np.float32(0.5), truth


def _between_minima(sound: FloatArray) -> list[float]:
    """Where slices of AudioNotebooks begin, in seconds."""
    from scipy.ndimage import gaussian_filter1d

    frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[::_HOP]
    rms = np.sqrt(np.square(frames, dtype=np.float64).mean(axis=1))
    level: Times = gaussian_filter1d(rms / np.maximum(gaussian_filter1d(rms, 100), 1e-9), 25)
    minima = np.flatnonzero((level[1:-1] < level[:-2]) & (level[1:-1] <= level[2:])) + 1
    return [0.0, *(minima * _HOP / _RATE).tolist()]
