"""A kit as a folder: exact copies of its files under the names of the slots, with a manifest and credits."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from tui_browser.kits.kit import Kit, Slot, slot_data
from tui_browser.kits.midi_notes import midi_notes
from tui_browser.kits.names import distinct_identifiers
from tui_browser.kits.pads import write_text
from tui_browser.library.copy_folder import MANIFEST, CopyFolder
from tui_browser.records import Credit


def copy_slots(kit: Kit, folder: str, *, on_pad: Callable[[], None] = lambda: None) -> list[tuple[str, Slot]]:
    """Copy the file of each slot; the names of the copies with their slots. Raises BrowserError and OSError."""
    copies = CopyFolder(os.fsencode(folder))
    files = []
    for number, (slot, name) in enumerate(
        zip(kit.slots, distinct_identifiers(slot.role for slot in kit.slots), strict=True), start=1
    ):
        ending = os.fsdecode(os.path.splitext(slot.path)[1]).lower()
        file = f"{number:02d}-{name}{ending}"
        os.rename(os.path.join(os.fsencode(folder), copies.add(slot.path)), os.path.join(folder, file))
        files.append((file, slot))
        on_pad()
    return files


def write_manifest(folder: str, kit: Kit, files: list[tuple[str, Slot]], credits_by_hash: Mapping[str, Credit]) -> None:
    """Write a JSON object a line: each copy, the file it comes from, how the kit plays it, and whose it is."""
    notes = midi_notes([slot.role for slot in kit.slots])
    lines = []
    for (file, slot), note in zip(files, notes, strict=True):
        credit = credits_by_hash.get(slot.content_hash, Credit())
        fields: dict[str, Any] = {
            "kit": kit.name,
            "file": file,
            "path": os.fsdecode(slot.path),
            "content_hash": slot.content_hash,
            **{name: value for name, value in slot_data(slot).items() if name != "anchor"},
            "note": note,
            "license": credit.licence or None,
            "author": credit.author or None,
            "source_url": credit.source or None,
        }
        lines.append(json.dumps(fields, allow_nan=False) + "\n")
    write_text(folder, os.fsdecode(MANIFEST), "".join(lines))
