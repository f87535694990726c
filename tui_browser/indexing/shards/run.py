"""One shard from start to end: scan, decode and encode its files, and write the outcomes."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tui_browser.errors import RejectCode
from tui_browser.folder.scan import FolderScan, scan
from tui_browser.indexing.decoder_pool import DecodeOutcome, UnsettledFile
from tui_browser.indexing.encode_step import encode_files
from tui_browser.indexing.engine import Engine
from tui_browser.indexing.shards.job import ShardJob, ShardManifest
from tui_browser.indexing.shards.shard_file import ShardError, ShardWriter, content_hash, listing_hash
from tui_browser.records import FileStat, Progress, Reject

SETTLE_TRIES = 5
"""Attempts at files that change while they are read."""
_SETTLE_S = 0.3
_RATE_WINDOW_S = 5.0


def run_shard(job: ShardJob, out: str, *, engine: Engine, report: Callable[[Progress], None]) -> ShardManifest:
    """Write the shard to `out`; what a run that was killed left beside it is not done again.

    Raises ShardError where a folder of the job is not there or has no sound, as on a machine without its drive.
    """
    started = time.monotonic()
    report(Progress("scan", 0, 0))
    engine.warm()
    listing = scan(job.roots, wanted=job.takes)
    _check(job, listing)
    writer = ShardWriter(out, job)
    try:
        return _run(listing, writer, engine=engine, report=report, started=started)
    finally:
        writer.close()


def _check(job: ShardJob, listing: FolderScan) -> None:
    hint = "every machine of a job sees the same folders under the same names"
    for root in listing.absent:
        raise ShardError("a folder of the job is not there", path=root, hint=hint)
    if not listing.files and not listing.passed:
        raise ShardError("there is no sound in the folders of the job", path=job.roots[0], hint=hint)


def _run(
    listing: FolderScan,
    writer: ShardWriter,
    *,
    engine: Engine,
    report: Callable[[Progress], None],
    started: float,
) -> ShardManifest:
    files = {stat.path: stat for stat in listing.files}
    writer.drop([path for path in writer.stored if path not in files])
    to_read = [stat for stat in listing.files if not _is_stored(stat, writer)]
    progress = _ProgressMeter(report, done=len(files) - len(to_read), total=len(files))
    later: dict[bytes, Reject] = {}
    """Rejects for a passing reason, which a repetition of the job tries again."""
    for attempt in range(SETTLE_TRIES + 1):
        unsettled: list[FileStat] = []
        for outcomes in encode_files(to_read, engine=engine):
            final: list[DecodeOutcome] = []
            for outcome in outcomes:
                if isinstance(outcome, UnsettledFile):
                    unsettled.append(outcome.stat)
                elif isinstance(outcome, Reject) and outcome.code is not RejectCode.CONTENT:
                    later[outcome.stat.path] = outcome
                else:
                    final.append(outcome)
            writer.add(final)
            progress.advance(outcomes)
        if not unsettled or attempt == SETTLE_TRIES:
            break
        time.sleep(_SETTLE_S)
        to_read = _again(unsettled)
        files |= {stat.path: stat for stat in to_read}
    writer.add(later.values())
    manifest = _manifest(listing, writer, files=list(files.values()), unsettled=len(unsettled), started=started)
    writer.finish(manifest)
    return manifest


def _is_stored(stat: FileStat, writer: ShardWriter) -> bool:
    stored = writer.stored.get(stat.path)
    return stored is not None and (stored.stat.size, stored.stat.mtime_ns) == (stat.size, stat.mtime_ns)


def _again(unsettled: Sequence[FileStat]) -> list[FileStat]:
    """The files as they are now."""
    stats = []
    for stat in unsettled:
        try:
            stats.append(FileStat.of(stat.path, os.stat(stat.path)))
        except OSError:  # gone: it is unsettled again, which is right
            stats.append(stat)
    return stats


def _manifest(
    listing: FolderScan, writer: ShardWriter, *, files: Sequence[FileStat], unsettled: int, started: float
) -> ShardManifest:
    kinds = Counter(stored.kind for stored in writer.stored.values())
    return ShardManifest(
        files=len(files),
        samples=kinds["sample"] + kinds["silent"],
        silent=kinds["silent"],
        rejects=kinds["reject"],
        unsettled=unsettled,
        bytes_read=sum(stat.size for stat in files),
        listed=len(listing.files) + listing.passed,
        listing=listing_hash(files),
        content=content_hash(writer.stored.values()),
        seconds=round(time.monotonic() - started, 3),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        skipped=dict(listing.skipped),
        unseen=tuple(
            f"{os.fsdecode(path)}: {reason}".encode("utf-8", "backslashreplace").decode()
            for path, reason in listing.unreadable
        ),
    )


class _ProgressMeter:
    """Reports progress with the rate over the last seconds."""

    def __init__(self, report: Callable[[Progress], None], *, done: int, total: int) -> None:
        self._report, self._done, self._total = report, done, total
        self._rejected = 0
        self._marks = [(time.monotonic(), done)]
        report(Progress("encode", done, total))

    def advance(self, outcomes: Sequence[DecodeOutcome]) -> None:
        now = time.monotonic()
        self._done = min(self._total, self._done + len(outcomes))
        self._rejected += sum(isinstance(outcome, Reject) for outcome in outcomes)
        self._marks = [mark for mark in self._marks if now - mark[0] < _RATE_WINDOW_S] + [(now, self._done)]
        since, then = self._marks[0]
        rate = (self._done - then) / (now - since) if now - since > 0.2 else 0.0
        left = (self._total - self._done) / rate if rate > 0 else None
        self._report(Progress("encode", self._done, self._total, rate, left, self._rejected))
