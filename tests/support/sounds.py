"""Small sounds made in code from a seed, and trees of them, for all test suites."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tui_browser.records import DRUM_CLASSES
from tui_browser.synth.render import render

RATE = 44_100


def one_shot(kind: str, seed: int) -> NDArray[np.float32]:
    """A one-shot of this kind, mono at 44.1 kHz."""
    return render(kind, np.random.default_rng(seed), rate=RATE)


def write(path: Path | str, samples: NDArray[np.float32], *, rate: int = RATE, subtype: str = "PCM_16") -> Path:
    """A WAV (or what the ending says) of these samples, folders made on the way."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype=subtype if path.suffix.lower() in (".wav", ".aif", ".aiff") else None)
    return path


def tree(folder: Path, *, each: int = 2, seed: int = 0) -> dict[str, str]:
    """`each` one-shots of every kind in folders of kits; relative path -> kind."""
    made = {}
    for number, kind in enumerate(DRUM_CLASSES):
        for index in range(each):
            name = f"kit {index % 3}/{kind} {index}.wav"
            write(folder / name, one_shot(kind, seed + 100 * number + index))
            made[name] = kind
    return made


def touch_later(path: Path, seconds: float = 2.0) -> None:
    """Move a file's time on, so that an edit within one tick of the clock is seen."""
    info = os.stat(path)
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns + int(seconds * 1e9)))
