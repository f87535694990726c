"""A command: one thing that a person can ask for, with its keys and its conditions.

A command that cannot act now says why: it names what it `needs`, the screen knows what is there, and `NEEDS` holds the
sentence for what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

MAIN = "main"
PICK = "pick"
ROOTS = "roots"
HELP = "help"
DETAILS = "details"
CONFIRM = "confirm"
PROMPT = "prompt"
CHOOSER = "chooser"
LEGEND = "legend"
PICKER = "picker"
PLACE = "place"
PLACES = "places"
MIX = "mix"
VISUALISER = "visualiser"
MODELS = "models"
FREESOUND = "freesound"
SLICES = "slices"
TAGS = "tags"
SUGGESTIONS = "suggestions"
COLLECTIONS = "collections"
REPAIR = "repair"
WEIGHTS = "weights"
COLUMNS = "columns"
WAVE = "wave"
KIT = "kit"
KIT_WALK = "kit walk"

NEEDS = {
    "samples": "the library has no samples yet: {roots} adds a folder",
    "selection": "the cursor is on no sample: an arrow key moves it to one",
    "vectors": "the library is still loading: try again in a moment",
    "trail": "this is the start of your walk",
    "offer": "this map is the newest one",
    "sounding": "no long sound is playing",
    "made": "no sound was made yet: {vary} makes a variation of this sample",
    "chosen": "nothing is selected: {select} selects this sample",
    "root": "there is no folder to forget",
    "model": "there is no model",
    "kit": "there is no kit yet: {kit_here} makes one from the sounds around the cursor",
    "collection": "there is no collection yet: {collections_new} makes one",
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


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of a list to choose from."""

    id: str
    label: str
    help: str = ""
    key: str = ""
    refusal: str = ""
    """Why it cannot be chosen now; shown in place of the help."""


SAMPLES = ("samples",)
"""Needs of a command that works on the library."""
SAMPLE = ("samples", "selection")
"""Needs of a command that works on the sample under the cursor."""


def command(
    id: str,
    keys: str,
    label: str,
    help: str,
    group: str,
    *,
    needs: tuple[str, ...] = (),
    screens: tuple[str, ...] = (MAIN, PICK),
    hint: int = 0,
    repeats: bool = False,
) -> Command:
    """A row of the table; `keys` are separated by blanks."""
    return Command(id, tuple(keys.split()), label, help, group, screens, needs, hint, repeats)
