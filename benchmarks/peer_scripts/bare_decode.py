"""Decode and resample files and do nothing else, on all cores. `bare_decode.py decode|mfcc JOBS RATE SECONDS < paths`

Prints {"files": n, "failed": n, "seconds": s}; the processes are up and everything is imported before the clock runs.
`decode`: soundfile reads the whole file, downmix, soxr resamples the first SECONDS of it: the least that any index
does. `mfcc`: what librosa users write: load at RATE, 20 MFCC, mean and deviation.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from multiprocessing import get_context


def decode(path: str, rate: int, seconds: float) -> None:
    import soundfile
    import soxr

    samples, own_rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)[: int(own_rate * seconds)]
    if own_rate != rate and len(mono):
        soxr.resample(mono, own_rate, rate)


def mfcc(path: str, rate: int, seconds: float) -> None:
    import librosa

    samples, _ = librosa.load(path, sr=rate, duration=seconds)
    found = librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=20)
    found.mean(axis=1), found.std(axis=1)


def attempt(job: tuple[str, str, int, float]) -> bool:
    name, path, rate, seconds = job
    work: Callable[[str, int, float], None] = {"decode": decode, "mfcc": mfcc}[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            work(path, rate, seconds)
        except Exception:  # noqa: BLE001 - whatever is wrong with a file, it counts as failed
            return False
    return True


if __name__ == "__main__":
    name, jobs, rate, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    paths = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\0")
    work = [(name, path, rate, seconds) for path in paths if path]
    with get_context("fork").Pool(jobs) as pool:
        pool.map(attempt, work[: 4 * jobs], chunksize=1)  # imports, and librosa's compiling
        start = time.perf_counter()
        done = sum(pool.imap_unordered(attempt, work, chunksize=8))
        took = time.perf_counter() - start
    print(json.dumps({"files": len(work), "failed": len(work) - done, "seconds": took}))
