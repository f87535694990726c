"""Generated sounds as files: WAV, mono, 44.1 kHz, 24 bit; written atomically, never over an existing file."""

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
    """The output file already exists."""


def quantise_24_bit(sound: FloatArray) -> FloatArray:
    """The sound (n,) quantised to 24 bits and limited to -1 to 1, so that saving it loses nothing."""
    steps = np.rint(np.asarray(sound, dtype=np.float64) * _STEPS).clip(1 - _STEPS, _STEPS - 1)
    return (steps / _STEPS + 0.0).astype(np.float32)  # -0.0 would be read back as 0.0


def wav_bytes(sound: FloatArray) -> bytes:
    """A WAV file of a 24-bit quantised sound; the same bytes for the same sound."""
    import soundfile  # 30 ms

    # As integers, because libsndfile scales floats differently when it writes and when it reads.
    steps: NDArray[np.int32] = (sound.astype(np.float64) * _STEPS).astype(np.int32) << 8
    file = io.BytesIO()
    soundfile.write(file, steps, RATE, format="WAV", subtype="PCM_24")
    return file.getvalue()


def numbered_paths(path: bytes, count: int) -> list[bytes]:
    """Paths of `count` files: `a.wav` itself for one file, else `a-1.wav`, `a-2.wav` and so on."""
    if count == 1:
        return [path]
    stem, ending = os.path.splitext(path)
    return [stem + b"-%d" % number + ending for number in range(1, count + 1)]


def check_output_paths(paths: list[bytes]) -> None:
    """Raise BrowserError if one of the paths exists or its folder is not writable."""
    for path in paths:
        if os.path.lexists(path):
            raise _output_exists(path)
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise BrowserError("there is no such folder", path=folder, hint="create it first")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise BrowserError("this folder is not writable", path=folder, hint="choose another")


def write_new(path: bytes, raw: bytes, *, durable: bool = True) -> None:
    """Write a new file atomically; raises OutputExists if the path exists, even if it was created just now.

    `durable` waits until the file is on the disk. Raises BrowserError if it cannot be written.
    """
    partial = os.path.join(os.path.dirname(os.path.abspath(path)), b".tui-browser-" + secrets.token_hex(8).encode())
    try:
        try:
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "wb") as file:
                file.write(raw)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            _rename_new(partial, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial)
    except FileExistsError as error:
        raise _output_exists(path) from error
    except OSError as error:
        raise BrowserError(f"the file could not be written: {error.strerror}", path=path) from error


def _rename_new(partial: bytes, path: bytes) -> None:
    """Rename the finished file; raises FileExistsError if `path` exists."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: create the file, then replace it
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(partial, path)


def _output_exists(path: bytes) -> OutputExists:
    return OutputExists("the file already exists and will not be overwritten", path=path, hint="choose another name")


def copy_to_folder(path: bytes, folder: bytes, *, stem: bytes) -> bytes:
    """Copy a generated sound and its lineage into a folder, under a free name that begins with `stem`.

    Returns the path of the copy. Creates the folder if it is missing. Raises BrowserError if it cannot be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        with open(path, "rb") as sound, open(os.path.splitext(path)[0] + LINEAGE_SUFFIX, "rb") as lineage:
            parts = ((b".wav", sound.read()), (LINEAGE_SUFFIX, lineage.read()))
    except OSError as error:
        raise BrowserError(f"the sound could not be copied: {error.strerror}", path=error.filename) from error
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
