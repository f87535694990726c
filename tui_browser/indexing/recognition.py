"""From what was read to which samples that is: rows are moved, kept, refused and removed here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence

from tui_browser.errors import RejectCode
from tui_browser.indexing.compare import IndexPlan, root_of
from tui_browser.indexing.identity import IdentityResolver, Verdict
from tui_browser.indexing.probing import InodeProbes
from tui_browser.indexing.run_counts import RunCounts
from tui_browser.records import Clip, FileStat, Reject
from tui_browser.store.records import KnownRow
from tui_browser.store.store import Store

LOOK_AGAIN = -1
"""The time of a known file that is to be heard once more, whatever its sound."""
RENUMBERED = "renumbered"
"""Note of the roots whose drives number files anew."""


class RowUpdates:
    """The samples of one run. It counts in `tally`, and its caller holds the store's writer lock."""

    def __init__(
        self,
        store: Store,
        tally: RunCounts,
        *,
        known: Mapping[bytes, KnownRow],
        plan: IndexPlan,
        roots: Sequence[bytes],
        space: str,
    ) -> None:
        self._store = store
        self._tally = tally
        self._roots = roots
        self._space = space
        self._identities = IdentityResolver(known, plan)
        renumbered = map(os.fsencode, json.loads(store.meta(RENUMBERED, "[]")))
        self._probes = InodeProbes(plan.doubtful, roots, renumbered=list(renumbered))
        self._open: list[Clip] = []
        """Which samples they are depends on files that are read later."""
        self._heirs: list[tuple[KnownRow, Clip]] = []
        self._more: list[FileStat] = []
        self.to_read = [*plan.decode, *self._probes.first]
        """What has to be read at first."""

    def more(self) -> list[FileStat]:
        """What has to be read as well, after what was found."""
        more, self._more = self._more, []
        return more

    def take(self, clip: Clip) -> tuple[Clip | None, bool]:
        """The clip where it has to be stored now, and whether the network has heard its sound."""
        verdict, row = self._identities.judge(clip)
        if verdict is not Verdict.SAME:
            self._more += self._probes.differs(clip.stat.path)
        if verdict is Verdict.OPEN:
            self._open.append(clip)
            return None, False
        if row is None:
            return clip, False
        heard = row.encoded_space == self._space and row.mtime_ns != LOOK_AGAIN
        if verdict is Verdict.SAME:
            self._tally.checked += heard
            return clip, heard
        self._heirs.append((row, clip))
        return (None, False) if heard else (clip, False)

    def move(self) -> bool:
        """Give the samples whose files were found elsewhere their new paths; true when there were any.

        To be called before any clip is stored that was taken since the last time.
        """
        heirs, self._heirs = self._heirs, []
        return self._move(heirs)

    def refuse(self, rejects: Sequence[Reject]) -> None:
        """Note files that cannot be taken; only one whose own fault that is takes its sample with it."""
        self._store.put_rejects(rejects)
        self._tally.rejected += len(rejects)
        for reject in rejects:
            if reject.code is not RejectCode.CONTENT:
                self._tally.to_try_again.append(reject.stat.path)
            elif self._identities.refused(reject.stat.path):
                self._more += self._probes.differs(reject.stat.path)

    def settle(self) -> list[Clip]:
        """Clips that are to be stored now that all files have been read; those that are moved samples are done."""
        clips, self._open = self._open, []
        settled = self._identities.settle(clips)
        self._move(settled.moves)
        unheard = [clip for row, clip in settled.moves if row.encoded_space != self._space]
        return [*unheard, *settled.own]

    def finish(self) -> bool:
        """Remove what is gone, and trust what was not probed; true when that changed the library."""
        if gone := self._identities.left():
            self._store.remove(gone)
            self._tally.removed += len(gone)
        rows = ((self._identities.row(stat.path), stat) for stat in self._probes.trusted())
        if stats := [(row.id, stat) for row, stat in rows if row is not None]:
            self._store.restat(stats)
        renumbered = json.dumps(list(map(os.fsdecode, self._probes.renumbered())))
        if renumbered != self._store.meta(RENUMBERED, "[]"):
            self._store.set_meta({RENUMBERED: renumbered})
        return bool(gone)

    def _move(self, moves: Sequence[tuple[KnownRow, Clip]]) -> bool:
        if moves:
            self._store.move_many([(row.id, clip.stat, root_of(clip.stat.path, self._roots)) for row, clip in moves])
            self._tally.moved += len(moves)
        return bool(moves)
