"""The front end of a model: from a sound to the picture that its encoder sees."""

from __future__ import annotations

from typing import Any, Protocol

from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.records import FloatArray


class FrontEnd(Protocol):
    """Turns a sound into a picture of fixed size; a bundle's config.json holds its parameters."""

    @property
    def sample_rate(self) -> int:
        """Sample rate of the input in Hz."""

    @property
    def window_s(self) -> float:
        """Length of sound that the picture covers, in seconds."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows (bands or bins) and columns (frames) of the picture."""

    def compute(self, samples: FloatArray) -> FloatArray:
        """(rows, columns) picture of a mono sound (n,) that starts at its onset; gain does not change it."""

    def to_config(self) -> dict[str, Any]:
        """The parameters by name, for config.json."""


def read_front_end(section: dict[str, Any]) -> FrontEnd:
    """The front end of a config.json: a spectrogram if it says so, else a log-mel. Raises ValueError."""
    if "kind" not in section:
        return MelFrontEnd.from_config(section)
    if section["kind"] != StftFrontEnd.KIND:
        raise ValueError(f"front end: the kind {str(section['kind'])[:40]!r} is unknown")
    return StftFrontEnd.from_config({name: value for name, value in section.items() if name != "kind"})
