"""What a command is: one thing that a person can ask for, its keys, and what must be there for it.

A command that cannot act now says why: it names what it `needs`, the screen knows what is there, and `NEEDS` holds the
sentence for what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

MAIN, PICK, ROOTS, HELP, DETAILS, CONFIRM, PROMPT, CHOOSER, LEGEND, PICKER = (
    "main",
    "pick",
    "roots",
    "help",
    "details",
    "confirm",
    "prompt",
    "chooser",
    "legend",
    "picker",
)

NEEDS = {
    "samples": "the library has no samples yet: {roots} adds a folder",
    "selection": "the cursor is on no sample: an arrow key moves it to one",
    "vectors": "the library is still loading: try again in a moment",
    "trail": "this is the start of your walk",
    "offer": "this map is the newest one",
    "sounding": "no long sound is playing",
    "chosen": "nothing is selected: {select} selects this sample",
    "root": "there is no folder to forget",
}
"""What a command may need, and the sentence when it is missing; `{id}` stands for that command's first key."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a person can ask for."""

    id: str
    keys: tuple[str, ...]
    label: str
    """Two words at most, for the footer and the palette."""
    help: str
    """One line for `?`, the palette and the docs."""
    group: str
    screens: tuple[str, ...] = (MAIN, PICK)
    needs: tuple[str, ...] = ()
    hint: int = 0
    """Rank in the footer, 1 first; 0 stays out of it."""
    repeats: bool = False
    """Whether a number before it repeats it."""


def command(id: str, keys: str, label: str, help: str, group: str, **more: object) -> Command:
    """A row of the table; `keys` have blanks between them, `place` and `one` are common needs."""
    if more.pop("place", False):
        more["needs"] = ("samples",)
    if more.pop("one", False):
        more["needs"] = ("samples", "selection")
    return Command(id, tuple(keys.split()), label, help, group, **more)  # type: ignore[arg-type]  # by name
