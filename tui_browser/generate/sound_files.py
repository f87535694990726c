"""Sounds as new files: WAV, mono, 44.1 kHz, 24 bit; whole or not at all, and never in the place of another."""

from __future__ import annotations

import contextlib
import io
import os
import secrets

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import BrowserError
from tui_browser.generate.lineage import LINEAGE_SUFFIX
from tui_browser.records import FloatArray

RATE = 44_100
_STEPS = 1 << 23
_LONGEST_STEM = 200


class OutputExists(BrowserError):
    """Something stands already where a file was to be written."""


def quantise_24_bit(sound: FloatArray) -> FloatArray:
    """The sound (n,) in the steps of 24 bits: what is saved is then read back exactly, and lies within -1 to 1."""
    steps = np.rint(np.asarray(sound, dtype=np.float64) * _STEPS).clip(1 - _STEPS, _STEPS - 1)
    return (steps / _STEPS + 0.0).astype(np.float32)  # -0.0 would be read back as 0.0


def wav_bytes(sound: FloatArray) -> bytes:
    """A WAV file of a sound in whole steps; the same bytes for the same sound."""
    import soundfile  # 30 ms

    # As integers: libsndfile scales floats by one step less than it reads them back with.
    steps: NDArray[np.int32] = (sound.astype(np.float64) * _STEPS).astype(np.int32) << 8
    file = io.BytesIO()
    soundfile.write(file, steps, RATE, format="WAV", subtype="PCM_24")
    return file.getvalue()


def numbered_paths(path: bytes, count: int) -> list[bytes]:
    """The names of `count` files: the path itself for one, else `a-1.wav`, `a-2.wav` ... for `a.wav`."""
    if count == 1:
        return [path]
    stem, ending = os.path.splitext(path)
    return [stem + b"-%d" % number + ending for number in range(1, count + 1)]


def check_output_paths(paths: list[bytes]) -> None:
    """Raise BrowserError where something stands at one of the paths already, or one could not be written."""
    for path in paths:
        if os.path.lexists(path):
            raise _taken(path)
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise BrowserError("there is no such folder", path=folder, hint="make it first")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise BrowserError("nothing may be written into this folder", path=folder, hint="choose another")


def write_new(path: bytes, raw: bytes, *, durable: bool = True) -> None:
    """A file that was not there before, all or nothing; raises Taken where something is, also if it has just come.

    With `durable` it is on the disk when this returns. Raises BrowserError where it cannot be written.
    """
    partial = os.path.join(os.path.dirname(os.path.abspath(path)), b".tui-browser-" + secrets.token_hex(8).encode())
    try:
        try:
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "wb") as file:
                file.write(raw)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            _name(partial, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise BrowserError(f"the file could not be written: {error.strerror}", path=path) from error


def _name(partial: bytes, path: bytes) -> None:
    """Give the finished file its name; raises FileExistsError where that is taken."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: claim the name, then take its place
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(partial, path)


def _taken(path: bytes) -> OutputExists:
    return OutputExists("the file exists already, and nothing is overwritten", path=path, hint="choose another name")


def copy_to_folder(path: bytes, folder: bytes, *, stem: bytes) -> bytes:
    """Copy a sound that was made, and its lineage, into a folder under a name that is free there; the sound's path.

    The folder is made where it is missing. Raises BrowserError where it cannot be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        with open(path, "rb") as sound, open(os.path.splitext(path)[0] + LINEAGE_SUFFIX, "rb") as lineage:
            parts = ((b".wav", sound.read()), (LINEAGE_SUFFIX, lineage.read()))
    except OSError as error:
        raise BrowserError(f"the sound could not be kept: {error.strerror}", path=error.filename) from error
    stem = stem[:_LONGEST_STEM]
    number = 1
    while True:
        name = os.path.join(folder, stem if number == 1 else stem + b"-%d" % number)
        number += 1
        if any(os.path.lexists(name + ending) for ending, _ in parts):
            continue
        try:
            for ending, raw in parts:
                write_new(name + ending, raw)
        except OutputExists:
            continue
        return name + b".wav"
