"""The class of one sample: its name, and the place of its colour and letter; letters that people type for classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui_browser.records import CLASSES, Snapshot, colour_names, colour_places


def colour_place(snapshot: Snapshot, row: int) -> int:
    """Place in `CLASSES` whose colour and letter a row's class has; `len(CLASSES)` without a class."""
    return int(colour_places(snapshot.class_names)[snapshot.classes[row]])


def place_of_name(class_names: Sequence[str], name: str) -> int:
    """Place in `CLASSES` whose colour and letter a class of the model has; `len(CLASSES)` for an unknown one."""
    names = colour_names(class_names)
    return names.index(name) if name in names and name else len(CLASSES)


def class_name(snapshot: Snapshot, row: int) -> str:
    """The name of a row's class; empty where it has none."""
    index = int(snapshot.classes[row])
    return snapshot.class_names[index] if index < len(snapshot.class_names) else ""


def own_classes(class_names: Sequence[str]) -> list[str]:
    """The classes of a model that a person can say of a sample."""
    return [name for name in class_names if name in CLASSES]


def typed_letter(key: str, letters: Iterable[str]) -> str:
    """The letter that a person means: of the same case where there is one, else of the other; empty for none."""
    known = list(letters)
    if key in known:
        return key
    return next((letter for letter in known if letter.casefold() == key.casefold()), "")
