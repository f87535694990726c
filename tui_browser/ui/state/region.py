"""A free region of a recording, from an in point to an out point, and the texts that name it to other programs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from tui_browser.config.pathmap import file_uri
from tui_browser.ui.state.slice_edit import LEAST_S


@dataclass(frozen=True, slots=True)
class WaveRegion:
    """The frames `start` to `end` (exclusive) of a recording."""

    rate: int
    frames: int
    """Of the whole recording."""
    start: int
    end: int

    @property
    def start_s(self) -> float:
        return self.start / self.rate

    @property
    def end_s(self) -> float:
        return self.end / self.rate

    def text(self) -> str:
        """The region in words."""
        return f"{self.start_s:.3f} s to {self.end_s:.3f} s, {self.end_s - self.start_s:.3f} s long"


def between(rate: int, frames: int, start: int, end: int) -> WaveRegion:
    """The region between two frames, in any order, inside the recording and never too short to be heard."""
    least = min(frames, max(1, round(LEAST_S * rate)))
    first = min(max(0, min(start, end)), frames - least)
    return WaveRegion(rate, frames, first, min(frames, max(first + least, start, end)))


def with_in(region: WaveRegion | None, rate: int, frames: int, at: int) -> WaveRegion:
    """Another in point; without an out point after it, the region goes on to the end."""
    return between(rate, frames, at, region.end if region is not None and at < region.end else frames)


def with_out(region: WaveRegion | None, rate: int, frames: int, at: int) -> WaveRegion:
    """Another out point; without an in point before it, the region begins at the start."""
    return between(rate, frames, region.start if region is not None and region.start < at else 0, at)


# --- as text ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegionFormat:
    """A way to write a file and its region down."""

    id: str
    label: str
    write: Callable[[bytes, float, float], bytes]
    """From the path, and the in and out point in seconds."""


def _times(path: bytes, start_s: float, end_s: float) -> bytes:
    return path + b"\t%.3f\t%.3f" % (start_s, end_s)


def _uri(path: bytes, start_s: float, end_s: float) -> bytes:
    return f"{file_uri(path)}#t={start_s:.3f},{end_s:.3f}".encode()


def _near(path: bytes, start_s: float, end_s: float) -> bytes:
    return os.fsencode(f"tui-browser near {_quoted(path)} --from {start_s:.3f} --to {end_s:.3f}")


def _fragment(path: bytes, start_s: float, end_s: float) -> bytes:
    times = f"--start {start_s:.3f} --length {end_s - start_s:.3f}"
    return os.fsencode(f"tui-browser export fragment {_quoted(path)} {times} --out .")


def _quoted(path: bytes) -> str:
    return shlex.quote(os.fsdecode(path))


REGION_FORMATS = (
    RegionFormat("times", "path, in and out in seconds, between tabs", _times),
    RegionFormat("uri", "file URI with its times", _uri),
    RegionFormat("near", "for a shell: what sounds like it", _near),
    RegionFormat("fragment", "for a shell: write it as a WAV", _fragment),
)
"""The first one is what the short key copies."""
