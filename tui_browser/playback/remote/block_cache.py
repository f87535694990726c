"""The listener's cache of sound blocks: files named by their hash; the ones used longest ago are deleted first."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections import OrderedDict

from tui_browser.playback.remote.protocol import block_digest

_NAME = re.compile(r"[0-9a-f]{64}")
_PART = ".part-"
_MEMORY_BYTES = 8 << 20
_UNIT_BYTES = 4 << 10
"""What a file takes on disk at least, and in what steps."""
_MOST_BLOCKS = 1 << 14


def charged_bytes(size: int) -> int:
    """What a block of `size` bytes counts: whole units of the disk."""
    return max(1, -(-size // _UNIT_BYTES)) * _UNIT_BYTES


class BlockCache:
    """Blocks in `folder`, which is created, at most `limit` bytes of disk and 16,384 files.

    Blocks of an earlier listener are used again. The blocks used last are in memory too, so that playback goes on when
    the disk is full. `load` may be called from any thread, all else from one.
    """

    def __init__(self, folder: str, *, limit: int) -> None:
        self.limit = limit
        self.disk_bytes = 0
        """What the files take on disk."""
        self._folder = folder
        self._sizes: OrderedDict[bytes, int] = OrderedDict()  # the one used longest ago first
        self._in_memory: OrderedDict[bytes, bytes] = OrderedDict()
        self._in_memory_bytes = 0
        with contextlib.suppress(OSError):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        self._load()
        self._make_room()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._in_memory or digest in self._sizes

    def newest(self, count: int) -> list[bytes]:
        """The hashes used last, newest first."""
        known = dict.fromkeys([*reversed(self._in_memory), *reversed(self._sizes)])
        return list(known)[:count]

    def put(self, digest: bytes, data: bytes) -> bool:
        """Store a block; False, and nothing is stored, when the bytes do not have this hash."""
        if block_digest(data) != digest:
            return False
        self._keep_in_memory(digest, data)
        if digest not in self._sizes and self._write(digest, data):
            self._sizes[digest] = charged_bytes(len(data))
            self.disk_bytes += self._sizes[digest]
            self._make_room()
        return True

    def load(self, digest: bytes) -> bytes | None:
        """The block with this hash, without any note of its use; None when it is missing or damaged."""
        data = self._in_memory.get(digest)
        return self._read(digest) if data is None else data

    def note_use(self, digest: bytes, data: bytes | None) -> None:
        """What `load` returned for this hash: the block is now the one used last, or is forgotten."""
        if data is None:
            if digest in self._sizes:
                self._delete(digest)
            return
        self._keep_in_memory(digest, data)
        if digest in self._sizes:
            self._sizes.move_to_end(digest)
            with contextlib.suppress(OSError):
                os.utime(self._path(digest))  # keeps the order for the next listener

    def get(self, digest: bytes) -> bytes | None:
        """The block with this hash, now the one used last; None when it is missing or damaged."""
        data = self.load(digest) if digest in self else None
        self.note_use(digest, data)
        return data

    def _load(self) -> None:
        files: list[tuple[int, bytes, int]] = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.startswith(_PART):
                        os.unlink(entry.path)
                    elif _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                        stat = entry.stat(follow_symlinks=False)
                        files.append((stat.st_mtime_ns, bytes.fromhex(entry.name), stat.st_size))
        except OSError:
            return
        for _, digest, size in sorted(files):
            self._sizes[digest] = charged_bytes(size)
            self.disk_bytes += self._sizes[digest]

    def _make_room(self) -> None:
        while self._sizes and (self.disk_bytes > self.limit or len(self._sizes) > _MOST_BLOCKS):
            self._delete(next(iter(self._sizes)))

    def _delete(self, digest: bytes) -> None:
        self.disk_bytes -= self._sizes.pop(digest)
        with contextlib.suppress(OSError):
            os.unlink(self._path(digest))

    def _keep_in_memory(self, digest: bytes, data: bytes) -> None:
        if digest not in self._in_memory:
            self._in_memory[digest] = data
            self._in_memory_bytes += charged_bytes(len(data))
        self._in_memory.move_to_end(digest)
        while self._in_memory_bytes > min(_MEMORY_BYTES, self.limit) and len(self._in_memory) > 1:
            _, dropped = self._in_memory.popitem(last=False)
            self._in_memory_bytes -= charged_bytes(len(dropped))

    def _write(self, digest: bytes, data: bytes) -> bool:
        part = os.path.join(self._folder, _PART + secrets.token_hex(8))
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.replace(part, self._path(digest))
        except OSError:  # a full disk or a deleted folder: it stays in memory
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
