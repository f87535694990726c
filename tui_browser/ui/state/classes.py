"""The class of one sample, as colours, letters and words ask for it."""

from __future__ import annotations

from tui_browser.records import CLASSES, Snapshot


def class_index(snapshot: Snapshot, row: int) -> int:
    """The class of a row as an index into colours and letters: 11 for unclassed, and for a model's twelfth class on."""
    return min(int(snapshot.classes[row]), len(CLASSES))


def class_name(snapshot: Snapshot, row: int) -> str:
    """The name of a row's class; empty where it has none."""
    index = int(snapshot.classes[row])
    return snapshot.class_names[index] if index < len(snapshot.class_names) else ""
