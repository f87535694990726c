"""What a person makes of samples: favourites, tags."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from tui_browser.errors import printable
from tui_browser.library.messages import Request, SetFlag, SetTags
from tui_browser.records import FAVOURITE, SampleId
from tui_browser.ui.world import World


class Say(Protocol):
    """Show one sentence."""

    def __call__(self, text: str) -> None: ...


class Edits:
    """Asks the service for changes; what is shown changes when the library has."""

    def __init__(self, *, request: Callable[[Request], None], say: Say) -> None:
        self._request = request
        self._say = say

    def favourite(self, world: World, row: int, sample: SampleId) -> None:
        """Make it a favourite, or no longer."""
        on = not world.snapshot.flags[row] & FAVOURITE
        self._request(SetFlag((sample,), FAVOURITE, bool(on)))
        name = printable(os.path.basename(world.snapshot.names[row]))
        self._say(f"{name} is {'a favourite' if on else 'no longer a favourite'}")

    def tag(self, sample: SampleId, before: tuple[str, ...], typed: str) -> None:
        """The tags that were typed, in place of those before."""
        after = tuple(dict.fromkeys(word.lstrip("#") for word in typed.replace(",", " ").split() if word.lstrip("#")))
        add = tuple(tag for tag in after if tag not in before)
        remove = tuple(tag for tag in before if tag not in after)
        if add or remove:
            self._request(SetTags((sample,), add=add, remove=remove))
            told = [*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)]
            self._say(f"tags: {printable(' '.join(told))}")
