"""Loops: breaks from one-shots of one kit, and phrases of sound fonts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth.signal import normalise
from tui_browser.training.rendered.notes import RATE, PlayedNote, play_phrases_apart
from tui_browser.training.rendered.programmes import PROGRAMMES

STEPS = 16
"""A bar."""
_BREAKS: tuple[Mapping[str, str], ...] = (
    {"kick": "x...x...x...x...", "snare": "....x.......x...", "hat_closed": "x.x.x.x.x.x.x.x."},
    {"kick": "x.....x...x.....", "snare": "....x.......x..x", "hat_closed": "xxxxxxxxxxxxxxxx"},
    {
        "kick": "x.x.......xx....",
        "snare": "....x..x.x..x..x",
        "hat_closed": "x.x.x.x.x.x.x.x.",
        "hat_open": "..........x.....",
    },
    {
        "kick": "x..x..x...x.....",
        "clap": "....x.......x...",
        "hat_closed": "..x...x...x...x.",
        "shaker": "xxxxxxxxxxxxxxxx",
    },
    {
        "kick": "x.......x.......",
        "rim": "...x..x....x..x.",
        "hat_closed": "x.x.x.x.x.x.x.x.",
        "cowbell": "x...x...x...x...",
    },
    {"tom": "x..x..x..x..x.x.", "kick": "x.......x.......", "shaker": "x.xxx.xxx.xxx.xx"},
    {"snare": "x.xxx.xxx.xxxxxx", "kick": "x.......x......."},
    {"perc_hand": "x..xx.x.x..xx.xx", "shaker": "x.x.x.x.x.x.x.x."},
)
"""Sixteen steps of common patterns; which of them sound is drawn anew each time."""
_PLAYED = ("keys", "pluck", "bass", "synth", "mallet", "strings", "wind", "brass")
_MODES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10), (0, 2, 4, 7, 9))


def drum_loop(rng: np.random.Generator, hits: Mapping[str, Sequence[FloatArray]]) -> FloatArray:
    """One or two bars of a break (n,) at `RATE` from `hits`, sounds at `RATE` by class; needs at least one class."""
    pattern = _BREAKS[int(rng.integers(len(_BREAKS)))]
    chosen = {name: marks for name, marks in pattern.items() if hits.get(name)}
    if len(chosen) < 2:  # a kit of other sounds: they take the parts over
        names = [str(name) for name in rng.permutation(sorted(name for name in hits if hits[name]))[:3]]
        chosen = dict(zip(names, list(pattern.values()) * 2, strict=False))
    bars, bpm, swing = int(rng.integers(1, 3)), rng.uniform(75, 178), rng.uniform(0, 0.33) * (rng.random() < 0.5)
    step = 60 / bpm / 4 * RATE
    out = np.zeros(int(bars * STEPS * step), dtype=np.float32)
    for name, marks in chosen.items():
        take = hits[name][int(rng.integers(len(hits[name])))]
        level = rng.uniform(0.3, 1.0)
        for place in range(bars * STEPS):
            here = (marks[place % STEPS] == "x" and rng.random() < 0.92) or rng.random() < 0.03
            rolls = 3 if here and rng.random() < 0.03 else 1
            for roll in range(rolls if here else 0):
                at = int((place + swing * (place % 2) + roll / rolls) * step + max(0.0, rng.normal(0, 0.003)) * RATE)
                part = take[: max(0, len(out) - at)]
                out[at : at + len(part)] += part * np.float32(level * rng.uniform(0.6, 1.0))
    return normalise(out)


def tonal_loops(rng: np.random.Generator, font: str, count: int) -> list[FloatArray]:
    """`count` phrases of one or two bars, of melodies, chords or both, each (n,) at `RATE`."""
    phrases = [_phrase(rng) for _ in range(count)]
    sounds = play_phrases_apart(font, [notes for notes, _ in phrases], tail_s=4.0)
    return [normalise(sound[: int(length_s * RATE)]) for sound, (_, length_s) in zip(sounds, phrases, strict=True)]


def _phrase(rng: np.random.Generator) -> tuple[list[PlayedNote], float]:
    """Notes, and the length of their bars in seconds."""
    able = [each for each in PROGRAMMES if each.kind in _PLAYED]
    bars, bpm, root = int(rng.integers(1, 3)), rng.uniform(70, 160), int(rng.integers(0, 12))
    mode = _MODES[int(rng.integers(len(_MODES)))]
    step = 60 / bpm / 4
    notes: list[PlayedNote] = []
    for channel in range(int(rng.integers(1, 4))):
        part = able[int(rng.integers(len(able)))]
        octave = int(rng.uniform(part.lowest + 5, part.highest - 12)) // 12 * 12 + root
        played = {"programme": part.number, "channel": channel}
        if part.chords and rng.random() < 0.5:
            for place in range(0, bars * STEPS, int(rng.choice([4, 8]))):
                degree = int(rng.integers(len(mode)))
                keys = tuple(octave + _note_of(mode, degree + up) for up in (0, 2, 4))
                notes.append(PlayedNote(keys, int(rng.integers(60, 115)), step * 3.5, place * step, **played))
            continue
        degree, grid = int(rng.integers(len(mode))), int(rng.choice([1, 2, 2, 4]))
        for place in range(0, bars * STEPS, grid):
            degree = int(np.clip(degree + rng.integers(-2, 3), -3, 9))
            if place == 0 or rng.random() < 0.8:
                length_s = step * grid * rng.uniform(0.4, 1.0)
                key = octave + _note_of(mode, degree)
                notes.append(PlayedNote((key,), int(rng.integers(55, 120)), length_s, place * step, **played))
    return notes, bars * STEPS * step


def _note_of(mode: Sequence[int], degree: int) -> int:
    """Semitones above the root."""
    return mode[degree % len(mode)] + 12 * (degree // len(mode))
