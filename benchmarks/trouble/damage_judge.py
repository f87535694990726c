"""What became of damaged files: one sample or one reject each, for a reason that is true, and at what cost."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import soundfile

from benchmarks.trouble.damaged_files import DamagedFile
from benchmarks.trouble.programs import Place
from tui_browser.errors import RejectCode, printable
from tui_browser.records import Reject
from tui_browser.store.store import Store

_TROUBLE = (RejectCode.IO, RejectCode.PERMISSION, RejectCode.TIME_LIMIT, RejectCode.MEMORY)
"""Codes that say something of the machine, and that a damaged file must not lead to."""
_CRASHED = re.compile("crashed|did not finish|killed")
_FFMPEG_S = 30


@dataclass
class DamageReport:
    """What a run over damaged files found."""

    files: int = 0
    samples: int = 0
    rejects: int = 0
    seconds: float = 0.0
    decoder_mb: float = 0.0
    """Most memory that one decoder process held."""
    reasons: Counter[str] = field(default_factory=Counter)
    beside_ffmpeg: int = 0
    """Rejects that ffmpeg was asked about."""
    faults: list[str] = field(default_factory=list)


def judge(place: Place, damaged: Sequence[DamagedFile], whole: Sequence[bytes], folder: str) -> DamageReport:
    """Index `folder`, which holds both, and hold every file to what is known of it."""
    report = DamageReport(files=len(damaged))
    os.makedirs(os.path.dirname(place.library), exist_ok=True)
    process = place.start("index", folder, "--layout", "none", "--quiet", stderr=subprocess.PIPE)
    started = time.monotonic()
    with _MemoryMeter(process.pid) as meter:
        _, said = process.communicate()
    report.seconds = time.monotonic() - started
    report.decoder_mb = meter.most_kb / 1024
    if process.returncode:
        report.faults.append(f"index ended with {process.returncode}: {said.decode(errors='replace')[-500:]}")
    with Store.open(place.library) as store:
        samples = set(store.known())
        rejects = {reject.stat.path: reject for reject in store.rejects()}
    for path in whole:
        if path not in samples:
            reason = rejects[path].reason if path in rejects else "no row"
            report.faults.append(f"without damage, but no sample: {printable(path)}: {reason}")
    for file in damaged:
        report.samples += file.path in samples
        report.rejects += file.path in rejects
        report.faults += _judge_one(file, in_samples=file.path in samples, reject=rejects.get(file.path), report=report)
    return report


def _judge_one(file: DamagedFile, *, in_samples: bool, reject: Reject | None, report: DamageReport) -> list[str]:
    name = printable(file.path)
    if in_samples == (reject is not None):
        return [f"{'both sample and reject' if in_samples else 'neither sample nor reject'}: {name}"]
    if reject is None:
        return [f"should be refused ({file.reason}): {name}"] if file.outcome == "reject" else []
    report.reasons[re.sub(r"[0-9][0-9,.e+]*", "N", reject.reason)] += 1
    faults = []
    if file.outcome == "sample":
        faults.append(f"should be a sample: {name}: {reject.reason}")
    if file.reason not in reject.reason:
        faults.append(f"refused for another reason than {file.reason!r}: {name}: {reject.reason}")
    if reject.code in _TROUBLE or _CRASHED.search(reject.reason):
        faults.append(f"{reject.reason}: {name}")
    report.beside_ffmpeg += 1
    if lie := _untrue(file.path, reject):
        faults.append(f"{lie}: {name}: {reject.reason}")
    return faults


def _untrue(path: bytes, reject: Reject) -> str:
    """Why a reason is not true of its file; empty when it is."""
    if "empty" in reject.reason:
        return "" if os.path.getsize(path) == 0 else "the file is not empty"
    if "finite" in reject.reason or "too large for sound" in reject.reason:
        values = _values(path)
        if values is None:
            return ""  # nobody else can read it
        strange = not np.isfinite(values).all() or np.abs(values).max(initial=0.0) > 1e6
        return "" if strange else "all samples are finite and of a usual size"
    if reject.code is RejectCode.MISSING_EXTRA:
        return ""
    if "impossible" in reject.reason:
        return "" if _impossible(path) else "its rate and channels are usual"
    clean, frames = _ffmpeg(path)
    return f"ffmpeg decodes {frames} values without an error" if clean and frames else ""


def _impossible(path: bytes) -> bool:
    """Whether the header names a rate or a number of channels that no sound has."""
    try:
        with open(path, "rb") as file:
            about = soundfile.info(file)
    except soundfile.LibsndfileError:
        return True  # nobody else can read it
    return not (1 <= about.channels <= 1024 and 1_000 <= about.samplerate <= 3_072_000)


def _values(path: bytes) -> np.ndarray | None:
    with contextlib.suppress(soundfile.LibsndfileError, OSError):
        with open(path, "rb") as file:
            values, _ = soundfile.read(file, dtype="float64")
        return np.asarray(values)
    _, raw = _decoded(path, "f64le")
    return np.frombuffer(raw[: len(raw) // 8 * 8], dtype="<f8") if raw else None


def _ffmpeg(path: bytes) -> tuple[bool, int]:
    """Whether ffmpeg decodes the file without a word, and how many values."""
    if shutil.which("ffmpeg") is None:
        return False, 0
    clean, raw = _decoded(path, "s16le")
    return clean, len(raw) // 2


def _decoded(path: bytes, form: str) -> tuple[bool, bytes]:
    words: list[str | bytes] = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-i",
        path,
        "-map",
        "0:a:0",
        "-f",
        form,
        "-c:a",
        f"pcm_{form}",
        "-",
    ]
    try:
        done = subprocess.run(words, capture_output=True, check=False, timeout=_FFMPEG_S)
    except (subprocess.TimeoutExpired, OSError):
        return False, b""
    return done.returncode == 0 and not done.stderr, done.stdout


class _MemoryMeter:
    """Most memory that any decoder below a process held, looked at ten times a second; Linux."""

    def __init__(self, parent: int) -> None:
        self.most_kb = 0
        self._parent = parent
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory meter", daemon=True)

    def __enter__(self) -> _MemoryMeter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.1):
            for child in _children(self._parent):
                with contextlib.suppress(OSError, ValueError):
                    with open(f"/proc/{child}/cmdline", "rb") as file:
                        if b"decoder_main" not in file.read():
                            continue
                    with open(f"/proc/{child}/status") as lines:
                        peak = next(line for line in lines if line.startswith("VmHWM"))
                    self.most_kb = max(self.most_kb, int(peak.split()[1]))


def _children(process: int) -> list[int]:
    children = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children") as file:
                children += [int(number) for number in file.read().split()]
    return children
