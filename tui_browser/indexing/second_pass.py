"""The second pass: the rest of the long files of which the first pass read the head.

It fills in slices, tempo, key, level, length and the hash of the whole sound, in the rows that are there already. The
newest files come first, and before them those that the caller prefers. What is left to do follows from the library, so
that a pass that was interrupted goes on at the next start.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import wait
from typing import Any

from tui_browser.errors import RejectCode
from tui_browser.indexing.clip_entries import encoded_entries
from tui_browser.indexing.compare import root_of
from tui_browser.indexing.decoder_pool import UnsettledFile
from tui_browser.indexing.engine import Engine
from tui_browser.model import pooling
from tui_browser.records import Clip, FileStat, Progress, Reject, SampleId
from tui_browser.store.records import ClipEntry
from tui_browser.store.store import Store

AHEAD = 32
"""Files at the decoders and waiting for them: few, so that preferred ones come soon."""
BATCH = 64
"""Clips encoded at once."""
MAX_MELS = 256
"""Limit of log-mels per batch, slices included."""
_BACKLOG = 2
"""Batches at the encoder before decoding pauses."""
_FLUSH_S = 1.0
"""A partial batch is sent after this time."""
_LEAVE_S = 0.3
"""Files that are being read when the pass is paused may take this long; then their decoders are ended."""
_RATE_WINDOW_S = 10.0


class SecondPass:
    """Reads the unfinished files of a library, step by step; nothing else may use `workers.pool` meanwhile.

    `writing` makes this process the library's writer for one transaction.
    """

    def __init__(
        self,
        store: Store,
        workers: Engine,
        *,
        space: str,
        layout: str,
        roots: Collection[bytes],
        writing: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self.finished = 0
        self.rejected = 0
        self._store = store
        self._workers = workers
        self._space, self._layout = space, layout
        self._roots = roots
        self._writing = writing
        unfinished = store.unfinished(space)
        self._ids = {each.stat.path: each.id for each in unfinished}
        self._queue = deque(each.stat for each in unfinished)
        self._known_onsets = {e.stat.path: e.known_onset_s for e in unfinished if e.known_onset_s is not None}
        self._waiting: list[Clip] = []
        self._heard: list[Clip] = []
        """Read clips that the model need not see."""
        self._flushed = time.monotonic()
        self._at_encoder: dict[tuple[str, int], list[Clip]] = {}
        self._batches = 0
        self._handled = 0
        self._marks: list[tuple[float, int]] = []

    @property
    def done(self) -> bool:
        return not (self._queue or self._waiting or self._heard or self._at_encoder or self._pending)

    @property
    def _pending(self) -> int:
        return self._workers.pool.pending if self._ids else 0

    def connections(self) -> list[Any]:
        """Connections to wait on before `step`."""
        if self.done:
            return []
        encoder = [self._workers.encoder.fileno()] if self._at_encoder else []
        return [*([] if self._full else self._workers.pool.connections()), *encoder]

    def progress(self) -> Progress:
        """How many of the long files have been read, with the rate over the last seconds."""
        now = time.monotonic()
        self._marks = [mark for mark in self._marks if now - mark[0] < _RATE_WINDOW_S] + [(now, self._handled)]
        since, then = self._marks[0]
        rate = (self._handled - then) / (now - since) if now - since > 0.2 else 0.0
        total = len(self._ids)
        left = (total - self._handled) / rate if rate > 0 else None
        return Progress("long", self._handled, total, rate, left, self.rejected)

    def prefer(self, samples: Collection[SampleId]) -> None:
        """Read these samples next, the first of them first."""
        rank = {sample: number for number, sample in enumerate(samples)}
        chosen = [stat for stat in self._queue if self._ids[stat.path] in rank]
        if chosen:
            chosen.sort(key=lambda stat: rank[self._ids[stat.path]])
            paths = {stat.path for stat in chosen}
            self._queue = deque([*chosen, *(stat for stat in self._queue if stat.path not in paths)])

    def step(self) -> bool:
        """Process what is ready; True when the library changed. Raises LibraryBusy."""
        changed = False
        if not self._full:
            changed = self._take_clips()
        changed |= self._take_encodings()
        if not self._full:
            self._feed()
        return changed

    def pause(self) -> None:
        """Give up what is under way and free the workers; a new pass goes on with the rest."""
        self._queue.clear()
        self._workers.pool.cancel()
        end = time.monotonic() + _LEAVE_S
        while self._pending and time.monotonic() < end:
            wait(self._workers.pool.connections(), timeout=0.05)
            self._workers.pool.take()
        if self._pending:
            self._workers.restart_pool()
        while self._at_encoder:
            wait([self._workers.encoder.fileno()], timeout=1.0)
            for tag, _ in self._workers.encoder.poll():
                self._at_encoder.pop(tag, None)
        self._waiting.clear()
        self._heard.clear()

    @property
    def _full(self) -> bool:
        return len(self._at_encoder) >= _BACKLOG

    def _feed(self) -> None:
        room = AHEAD - self._workers.pool.pending if self._queue else 0
        if room > 0:
            stats = [self._queue.popleft() for _ in range(min(room, len(self._queue)))]
            onsets = ((stat.path, self._known_onsets.get(stat.path)) for stat in stats)
            known = {path: onset_s for path, onset_s in onsets if onset_s is not None}
            self._workers.pool.put(stats, known_onsets=known)

    def _take_clips(self) -> bool:
        rejects: list[Reject] = []
        encoded: list[Clip] = []
        for outcome in self._workers.pool.take():
            self._handled += 1
            if isinstance(outcome, Reject):
                rejects.append(outcome)
            elif isinstance(outcome, UnsettledFile):
                continue  # the next comparison with the disk sees what became of it
            elif outcome.encoding is not None:
                encoded.append(outcome)
            elif outcome.mel is None:
                self._heard.append(outcome)
            else:
                self._waiting.append(outcome)
        if rejects:
            self._reject(rejects)
        now = time.monotonic()
        idle = not (self._workers.pool.pending or self._queue) or now - self._flushed > _FLUSH_S
        stored = bool(self._heard) and (idle or len(self._heard) >= BATCH)
        if stored:
            heard, self._heard = self._heard, []
            self._put([ClipEntry(clip, root_of(clip.stat.path, self._roots)) for clip in heard])
        if encoded:
            self._put(encoded_entries(encoded, self._roots))
        if idle:
            self._flushed = now
        while len(self._waiting) >= BATCH or (self._waiting and idle and not self._at_encoder):
            count = pooling.clips_per_batch(self._waiting, max_clips=BATCH, max_mels=MAX_MELS)
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            self._batches += 1
            tag = ("long", self._batches)
            self._workers.encoder.submit(tag, *pooling.encoder_batch(batch))
            self._at_encoder[tag] = batch
        return bool(rejects or encoded) or stored

    def _take_encodings(self) -> bool:
        if not self._at_encoder:
            return False
        changed = False
        for tag, encoding in self._workers.encoder.poll():
            if (batch := self._at_encoder.pop(tag, None)) is None:
                continue
            self._put(encoded_entries(pooling.encoded_clips(batch, encoding), self._roots))
            changed = True
        return changed

    def _put(self, entries: Sequence[ClipEntry]) -> None:
        with self._writing():
            self.finished += self._store.put_clips(entries, space=self._space, layout=self._layout, completing=True)

    def _reject(self, rejects: Sequence[Reject]) -> None:
        """Store rejects; one for its content removes its sample, if its file is still the one that was read."""
        with self._writing():
            samples = {_content_of(each.stat): each.id for each in self._store.unfinished()}
            valid = [each for each in rejects if _content_of(each.stat) in samples]
            self._store.put_rejects(valid)
            content = [each for each in valid if each.code is RejectCode.CONTENT]
            self._store.remove([samples[_content_of(each.stat)] for each in content])
        self.rejected += len(valid)


def _content_of(stat: FileStat) -> tuple[bytes, int, int]:
    """Path, size and time: the same as long as the file was not edited."""
    return stat.path, stat.size, stat.mtime_ns
