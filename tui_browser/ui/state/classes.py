"""The class of one sample as an index and as a name."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.records import CLASSES, Snapshot


def class_index(snapshot: Snapshot, row: int) -> int:
    """Index of a row's class in colours and letters; 11 without a class, and for a model's further classes."""
    return min(int(snapshot.classes[row]), len(CLASSES))


def class_name(snapshot: Snapshot, row: int) -> str:
    """The name of a row's class; empty where it has none."""
    index = int(snapshot.classes[row])
    return snapshot.class_names[index] if index < len(snapshot.class_names) else ""


def own_classes(class_names: Sequence[str]) -> list[str]:
    """The classes of a model that a person can say of a sample."""
    return [name for name in class_names if name in CLASSES]
