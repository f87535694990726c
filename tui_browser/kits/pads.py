"""The sounds of a kit as files of an export: lossless WAVs from the onset on, with names that every program takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import soundfile

from tui_browser.audio.fragment import copy_fragment
from tui_browser.kits.kit import Kit, Slot
from tui_browser.kits.midi_notes import midi_notes
from tui_browser.kits.names import distinct_identifiers, identifier
from tui_browser.library.credits_page import CREDITS, credits_text
from tui_browser.records import Credit

SOUNDS = "samples"
"""Folder of the sounds within an export."""


@dataclass(frozen=True, slots=True)
class Pad:
    """A slot with its exported sound."""

    slot: Slot
    identifier: str
    """Name of the slot for programs; unique in the kit."""
    sound: str
    """Name of the sound for live coding: that of the kit and of the slot."""
    file: str
    """The WAV, relative to the folder of the export."""
    note: int
    """MIDI note, 0 to 127."""
    frames: int
    rate: int
    channels: int


def write_pads(
    kit: Kit,
    folder: str,
    *,
    below: str = SOUNDS,
    sound_folders: bool = False,
    on_pad: Callable[[], None] = lambda: None,
) -> list[Pad]:
    """Write the sound of each slot as a WAV into `folder`, or its subfolder `below`.

    Each has the samples, rate, channels and depth of its file, without the silence before its onset. With
    `sound_folders` each lies in a folder named like its sound, as live-coding environments expect. Raises AudioError
    for a sound that cannot be read, and OSError for the folder.
    """
    names = distinct_identifiers(slot.role for slot in kit.slots)
    notes = midi_notes([slot.role for slot in kit.slots])
    pads = []
    for number, (slot, name, note) in enumerate(zip(kit.slots, names, notes, strict=True), start=1):
        sound = f"{identifier(kit.name, fallback='kit')}_{name}"
        parts = (below, sound, f"{sound}.wav") if sound_folders else (below, f"{number:02d}-{name}.wav")
        file = "/".join(part for part in parts if part)
        path = os.path.join(folder, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as target:
            copy_fragment(slot.path, target, start_s=slot.onset_s)
        info = soundfile.info(path)
        pads.append(Pad(slot, name, sound, file, note, info.frames, info.samplerate, info.channels))
        on_pad()
    return pads


def write_text(folder: str, name: str, text: str) -> None:
    """Write a text file of an export, in UTF-8."""
    with open(os.path.join(folder, name), "x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def write_credits(folder: str, files: Iterable[tuple[str, Slot]], credits_by_hash: Mapping[str, Credit]) -> None:
    """Write CREDITS.txt for exported files where authors or licences are known."""
    known = [
        (os.fsencode(file), credits_by_hash[slot.content_hash])
        for file, slot in files
        if slot.content_hash in credits_by_hash
    ]
    if text := credits_text(known):
        write_text(folder, os.fsdecode(CREDITS), text)
