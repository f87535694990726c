"""The content hash of a sound: of its decoded frames, so that tags and copies of a file have the same."""

from __future__ import annotations

import hashlib
import struct

from tui_browser.audio.source import open_file, open_source

_BLOCK = 1 << 16


def frame_digest(rate: int, channels: int) -> hashlib.blake2b:
    """A digest that takes float32 frames (n, channels) as bytes, one block after another."""
    return hashlib.blake2b(struct.pack("<II", rate, channels), digest_size=16)


def sound_hash(path: bytes) -> str:
    """The content hash of a short file, as the library has it; it is read to its end. Raises AudioError."""
    with open_file(path) as fd, open_source(fd, path) as source:
        digest = frame_digest(source.rate, source.channels)
        while len(block := source.read(_BLOCK)):
            digest.update(block.data)
    return digest.hexdigest()
