"""Whether a row of a library names a file of that library: a library from a stranger may name any file."""

from __future__ import annotations

import os
from collections.abc import Iterable

from tui_browser.folder.walk import leads_to_system
from tui_browser.records import AUDIO_ENDINGS


def refusal(path: bytes, roots: Iterable[bytes]) -> str:
    """Why this path is not that of a sample of these roots; empty if it may be one. Does not touch the disk."""
    if not _is_audio(path):
        return "it has no ending of a sound file"
    if b".." in path.split(b"/") or not any(is_below(path, root) for root in roots):
        return "it is outside of the library's folders"
    return ""


def link_refusal(path: bytes, roots: Iterable[bytes]) -> str:
    """Why the file that `path` leads to is not that of a sample; follows links, so that it may wait for the disk.

    A link may lead out of the roots, but only to what has the ending of a sound file, and not to devices.
    """
    real = os.path.realpath(path)
    if leads_to_system(path):
        return "it leads to a folder of the system"
    outside = not any(is_below(real, os.path.realpath(root)) for root in roots)
    return "it is a link to something that is no sound file" if outside and not _is_audio(real) else ""


def is_below(path: bytes, root: bytes) -> bool:
    """Whether the path is below this folder, by its name."""
    return path.startswith(root.rstrip(b"/") + b"/")


def _is_audio(path: bytes) -> bool:
    return os.path.splitext(path)[1].lower() in AUDIO_ENDINGS
