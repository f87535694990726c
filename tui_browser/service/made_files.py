"""Generated sounds as files in a cache folder, with their lineage, until the app ends; the app copies those to keep."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time

from tui_browser.config.places import cache_dir
from tui_browser.generate.generator import lineage_path
from tui_browser.generate.sound_files import wav_bytes, write_new
from tui_browser.records import FloatArray

MOST_SOUNDS = 100
"""Sounds that stay in the folder; older ones are deleted."""
_PREFIX = "made-"
_EXPIRES_S = 86_400.0
"""Age at which the folder of a killed app is deleted."""


class MadeFiles:
    """The folder is created for the first sound."""

    def __init__(self) -> None:
        self._folder: str | None = None
        self._stems: list[str] = []

    def free_path(self, how: str) -> bytes:
        """Path of the next sound, which was generated in this way; deletes the oldest of too many."""
        if self._folder is None:
            os.makedirs(cache_dir(), mode=0o700, exist_ok=True)
            _delete_expired(cache_dir())
            self._folder = tempfile.mkdtemp(prefix=_PREFIX, dir=cache_dir())
        stem = os.path.join(self._folder, f"{how}-{len(self._stems) + 1}")
        self._stems.append(stem)
        if len(self._stems) > MOST_SOUNDS:
            old = self._stems[-MOST_SOUNDS - 1]
            for ending in (".wav", ".json"):
                with contextlib.suppress(OSError):
                    os.unlink(old + ending)
        return os.fsencode(stem + ".wav")

    def save(self, path: bytes, sound: FloatArray, lineage: bytes) -> None:
        """Write a sound (n,) and its lineage."""
        write_new(path, wav_bytes(sound), durable=False)
        write_new(lineage_path(path), lineage, durable=False)

    def close(self) -> None:
        """Delete the folder."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _delete_expired(folder: str) -> None:
    """Delete the folders that killed apps left behind."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name.startswith(_PREFIX) and time.time() - entry.stat(follow_symlinks=False).st_mtime > _EXPIRES_S:
                shutil.rmtree(entry.path, ignore_errors=True)
