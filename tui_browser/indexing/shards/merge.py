"""Merge shards into a library: an index run whose files and outcomes are those of the shards.

So identity is decided as ever: a sample keeps its id and annotations at its path, or where its sound moved to, and a
second merge finds nothing to do.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from types import MappingProxyType

from tui_browser.config.pathmap import PathMap
from tui_browser.errors import BrowserError, BundleError, counted
from tui_browser.folder.scan import FolderScan
from tui_browser.indexing.compare import root_of
from tui_browser.indexing.decoder_pool import DecodeOutcome, UnsettledFile
from tui_browser.indexing.encode_step import at_path
from tui_browser.indexing.engine import NoEncoder
from tui_browser.indexing.file_encoder import load_model
from tui_browser.indexing.shards.job import shard_of
from tui_browser.indexing.shards.shard_file import ShardError, ShardReader
from tui_browser.model.bundle import Bundle
from tui_browser.records import FRESH_CTIME, FileStat
from tui_browser.store.reader import StoreReader
from tui_browser.store.records import KnownRow

CHUNK = 256
"""Outcomes taken at a time: one transaction."""


@dataclass(frozen=True, slots=True)
class ShardSet:
    """The shards of one job, checked against each other."""

    readers: tuple[ShardReader, ...]
    """One for each number, in their order."""
    missing: tuple[int, ...]
    """Numbers without a shard; empty unless partial."""
    path_map: PathMap
    """From the paths of the job's machines to those of the library."""

    @property
    def roots(self) -> list[bytes]:
        """Where the library has the folders of the job."""
        return [self.path_map.to_remote(root) for root in self.readers[0].job.roots]

    def notes(self) -> Iterator[str]:
        """What a person should know of these shards."""
        listed = {reader.manifest.listed for reader in self.readers}
        if len(listed) > 1:
            yield (
                f"the shards saw between {min(listed):,} and {max(listed):,} files: files came or went meanwhile "
                "(tui-browser index reads them)"
            )
        if unsettled := sum(reader.manifest.unsettled for reader in self.readers):
            yield f"{counted(unsettled, 'file')} changed while a shard read them (tui-browser index reads them)"
        if unseen := sorted({line for reader in self.readers for line in reader.manifest.unseen}):
            more = f", and {len(unseen) - 1:,} more" if len(unseen) > 1 else ""
            yield f"a machine of the job could not read {unseen[0]}{more}"
        if self.missing:
            yield f"merged without {_listed(self.missing)} of {self.readers[0].job.of}"


@contextmanager
def opened_shards(files: Iterable[str], *, path_map: PathMap, partial: bool = False) -> Iterator[ShardSet]:
    """The shards in these files, each read and checked; with `partial` some of them may be missing.

    Raises ShardError for files that are no complete shards of one job.
    """
    with ExitStack() as stack:
        by_number: dict[int, ShardReader] = {}
        for file in dict.fromkeys(map(os.path.realpath, files)):
            reader = ShardReader(file)
            stack.callback(reader.close)
            twin = by_number.setdefault(reader.job.number, reader)
            first = next(iter(by_number.values()))
            _check_job(reader, first)
            if twin.manifest.content != reader.manifest.content:
                what = f"two different files are shard {reader.job.number} of {reader.job.of}"
                raise ShardError(what, path=file, hint=f"the other is {twin.path}; merge one of them")
        first = next(iter(by_number.values()))
        missing = tuple(number for number in range(1, first.job.of + 1) if number not in by_number)
        if missing and not partial:
            hint = "run them again, or --partial merges what is there"
            raise ShardError(f"{_listed(missing)} of {first.job.of} missing", path=first.path, hint=hint)
        yield ShardSet(tuple(by_number[number] for number in sorted(by_number)), missing, path_map)


def _check_job(reader: ShardReader, first: ShardReader) -> None:
    job, other = reader.job, first.job
    hint = f"{first.path} belongs to the other"
    if (job.space, job.version) != (other.space, other.version):
        what = "another model" if job.space != other.space else f"version {job.version}, not {other.version}"
        raise ShardError(f"the shards are not of one job: this one has {what}", path=reader.path, hint=hint)
    if (job.of, job.roots) != (other.of, other.roots):
        what = f"{job.of} shards, not {other.of}" if job.of != other.of else "other folders"
        raise ShardError(f"the shards are not of one job and overlap: this is of {what}", path=reader.path, hint=hint)


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:5])) + (f" and {len(numbers) - 5:,} more" if len(numbers) > 5 else "")
    return f"shard {shown}" if len(numbers) == 1 else f"shards {shown}"


