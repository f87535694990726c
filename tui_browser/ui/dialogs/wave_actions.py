"""What the dialog of the waveform asks of the screen below it."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass

from tui_browser.records import Slice
from tui_browser.ui.state.region import RegionFormat, WaveRegion


@dataclass(frozen=True, slots=True)
class WaveActions:
    """Sound, search, clipboard and files for one recording; what blocks is called in a thread."""

    slices: Callable[[], Sequence[Slice]]
    """The stored slices; blocks."""
    hear: Callable[[float, float | None], None]
    """Play the recording from the first second to the last, once."""
    loops: Callable[[], bool]
    """Whether sounds are repeated."""
    cut: Callable[[WaveRegion], bytes]
    """A WAV of the region in the cache folder; blocks. Raises BrowserError."""
    loop: Callable[[bytes, WaveRegion], None]
    """Repeat such a WAV, which sounds as its region."""
    stop: Callable[[], None]
    head_s: Callable[[], float | None]
    """Where the recording sounds now; None while it does not."""
    near: Callable[[bytes], None]
    """Find what is like such a WAV, and show it."""
    copy: Callable[[RegionFormat, WaveRegion, Callable[[str], None]], None]
    """Copy it as text; the function says what came of it."""
    folder: Callable[[], str]
    write: Callable[[WaveRegion, str], str]
    """Write the region as a WAV into a folder; its path. Blocks. Raises BrowserError."""
    kept: MutableMapping[bytes, WaveRegion]
    """Regions by recording, for when the dialog is opened again."""
