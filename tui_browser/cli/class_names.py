"""Names of classes as people type them."""

from __future__ import annotations

import click

from tui_browser.errors import printable
from tui_browser.records import CLASSES
from tui_browser.search.class_synonyms import normalised
from tui_browser.search.fields import nearest_choice


def class_index(name: str) -> int:
    """Index into CLASSES; raises a usage error that names the nearest class."""
    names = list(map(normalised, CLASSES))
    wanted = normalised(name.lower())
    if wanted in names:
        return names.index(wanted)
    nearest = nearest_choice(wanted, names)
    hint = f"did you mean {nearest}?" if nearest else f"it is one of {', '.join(names)}"
    raise click.UsageError(f"{printable(name)} is no class; {hint}")
