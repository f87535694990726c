"""The slices of one recording while a person adjusts them: which there are, where the cursor is, what is seen.

Each change gives a new state, so that undo only has to keep the old ones. Times are frames of the recording.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

LEAST_S = 0.005
"""Shortest slice that an adjustment leaves."""
_DEFAULT_S = 0.25
"""Longest slice that is added where none follows."""
_MOST_ZOOM_S = 0.05
"""The view never shows less."""


@dataclass(frozen=True, slots=True)
class EditedSlice:
    """The frames `start` to `end` (exclusive)."""

    start: int
    end: int
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class SliceEdit:
    """Slices in order, none overlapping."""

    rate: int
    frames: int
    parts: tuple[EditedSlice, ...] = ()
    cursor: int = 0
    """The frame that keys act on."""
    view: tuple[int, int] = (0, 0)
    """First frame that is seen, and the one after the last; (0, 0) for all."""

    @property
    def seen(self) -> tuple[int, int]:
        return self.view if self.view[1] else (0, max(1, self.frames))

    @property
    def selected(self) -> int | None:
        """The slice at the cursor."""
        at = bisect_right([part.start for part in self.parts], self.cursor) - 1
        return at if at >= 0 and self.cursor < self.parts[at].end else None

    @property
    def share(self) -> float:
        """Share of the recording that the slices fill."""
        return sum(part.end - part.start for part in self.parts) / max(1, self.frames)

    # --- the cursor and the view -------------------------------------------------------------------------------------

    def at(self, frame: int) -> SliceEdit:
        """The cursor at a frame, and the view moved so that it is seen."""
        frame = min(max(0, frame), max(0, self.frames - 1))
        first, last = self.seen
        if not first <= frame < last:
            size = last - first
            first = min(max(0, frame - size // 2), max(0, self.frames - size))
            return replace(self, cursor=frame, view=(first, first + size))
        return replace(self, cursor=frame)

    def beside(self, by: int) -> SliceEdit | None:
        """The cursor at the start of the next (1) or previous (-1) slice; None where there is none."""
        starts = [part.start for part in self.parts]
        if by > 0:
            following = [start for start in starts if start > self.cursor]
            return self.at(following[0]) if following else None
        before = [start for start in starts if start < self.cursor]
        return self.at(before[-1]) if before else None

    def zoomed(self, factor: float) -> SliceEdit:
        """The view larger (above 1) or smaller, around the cursor."""
        first, last = self.seen
        size = round(min(max((last - first) / factor, _MOST_ZOOM_S * self.rate), self.frames))
        if size >= self.frames:
            return replace(self, view=(0, 0))
        share = (self.cursor - first) / max(1, last - first)
        start = min(max(0, round(self.cursor - share * size)), self.frames - size)
        return replace(self, view=(start, start + size))

    def with_all_seen(self) -> SliceEdit:
        return replace(self, view=(0, 0))

    # --- changes -----------------------------------------------------------------------------------------------------

    def with_parts(self, parts: Sequence[EditedSlice]) -> SliceEdit:
        """Other slices, sorted; parts that overlap an earlier one begin at its end."""
        free, kept = 0, []
        for part in sorted(parts, key=lambda part: part.start):
            start, end = max(free, part.start), min(part.end, self.frames)
            if end > start:
                kept.append(replace(part, start=start, end=end))
                free = end
        return replace(self, parts=tuple(kept))

    def added(self) -> SliceEdit | None:
        """A slice that begins at the cursor: in a slice it takes the rest of it, else it goes on to the next one."""
        at, frame = self.selected, self.cursor
        if at is not None:
            old = self.parts[at]
            if min(frame - old.start, old.end - frame) < self._least:
                return None
            halves = (replace(old, end=frame), EditedSlice(frame, old.end, old.strength))
            return replace(self, parts=(*self.parts[:at], *halves, *self.parts[at + 1 :]))
        following = min((part.start for part in self.parts if part.start > frame), default=self.frames)
        end = min(following, frame + max(self._least, round(_DEFAULT_S * self.rate)))
        return self.with_parts((*self.parts, EditedSlice(frame, end))) if end - frame >= self._least else None

    def deleted(self) -> SliceEdit | None:
        """Without the slice at the cursor; None where there is none."""
        at = self.selected
        return None if at is None else replace(self, parts=self.parts[:at] + self.parts[at + 1 :])

    def start_moved(self, by: int) -> SliceEdit | None:
        """The slice at the cursor begins so many frames later, as far as there is room; the cursor goes with it."""
        at = self.selected
        if at is None:
            return None
        part = self.parts[at]
        free = self.parts[at - 1].end if at else 0
        start = min(max(free, part.start + by), part.end - self._least)
        changed = self._with(at, replace(part, start=max(free, start)))
        return changed.at(max(free, start)) if start != part.start else None

    def end_moved(self, by: int) -> SliceEdit | None:
        """The slice at the cursor ends so many frames later, as far as there is room."""
        at = self.selected
        if at is None:
            return None
        part = self.parts[at]
        limit = self.parts[at + 1].start if at + 1 < len(self.parts) else self.frames
        end = max(min(limit, part.end + by), part.start + self._least)
        changed = self._with(at, replace(part, end=min(limit, end)))
        return changed.at(min(self.cursor, changed.parts[at].end - 1)) if end != part.end else None

    def is_valid(self) -> bool:
        """Whether the slices are in order, apart and inside the recording."""
        inside = all(0 <= part.start < part.end <= self.frames for part in self.parts)
        return inside and all(before.end <= after.start for before, after in pairwise(self.parts))

    @property
    def _least(self) -> int:
        return max(1, round(LEAST_S * self.rate))

    def _with(self, at: int, part: EditedSlice) -> SliceEdit:
        return replace(self, parts=(*self.parts[:at], part, *self.parts[at + 1 :]))
