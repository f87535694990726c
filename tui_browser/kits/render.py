"""Renders a beat offline: the mix and each part of it, in stereo, sample-exact, and never clipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tui_browser.errors import AudioError
from tui_browser.kits.kit import Kit, KitError
from tui_browser.kits.names import distinct_identifiers
from tui_browser.kits.pattern import Pattern, PatternError
from tui_browser.kits.schedule import Hit, beat_frames, schedule
from tui_browser.kits.slot_sound import slot_sound
from tui_browser.kits.tracks import Part, parts_of
from tui_browser.playback.limiter import peak_gains
from tui_browser.records import FloatArray

RATE = 44_100
LONGEST_S = 600.0
"""Longest beat."""
_CUT_S = 0.003
"""Length of the fade with which a choked sound ends."""


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
        self.hits = schedule(self.parts, pattern, bars=self.options.bars, rate=rate)
        self._sounds: list[FloatArray] = []
        for part in self.parts:
            report(len(self._sounds), len(self.parts))
            self._sounds.append(_sound(part, rate=rate))
        report(len(self.parts), len(self.parts))
        ends = [min(hit.frame + len(self._sounds[hit.part]), _end(hit, rate)) for hit in self.hits]
        self._total = max([self.frames, *ends])

    def mix(self) -> tuple[FloatArray, FloatArray]:
        """(n, 2) all parts together, and (n,) the gains of the limiter, by which `stems` are multiplied as well."""
        mix = np.zeros((self._length, 2), dtype=np.float32)
        peaks = np.zeros(self._length, dtype=np.float32)
        for row in range(len(self.parts)):
            stem = self._stem(row)
            mix += stem
            _raise_to(peaks, stem)
            del stem  # hundreds of MB in a long beat
        _raise_to(peaks, mix)
        gains = peak_gains(peaks)
        return _limited(mix, gains), gains

    def stems(self, gains: FloatArray) -> Iterator[tuple[Part, FloatArray]]:
        """Each part alone, (n, 2); their sum is the mix."""
        for row, part in enumerate(self.parts):
            yield part, _limited(self._stem(row), gains)

    @property
    def _length(self) -> int:
        return self.frames if self.options.loop else self._total

    def _stem(self, row: int) -> FloatArray:
        """(n, 2) one part before the limiter."""
        stem = np.zeros((self._total, 2), dtype=np.float32)
        fade = round(_CUT_S * self.options.rate)
        for hit in self.hits:
            if hit.part == row:
                sound = _cut(self._sounds[row], None if hit.cut is None else hit.cut - hit.frame, fade)
                stem[hit.frame : hit.frame + len(sound)] += sound * np.float32(hit.velocity)
        return _wrapped(stem, self.frames) if self.options.loop else stem


def _raise_to(peaks: FloatArray, samples: FloatArray) -> None:
    """Raise the peaks, (n,), to those of samples (n, 2) where these are higher."""
    for channel in range(2):
        np.maximum(peaks, np.abs(samples[:, channel]), out=peaks)


def _limited(samples: FloatArray, gains: FloatArray) -> FloatArray:
    """The samples, (n, 2), changed in place by the gains of the limiter."""
    samples *= gains[:, np.newaxis]
    return np.clip(samples, -1.0, 1.0, out=samples)


def _sound(part: Part, *, rate: int) -> FloatArray:
    sound = slot_sound(part.slot, rate=rate)
    if not len(sound):
        raise AudioError("there is no sound at the onset of this slot", path=part.slot.path, hint="fill the slot again")
    return sound


def _end(hit: Hit, rate: int) -> int:
    return 1 << 62 if hit.cut is None else hit.cut + round(_CUT_S * rate)


def _cut(sound: FloatArray, at: int | None, fade: int) -> FloatArray:
    """The sound faded out over `fade` frames from frame `at` on."""
    if at is None or at >= len(sound):
        return sound
    short = sound[: at + fade].copy()
    short[at:] *= np.linspace(1.0, 0.0, fade, endpoint=False, dtype=np.float32)[: len(short) - at, np.newaxis]
    return short


def _wrapped(stem: FloatArray, frames: int) -> FloatArray:
    """The stem with what is beyond `frames` added at its beginning."""
    loop = stem[:frames].copy()
    for start in range(frames, len(stem), frames):
        part = stem[start : start + frames]
        loop[: len(part)] += part
    return loop


def part_names(parts: Sequence[Part]) -> list[str]:
    """A name for the file of each part: its number and its slot, in letters that every system takes."""
    names = distinct_identifiers(part.slot.role for part in parts)
    return [f"{number:02d}-{name}" for number, name in enumerate(names, start=1)]
