"""The demo library: synthesised one-shots for users without samples."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
import wave

import numpy as np

from tui_browser.errors import LibraryError
from tui_browser.records import FloatArray
from tui_browser.synth.render import draw_kit, render
from tui_browser.synth.styles import KitStyle

VERSION = 1
"""Increased when the sounds change, so that older demos are replaced."""
_RATE = 44100
_MARK = "demo.json"

_KITS = (
    ("Basement 606", "six"),
    ("Long Beach 808", "eight"),
    ("Warehouse 909", "nine"),
    ("Lounge Rhythm Box", "rhythm box"),
    ("Eight Bit Linnet", "first digital"),
    ("Boom Bap 1200", "twelve bit"),
    ("Maple Studio", "studio"),
    ("Late Set Jazz", "jazz"),
    ("Arena 1984", "gated"),
    ("Night Drive Trap", "trap"),
    ("Four Operators", "four operators"),
    ("Dusty Cassette", "cassette"),
)
"""Folder name and style of each kit."""

_SOUNDS = {
    "kick": (3, "BD", "Kick"),
    "snare": (3, "SD", "Snare"),
    "clap": (2, "CP", "Clap"),
    "rim": (2, "RS", "Rim"),
    "hat_closed": (3, "CH", "Hat Closed"),
    "hat_open": (2, "OH", "Hat Open"),
    "cymbal": (1, "CY", "Cymbal"),
    "tom": (2, "TM", "Tom"),
    "cowbell": (2, "CB", "Cowbell"),
    "shaker": (2, "SH", "Shaker"),
    "other": (2, "FX", "Perc"),
}
"""Per class: number of sounds in a kit, short name, long name."""

_WORDS = (
    "Deep Dry Tight Short Long Round Hard Soft Dark Bright Dusty Clean Low High Fat Thin Warm Cold "
    "Muted Loose Snappy Woody Big Small Sharp Blunt Roomy Close Far Heavy Light Rusty Smooth Rough"
)


def ensure_demo(folder: str, *, seed: int = 606) -> str:
    """Create the demo's one-shots in `folder` unless they exist (about two seconds); the real path of the folder.

    The sounds are written to a temporary folder that is moved into place when complete. A demo of an older version or
    with missing files is replaced. Raises LibraryError when the folder cannot be written, or holds other files.
    """
    folder = os.path.realpath(folder)
    try:
        if _is_complete(folder, seed):
            return folder
        if os.path.lexists(folder) and not _replaceable(folder):
            raise LibraryError(
                "this folder is not a demo library", path=folder, hint="move it away, or choose another one"
            )
        _make(folder, seed)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LibraryError(f"cannot write the demo library: {reason}", path=folder) from error
    return folder


def _is_complete(folder: str, seed: int) -> bool:
    mark = _read_mark(folder)
    if mark is None or mark.get("version") != VERSION or mark.get("seed") != seed:
        return False
    sounds = (name for _, _, names in os.walk(folder) for name in names if name.endswith(".wav"))
    return sum(1 for _ in sounds) >= int(mark.get("sounds", 0))


def _read_mark(folder: str) -> dict[str, int] | None:
    try:
        with open(os.path.join(folder, _MARK), encoding="utf-8") as file:
            mark = json.load(file)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return mark if isinstance(mark, dict) else None


def _replaceable(folder: str) -> bool:
    """Whether the folder is empty or an earlier demo."""
    return os.path.isdir(folder) and (_read_mark(folder) is not None or not os.listdir(folder))


def _make(folder: str, seed: int) -> None:
    parent, name = os.path.split(folder)
    os.makedirs(parent, exist_ok=True)
    prefix = f".{name}-"
    _sweep(parent, prefix)
    fresh = tempfile.mkdtemp(prefix=prefix, dir=parent)
    earlier = tempfile.mkdtemp(prefix=prefix, dir=parent)
    try:
        count = _write_sounds(fresh, seed)
        with open(os.path.join(fresh, _MARK), "w", encoding="utf-8") as file:
            json.dump({"version": VERSION, "seed": seed, "sounds": count}, file)
        os.chmod(fresh, 0o755)  # noqa: S103 - sounds of the program, in the private cache folder
        if os.path.isdir(folder):
            os.replace(folder, earlier)
        try:
            os.replace(fresh, folder)
        except OSError:
            if not _is_complete(folder, seed):  # otherwise another process was faster
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(earlier, ignore_errors=True)


def _sweep(parent: str, prefix: str) -> None:
    """Remove temporary folders older than an hour, left by runs that were killed."""
    with os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(FileNotFoundError):
                    if time.time() - entry.stat().st_mtime > 3600:
                        shutil.rmtree(entry.path, ignore_errors=True)


def _write_sounds(folder: str, seed: int) -> int:
    """Write all kits; the number of sounds."""
    count = 0
    for number, (name, archetype) in enumerate(_KITS):
        rng = np.random.default_rng((seed, number))
        style = draw_kit(rng, archetype)
        os.mkdir(os.path.join(folder, name))
        for path, kind in _names(rng, number):
            _write_wav(os.path.join(folder, name, path), _render_clear(kind, rng, style))
            count += 1
    return count


def _names(rng: np.random.Generator, number: int) -> list[tuple[str, str]]:
    """File names of one kit with their classes; every second kit uses the long names."""
    names = []
    for kind, (count, short, long) in _SOUNDS.items():
        words = rng.choice(_WORDS.split(), size=count, replace=False)
        names += [(f"{(short, long)[number % 2]} {word}.wav", kind) for word in words]
    return names


def _render_clear(kind: str, rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """Render a sound of 30 ms to 2.5 s with a peak of -1 dBFS."""
    sound = render(kind, rng, style)
    least, most, fade = int(0.03 * _RATE), int(2.5 * _RATE), int(0.05 * _RATE)
    if len(sound) > most:
        sound = sound[:most]
        sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    sound = sound * np.float32(0.89 / max(float(np.abs(sound).max(initial=0.0)), 1e-6))
    return np.pad(sound, (0, max(least - len(sound), 0)))


def _write_wav(path: str, sound: FloatArray) -> None:
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(np.round(sound * np.float32(32767)).astype("<i2").tobytes())
