"""A beat as a MIDI file: one track for each part on the drum channel, with the notes that exported kits have.

These are those of General MIDI where a slot is named like one of its drums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from tui_browser.kits.kit import Kit
from tui_browser.kits.midi_notes import midi_notes
from tui_browser.kits.pattern import STEPS_A_BAR, STEPS_A_BEAT, Pattern
from tui_browser.kits.tracks import Part

TICKS_A_BEAT = 480
_STEP_TICKS = TICKS_A_BEAT // STEPS_A_BEAT
_CHANNEL = 9
"""Channel 10 as people count: drums."""


def write_midi(file: BinaryIO, kit: Kit, parts: Sequence[Part], pattern: Pattern, *, bars: int | None = None) -> None:
    """Write the beat of so many bars, or one round of the pattern; swing and velocities are in the notes."""
    import mido  # 30 ms

    steps = pattern.steps if bars is None else bars * STEPS_A_BAR
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS_A_BEAT, charset="utf-8")
    head = midi.add_track()
    head.append(mido.MetaMessage("track_name", name=_plain(pattern.name)))
    head.append(mido.MetaMessage("time_signature", numerator=4, denominator=4))
    head.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(pattern.bpm)))
    head.append(mido.MetaMessage("end_of_track", time=steps * _STEP_TICKS))
    roles = [slot.role for slot in kit.slots]
    note_of = dict(zip(roles, midi_notes(roles), strict=True))
    for part in parts:
        note = note_of[part.slot.role]
        track = midi.add_track()
        track.append(mido.MetaMessage("track_name", name=_plain(part.slot.role)))
        now = 0
        for step in range(steps):
            velocity = part.track.velocities[step % pattern.steps]
            if velocity <= 0:
                continue
            start, end = round(pattern.position(step) * _STEP_TICKS), (step + 1) * _STEP_TICKS
            loudness = max(1, round(velocity * 127))
            track.append(mido.Message("note_on", channel=_CHANNEL, note=note, velocity=loudness, time=start - now))
            track.append(mido.Message("note_off", channel=_CHANNEL, note=note, velocity=0, time=end - start))
            now = end
        track.append(mido.MetaMessage("end_of_track", time=steps * _STEP_TICKS - now))
    midi.save(file=file)


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
