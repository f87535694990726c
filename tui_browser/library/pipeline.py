"""One run of the index: scan -> plan -> decode -> encode -> rows, in steps that a caller drives.

    scan (thread) -> decoder pool (processes) -> encoder (process) -> store (here, one transaction a batch)

The three overlap: while the store writes one batch, the network hears the next and the decoders read the one after.
Until the network is loaded, new files become rows as they are decoded, without vector, class and place: what was read
before a kill is in the list, and the next run hears it.
Whoever drives it (the command line, the service) waits on `connections()` and calls `step()`; nothing here blocks
for longer than one transaction. A kill at any moment loses at most the batches in flight.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import replace
from threading import Thread
from typing import Any

from tui_browser.encode import mixing
from tui_browser.folder.scan import Scan, scan
from tui_browser.library.compare import Below, Plan, compare, root_of
from tui_browser.library.decoders import Unsettled, codes_worth_trying
from tui_browser.library.recognition import Recognition
from tui_browser.library.tally import Tally
from tui_browser.library.unseen import note_unseen, unseen_of
from tui_browser.library.workers import Workers
from tui_browser.records import Clip, FileStat, Phase, Progress, Reject
from tui_browser.store.store import Store
from tui_browser.store.values import Known

BATCH = 64
"""Clips that the network hears at once."""
PICTURES = 256
"""A batch is smaller where its clips have so many hits together."""
FLUSH_S = 0.3
"""A smaller batch goes after so long, so that first dots come early."""
BACKLOG = 4
"""Batches at the network before decoding pauses: memory stays bounded whatever is slower ..."""
BACKLOG_LOADING = 16
"""... and so many while it is still being loaded, so that no core waits for that."""
RATE_WINDOW_S = 5.0
WAITING = "waiting for the model"
"""What is noted of a sample that is stored before the network has heard it."""


class IndexRun:
    """One comparison of the library with the disk, carried out step by step.

    `folders` limits it to these subtrees (hints of the watch). The caller holds the store's writer lock.
    """

    def __init__(
        self,
        store: Store,
        workers: Workers,
        *,
        space: str,
        layout: str,
        roots: Sequence[bytes],
        folders: Collection[bytes] | None = None,
    ) -> None:
        self.tally = Tally()
        self._store = store
        self._workers = workers
        self._space = space
        self._layout = layout
        self._roots = tuple(roots)
        self._folders = folders
        self._scan: Future[Scan] = Future()
        self._plan: Plan | None = None
        self._stored: dict[bytes, Known] | None = None
        self._recognition: Recognition | None = None
        self._known: set[bytes] = set()
        self._waiting: list[Clip] = []
        self._waiting_since = 0.0
        self._at_encoder: dict[int, list[Clip]] = {}
        self._next_tag = 0
        self._total = 0
        self._handled = 0
        self._cancelled = False
        self._finished = False
        self._started = time.monotonic()
        self._marks: list[tuple[float, int]] = []
        Thread(target=self._scan_in_thread, name="scan", daemon=True).start()

    def _scan_in_thread(self) -> None:
        try:
            self._scan.set_result(scan(self._roots, folders=self._folders))
        except Exception as error:  # noqa: BLE001 - handed to the driver, which raises it where it can be told
            self._scan.set_exception(error)

    @property
    def done(self) -> bool:
        return self._finished

    @property
    def scanning(self) -> bool:
        return self._plan is None

    def connections(self) -> list[Any]:
        """What `step` waits for; empty while the scan runs (look again after a short while)."""
        if not self._total:
            return []
        connections: list[Any] = [] if self._full else list(self._workers.pool.connections())
        if self._at_encoder or (self._waiting and not self._workers.encoder.ready):
            connections.append(self._workers.encoder.fileno())
        return connections

    def progress(self) -> Progress:
        """How far the run is, with the rate of the last seconds."""
        now = time.monotonic()
        phase: Phase = "scan" if self._plan is None else "encode"
        self._marks = [mark for mark in self._marks if now - mark[0] < RATE_WINDOW_S] + [(now, self._handled)]
        since, then = self._marks[0]
        rate = (self._handled - then) / (now - since) if now - since > 0.2 else 0.0
        left = (self._total - self._handled) / rate if rate > 0 else None
        return Progress(phase, self._handled, self._total, rate, left, self.tally.rejected)

    def cancel(self) -> None:
        """Stop after what is in flight; what was not read yet is read by the next run."""
        self._cancelled = True
        if self._total:
            self._workers.pool.cancel()

    def step(self) -> bool:
        """Handle whatever is ready; true when the library has a new revision."""
        if self._plan is None:
            if self._stored is None:  # read while the disk is looked at
                self._stored = self._store.known(self._space)
            if not self._scan.done():
                return False
            return self._begin(self._scan.result(), self._stored)
        changed = False
        if self._total:
            changed = self._take_clips()
            changed |= self._take_encodings()
        if not self._reading and not self._at_encoder and not self._waiting and not self._finished:
            changed |= self._settle() or self._finish()
        return changed

    @property
    def _full(self) -> bool:
        """Whether so much is at the network, or waits for it, that nothing more is taken from the decoders."""
        if self._workers.encoder.ready:
            return len(self._at_encoder) >= BACKLOG
        hits = sum(len(clip.slices) for clip in self._waiting if clip.slices is not None)
        waiting = max(len(self._waiting) / BATCH, (len(self._waiting) + hits) / PICTURES)
        return waiting >= BACKLOG_LOADING

    @property
    def _reading(self) -> bool:
        return self._total > 0 and self._workers.pool.pending > 0

    def _begin(self, found: Scan, known: dict[bytes, Known]) -> bool:
        self._stored = None
        blind = [*found.absent, *(path for path, _ in found.unreadable)]
        self.tally.absent_roots = list(found.absent)
        hollow = Below([root for root, count in found.found.items() if not count])
        held = {root for path in known if path in hollow for root in found.found if path in Below([root])}
        self.tally.empty_roots = sorted(root for root in held if not found.found[root])
        blind += self.tally.empty_roots  # an empty mount point looks like an empty folder: forget nothing
        if self._folders is None or set(self._folders) >= set(self._roots):
            self.tally.skipped = dict(found.skipped)
            skipped = json.dumps(self.tally.skipped, sort_keys=True)
            if skipped != self._store.meta("skipped"):
                self._store.set_meta({"skipped": skipped})
        plan = compare(
            found.files,
            known,
            self._store.rejects_known(),
            space=self._space,
            blind=[*blind, *found.broken_links],
            within=self._folders,
            retry=codes_worth_trying(),
            devices=found.devices,
            bare=found.bare,
        )
        self._plan = plan
        recognition = Recognition(self._store, self.tally, known=known, plan=plan, roots=self._roots, space=self._space)
        self._recognition = recognition
        self.tally.scanned = len(found.files)
        self.tally.unchanged = plan.unchanged
        self.tally.missing = len(plan.newly_absent)
        self.tally.unseen = unseen_of(found, plan, empty_roots=self.tally.empty_roots)
        note_unseen(self._store, self.tally.unseen, within=self._folders)
        if plan.newly_absent:
            self._store.mark_missing(plan.newly_absent, True)
        if plan.back:
            self._store.mark_missing(plan.back, False)
        if plan.restat:
            self._store.restat(plan.restat)
        if plan.stale_rejects:
            self._store.clear_rejects(plan.stale_rejects)
        if recognition.to_read and not self._cancelled:
            self._total = len(recognition.to_read)
            self._known = {stat.path for stat in recognition.to_read if stat.path in known}
            self._workers.pool.put(self._in_order(recognition.to_read))
            _ = self._workers.encoder  # loads the network while the first files are read
        return bool(plan.newly_absent or plan.back or plan.stale_rejects)

    def _in_order(self, decode: Sequence[FileStat]) -> list[FileStat]:
        """New files first, as many as are read while the network is loaded: a run that is killed early gets further
        than the one before it, which may have left rows that only want hearing."""
        new = [stat for stat in decode if stat.path not in self._known]
        known = [stat for stat in decode if stat.path in self._known]
        first = BACKLOG_LOADING * BATCH
        return [*new[:first], *known, *new[first:]]

    def _take_clips(self) -> bool:
        recognition = self._recognition
        if self._full or recognition is None:
            return False
        rejects: list[Reject] = []
        soundless: list[Clip] = []
        waiting = len(self._waiting)
        for outcome in self._workers.pool.take():
            self._handled += 1
            if isinstance(outcome, Reject):
                rejects.append(outcome)
            elif isinstance(outcome, Unsettled):
                self.tally.unsettled.append(outcome.stat.path)
            else:
                clip, heard = recognition.take(outcome)
                if clip is not None:
                    self._hand_on(clip, soundless, heard=heard)
        changed = recognition.move()
        if rejects:
            recognition.refuse(rejects)
            changed = True
        if more := recognition.more():
            self._total += len(more)
            self._known.update(stat.path for stat in more)
            self._workers.pool.put(more)
        changed |= self._put_soundless(soundless)
        if not self._workers.encoder.ready:  # whose process, while it loads, would read little of what is handed over
            return self._put_early(self._waiting[waiting:]) or changed
        idle = not self._workers.pool.pending or time.monotonic() - self._waiting_since > FLUSH_S
        while len(self._waiting) >= BATCH or (self._waiting and idle and not self._at_encoder):
            count = mixing.fitting(self._waiting, most=BATCH, pictures=PICTURES)
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            self._workers.encoder.submit(self._next_tag, *mixing.pictures(batch))
            self._at_encoder[self._next_tag] = batch
            self._next_tag += 1
        return changed

    def _take_encodings(self) -> bool:
        changed = False
        for tag, encoding in self._workers.encoder.poll():
            batch = mixing.told(self._at_encoder.pop(tag), encoding)
            self._store.put_clips(
                [
                    (
                        clip,
                        root_of(clip.stat.path, self._roots),
                        encoding.embedding[i],
                        encoding.z[i],
                        None if encoding.probabilities is None else encoding.probabilities[i],
                        None if encoding.xy is None else (float(encoding.xy[i, 0]), float(encoding.xy[i, 1])),
                    )
                    for i, clip in enumerate(batch)
                ],
                space=self._space,
                layout=self._layout,
            )
            self.tally.encoded += len(batch)
            self.tally.decoded += len(batch)
            changed = True
        return changed

    def _hand_on(self, clip: Clip, soundless: list[Clip], *, heard: bool = False) -> None:
        """Put a clip where it goes next: to the store, or first to the network."""
        if clip.mel is None or heard:
            soundless.append(clip)
            return
        if not self._waiting:
            self._waiting_since = time.monotonic()
        self._waiting.append(clip)

    def _put_early(self, clips: Sequence[Clip]) -> bool:
        """Store new files that wait for the network, without vector and place."""
        early = [replace(clip, note=WAITING) for clip in clips if clip.stat.path not in self._known]
        self._put_unheard(early)
        return bool(early)

    def _put_unheard(self, clips: Sequence[Clip]) -> None:
        if clips:
            self._store.put_clips(
                [(clip, root_of(clip.stat.path, self._roots), None, None, None, None) for clip in clips],
                space=self._space,
                layout=self._layout,
            )

    def _put_soundless(self, clips: list[Clip]) -> bool:
        """Store what the network need not hear: silence, and sounds that it has heard before."""
        if clips:
            self._put_unheard(clips)
            silent = sum(clip.mel is None for clip in clips)
            self.tally.silent += silent
            self.tally.decoded += silent
        return bool(clips)

    def _settle(self) -> bool:
        """Once all files have been read it can be said which samples the last of them are; true while there are."""
        if self._recognition is None or self._cancelled or not (clips := self._recognition.settle()):
            return False
        soundless: list[Clip] = []
        for clip in clips:
            self._hand_on(clip, soundless)
        self._put_soundless(soundless)
        return True

    def _finish(self) -> bool:
        self._finished = True
        gone = self._recognition is not None and not self._cancelled and self._recognition.finish()
        self._store.pack()
        return gone
