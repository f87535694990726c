"""Which files a shard takes, and the manifest that says what it did with them."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tui_browser.indexing.compare import root_of

MOST_SHARDS = 1_000_000


@dataclass(frozen=True, slots=True)
class ShardJob:
    """One of the shards that together cover all files below some folders."""

    number: int
    """1 to `of`."""
    of: int
    roots: tuple[bytes, ...]
    """Absolute, as the machines of the job see them."""
    model: str
    """Name or folder of the model."""
    space: str
    version: str
    """Of the program."""

    def takes(self, path: bytes) -> bool:
        """Whether the file is of this shard: by its path below its root, whatever other files there are."""
        return shard_of(path, self.roots, of=self.of) == self.number


def shard_of(path: bytes, roots: tuple[bytes, ...], *, of: int) -> int:
    """The number of the shard that a file is in, 1 to `of`; 0 for a file below no root."""
    root = roots[0] if len(roots) == 1 and path.startswith(roots[0]) else root_of(path, roots)
    return 1 + zlib.crc32(path[len(root) :]) % of if root else 0


def parse_shard(text: str) -> tuple[int, int]:
    """Number and count of `I/N`; raises ValueError."""
    found = re.fullmatch(r"(\d{1,7})/(\d{1,7})", text)
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of <= MOST_SHARDS:
        raise ValueError(f"{text!r} is not I/N with I from 1 to N, as in 3/20")
    return number, of


@dataclass(frozen=True, slots=True)
class ShardManifest:
    """What a complete shard covered and what came of it."""

    files: int
    """Files of this shard that the scan found."""
    samples: int
    """With silent ones."""
    silent: int
    rejects: int
    unsettled: int
    """Files that changed while they were read; the next `index` takes them."""
    bytes_read: int
    """Sizes of the files."""
    listed: int
    """Audio files below the roots, of all shards."""
    listing: str
    """Hash of paths, sizes and times of the files."""
    content: str
    """Hash of all outcomes."""
    seconds: float
    """Of the last run."""
    finished_at: str
    """ISO 8601, UTC."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    """Folders that could not be read, with reasons; bytes that are not UTF-8 are escaped."""


def manifest_fields(job: ShardJob, manifest: ShardManifest) -> dict[str, object]:
    """The manifest as one JSON object."""
    return {
        "format": "tui-browser shard",
        "shard": job.number,
        "of": job.of,
        "roots": [os.fsdecode(root) for root in job.roots],
        "model": job.model,
        "space": job.space,
        "version": job.version,
        **{name: getattr(manifest, name) for name in ShardManifest.__dataclass_fields__ if name != "skipped"},
        "skipped": dict(manifest.skipped),
        "unseen": list(manifest.unseen),
    }
