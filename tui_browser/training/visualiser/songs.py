"""Songs made in code: drums, bass, chords, arpeggio and lead over a few sections, so that a song changes as songs do.

Drums come from the drum synthesiser or from recordings that the caller gives. The same seed makes the same song.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.synth import effects
from tui_browser.synth.render import draw_kit, render
from tui_browser.synth.signal import add_at, chance, log_uniform, uniform
from tui_browser.visualiser.spectra import RATE

_DRUMS = ("kick", "snare", "hat_closed", "hat_open", "clap", "shaker", "tom")
_SCALES = ((0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 9, 10), (0, 3, 5, 7, 10))
_PARTS = ("drums", "bass", "chords", "arpeggio", "lead", "loop")
_STEPS = 16
_LOWEST_HZ = 32.7


def make_song(
    seed: int,
    *,
    seconds: float = 30.0,
    hits: Mapping[str, Sequence[FloatArray]] | None = None,
    loops: Sequence[FloatArray] = (),
) -> FloatArray:
    """(n,) samples at `RATE`; `hits` are recorded drums by class, `loops` recorded loops and tones to layer."""
    rng = np.random.default_rng(seed)
    beat_s = 60 / uniform(rng, 72, 172)
    bar = round(4 * beat_s * RATE)
    bars = max(2, round(seconds * RATE / bar))
    song = np.zeros((bars + 2) * bar, dtype=np.float32)
    kit = _kit(rng, hits or {})
    band = _Band(rng)
    parts_of_section = _sections(rng, bars)
    patterns = {kind: _pattern(rng, kind) for kind in kit}
    gains = {part: float(log_uniform(rng, 0.35, 1.0)) for part in _PARTS}
    loop = loops[int(rng.integers(len(loops)))] if len(loops) else None
    for number in range(bars):
        start, parts = number * bar, parts_of_section[number]
        chord = band.progression[number % len(band.progression)]
        if "drums" in parts:
            _add_drums(song, rng, kit, patterns, start=start, bar=bar, gain=gains["drums"])
        for part in ("bass", "chords", "arpeggio", "lead"):
            if part in parts:
                band.play(part, song, chord, start=start, bar=bar, gain=gains[part])
        if "loop" in parts and loop is not None:
            add_at(song, loop[:bar], start, 0.5 * gains["loop"])
    if chance(rng, 0.6):
        impulse = effects.room_impulse(rng, uniform(rng, 0.3, 1.8), tone_hz=log_uniform(rng, 1500, 9000))
        song = effects.room(song, impulse, uniform(rng, 0.1, 0.5))
    peak = float(np.abs(song).max(initial=1e-6))
    driven: FloatArray = np.tanh(song[: bars * bar] * np.float32(uniform(rng, 1.0, 3.0) / peak)).astype(np.float32)
    return driven


def _sections(rng: np.random.Generator, bars: int) -> list[frozenset[str]]:
    """The parts that play in each bar: a section of two to four bars keeps its parts."""
    plan: list[frozenset[str]] = []
    while len(plan) < bars:
        playing = frozenset(part for part in _PARTS if chance(rng, 0.6)) or frozenset({"chords"})
        plan += [playing] * int(rng.integers(2, 5))
    return plan[:bars]


def _kit(rng: np.random.Generator, hits: Mapping[str, Sequence[FloatArray]]) -> dict[str, FloatArray]:
    style, kit = draw_kit(rng), {}
    for kind in _DRUMS:
        recorded = hits.get(kind, ())
        if len(recorded) and chance(rng, 0.6):
            kit[kind] = recorded[int(rng.integers(len(recorded)))]
        else:
            kit[kind] = render(kind, rng, style, rate=RATE)[: 2 * RATE]
    return kit


def _pattern(rng: np.random.Generator, kind: str) -> NDArray[np.float64]:
    """(16,) how likely a drum is hit at each step."""
    steps = np.zeros(_STEPS)
    if kind == "kick":
        steps[:: int(rng.choice([4, 8]))] = 1
        steps[rng.integers(0, _STEPS, 2)] += 0.4
    elif kind in ("snare", "clap"):
        steps[[4, 12]] = 1 if chance(rng, 0.7) else 0
        steps[rng.integers(0, _STEPS, 1)] += 0.3
    elif kind == "hat_closed":
        steps[:: int(rng.choice([1, 2, 4]))] = 0.9
    else:
        steps[rng.integers(0, _STEPS, int(rng.integers(0, 4)))] = 0.6
    return steps


def _add_drums(
    song: FloatArray,
    rng: np.random.Generator,
    kit: Mapping[str, FloatArray],
    patterns: Mapping[str, NDArray[np.float64]],
    *,
    start: int,
    bar: int,
    gain: float,
) -> None:
    for kind, sound in kit.items():
        for step in np.flatnonzero(rng.random(_STEPS) < patterns[kind]).tolist():
            at = start + round(step * bar / _STEPS)
            loud = gain * (0.9 if kind in ("kick", "snare") else 0.45) * uniform(rng, 0.6, 1)
            add_at(song, sound[: max(0, len(song) - at)], at, loud)


class _Band:
    """The instruments of one song and the chords that they play."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._scale = _SCALES[int(rng.integers(len(_SCALES)))]
        self._key = int(rng.integers(0, 12))
        self.progression = [int(degree) for degree in rng.integers(0, len(self._scale), int(rng.choice([2, 4])))]
        self._tones = {
            part: (
                uniform(rng, 0.5, 2.2),
                log_uniform(rng, low, high),
                uniform(rng, 0.0, 0.012),
                chance(rng, 0.4),
            )
            for part, low, high in (
                ("bass", 150, 1500), ("chords", 500, 6000), ("arpeggio", 800, 9000), ("lead", 800, 8000),
            )
        }  # fmt: skip
        self._notes: dict[tuple[str, int, int], FloatArray] = {}

    def play(self, part: str, song: FloatArray, degree: int, *, start: int, bar: int, gain: float) -> None:
        """Add this part of one bar to the song."""
        rng, eighth = self._rng, bar // 8
        if part == "bass":
            for step in np.flatnonzero(rng.random(8) < 0.6).tolist():
                self._add(song, part, degree, 1, start + step * eighth, eighth, gain)
        elif part == "chords":
            for voice in (0, 2, 4):
                self._add(song, part, degree + voice, 3, start, bar, 0.45 * gain)
        elif part == "arpeggio":
            for step in range(16):
                voice = (0, 2, 4, 7)[step % 4]
                self._add(song, part, degree + voice, 4, start + step * eighth // 2, eighth, 0.5 * gain)
        else:
            step = 0
            while step < 8:
                length = int(rng.integers(1, 4))
                if chance(rng, 0.8):
                    note = degree + int(rng.integers(0, 8))
                    self._add(song, part, note, 4, start + step * eighth, length * eighth, 0.6 * gain)
                step += length

    def _add(self, song: FloatArray, part: str, degree: int, octave: int, at: int, length: int, gain: float) -> None:
        octaves, place = divmod(degree, len(self._scale))
        semitone = self._key + self._scale[place] + 12 * (octave + octaves)
        note = self._note(part, semitone, length)
        add_at(song, note[: max(0, len(song) - at)], at, gain)

    def _note(self, part: str, semitone: int, length: int) -> FloatArray:
        key = part, semitone, length
        if key not in self._notes:
            self._notes[key] = _tone(_LOWEST_HZ * 2 ** (semitone / 12), length, part, *self._tones[part])
        return self._notes[key]


def _tone(hz: float, length: int, part: str, slope: float, bright_hz: float, detune: float, odd: bool) -> FloatArray:
    """A note of harmonics that fall with `slope` and above `bright_hz`, two of them beside each other if detuned."""
    n = length + round(0.15 * RATE)
    t = np.arange(n, dtype=np.float32) / np.float32(RATE)
    harmonics = np.arange(1, max(2, min(48, int(0.45 * RATE / hz) + 1)), 2 if odd else 1)
    loud = harmonics**-slope / (1 + (harmonics * hz / bright_hz) ** 2)
    note = np.zeros(n, dtype=np.float32)
    for ratio in (1 - detune, 1 + detune) if detune > 0.003 else (1.0,):
        for harmonic, gain in zip(harmonics.tolist(), loud.tolist(), strict=True):
            if gain > 0.002:
                note += np.float32(gain) * np.sin(np.float32(2 * np.pi * hz * ratio * harmonic) * t)
    held = part in ("chords", "lead")
    rise = np.minimum(t / np.float32(0.08 if part == "chords" else 0.006), 1)
    fall = np.exp(-t / np.float32(4.0 if held else 0.28))
    release = np.clip((n - np.arange(n, dtype=np.float32)) / np.float32(n - length), 0, 1)
    tone: FloatArray = (note * rise * fall * release / np.float32(loud.sum() * 1.2)).astype(np.float32)
    return tone
