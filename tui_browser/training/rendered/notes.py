"""Notes and chords of the General MIDI programmes of a sound font, played by fluidsynth.

All sounds of a programme are played in one go, apart from each other, and cut at the times they were asked for.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tui_browser.errors import BrowserError
from tui_browser.records import FloatArray
from tui_browser.training.rendered.programmes import Programme

RATE = 44100
_TICKS = 480
"""A beat; at 120 beats a minute two beats are a second."""
_TAIL_S = 1.2
"""What is left for a sound to fade after its key is let go."""
_CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 11), (0, 3, 7, 10), (0, 5, 7), (0, 7, 12))


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """One or more keys that are pressed together."""

    keys: tuple[int, ...]
    velocity: int
    length_s: float
    start_s: float = 0.0
    """In a phrase; notes that are played one by one start where the one before has faded."""
    programme: int = 0
    channel: int = 0
    """Of sounds that overlap, each programme has its own, 0 to 8."""


def draw_notes(rng: np.random.Generator, programme: Programme, count: int) -> list[PlayedNote]:
    """`count` notes spread over the programme's range, its velocities and lengths."""
    edges = np.linspace(programme.lowest, programme.highest + 1, count + 1)
    notes = []
    for low, high in itertools.pairwise(edges):
        key = int(rng.uniform(low, high))
        shape = _CHORDS[int(rng.integers(len(_CHORDS)))] if programme.chords and rng.random() < 0.25 else (0,)
        length_s = float(np.exp(rng.uniform(np.log(0.06), np.log(2.0))))
        notes.append(
            PlayedNote(
                tuple(key + step for step in shape), int(rng.integers(35, 128)), length_s, programme=programme.number
            )
        )
    return notes


def play_apart(font: str, notes: Sequence[PlayedNote]) -> list[FloatArray]:
    """Each note as a sound of its own, mono at `RATE`."""
    return play_phrases_apart(font, [[note] for note in notes], tail_s=_TAIL_S)


def play_phrases_apart(font: str, phrases: Sequence[Sequence[PlayedNote]], *, tail_s: float) -> list[FloatArray]:
    """Each phrase as a sound of its own, from its first second to `tail_s` after its last note, mono at `RATE`."""
    starts, at = [], 0.1
    for phrase in phrases:
        starts.append(at)
        at += max(note.start_s + note.length_s for note in phrase) + max(tail_s, _TAIL_S)
    sound = play(
        font,
        [
            replace(note, start_s=start + note.start_s)
            for phrase, start in zip(phrases, starts, strict=True)
            for note in phrase
        ],
    )
    ends = [*(start - 0.02 for start in starts[1:]), at]
    return [sound[int(start * RATE) : int(end * RATE)] for start, end in zip(starts, ends, strict=True)]


def play(font: str, notes: Sequence[PlayedNote]) -> FloatArray:
    """The notes at their times, mono at `RATE`; raises BrowserError without fluidsynth."""
    import mido
    import soundfile

    events: list[tuple[float, int, Any]] = []
    playing: dict[int, int] = {}
    for note in sorted(notes, key=lambda note: note.start_s):
        if playing.get(note.channel) != note.programme:
            playing[note.channel] = note.programme
            change = mido.Message("program_change", channel=note.channel, program=note.programme)
            events.append((note.start_s - 0.01, 1, change))
        for key in note.keys:
            common = {"channel": note.channel, "note": min(key, 127)}
            events.append((note.start_s, 2, mido.Message("note_on", velocity=note.velocity, **common)))
            events.append((note.start_s + note.length_s, 0, mido.Message("note_off", velocity=0, **common)))
    track = mido.MidiTrack()
    now = 0
    for second, _, message in sorted(events, key=lambda event: event[:2]):
        tick = max(0, round(second * 2 * _TICKS))
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=round(_TAIL_S * 2 * _TICKS)))
    with tempfile.TemporaryDirectory() as folder:
        midi, wave = os.path.join(folder, "notes.mid"), os.path.join(folder, "notes.wav")
        mido.MidiFile(type=0, ticks_per_beat=_TICKS, tracks=[track]).save(midi)
        command = [
            "fluidsynth",
            "-ni",
            "-q",
            "-R",
            "0",
            "-C",
            "0",
            "-g",
            "0.6",
            "-r",
            str(RATE),
            "-F",
            wave,
            font,
            midi,
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            raise BrowserError(
                "notes are played by fluidsynth, which is not installed", hint="install fluidsynth"
            ) from None
        except subprocess.CalledProcessError as error:
            raise BrowserError(
                "fluidsynth cannot play this sound font", path=font, hint=error.stderr.decode()
            ) from None
        samples, _ = soundfile.read(wave, dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples.mean(axis=1), dtype=np.float32)
