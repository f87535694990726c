"""The sounds of a kit as files beside an export: lossless WAVs from the onset on, with names that every program takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import soundfile

from tui_browser.audio.fragment import copy_fragment
from tui_browser.kits.kit import Kit, Slot
from tui_browser.kits.midi_notes import midi_notes
from tui_browser.kits.names import distinct_identifiers
from tui_browser.library.credits_page import CREDITS, credits_text
from tui_browser.records import Credit


@dataclass(frozen=True, slots=True)
class Pad:
    """A slot with its exported sound."""

    slot: Slot
    identifier: str
    """Name of the slot for programs; unique in the kit."""
    file: str
    """The WAV, relative to the folder of the export."""
    note: int
    """MIDI note, 0 to 127."""
    frames: int
    rate: int


def write_pads(
    kit: Kit,
    folder: str,
    *,
    below: str = "",
    folders: bool = False,
    on_pad: Callable[[], None] = lambda: None,
) -> list[Pad]:
    """Write the sound of each slot as a WAV into `folder`, or its subfolder `below`.

    Each has the samples, rate, channels and depth of its file, without the silence before its onset. With `folders`
    each lies in a folder of its own, which is named for kit and slot. Raises AudioError for a sound that cannot be
    read, and OSError for the folder.
    """
    identifiers = distinct_identifiers(slot.role for slot in kit.slots)
    pads = []
    for number, (slot, name, note) in enumerate(
        zip(kit.slots, identifiers, midi_notes([slot.role for slot in kit.slots]), strict=True), start=1
    ):
        parts = (below, name, f"{name}.wav") if folders else (below, f"{number:02d}-{name}.wav")
        file = "/".join(part for part in parts if part)
        path = os.path.join(folder, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as target:
            copy_fragment(slot.path, target, start_s=slot.onset_s)
        info = soundfile.info(path)
        pads.append(Pad(slot, name, file, note, info.frames, info.samplerate))
        on_pad()
    return pads


def write_pad_credits(folder: str, files: Mapping[str, Slot], credits_by_hash: Mapping[str, Credit]) -> None:
    """Write CREDITS.txt for exported files where authors or licences are known."""
    known = [
        (os.fsencode(file), credits_by_hash[slot.content_hash])
        for file, slot in files.items()
        if slot.content_hash in credits_by_hash
    ]
    if text := credits_text(known):
        with open(os.path.join(folder, os.fsdecode(CREDITS)), "w", encoding="utf-8", newline="\n") as target:
            target.write(text)
