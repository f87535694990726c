"""The blocks of sound that a listener keeps: files named by their hash, the longest unused go first."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections import OrderedDict

from tui_browser.playback.remote.protocol import block_digest

_NAME = re.compile(r"[0-9a-f]{64}")
_PART = ".part-"
_AT_HAND_BYTES = 16 << 20


class BlockCache:
    """At most `limit` bytes in `folder`, which is made; what was kept by an earlier one is taken over.

    Where the disk takes nothing more, the blocks used last are kept in memory, and all goes on.
    """

    def __init__(self, folder: str, *, limit: int) -> None:
        self.limit = limit
        self.held_bytes = 0
        """Size of the files."""
        self._folder = folder
        self._sizes: OrderedDict[bytes, int] = OrderedDict()  # longest unused first
        self._at_hand: OrderedDict[bytes, bytes] = OrderedDict()
        self._at_hand_bytes = 0
        with contextlib.suppress(OSError):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        self._take_over()
        self._make_room()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._at_hand or digest in self._sizes

    def newest(self, count: int) -> list[bytes]:
        """The hashes used last, newest first."""
        known = dict.fromkeys([*reversed(self._at_hand), *reversed(self._sizes)])
        return list(known)[:count]

    def put(self, digest: bytes, data: bytes) -> bool:
        """Keep a block; False, and nothing is kept, where the bytes are not those of the hash."""
        if block_digest(data) != digest:
            return False
        self._keep_at_hand(digest, data)
        if digest not in self._sizes and self._write(digest, data):
            self._sizes[digest] = len(data)
            self.held_bytes += len(data)
            self._make_room()
        return True

    def get(self, digest: bytes) -> bytes | None:
        """The block of this hash, which is the last used from now on; None where it is not here, or damaged."""
        data = self._at_hand.get(digest)
        if data is None and digest in self._sizes:
            data = self._read(digest)
            if data is None:
                self._forget(digest)
        if data is None:
            return None
        self._keep_at_hand(digest, data)
        if digest in self._sizes:
            self._sizes.move_to_end(digest)
            with contextlib.suppress(OSError):
                os.utime(self._path(digest))  # the order outlives this process
        return data

    def _take_over(self) -> None:
        found: list[tuple[int, bytes, int]] = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.startswith(_PART):
                        os.unlink(entry.path)
                    elif _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                        facts = entry.stat(follow_symlinks=False)
                        found.append((facts.st_mtime_ns, bytes.fromhex(entry.name), facts.st_size))
        except OSError:
            return
        for _, digest, size in sorted(found):
            self._sizes[digest] = size
            self.held_bytes += size

    def _make_room(self) -> None:
        while self.held_bytes > self.limit and self._sizes:
            self._forget(next(iter(self._sizes)))

    def _forget(self, digest: bytes) -> None:
        self.held_bytes -= self._sizes.pop(digest)
        with contextlib.suppress(OSError):
            os.unlink(self._path(digest))

    def _keep_at_hand(self, digest: bytes, data: bytes) -> None:
        if digest not in self._at_hand:
            self._at_hand[digest] = data
            self._at_hand_bytes += len(data)
        self._at_hand.move_to_end(digest)
        while self._at_hand_bytes > min(_AT_HAND_BYTES, self.limit) and len(self._at_hand) > 1:
            _, dropped = self._at_hand.popitem(last=False)
            self._at_hand_bytes -= len(dropped)

    def _write(self, digest: bytes, data: bytes) -> bool:
        part = os.path.join(self._folder, _PART + secrets.token_hex(8))
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.replace(part, self._path(digest))
        except OSError:  # a full disk, a folder that is gone: it stays at hand
            with contextlib.suppress(OSError):
                os.unlink(part)
            return False
        return True

    def _read(self, digest: bytes) -> bytes | None:
        try:
            descriptor = os.open(self._path(digest), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                data = file.read()
        except OSError:
            return None
        return data if block_digest(data) == digest else None

    def _path(self, digest: bytes) -> str:
        return os.path.join(self._folder, digest.hex())
