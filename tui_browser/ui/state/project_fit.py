"""How a sample is brought to the project's tempo and key; one-shots stay as they are."""

from __future__ import annotations

import math

from tui_browser.config.project import Project
from tui_browser.playback.messages import AS_IT_IS, TimeStretch
from tui_browser.records import FEATURES, KEYS, LOOP, ONE_SHOT, Snapshot

LONG_ENOUGH_S = 2.0
"""A sound without a tempo that is shorter counts as a one-shot, even where it has a key."""
_BPM, _KEY, _DURATION = (FEATURES.index(name) for name in ("bpm", "key", "duration_s"))


def stretch_of(project: Project, snapshot: Snapshot, row: int) -> TimeStretch:
    """How this sample is played.

    A loop goes to the tempo or half or double of it, whichever is nearest; a sound with a key is shifted by at most six
    semitones, and not at all from a key to its relative one.
    """
    flags, features = int(snapshot.flags[row]), snapshot.features[row]
    bpm, key = float(features[_BPM]), float(features[_KEY])
    has_tempo = math.isfinite(bpm) and bpm > 0
    is_loop = bool(flags & LOOP) or has_tempo
    if flags & ONE_SHOT or not (project.bpm or project.key):
        return AS_IT_IS
    tempo, semitones = 1.0, 0
    if project.bpm and has_tempo:
        tempo = _nearest_tempo(project.bpm / bpm)
    if project.key and math.isfinite(key) and (is_loop or features[_DURATION] >= LONG_ENOUGH_S):
        semitones = _shortest_shift(int(key), KEYS.index(project.key))
    return TimeStretch(tempo, semitones)


def _nearest_tempo(ratio: float) -> float:
    """The ratio, halved or doubled until it is nearest to 1."""
    tempo = ratio * 2.0 ** -round(math.log2(ratio))
    return 1.0 if abs(tempo - 1.0) < 1e-3 else tempo


def _shortest_shift(key: int, to: int) -> int:
    return (_relative_major(to) - _relative_major(key) + 5) % 12 - 5


def _relative_major(key: int) -> int:
    """The pitch class of the major key with the same notes; `key` is a place in `KEYS`."""
    return key if key < 12 else (key + 3) % 12