def shard_bundle(shards: ShardSet, *, model: str | None) -> Bundle:
    """The model of the shards as this machine has it; raises BundleError."""
    job = shards.readers[0].job
    try:
        bundle = load_model(model or job.model)
    except BundleError as error:
        hint = f"install it here, or --model FOLDER names it: {error}"
        raise BundleError("the model of the shards is not here", path=job.model, hint=hint) from error
    if bundle.space != job.space:
        raise BundleError(f"the shards are of the model {job.space}, not {bundle.space}", path=shards.readers[0].path)
    return bundle


def check_library(store: StoreReader, bundle: Bundle) -> None:
    """Raise BrowserError where the library has another model than the shards."""
    space = store.counts().space
    if space not in ("", bundle.space):
        hint = f"tui-browser index --model {bundle.name} moves it, --library FILE takes another"
        raise BrowserError(f"the library uses the model {space}, the shards {bundle.space}", path=store.path, hint=hint)


class ShardEngine:
    """The engine of a merge: what is on disk, and what is in it, is what the shards say."""

    def __init__(self, shards: ShardSet, bundle: Bundle, store: StoreReader) -> None:
        self.bundle = bundle
        self.encoder = NoEncoder()
        self._shards, self._store = shards, store
        self._readers: dict[bytes, tuple[ShardReader, bytes]] = {}
        """Shard and path there, by the path here."""
        stats = []
        for reader in shards.readers:
            for path, stored in reader.stored.items():
                here = shards.path_map.to_remote(path)
                self._readers[here] = reader, path
                stats.append(stored.stat if here == path else replace(stored.stat, path=here))
        stats.sort(key=lambda stat: stat.path)
        self._files = tuple(stats)
        self.pool = ShardPool(self._readers, bundle)

    def scan(self, roots: Sequence[bytes], folders: Collection[bytes] | None) -> FolderScan:
        """The files of the shards; gone are those that the shards should have seen, and that are not here either."""
        known = self._store.known(self.bundle.space)
        gone = [path for path in known if path not in self._readers and self._is_gone(path)]
        new = tuple(stat for stat in self._files if not _is_merged(stat, known.get(stat.path)))
        return FolderScan(new, {}, (), (), {}, within=gone)

    def _is_gone(self, path: bytes) -> bool:
        roots = tuple(self._shards.roots)
        number = shard_of(path, roots, of=self._shards.readers[0].job.of)
        if not number or number in self._shards.missing or os.path.lexists(path):
            return False
        try:
            return bool(os.listdir(root_of(path, roots)))  # else its drive may be elsewhere
        except OSError:
            return False

    def restart_pool(self) -> None:
        self.pool.cancel()

    def warm(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        self.pool.close()


def _is_merged(stat: FileStat, row: KnownRow | None) -> bool:
    """Whether a file that had just changed when its shard read it is in the library; the next `index` looks again."""
    fresh = row is not None and stat.ctime_ns == row.ctime_ns == FRESH_CTIME
    return fresh and row is not None and (stat.size, stat.mtime_ns) == (row.size, row.mtime_ns)


class ShardPool:
    """Gives the outcomes of files from their shards; see `engine.FilePool`."""

    def __init__(self, readers: dict[bytes, tuple[ShardReader, bytes]], bundle: Bundle) -> None:
        self._readers, self._bundle = readers, bundle
        self._queue: deque[FileStat] = deque()
        self._bell, ringer = Pipe(duplex=False)
        ringer.close()  # so that the bell is always readable: what is asked for is there

    @property
    def pending(self) -> int:
        return len(self._queue)

    def connections(self) -> list[object]:
        return [self._bell]

    def put(
        self,
        stats: Iterable[FileStat],
        *,
        heads: Collection[bytes] = (),
        known_onsets: Mapping[bytes, float] = MappingProxyType({}),
    ) -> None:
        self._queue.extend(stats)

    def take(self) -> list[DecodeOutcome]:
        count = min(CHUNK, len(self._queue))
        return [self._outcome(self._queue.popleft()) for _ in range(count)]

    def _outcome(self, stat: FileStat) -> DecodeOutcome:
        if stat.path not in self._readers:
            return UnsettledFile(stat)
        reader, path = self._readers[stat.path]
        return at_path(reader.outcome(path, bundle=self._bundle), stat)

    def cancel(self) -> None:
        self._queue.clear()

    def close(self) -> None:
        self._bell.close()
