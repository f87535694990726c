"""A shard on disk: its job, then one record for each outcome, then the manifest.

Records are appended to `FILE.part`, so that a shard that was killed goes on where it was: a record that is half written
is cut off. `FILE` itself appears when the shard is complete, and its last line is the manifest as JSON (`tail -n 1`).
No lock and no database is needed, as drives of clusters often lack the one and are slow for the other.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, Any, Literal

import msgspec

from tui_browser.errors import BrowserError
from tui_browser.indexing.decoder_pool import DecodeOutcome
from tui_browser.indexing.outcome_codec import pack, unpack
from tui_browser.indexing.shards.job import ShardJob, ShardManifest, manifest_fields
from tui_browser.model.bundle import Bundle
from tui_browser.records import Clip, FileStat, SampleState
from tui_browser.safe_files import create_file

MAGIC = b"tui-browser shard 1\n"
PART = ".part"
_FRAME = struct.Struct("<BIII")
"""Kind, lengths of head and body, CRC-32 of both."""
_JOB, _OUTCOME, _DROPPED, _MANIFEST = 1, 2, 3, 4
_MOST_BYTES = 1 << 30
_DIGEST = 16
_FILE_MODE = 0o644


class ShardError(BrowserError):
    """A shard file that cannot be written, read or merged."""


Kind = Literal["sample", "silent", "reject"]


@dataclass(frozen=True, slots=True)
class _Head:
    """What is read of a record to list it."""

    stat: FileStat
    kind: Kind


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """Where the outcome of a file lies."""

    stat: FileStat
    kind: Kind
    offset: int
    length: int
    digest: bytes


class ShardWriter:
    """Appends outcomes to the shard of a job; continues one of the same job that is not complete."""

    def __init__(self, path: str, job: ShardJob) -> None:
        """Raises ShardError when another job, or another process, has the file."""
        self.path, self.job = path, job
        self.stored: dict[bytes, StoredOutcome] = {}
        """What is there already, by path."""
        part = path + PART
        try:
            self._file = open(_opened(part), "r+b")  # noqa: SIM115 - closed by `close`
        except OSError as error:
            raise ShardError(f"the shard cannot be written: {error.strerror}", path=part) from error
        try:
            _lock(self._file, part)
            self._continue(part)
        except BaseException:
            self._file.close()
            raise

    def _continue(self, part: str) -> None:
        start = self._file.read(len(MAGIC))
        if start != MAGIC[: len(start)]:
            raise ShardError("this file is not a shard", path=part, hint="--out FILE takes another name")
        end = len(MAGIC)
        if start == MAGIC:
            for kind, head, body, offset in _frames(self._file):
                if kind == _JOB and _decoder(ShardJob).decode(head) != self.job:
                    hint = "--force begins it anew, --out FILE takes another name"
                    raise ShardError("this is the unfinished shard of another job", path=part, hint=hint)
                _note(self.stored, kind, head, body, offset)
                end = offset + len(body)
        if end == len(MAGIC):
            self._file.seek(0)
            self._file.write(MAGIC)
            self._write(_JOB, msgspec.msgpack.encode(self.job), b"")
        else:
            self._file.seek(end)
            self._file.truncate()

    def add(self, outcomes: Iterable[DecodeOutcome]) -> None:
        """Append outcomes; the last one of a path counts."""
        for outcome in outcomes:
            head, body = msgspec.msgpack.encode(_Head(outcome.stat, _kind(outcome))), pack(outcome)
            offset = self._write(_OUTCOME, head, body)
            _note(self.stored, _OUTCOME, head, body, offset)
        self._file.flush()

    def drop(self, paths: Iterable[bytes]) -> None:
        """Forget the outcomes of files that are gone."""
        for path in paths:
            self._write(_DROPPED, path, b"")
            del self.stored[path]

    def finish(self, manifest: ShardManifest) -> None:
        """Append the manifest and give the file its name."""
        line = json.dumps(manifest_fields(self.job, manifest)).encode("ascii")
        self._write(_MANIFEST, msgspec.msgpack.encode(manifest), b"\n" + line + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        os.replace(self.path + PART, self.path)

    def close(self) -> None:
        self._file.close()

    def _write(self, kind: int, head: bytes, body: bytes) -> int:
        """Append a record; the offset of its body."""
        try:
            self._file.write(_FRAME.pack(kind, len(head), len(body), _checksum(head, body)) + head)
            offset = self._file.tell()
            self._file.write(body)
        except OSError as error:
            raise ShardError(f"the shard cannot be written: {error.strerror}", path=self.path + PART) from error
        return offset


class ShardReader:
    """A complete shard: `job`, `manifest`, and its outcomes by path. Reads it once, and checks all of it."""

    def __init__(self, path: str) -> None:
        """Raises ShardError for a file that is no shard, not complete or damaged."""
        self.path = path
        self.stored: dict[bytes, StoredOutcome] = {}
        job: ShardJob | None = None
        manifest: ShardManifest | None = None
        try:
            self._file = open(path, "rb")  # noqa: SIM115 - closed by `close`
        except OSError as error:
            hint = "this shard is not complete: run it again" if os.path.exists(path + PART) else ""
            raise ShardError(f"the shard cannot be read: {error.strerror}", path=path, hint=hint) from error
        try:
            if self._file.read(len(MAGIC)) != MAGIC:
                raise ShardError("this file is not a shard", path=path, hint="index --shard I/N --out FILE makes them")
            for kind, head, body, offset in _frames(self._file):
                if kind == _JOB:
                    job = _decoder(ShardJob).decode(head)
                elif kind == _MANIFEST:
                    manifest = _decoder(ShardManifest).decode(head)
                else:
                    _note(self.stored, kind, head, body, offset)
        except (msgspec.MsgspecError, KeyError, OSError, RecursionError) as error:
            self._file.close()
            raise ShardError("the shard is damaged", path=path, hint="run it again") from error
        except BaseException:
            self._file.close()
            raise
        if job is None or manifest is None:
            self._file.close()
            raise ShardError("the shard is not complete, or damaged", path=path, hint="run it again")
        self.job: ShardJob = job
        self.manifest: ShardManifest = manifest
        if manifest.content != content_hash(self.stored.values()):
            self._file.close()
            raise ShardError("the shard is damaged: its content is not what its manifest says", path=path)

    def outcome(self, path: bytes, *, bundle: Bundle) -> DecodeOutcome:
        """The outcome of one file; raises ShardError for one that is none of this model."""
        stored = self.stored[path]
        self._file.seek(stored.offset)
        try:
            return unpack(self._file.read(stored.length), bundle=bundle)
        except ValueError as error:
            raise ShardError(f"the shard holds what is no sample: {error}", path=self.path) from error

    def close(self) -> None:
        self._file.close()


def is_complete(path: str, job: ShardJob) -> bool:
    """Whether there is a complete shard of this job; raises ShardError where the file is something else."""
    if not os.path.lexists(path):
        return False
    reader = ShardReader(path)
    reader.close()
    if reader.job != job:
        hint = "--force replaces it, --out FILE takes another name"
        raise ShardError("the file is a shard of another job", path=path, hint=hint)
    return True


def content_hash(stored: Iterable[StoredOutcome]) -> str:
    """Hash of outcomes, whatever their order."""
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for each in sorted(each.digest for each in stored):
        digest.update(each)
    return digest.hexdigest()


def listing_hash(stats: Iterable[FileStat]) -> str:
    """Hash of paths, sizes and times of files, in the order of paths."""
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for stat in sorted(stats, key=lambda stat: stat.path):
        digest.update(b"%s\0%d %d\0" % (stat.path, stat.size, stat.mtime_ns))
    return digest.hexdigest()


def _note(stored: dict[bytes, StoredOutcome], kind: int, head: bytes, body: bytes, offset: int) -> None:
    if kind == _OUTCOME:
        listed = _decoder(_Head).decode(head)
        digest = hashlib.blake2b(listed.stat.path + b"\0" + body, digest_size=_DIGEST).digest()
        stored[listed.stat.path] = StoredOutcome(listed.stat, listed.kind, offset, len(body), digest)
    elif kind == _DROPPED:
        del stored[head]


def _kind(outcome: DecodeOutcome) -> Kind:
    if isinstance(outcome, Clip):
        return "silent" if outcome.state is SampleState.SILENT else "sample"
    return "reject"


def _frames(file: IO[bytes]) -> Iterator[tuple[int, bytes, bytes, int]]:
    """Kind, head, body and the body's offset of each whole record, up to the first that is not."""
    while len(start := file.read(_FRAME.size)) == _FRAME.size:
        kind, head_size, body_size, checksum = _FRAME.unpack(start)
        if head_size + body_size > _MOST_BYTES:
            return
        head = file.read(head_size)
        offset = file.tell()
        body = file.read(body_size)
        if len(head) + len(body) < head_size + body_size or _checksum(head, body) != checksum:
            return
        yield kind, head, body, offset


def _checksum(head: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(head))


def _opened(path: str) -> int:
    with contextlib.suppress(FileExistsError):
        return create_file(path, mode=_FILE_MODE)
    return os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)


def _lock(file: IO[bytes], path: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ShardError("another process works on this shard", path=path) from error
    except OSError:  # a drive without locks
        return


@cache
def _decoder(kind: type[Any]) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)
