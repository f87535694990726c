"""The sounds of a library as clips: mono, at one rate, of one length, with a peak of 1.

What cannot become a clip is named with its reason. A sound is taken from the start of its file; one that begins after
more silence than a clip is long is taken from its onset, so that it is not lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from tui_browser.audio.decode import read_window
from tui_browser.audio.mono import downmix
from tui_browser.audio.resampling import resample
from tui_browser.dsp.trim import SILENCE, leading_silence
from tui_browser.errors import AudioError, BrowserError, LibraryError
from tui_browser.folder.sample_path import link_refusal, refusal
from tui_browser.library.library import Library
from tui_browser.records import FloatArray, SampleRow, SampleState

MOST_CLIP_S = 600.0
"""Of a longer sound only this much is taken where whole sounds are asked for."""
_HEAD_S = 30.0
"""Of a sound without a limit of length this much is read, for the clip at its start."""


@dataclass(frozen=True, slots=True)
class ClipFormat:
    """What all clips of an export have in common."""

    rate: int = 48_000
    clip_s: float | None = 0.25
    """Length of a clip; None for the whole sound."""
    longest_s: float | None = 4.0
    """Sounds of this length and above are left out; None for no limit."""

    @property
    def frames(self) -> int:
        """Frames of a clip; 0 for whole sounds."""
        return 0 if self.clip_s is None else round(self.clip_s * self.rate)


@dataclass(frozen=True, slots=True)
class SoundClip:
    """One sample as a clip."""

    row: SampleRow
    samples: FloatArray
    """(n,) mono, peak 1."""
    duration: int
    """Frames of the whole sound at the rate of the clips."""
    start_s: float
    """Where in the file the clip begins."""


@dataclass(frozen=True, slots=True)
class Omission:
    """A sample that is not exported, with the reason."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export wrote, in words for the person."""

    samples: int
    omitted: tuple[Omission, ...]


def check_samples(rows: Sequence[SampleRow], omitted: Sequence[Omission]) -> None:
    """Raise LibraryError if nothing is left to export."""
    if rows:
        return
    if not omitted:
        raise LibraryError("no sample matches")
    raise LibraryError(f"no sample that matches can be exported: {omitted[0].reason}", path=omitted[0].path)


def candidates(
    library: Library, query: str, clip_format: ClipFormat, *, limit: int = 0
) -> tuple[list[SampleRow], list[Omission]]:
    """Samples that match the query, ordered by path, and those of them that the library knows to be unfit.

    Raises LibraryError for an empty library, and QueryError.
    """
    if not len(library):
        raise LibraryError("the library is empty", path=library.path, hint="tui-browser index FOLDER fills it")
    rows = sorted((row for row, _ in library.search(query, limit=limit)), key=lambda row: row.path)
    roots = library.root_paths()
    fit, unfit = [], []
    for row in rows:
        reason = _unfit(row, roots, clip_format)
        if reason:
            unfit.append(Omission(row.path, reason))
        else:
            fit.append(row)
    return fit, unfit


def _unfit(row: SampleRow, roots: Sequence[bytes], clip_format: ClipFormat) -> str:
    if reason := refusal(row.path, roots) or link_refusal(row.path, roots):
        return reason
    if row.missing:
        return "the file is missing"
    if row.state == SampleState.SILENT:
        return row.note or "silent"
    if clip_format.longest_s is not None and row.duration_s >= clip_format.longest_s:
        return _too_long(row.duration_s, clip_format.longest_s)
    return ""


def _too_long(duration_s: float, longest_s: float) -> str:
    return f"{duration_s:.1f} s long (sounds of {longest_s:g} s and more are left out)"


def read_clips(rows: Sequence[SampleRow], clip_format: ClipFormat) -> Iterator[SoundClip | Omission]:
    """Each row as a clip, or why it is none, in their order; files are decoded on all cores, some ahead."""
    workers = os.cpu_count() or 1
    ahead = workers if clip_format.clip_s is None else 8 * workers  # a whole sound may be large
    with ThreadPoolExecutor(workers, thread_name_prefix="clips") as pool:
        for start in range(0, len(rows), ahead):
            yield from pool.map(lambda row: _read(row, clip_format), rows[start : start + ahead])


def _read(row: SampleRow, clip_format: ClipFormat) -> SoundClip | Omission:
    longest_s = clip_format.longest_s
    try:
        seconds = longest_s or (MOST_CLIP_S if clip_format.clip_s is None else _HEAD_S + clip_format.clip_s)
        frames, rate = read_window(row.path, start_s=0.0, seconds=seconds)
    except AudioError as error:
        return Omission(row.path, error.what)
    except (BrowserError, OSError, MemoryError) as error:
        return Omission(row.path, f"cannot be read: {error}")
    if longest_s is not None and len(frames) >= longest_s * rate:
        return Omission(row.path, _too_long(len(frames) / rate, longest_s))
    return _clip(row, frames, rate, clip_format)


def _clip(row: SampleRow, frames: FloatArray, rate: int, clip_format: ClipFormat) -> SoundClip | Omission:
    if not len(frames) or not np.isfinite(frames).all():
        return Omission(row.path, "holds no sound" if not len(frames) else "holds samples that are not finite")
    sound = resample(downmix(frames), rate, clip_format.rate)
    length, start = clip_format.frames or len(sound), 0
    if _peak(sound[:length]) < SILENCE:
        start = leading_silence(sound, clip_format.rate)
    samples = sound[start : start + length]
    peak = _peak(samples)
    if peak < SILENCE:
        return Omission(row.path, "silent")
    samples = (samples / np.float32(peak)).astype(np.float32)
    if len(samples) < length:
        samples = np.concatenate((samples, np.zeros(length - len(samples), dtype=np.float32)))
    duration = (
        max(len(sound), round(row.duration_s * clip_format.rate)) if clip_format.longest_s is None else len(sound)
    )
    return SoundClip(row, samples, duration, start / clip_format.rate)


def _peak(samples: FloatArray) -> float:
    return float(np.abs(samples).max(initial=0.0))
