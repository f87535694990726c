"""Names of fetched sounds: the number first, so that a sound is known whatever its author calls it."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata

from tui_browser.freesound.found_sound import FoundSound

ENDINGS = {"ogg": b".ogg", "mp3": b".mp3"}
"""By kind of preview."""
_LONGEST_STEM = 100


def find_fetched(folder: bytes, number: int) -> bytes | None:
    """The file of a sound that is in this folder already, under whatever name its author gave it."""
    start = b"%d_" % number
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.name.startswith(start))
        for name in names:
            if os.path.splitext(name)[1] in ENDINGS.values():
                return os.path.join(folder, name)
    return None


def fetched_numbers(folder: bytes) -> dict[int, bytes]:
    """The files of the sounds that are in this folder, by number; empty where it cannot be read."""
    files: dict[int, bytes] = {}
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            number, separator, _ = entry.name.partition(b"_")
            if separator and number.isdigit() and os.path.splitext(entry.name)[1] in ENDINGS.values():
                files[int(number[:20])] = entry.path
    return files


def file_stem(sound: FoundSound) -> bytes:
    """The name of a sound's file without its ending: its number, and of its name what is harmless on any system."""
    name = unicodedata.normalize("NFC", re.sub(r"\.(wav|aiff?|flac|ogg|mp3|m4a)$", "", sound.name, flags=re.IGNORECASE))
    words = re.sub(r"[^\w+#()-]+", "_", name).strip("_-.")
    stem = words.encode("utf-8", "ignore")[:_LONGEST_STEM].decode("utf-8", "ignore")
    return f"{sound.id}_{stem or 'sound'}".encode()
