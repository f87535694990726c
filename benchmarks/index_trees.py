"""Trees of files to index, made in code once and kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import numpy as np
import soundfile

from tui_browser.records import DRUM_CLASSES
from tui_browser.synth.render import render

_RATE = 44_100
_A_FOLDER = 500
_TINY_FRAMES = 441


def one_shot_tree(folder: str, count: int) -> str:
    """The folder of `count` one-shots of all classes, as 16-bit WAV."""

    def write(path: str, number: int) -> None:
        sound = render(DRUM_CLASSES[number % len(DRUM_CLASSES)], np.random.default_rng(number), rate=_RATE)
        soundfile.write(path, sound, _RATE, subtype="PCM_16")

    return _tree(f"{folder}-{count}", count, write)


def tiny_tree(folder: str, count: int) -> str:
    """The folder of `count` files of 10 ms, each another sound."""

    def write(path: str, number: int) -> None:
        time = np.arange(_TINY_FRAMES) * (0.02 + 0.001 * (number % 997))
        sound = 0.5 * np.sin(time + number) * np.linspace(1.0, 0.0, _TINY_FRAMES)
        soundfile.write(path, sound, _RATE, subtype="PCM_16")

    return _tree(f"{folder}-{count}", count, write)


def _tree(folder: str, count: int, write: Callable[[str, int], None]) -> str:
    if not os.path.isdir(folder):
        making = f"{folder}.making"
        shutil.rmtree(making, ignore_errors=True)
        for number in range(count):
            place = os.path.join(making, f"{number // _A_FOLDER:04}")
            if number % _A_FOLDER == 0:
                os.makedirs(place)
            write(os.path.join(place, f"{number:06}.wav"), number)
        os.rename(making, folder)
    return folder
