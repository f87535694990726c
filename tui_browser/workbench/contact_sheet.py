"""A contact sheet: the beginnings of many sounds behind each other in one WAV, with a cue point for each."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
import soundfile

from tui_browser.audio.cue_points import CuePoint, cue_chunks
from tui_browser.audio.resampling import resample, to_stereo
from tui_browser.audio.waveform import read_window
from tui_browser.errors import AudioError, BrowserError
from tui_browser.records import FloatArray, SampleRow
from tui_browser.workbench.clips import Omission

PEAK = 0.7
"""Of each sound, so that soft ones are heard beside loud ones."""
_FADE_S = 0.01
_MOST_BYTES = 0xF0000000
_FRAME_BYTES = 6
"""Stereo, 24 bit."""


@dataclass(frozen=True, slots=True)
class SheetFormat:
    """What all sounds of a sheet have in common."""

    rate: int = 44_100
    longest_s: float = 1.5
    """Longer sounds are faded out there."""
    gap_s: float = 0.1
    """Silence after each."""


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sound of the sheet."""

    row: SampleRow
    start_s: float
    length_s: float


def write_sheet(
    rows: Sequence[SampleRow],
    file: IO[bytes],
    *,
    form: SheetFormat,
    on_sound: Callable[[], None] = lambda: None,
) -> tuple[list[SheetEntry], list[Omission]]:
    """Write the sounds to a file that can be searched in, from their onsets on; its entries, and what was left out.

    Raises BrowserError where a WAV cannot hold that much.
    """
    if len(rows) * (form.longest_s + form.gap_s) * form.rate * _FRAME_BYTES > _MOST_BYTES:
        raise BrowserError("a WAV cannot hold that much sound", hint="fewer samples (-n) or a shorter --length")
    points: list[CuePoint] = []
    entries: list[SheetEntry] = []
    omitted: list[Omission] = []
    gap = np.zeros((round(form.gap_s * form.rate), 2), dtype=np.float32)
    start = 0
    with soundfile.SoundFile(file, "w", form.rate, 2, "PCM_24", format="WAV") as wav:
        for row in rows:
            try:
                sound = _excerpt(row, form)
            except (AudioError, OSError, MemoryError) as error:
                omitted.append(Omission(row.path, error.what if isinstance(error, AudioError) else str(error)))
                continue
            finally:
                on_sound()
            wav.write(np.concatenate([sound, gap]))
            points.append(
                CuePoint(os.fsdecode(os.path.basename(row.path)).encode("utf-8", "replace").decode(), start, len(sound))
            )
            entries.append(SheetEntry(row, start / form.rate, len(sound) / form.rate))
            start += len(sound) + len(gap)
    if not entries:
        raise BrowserError("none of the samples could be read", path=omitted[0].path if omitted else None)
    _append_cue_points(file, points)
    return entries, omitted


def _excerpt(row: SampleRow, form: SheetFormat) -> FloatArray:
    """(n, 2) the sound from its onset on, with a peak of `PEAK`. Raises AudioError."""
    samples, rate = read_window(row.path, start_s=row.onset_s, seconds=form.longest_s)
    sound = resample(to_stereo(samples), rate, form.rate) if len(samples) else to_stereo(samples)
    peak = float(np.abs(sound).max(initial=0.0))
    if not np.isfinite(peak) or peak < 1e-6:
        raise AudioError("silent" if peak < 1e-6 else "holds samples that are not finite", path=row.path)
    sound = np.asarray(sound * np.float32(PEAK / peak), dtype=np.float32)
    fade = min(len(sound), round(_FADE_S * form.rate))
    sound[len(sound) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, np.newaxis]
    return sound


def _append_cue_points(file: IO[bytes], points: Sequence[CuePoint]) -> None:
    end = file.seek(0, os.SEEK_END)
    file.write(b"\0" * (end % 2) + cue_chunks(points))
    size = file.tell()
    file.seek(4)
    file.write(struct.pack("<I", size - 8))
