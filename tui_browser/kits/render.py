"""Renders a beat offline: the mix and each part of it, in stereo, sample-exact, and never clipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tui_browser.kits.kit import Kit, KitError
from tui_browser.kits.names import distinct_identifiers
from tui_browser.kits.pattern import Pattern, PatternError
from tui_browser.kits.schedule import beat_frames, loop_schedule, schedule
from tui_browser.kits.slot_sound import slot_sound
from tui_browser.kits.tracks import Part, parts_of
from tui_browser.playback.beat.hits import Hit, add_hit, fade_frames, last_frame
from tui_browser.playback.limiter import peak_gains
from tui_browser.records import FloatArray

RATE = 44_100
LONGEST_S = 600.0
"""Longest beat."""


@dataclass(frozen=True, slots=True)
class BeatOptions:
    """How long a beat is, and its form."""

    bars: int | None = None
    """Bars of 16 steps; None is one round of the pattern."""
    rate: int = RATE
    loop: bool = False
    """Whether the tail sounds on at the beginning, for a file that is played over and over."""


class Beat:
    """A kit playing a pattern, with all its sounds read."""

    def __init__(
        self,
        kit: Kit,
        pattern: Pattern,
        options: BeatOptions | None = None,
        *,
        report: Callable[[int, int], None] = lambda *_: None,
    ) -> None:
        """Reads the sounds of the slots that play; `report` hears how many of how many.

        Raises KitError, PatternError and AudioError.
        """
        self.options = options or BeatOptions()
        self.parts, self.without = parts_of(kit, pattern)
        """The tracks that play, and the names of those that the kit has no slot for."""
        if not self.parts:
            hint = f"name slots of the kit like its tracks: {', '.join(self.without)}" if self.without else "unmute one"
            raise KitError(f"kit {kit.name} plays no track of the pattern {pattern.name}", hint=hint)
        rate = self.options.rate
        self.frames = beat_frames(pattern, bars=self.options.bars, rate=rate)
        """Length without the tail."""
        if self.frames > LONGEST_S * rate:
            longest = f"at most {LONGEST_S / 60:.0f} minutes"
            raise PatternError(
                f"the beat is {self.frames / rate / 60:.0f} minutes long", hint=f"{longest}: fewer --bars"
            )
        self._sounds: list[FloatArray] = []
        for part in self.parts:
            report(len(self._sounds), len(self.parts))
            self._sounds.append(slot_sound(part.slot, rate=rate))
        report(len(self.parts), len(self.parts))
        bars, self._fade, self._length = self.options.bars, fade_frames(rate), self.frames
        if self.options.loop:
            most = max(map(len, self._sounds))
            self.hits = loop_schedule(self.parts, pattern, bars=bars, rate=rate, longest=most)
        else:
            self.hits = schedule(self.parts, pattern, bars=bars, rate=rate)
            ends = (last_frame(hit, self._sounds[hit.part], fade=self._fade) for hit in self.hits)
            self._length = max(self.frames, *ends)

    def mix(self) -> tuple[FloatArray, FloatArray]:
        """(n, 2) all parts together, and (n,) the gains of the limiter, by which `stems` are multiplied as well."""
        mix = self._mixed(self.hits)
        peaks = np.abs(mix).max(axis=1)
        for row in range(len(self.parts)):
            _raise_to(peaks, self._stem(row))
        gains = peak_gains(peaks)
        return _limited(mix, gains), gains

    def stems(self, gains: FloatArray) -> Iterator[tuple[Part, FloatArray]]:
        """Each part alone, (n, 2); their sum is the mix."""
        for row, part in enumerate(self.parts):
            yield part, _limited(self._stem(row), gains)

    def _stem(self, row: int) -> FloatArray:
        """(n, 2) one part before the limiter."""
        return self._mixed(hit for hit in self.hits if hit.part == row)

    def _mixed(self, hits: Iterable[Hit]) -> FloatArray:
        """(n, 2) these sounds before the limiter."""
        out = np.zeros((self._length, 2), dtype=np.float32)
        for hit in hits:
            add_hit(out, hit, self._sounds[hit.part], at=0, fade=self._fade)
        return out


def _raise_to(peaks: FloatArray, samples: FloatArray) -> None:
    """Raise the peaks, (n,), to those of samples (n, 2) where these are higher."""
    for channel in range(2):
        np.maximum(peaks, np.abs(samples[:, channel]), out=peaks)


def _limited(samples: FloatArray, gains: FloatArray) -> FloatArray:
    """The samples, (n, 2), changed in place by the gains of the limiter."""
    samples *= gains[:, np.newaxis]
    return np.clip(samples, -1.0, 1.0, out=samples)


def part_names(parts: Sequence[Part]) -> list[str]:
    """A name for the file of each part: its number and its slot, in letters that every system takes."""
    names = distinct_identifiers(part.slot.role for part in parts)
    return [f"{number:02d}-{name}" for number, name in enumerate(names, start=1)]
