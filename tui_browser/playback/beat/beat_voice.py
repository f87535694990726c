"""The voice of a beat: plays a plan over and over, sample-exact, and takes another plan in at the next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tui_browser.playback.beat.hits import Hit, add_hit, begin_step, fade_frames, last_frame, step_frame
from tui_browser.records import FloatArray

_MOST_AHEAD = 4096
"""Frames that are mixed in one go at most, so that no request of the device takes long."""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One track of a beat with its sound in memory."""

    sound: FloatArray
    """(n, 2) at the rate of the device, as loud as it is at full velocity."""
    velocities: tuple[float, ...]
    choke: int = 0


@dataclass(frozen=True, slots=True)
class BeatPlan:
    """A beat with all its sounds in memory."""

    parts: tuple[PlannedPart, ...]
    step_s: float
    swing: float
    steps: int

    @property
    def round_s(self) -> float:
        return self.steps * self.step_s


class BeatVoice:
    """Mixes the parts of a plan for ever. One thread calls `read`, another one everything else."""

    rises = False

    def __init__(self, plan: BeatPlan, *, rate: int, at_s: float = 0.0, most_sounds: int | None = None) -> None:
        """Begins at `at_s` within a round; with `most_sounds` those that ring the longest end when there are more."""
        self.plan = plan
        """The plan that was given last; it is heard from the next step on."""
        self.rate = rate
        self._playing = plan
        self._base = -at_s * rate
        """Frame, of all that were read, at which step 0 began or would have."""
        self._step = max(0, int(at_s / plan.step_s) - 1)
        while self._next_frame() < 0:
            self._step += 1
        self._frame = 0
        self._most_sounds = most_sounds
        self._fade = fade_frames(rate)
        self._sounding: list[tuple[Hit, FloatArray]] = []
        self._leaving: list[Hit] = []
        """Those of `_sounding` whose sound was exchanged: they ring until their row sounds again."""
        self._mixed = np.zeros((0, 2), dtype=np.float32)
        self._place = (0, self._base, plan)
        self._start_s = at_s % plan.round_s

    def change(self, plan: BeatPlan) -> None:
        """Play another plan from the next step on; the place in the bar stays."""
        self.plan = plan

    def position_s(self, before_s: float = 0.0) -> float:
        """Where in its round the beat is, so long before the next frame to be read; before its beginning, there."""
        read, base, plan = self._place
        if read < before_s * self.rate:
            return self._start_s
        return ((read - base) / self.rate - before_s) % plan.round_s

    def feed(self) -> None:
        pass

    def read(self, frames: int) -> FloatArray:
        """The next frames, (frames, 2)."""
        pieces: list[FloatArray] = []
        missing = frames
        while missing > 0:
            if not len(self._mixed):
                self._mixed = self._mix_on()
            pieces.append(self._mixed[:missing])
            self._mixed = self._mixed[missing:]
            missing -= len(pieces[-1])
        self._place = (self._frame - len(self._mixed), self._base, self._playing)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces or [self._mixed[:0]])

    @property
    def ended(self) -> bool:
        return False

    def close(self) -> None:
        pass

    # --- mixing ------------------------------------------------------------------------------------------------------

    def _next_frame(self) -> int:
        plan = self._playing
        return step_frame(self._step, step_s=plan.step_s, swing=plan.swing, rate=self.rate, base=self._base)

    def _mix_on(self) -> FloatArray:
        """The frames up to the next step, or a part of them."""
        at = self._frame
        if self._next_frame() <= at:
            if self.plan is not self._playing:
                self._take_in(self.plan)
            if self._next_frame() <= at:  # another swing may begin this step later
                self._begin_step()
        end = min(self._next_frame(), at + _MOST_AHEAD)
        out = np.zeros((end - at, 2), dtype=np.float32)
        for hit, sound in self._sounding:
            add_hit(out, hit, sound, at=at, fade=self._fade)
        self._sounding = [each for each in self._sounding if last_frame(*each, fade=self._fade) > end]
        self._frame = end
        if self._most_sounds is not None:
            self._cut(hit for hit, _ in self._sounding[: -self._most_sounds])
        return out

    def _begin_step(self) -> None:
        hits = begin_step(
            self._playing.parts,
            self._step % self._playing.steps,
            frame=self._frame,
            sounding=(hit for hit, _ in self._sounding),
        )
        rows = {hit.part for hit in hits}
        self._cut(hit for hit in self._leaving if hit.part in rows)
        self._leaving = [hit for hit in self._leaving if hit.part not in rows]
        self._sounding += [(hit, self._playing.parts[hit.part].sound) for hit in hits]
        self._step += 1

    def _take_in(self, plan: BeatPlan) -> None:
        """Play this plan from here on. What is left of a part that was taken out, or silenced, fades out."""
        old, self._playing = self._playing, plan
        if plan.step_s != old.step_s:
            self._base += self._step * (old.step_s - plan.step_s) * self.rate
        kept = {id(part.sound) for part in plan.parts}
        left = [hit for hit, sound in self._sounding if id(sound) not in kept]
        if len(plan.parts) < len(old.parts):
            self._cut(left)
            self._leaving = []
        else:
            self._leaving = left

    def _cut(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            if hit.cut is None:
                hit.cut = self._frame
