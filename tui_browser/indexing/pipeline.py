"""One index run: scan -> plan -> decode -> encode -> rows, driven by its caller step by step.

    scan (thread) -> decoder pool (processes) -> encoder (process) -> store (here, one transaction per batch)

Of a long file that is new only the head is read; `second_pass` reads the rest later.

The stages overlap: while the store writes one batch, the encoder works on the next and the decoders on the one after.
While the encoder is loading, new files are stored without vector, class and place as soon as they are decoded: a kill
keeps them in the list, and the next run encodes them.
The caller (the command line or the service) waits on `connections()` and calls `step()`, which blocks for one
transaction at most. A kill loses at most the batches in flight.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from threading import Thread
from typing import Any

from tui_browser.errors import counted, printable
from tui_browser.folder.scan import FolderScan
from tui_browser.indexing.clip_entries import encoded_entries
from tui_browser.indexing.compare import IndexPlan, Subtrees, compare, root_of
from tui_browser.indexing.decoder_pool import UnsettledFile, retryable_codes
from tui_browser.indexing.engine import Engine
from tui_browser.indexing.hard_links import folders_of_other_names
from tui_browser.indexing.moved_from import moved_from
from tui_browser.indexing.read_again import causes, sentences
from tui_browser.indexing.row_updates import RowUpdates
from tui_browser.indexing.run_counts import RunCounts
from tui_browser.indexing.unseen import find_unseen, store_unseen
from tui_browser.model import pooling
from tui_browser.records import Clip, FileStat, Phase, Progress, Reject, SampleState
from tui_browser.store.records import ClipEntry, KnownRow
from tui_browser.store.store import Store

BATCH = 64
"""Clips encoded at once."""
MAX_MELS = 256
"""Limit of log-mels per batch, slices included; a batch of clips with many slices is smaller."""
FLUSH_S = 0.3
"""A partial batch is sent after this time, for early results."""
BACKLOG = 4
"""Batches at the encoder before decoding pauses, which bounds memory."""
BACKLOG_LOADING = 16
"""The same while the encoder is still loading, so that the decoders keep working."""
RATE_WINDOW_S = 5.0
MANY_BELOW_LINK = 10_000
"""New files that only a link leads to are told from this number on: it may lead to a whole disk."""
WAITING = "waiting for the model"
"""Note of a sample that is stored before it is encoded."""


class IndexRun:
    """One comparison of the library with the disk, executed step by step.

    `folders` limits it to these subtrees, as for hints of the watcher. The caller holds the store's writer lock.
    `verify` reads everything again, `written` are files that must be. A `patient` run puts files off that have just
    changed and been read (`RunCounts.fresh`): its caller comes back.
    """

    def __init__(
        self,
        store: Store,
        workers: Engine,
        *,
        space: str,
        layout: str,
        roots: Sequence[bytes],
        folders: Collection[bytes] | None = None,
        verify: bool = False,
        written: Collection[bytes] = (),
        patient: bool = False,
    ) -> None:
        self.counts = RunCounts()
        self._verify, self._written, self._patient = verify, written, patient
        self.to_scan_next: frozenset[bytes] = frozenset()
        """Folders that were not scanned, with other names (hard links) of files that changed."""
        self._store = store
        self._workers = workers
        self._space = space
        self._layout = layout
        self._roots = tuple(roots)
        self._folders = folders
        self._scan: Future[FolderScan] = Future()
        self._plan: IndexPlan | None = None
        self._has_scanned_again = False
        self.scan_s = 0.0
        """How long the folders took to be listed."""
        self._stored: dict[bytes, KnownRow] | None = None
        self._row_updates: RowUpdates | None = None
        self._known: set[bytes] = set()
        self._waiting: list[Clip] = []
        self._encoded: list[Clip] = []
        """Clips with their encodings, to be stored."""
        self._waiting_since = 0.0
        self._at_encoder: dict[int, list[Clip]] = {}
        self._next_tag = 0
        self._total = 0
        self._handled = 0
        self._cancelled = False
        self._finished = False
        self._notes: list[str] = []
        self._started = time.monotonic()
        self._marks: list[tuple[float, int]] = []
        Thread(target=self._scan_in_thread, name="scan", daemon=True).start()

    def _scan_in_thread(self) -> None:
        try:
            began = time.monotonic()
            scan = self._workers.scan(self._roots, self._folders)
            self.scan_s = time.monotonic() - began
            self._scan.set_result(scan)
        except Exception as error:  # noqa: BLE001 - raised again in `step`
            self._scan.set_exception(error)

    @property
    def done(self) -> bool:
        return self._finished

    @property
    def scanning(self) -> bool:
        return self._plan is None

    def connections(self) -> list[Any]:
        """Connections to wait on before `step`; empty during the scan, which needs polling."""
        if not self._total:
            return []
        connections: list[Any] = [] if self._full else list(self._workers.pool.connections())
        if self._at_encoder or (self._waiting and not self._workers.encoder.ready):
            connections.append(self._workers.encoder.fileno())
        return connections

    def progress(self) -> Progress:
        """Progress of the run, with the rate over the last seconds."""
        now = time.monotonic()
        phase: Phase = "scan" if self._plan is None else "encode"
        self._marks = [mark for mark in self._marks if now - mark[0] < RATE_WINDOW_S] + [(now, self._handled)]
        since, then = self._marks[0]
        rate = (self._handled - then) / (now - since) if now - since > 0.2 else 0.0
        left = (self._total - self._handled) / rate if rate > 0 else None
        return Progress(phase, self._handled, self._total, rate, left, self.counts.rejected)

    def cancel(self) -> None:
        """Finish what is in flight and drop the rest, which the next run reads."""
        self._cancelled = True
        if self._total:
            self._workers.pool.cancel()

    def step(self) -> bool:
        """Process what is ready; True when the library changed."""
        if self._plan is None:
            if self._stored is None:  # read while the scan runs
                self._stored = self._store.known(self._space, width=self._workers.bundle.width)
            if not self._scan.done():
                return False
            scan = self._scan.result()
            if self._scans_again(scan, self._stored):
                return False
            return self._begin(scan, self._stored)
        changed = False
        if self._total:
            changed = self._take_clips()
            changed |= self._take_encodings()
        busy = self._reading or self._at_encoder or self._waiting or self._encoded
        if not busy and not self._finished:
            changed |= self._settle() or self._finish()
        return changed

    def _scans_again(self, scan: FolderScan, known: dict[bytes, KnownRow]) -> bool:
        """Whether files were moved here from other folders: these are scanned as well, so that the samples move."""
        within = self._folders if scan.within is None else scan.within
        if within is None or self._has_scanned_again:
            return False
        self._has_scanned_again = True
        if not (origins := moved_from(scan.files, known, within=within)):
            return False
        self._folders = {*within, *origins}
        self._scan = Future()
        Thread(target=self._scan_in_thread, name="scan", daemon=True).start()
        return True

    def take_notes(self) -> list[str]:
        """What a person should know before files are read, each sentence once."""
        notes, self._notes = self._notes, []
        return notes

    @property
    def _full(self) -> bool:
        """Whether the backlog at the encoder, or waiting for it, is full."""
        if self._workers.encoder.ready:
            return len(self._at_encoder) >= BACKLOG
        slices = sum(len(clip.slices) for clip in self._waiting if clip.slices is not None)
        batches = max(len(self._waiting) / BATCH, (len(self._waiting) + slices) / MAX_MELS)
        return batches >= BACKLOG_LOADING

    @property
    def _reading(self) -> bool:
        return self._total > 0 and self._workers.pool.pending > 0

    def _begin(self, scan: FolderScan, known: dict[bytes, KnownRow]) -> bool:
        self._stored = None
        unreachable = [*scan.absent, *(path for path, _ in scan.unreadable)]
        self.counts.absent_roots = list(scan.absent)
        empty = Subtrees([root for root, count in scan.file_counts.items() if not count])
        roots = {root for path in known if path in empty for root in scan.file_counts if path in Subtrees([root])}
        self.counts.empty_roots = sorted(root for root in roots if not scan.file_counts[root])
        unreachable += self.counts.empty_roots  # may be a mount point without its drive
        within = self._folders if scan.within is None else scan.within
        if within is None or set(within) >= set(self._roots):
            self.counts.skipped = dict(scan.skipped)
            skipped = json.dumps(self.counts.skipped, sort_keys=True)
            if skipped != self._store.meta("skipped"):
                self._store.set_meta({"skipped": skipped})
        rejects = self._store.rejects_known()
        plan = compare(
            scan.files,
            known,
            rejects,
            space=self._space,
            unreachable=[*unreachable, *scan.broken_links],
            within=within,
            retry=retryable_codes(),
            devices=scan.devices,
            empty_folders=scan.empty_folders,
            verify=self._verify,
            written=self._written,
            now_ns=time.time_ns() if self._patient else None,
        )
        self._plan = plan
        if self._folders is not None:
            self.to_scan_next = folders_of_other_names(plan.decode, known, within=self._folders)
        row_updates = RowUpdates(self._store, self.counts, known=known, plan=plan, roots=self._roots, space=self._space)
        self._row_updates = row_updates
        self.counts.scanned = len(scan.files)
        self.counts.unchanged = plan.unchanged
        self.counts.fresh = list(plan.fresh)
        self.counts.again = causes(plan, known, rejects, verify=self._verify, probed=row_updates.probed)
        self.counts.missing = len(plan.newly_absent)
        self.counts.unseen = find_unseen(scan, plan, empty_roots=self.counts.empty_roots)
        store_unseen(self._store, self.counts.unseen, within=within)
        if plan.newly_absent:
            self._store.mark_missing(plan.newly_absent, True)
            newly, in_empty_root = set(plan.newly_absent), Subtrees(self.counts.empty_roots)
            emptied = [row for path, row in plan.absent.items() if path in plan.emptied or path in in_empty_root]
            if gone := newly.intersection(emptied):
                self._store.mark_emptied(gone)
        if plan.back:
            self._store.mark_missing(plan.back, False)
        if plan.restat:
            self._store.restat(plan.restat)
        if plan.stale_rejects:
            self._store.clear_rejects(plan.stale_rejects)
        if row_updates.to_read and not self._cancelled:
            self._notes = [
                *_far_links(scan, [stat for stat in row_updates.to_read if stat.path not in known]),
                *sentences(self.counts.again),
                *self._narrow_vectors(),
            ]
            self._total = len(row_updates.to_read)
            self._known = {stat.path for stat in row_updates.to_read if stat.path in known}
            order = self._in_order(row_updates.to_read)
            self._workers.pool.put(order, heads=row_updates.heads(order))
            _ = self._workers.encoder  # loads the network while the first files are decoded
        return bool(plan.newly_absent or plan.back or plan.stale_rejects)

    def _narrow_vectors(self) -> Iterator[str]:
        """A sentence where samples are read again for what their vectors lack."""
        if narrow := self._store.narrow(self._space, width=self._workers.bundle.width):
            yield (
                f"{counted(narrow, 'sample')} from an earlier version: read once more, so that neighbours are found by "
                "their spectrum too; ids, annotations and the map stay"
            )

    def _in_order(self, decode: Sequence[FileStat]) -> list[FileStat]:
        """New files first, as many as are decoded while the encoder loads, then known ones, then the rest.

        A run that is killed early then gets further than the one before, whose rows only need encoding.
        """
        new = [stat for stat in decode if stat.path not in self._known]
        known = [stat for stat in decode if stat.path in self._known]
        first = BACKLOG_LOADING * BATCH
        return [*new[:first], *known, *new[first:]]

    def _take_clips(self) -> bool:
        row_updates = self._row_updates
        if self._full or row_updates is None:
            return False
        rejects: list[Reject] = []
        without_encoding: list[Clip] = []
        waiting = len(self._waiting)
        for outcome in self._workers.pool.take():
            self._handled += 1
            if isinstance(outcome, Reject):
                rejects.append(outcome)
            elif isinstance(outcome, UnsettledFile):
                self.counts.unsettled.append(outcome.stat.path)
            else:
                clip, encoded = row_updates.take(outcome)
                if clip is not None:
                    self._route(clip, without_encoding, encoded=encoded)
        changed = row_updates.move()
        if rejects:
            row_updates.reject(rejects)
            changed = True
        if more := row_updates.more():
            self._total += len(more)
            self._known.update(stat.path for stat in more)
            self._workers.pool.put(more)
        changed |= self._store_without_encoding(without_encoding)
        if not self._workers.encoder.ready:  # a loading process would block on its pipe
            return self._store_early(self._waiting[waiting:]) or changed
        idle = not self._workers.pool.pending or time.monotonic() - self._waiting_since > FLUSH_S
        while len(self._waiting) >= BATCH or (self._waiting and idle and not self._at_encoder):
            count = pooling.clips_per_batch(self._waiting, max_clips=BATCH, max_mels=MAX_MELS)
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            self._workers.encoder.submit(self._next_tag, *pooling.encoder_batch(batch))
            self._at_encoder[self._next_tag] = batch
            self._next_tag += 1
        return changed

    def _take_encodings(self) -> bool:
        """Store what is encoded; whether there was anything."""
        for tag, encoding in self._workers.encoder.poll():
            self._encoded += pooling.encoded_clips(self._at_encoder.pop(tag), encoding)
        clips, self._encoded = self._encoded, []
        if clips:
            entries = encoded_entries(clips, self._roots)
            self._store.put_clips(entries, space=self._space, layout=self._layout)
            self.counts.encoded += len(clips)
            self.counts.decoded += len(clips)
        return bool(clips)

    def _route(self, clip: Clip, without_encoding: list[Clip], *, encoded: bool = False) -> None:
        """Queue a clip for the encoder, or add it to those stored without a new encoding, or with the one it has."""
        if clip.encoding is not None and not encoded:
            self._encoded.append(clip)
            return
        if clip.mel is None or encoded:
            without_encoding.append(clip)
            return
        if not self._waiting:
            self._waiting_since = time.monotonic()
        self._waiting.append(clip)

    def _store_early(self, clips: Sequence[Clip]) -> bool:
        """Store new files that wait for the encoder, without vector and place; whether there were any."""
        early = [replace(clip, note=WAITING) for clip in clips if clip.stat.path not in self._known]
        self._store_clips(early)
        return bool(early)

    def _store_clips(self, clips: Sequence[Clip]) -> None:
        if clips:
            self._store.put_clips(
                [ClipEntry(clip, root_of(clip.stat.path, self._roots)) for clip in clips],
                space=self._space,
                layout=self._layout,
            )

    def _store_without_encoding(self, clips: list[Clip]) -> bool:
        """Store clips that are silent, or whose sound is encoded already; whether there were any."""
        if clips:
            self._store_clips(clips)
            silent = sum(clip.state is SampleState.SILENT for clip in clips)
            self.counts.silent += silent
            self.counts.decoded += silent
        return bool(clips)

    def _settle(self) -> bool:
        """Decide on the undecided clips, after all files have been read; whether any are to be stored."""
        if self._row_updates is None or self._cancelled or not (clips := self._row_updates.settle()):
            return False
        without_encoding: list[Clip] = []
        for clip in clips:
            self._route(clip, without_encoding)
        self._store_without_encoding(without_encoding)
        return True

    def _finish(self) -> bool:
        self._finished = True
        changed = self._row_updates is not None and not self._cancelled and self._row_updates.finish()
        changed |= self._store.widen(self._space, self._workers.bundle.width)
        self._store.pack()
        return changed


def _far_links(scan: FolderScan, to_read: Sequence[FileStat]) -> Iterator[str]:
    """A sentence for each link below which many files are to be read."""
    for link, count in scan.below_links.items():
        stem = link + b"/"
        new = sum(stat.path.startswith(stem) for stat in to_read) if count >= MANY_BELOW_LINK else 0
        if new >= MANY_BELOW_LINK:
            yield f"a link leads to {counted(new, 'new file')}, which are read now: {printable(link)}"
