"""A recording of speech, prepared so that any part of it can be cut: as it is, or mono at another rate."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.audio.fragment import copy_fragment
from tui_browser.audio.mono import channel_for_mono, to_mono
from tui_browser.audio.source import open_file, open_source
from tui_browser.dsp.trim import SILENCE
from tui_browser.errors import AudioError

_BLOCK_VALUES = 1 << 20


@dataclass(frozen=True, slots=True)
class Speech:
    """A file that can be read from any frame on."""

    path: bytes
    rate: int
    frames: int

    @property
    def duration_s(self) -> float:
        return self.frames / self.rate


@contextlib.contextmanager
def prepared_speech(path: bytes, *, rate: int | None = None) -> Iterator[Speech]:
    """The recording itself if it can be cut as it is; else a copy, which is deleted when the block ends.

    With `rate` it is mono, 16 bit, at that rate. Raises AudioError.
    """
    with tempfile.TemporaryDirectory(prefix="tui-browser-") as folder:
        copy = os.path.join(os.fsencode(folder), b"speech.wav")
        with open_file(path) as fd, open_source(fd, path) as source:
            frames = source.frames if source.seeks_fast else None
            ready = frames is not None and (rate is None or (source.rate, source.channels) == (rate, 1))
            source_rate = source.rate
        if ready and frames is not None:
            yield Speech(path, source_rate, frames)
        elif rate is None:
            with open(copy, "wb") as file:
                count = copy_fragment(path, file, start_s=0.0)
            yield Speech(copy, source_rate, count)
        else:
            yield Speech(copy, rate, _resampled(path, copy, rate))


def read_mono_16_bit(speech: Speech) -> NDArray[np.int16]:
    """(n,) all samples of a mono recording."""
    import soundfile  # 30 ms

    with open(speech.path, "rb") as file:
        samples: NDArray[np.int16] = soundfile.read(file, dtype="int16")[0]
    return samples


def _resampled(path: bytes, copy: bytes, rate: int) -> int:
    """Write the recording as mono, 16 bit, at this rate; the number of frames."""
    import soundfile
    import soxr  # 3 ms

    count = 0
    with (
        open_file(path) as fd,
        open_source(fd, path) as source,
        open(copy, "wb") as file,
        soundfile.SoundFile(file.fileno(), "w", rate, 1, "PCM_16", format="WAV", closefd=False) as out,
    ):
        stream = soxr.ResampleStream(source.rate, rate, 1, dtype="float32")
        channel: int | None = None
        last = False
        while not last:
            block = source.read(max(4096, _BLOCK_VALUES // source.channels))
            last = not len(block)
            if not np.isfinite(block).all():
                raise AudioError("holds samples that are not finite (NaN or infinite)", path=path)
            peak = float(np.abs(block).max(initial=0.0))
            if channel is None and peak >= SILENCE:
                channel = channel_for_mono(block, peak)
            part = stream.resample_chunk(np.ascontiguousarray(to_mono(block, channel)), last=last)
            out.write(np.clip(part, -1.0, 1.0))
            count += len(part)
    if not count:
        raise AudioError("holds no sound: zero frames", path=path)
    return count
