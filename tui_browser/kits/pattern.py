"""A pattern: how loud each track sounds on each step, with tempo and swing; and its text form, a line for a track.

    bpm 92
    swing 58
    kick        X... .... ..x. ....
    snare       .... X..o .o.. X...

`X`, `x` and `o` are strong, usual and soft; `1` to `9` are tenths of full velocity; `.` and `-` are rests.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tui_browser.errors import BrowserError
from tui_browser.playback.beat.swing import step_position

STEPS_A_BEAT, STEPS_A_BAR = 4, 16
FEWEST_STEPS, MOST_STEPS = 16, 64
FEWEST_TRACKS, MOST_TRACKS = 4, 16
TEMPOS = (20.0, 400.0)
SWINGS = (50.0, 75.0)
"""Where the second of two steps lies within their time, in percent: 50 is straight, 66.7 is a triplet."""
LONGEST_NAME = 60
_LETTERS = {"X": 1.0, "x": 0.8, "o": 0.4, ".": 0.0, "-": 0.0, **{str(tenth): tenth / 10 for tenth in range(1, 10)}}
_FORMAT = 1


class PatternError(BrowserError):
    """A pattern that does not exist, breaks a rule, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Track:
    """One line of a pattern."""

    name: str
    """The slot of the kit that it plays: a class, or what a person called the slot."""
    velocities: tuple[float, ...]
    """One for each step, 0 to 1; 0 is a rest."""
    muted: bool = False
    solo: bool = False

    def __post_init__(self) -> None:
        _check(0 < len(self.name) <= LONGEST_NAME, f"a track needs a name of 1 to {LONGEST_NAME} characters")
        _check(all(0.0 <= velocity <= 1.0 for velocity in self.velocities), "a velocity lies within 0 to 1")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Tracks of equal length, played over and over."""

    name: str
    tracks: tuple[Track, ...]
    bpm: float = 120.0
    swing: float = 50.0
    """Within `SWINGS`."""

    def __post_init__(self) -> None:
        count = len(self.tracks)
        _check(0 < len(self.name) <= LONGEST_NAME, f"a pattern needs a name of 1 to {LONGEST_NAME} characters")
        _check(
            FEWEST_TRACKS <= count <= MOST_TRACKS,
            f"a pattern has {FEWEST_TRACKS} to {MOST_TRACKS} tracks, not {count}",
        )
        _check(len({track.name for track in self.tracks}) == count, "no two tracks of a pattern have the same name")
        lengths = {len(track.velocities) for track in self.tracks}
        _check(len(lengths) == 1, "all tracks of a pattern have the same number of steps")
        _check(
            FEWEST_STEPS <= min(lengths) <= MOST_STEPS,
            f"a pattern has {FEWEST_STEPS} to {MOST_STEPS} steps, not {min(lengths)}",
        )
        _check(TEMPOS[0] <= self.bpm <= TEMPOS[1], f"a tempo lies within {TEMPOS[0]:g} to {TEMPOS[1]:g} bpm")
        _check(SWINGS[0] <= self.swing <= SWINGS[1], f"swing lies within {SWINGS[0]:g} to {SWINGS[1]:g} percent")

    @property
    def steps(self) -> int:
        return len(self.tracks[0].velocities)

    @property
    def bars(self) -> int:
        """Bars that hold all steps; the last one may not be full."""
        return math.ceil(self.steps / STEPS_A_BAR)

    @property
    def step_s(self) -> float:
        """Seconds of a straight step, a sixteenth note: 0.125 at 120 bpm."""
        return 60.0 / self.bpm / STEPS_A_BEAT

    @property
    def audible(self) -> tuple[Track, ...]:
        """The tracks that sound: those with solo, or if there are none, all that are not muted."""
        alone = tuple(track for track in self.tracks if track.solo)
        return alone or tuple(track for track in self.tracks if not track.muted)

    def position(self, step: int) -> float:
        """Where a step begins, in straight steps from the start; any step from 0 on, also of later rounds."""
        return step_position(step, self.swing)

    def played(self, *, bpm: float | None = None, swing: float | None = None) -> Pattern:
        """The pattern at another tempo or swing; raises PatternError."""
        return replace(self, bpm=self.bpm if bpm is None else bpm, swing=self.swing if swing is None else swing)

    def mixed(self, *, mute: Collection[str] = (), solo: Collection[str] = ()) -> Pattern:
        """The pattern with these tracks muted or solo as well; raises PatternError for one that it lacks."""
        names = [track.name for track in self.tracks]
        for name in (*mute, *solo):
            if name not in names:
                raise PatternError(f"the pattern {self.name} has no track {name}", hint=f"it has {', '.join(names)}")
        tracks = (
            replace(track, muted=track.muted or track.name in mute, solo=track.solo or track.name in solo)
            for track in self.tracks
        )
        return replace(self, tracks=tuple(tracks))


def pattern_record(pattern: Pattern) -> dict[str, Any]:
    """The pattern as JSON values."""
    return {
        "format": _FORMAT,
        "name": pattern.name,
        "bpm": pattern.bpm,
        "swing": pattern.swing,
        "tracks": [
            {"name": track.name, "velocities": list(track.velocities), "muted": track.muted, "solo": track.solo}
            for track in pattern.tracks
        ],
    }


def pattern_from_record(record: object) -> Pattern:
    """The pattern that `pattern_record` wrote; raises PatternError where it is damaged or of a newer version."""
    try:
        if not isinstance(record, Mapping):
            raise TypeError
        if record["format"] != _FORMAT:
            raise PatternError("this pattern was written by a newer version", hint="update tui-browser")
        tracks = tuple(
            Track(
                _text(track["name"]),
                tuple(float(velocity) for velocity in track["velocities"]),
                muted=bool(track["muted"]),
                solo=bool(track["solo"]),
            )
            for track in record["tracks"]
        )
        return Pattern(_text(record["name"]), tracks, bpm=float(record["bpm"]), swing=float(record["swing"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise PatternError("this pattern is damaged", hint="make it again") from error


def pattern_text(pattern: Pattern) -> str:
    """The pattern in its text form, without mute and solo.

    Velocities are rounded to tenths, and spaces in names become `_`.
    """
    letter = {round(value * 10): sign for sign, value in reversed(_LETTERS.items())}
    names = ["_".join(track.name.split()) for track in pattern.tracks]
    width = max(map(len, names))
    lines = [f"bpm {pattern.bpm:g}", f"swing {pattern.swing:g}"]
    for name, track in zip(names, pattern.tracks, strict=True):
        soft = ((velocity, max(1, round(velocity * 10))) for velocity in track.velocities)
        signs = "".join("." if velocity == 0 else letter[tenths] for velocity, tenths in soft)
        groups = " ".join(signs[at : at + STEPS_A_BEAT] for at in range(0, len(signs), STEPS_A_BEAT))
        lines.append(f"{name.ljust(width)}  {groups}")
    return "\n".join(lines) + "\n"


def pattern_from_text(text: str, *, name: str) -> Pattern:
    """The pattern of a text; `#` begins a comment. Raises PatternError with the number of the line."""
    numbers: dict[str, float] = {}
    tracks = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].split()
        if not words:
            continue
        head, signs = words[0], "".join(words[1:])
        if head in ("bpm", "swing"):
            numbers[head] = _number(signs, number)
            continue
        strange = next((sign for sign in signs if sign not in _LETTERS), None)
        if strange is not None:
            raise PatternError(f"line {number} has a step {strange!r}", hint="steps are X, x, o, 1 to 9, and . or -")
        tracks.append(Track(head, tuple(_LETTERS[sign] for sign in signs)))
    return Pattern(name, tuple(tracks), bpm=numbers.get("bpm", 120.0), swing=numbers.get("swing", 50.0))


def _number(text: str, line: int) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise PatternError(f"line {line} lacks a number", hint="write it as bpm 120") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _check(holds: bool, rule: str) -> None:
    if not holds:
        raise PatternError(rule)
