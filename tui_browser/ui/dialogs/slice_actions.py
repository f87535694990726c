"""What the dialog of slices asks of the screen below it."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass

from tui_browser.ui.state.slice_edit import SliceEdit


@dataclass(frozen=True, slots=True)
class SliceActions:
    """Sound, the folder that was written to last, and the slices as they were left."""

    hear: Callable[[float, float | None], None]
    """Play the recording from the first second to the last."""
    stop: Callable[[], None]
    head_s: Callable[[], float | None]
    """Where the recording sounds now; None while it does not."""
    folder: Callable[[], str]
    remember_folder: Callable[[str], None]
    kept: MutableMapping[bytes, SliceEdit]
    """Slices by recording, for when the dialog is opened again."""
