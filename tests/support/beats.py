"""Kits of sounds made in code, for tests of beats."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.support.sounds import one_shot, write
from tui_browser.kits.kit import Kit, Slot, kit_record

ROLES = ("kick", "snare", "hat_closed", "hat_open")


def click(path: Path, *, frames: int = 1, height: float = 0.5, rate: int = 44_100) -> Path:
    """A file of `frames` equal samples: it is heard where it begins, to the sample."""
    return write(path, np.full(frames, height, dtype=np.float32), rate=rate, subtype="FLOAT")


def slot(role: str, path: Path | bytes, **settings: float) -> Slot:
    raw = path if isinstance(path, bytes) else str(path).encode()
    return Slot(role, raw, content_hash=role, **settings)  # type: ignore[arg-type]  # numbers, as the fields are


def click_kit(folder: Path, **settings: dict[str, float]) -> Kit:
    """Four slots of clicks of different heights; `settings` of slots by role."""
    slots = [
        slot(role, click(folder / f"{role}.wav", height=0.1 * number), **settings.get(role, {}))
        for number, role in enumerate(ROLES, start=1)
    ]
    return Kit("clicks", tuple(slots))


def drum_kit(folder: Path, *, names: dict[str, bytes] | None = None) -> Kit:
    """Four slots of synthesised drums; `names` of files by role."""
    slots = []
    for number, role in enumerate(ROLES):
        path = write(folder / f"{role}.wav", one_shot(role, number))
        raw = str(path).encode()
        if names and role in names:
            raw = str(folder).encode() + b"/" + names[role]
            path.rename(raw.decode("utf-8", "surrogateescape"))
        slots.append(slot(role, raw, choke=1 if role.startswith("hat") else 0))
    return Kit("drums", tuple(slots))


def kit_file(kit: Kit, path: Path) -> Path:
    path.write_text(json.dumps(kit_record(kit)))
    return path
