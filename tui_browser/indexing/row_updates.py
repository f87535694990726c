"""Apply the identity of decoded files to the store: move, reject and remove samples."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence

from tui_browser.errors import RejectCode
from tui_browser.indexing.compare import IndexPlan, root_of
from tui_browser.indexing.identity import IdentityResolver, Verdict
from tui_browser.indexing.probing import InodeProbes
from tui_browser.indexing.run_counts import RunCounts
from tui_browser.records import Clip, FileStat, Reject, is_provisional
from tui_browser.store.records import KnownRow
from tui_browser.store.store import Store

ENCODE_AGAIN = -1
"""`mtime_ns` of a known sample that is to be encoded again although its sound is the same (set by migrations)."""
RENUMBERED = "renumbered"
"""Key of the note that lists the roots whose drives renumber their files."""


class RowUpdates:
    """Updates the samples of one run and counts in `counts`; the caller holds the store's writer lock."""

    def __init__(
        self,
        store: Store,
        counts: RunCounts,
        *,
        known: Mapping[bytes, KnownRow],
        plan: IndexPlan,
        roots: Sequence[bytes],
        space: str,
    ) -> None:
        self._store = store
        self._counts = counts
        self._roots = roots
        self._space = space
        self._identities = IdentityResolver(known, plan, lost=store.orphaned() if plan.vanished else ())
        self._alike = {stat.path for stat in (*plan.doubtful, *plan.renumbered)}
        """Files that look as before."""
        renumbered = map(os.fsencode, json.loads(store.meta(RENUMBERED, "[]")))
        self._probes = InodeProbes(plan.renumbered, roots, renumbered=list(renumbered))
        self._undecided: list[Clip] = []
        """Clips whose sample depends on files that are still to be read."""
        self._moved: list[tuple[KnownRow, Clip]] = []
        self._more: list[FileStat] = []
        self.to_read = [*plan.decode, *plan.doubtful, *self._probes.first]
        """Files to decode at first."""
        self.probed = self._probes.first

    def heads(self, stats: Sequence[FileStat]) -> set[bytes]:
        """Paths of files of which the head is enough for now: no sample whose whole sound is known can be there."""
        return {stat.path for stat in stats if self._head_is_enough(stat)}

    def _head_is_enough(self, stat: FileStat) -> bool:
        row = self._identities.row(stat.path)
        if row is not None and not is_provisional(row.content_hash):
            return False
        same = row is not None and (row.size, row.mtime_ns) == (stat.size, stat.mtime_ns)
        return same or not self._identities.may_be_known(stat)

    def more(self) -> list[FileStat]:
        """Further files to decode, since the last call."""
        more, self._more = self._more, []
        return more

    def take(self, clip: Clip) -> tuple[Clip | None, bool]:
        """The clip if it is to be stored now, else None; and whether its sound is encoded already."""
        verdict, row = self._identities.judge(clip)
        if verdict is not Verdict.UNCHANGED:
            self._more += self._probes.differs(clip.stat.path)
            if clip.stat.path in self._alike:
                self._counts.differing.append(clip.stat.path)
        if verdict is Verdict.UNDECIDED:
            self._undecided.append(clip)
            return None, False
        if row is None:
            return clip, False
        encoded = (
            row.encoded_space == self._space and row.mtime_ns != ENCODE_AGAIN and not is_provisional(row.content_hash)
        )
        if verdict is Verdict.UNCHANGED:
            self._counts.checked += encoded
            return clip, encoded
        self._moved.append((row, clip))
        return (None, False) if encoded else (clip, False)

    def move(self) -> bool:
        """Move the samples that were found at new paths; whether there were any.

        Call it before storing clips taken since the last call.
        """
        moved, self._moved = self._moved, []
        return self._move(moved)

    def reject(self, rejects: Sequence[Reject]) -> None:
        """Store rejects; only a reject for its content removes the sample at its path."""
        self._store.put_rejects(rejects)
        self._counts.rejected += len(rejects)
        for reject in rejects:
            if reject.code is not RejectCode.CONTENT:
                self._counts.to_try_again.append(reject.stat.path)
            elif self._identities.reject(reject.stat.path):
                self._more += self._probes.differs(reject.stat.path)

    def settle(self) -> list[Clip]:
        """Decide on the undecided clips, after all files have been read: moves samples, returns clips to store."""
        clips, self._undecided = self._undecided, []
        resolved = self._identities.resolve(clips)
        self._move(resolved.moves)
        unheard = [clip for row, clip in resolved.moves if row.encoded_space != self._space]
        return [*unheard, *resolved.stored_in_place]

    def finish(self) -> bool:
        """Remove samples whose sound was not found again, and accept files that were not probed; whether any went."""
        if removed := self._identities.removed_ids():
            self._store.remove(removed)
            self._counts.removed += len(removed)
        rows = ((self._identities.row(stat.path), stat) for stat in self._probes.trusted())
        if stats := [(row.id, stat) for row, stat in rows if row is not None]:
            self._store.restat(stats)
        renumbered = json.dumps(list(map(os.fsdecode, self._probes.renumbered())))
        if renumbered != self._store.meta(RENUMBERED, "[]"):
            self._store.set_meta({RENUMBERED: renumbered})
        return bool(removed)

    def _move(self, moves: Sequence[tuple[KnownRow, Clip]]) -> bool:
        if moves:
            self._store.move_many([(row.id, clip.stat, root_of(clip.stat.path, self._roots)) for row, clip in moves])
            self._counts.moved += len(moves)
        return bool(moves)
