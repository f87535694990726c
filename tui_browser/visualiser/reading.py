"""Reads a sound file as the features need it: mono, 22,050 Hz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray
from tui_browser.visualiser.spectra import RATE

LONGEST_S = 2 * 3600
"""Longer sounds are refused: their samples would take more than a gigabyte."""
_BLOCK_S = 2.0


def untold(part: float) -> None:
    """Progress that nobody wants to know."""


def read_mono(path: bytes, *, progress: Callable[[float], None] = untold) -> FloatArray:
    """(n,) samples of a whole file; `progress` gets the share that is read. Raises AudioError."""
    with open_file(path) as fd, open_source(fd, path) as source:
        if source.frames is not None and source.frames > LONGEST_S * source.rate:
            raise AudioError(f"longer than {LONGEST_S // 3600} hours", path=path, hint="cut it into parts first")
        blocks = _blocks(source, path, progress)
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def _blocks(source: AudioSource, path: bytes, progress: Callable[[float], None]) -> list[FloatArray]:
    import soxr

    resampler = soxr.ResampleStream(source.rate, RATE, 1, dtype="float32") if source.rate != RATE else None
    block, read, blocks = round(_BLOCK_S * source.rate), 0, []
    while True:
        try:
            raw = source.read(block)
        except AudioError:
            if not read:
                raise
            raw = np.zeros((0, source.channels), dtype=np.float32)  # damaged from here on: the sound ends here
        read += len(raw)
        if read > LONGEST_S * source.rate:
            raise AudioError(f"longer than {LONGEST_S // 3600} hours", path=path, hint="cut it into parts first")
        last = len(raw) < block
        mono = np.nan_to_num(raw.mean(axis=1, dtype=np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
        blocks.append(mono if resampler is None else resampler.resample_chunk(mono, last=last))
        if last:
            return blocks
        if source.frames:
            progress(min(1.0, read / source.frames))
