"""Levels of files: taken from the index, measured quickly while somebody waits, or measured properly in advance."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import OrderedDict
from dataclasses import replace

import numpy as np

from tui_browser.audio.loudness import MEASURED_S, STRIDE_S, Loudness, integrated, measure, peak_of, powers
from tui_browser.audio.resampling import stereo
from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.playback.messages import KnownLevel
from tui_browser.records import FloatArray

WHOLE_S = 4.0
"""Sounds up to this length are decoded as a whole; longer ones are streamed."""
QUICK_S = 0.006
"""Time limit for measuring a long sound while somebody waits for it."""
_PIECE_S = 0.4
_ORDER = (8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15)
"""Where pieces are taken, in sixteenths of the sound, after the piece at its start."""
_MOST_LEVELS = 8192

FileKey = tuple[bytes, int, int]
"""Path, modification time (ns) and size: one version of one file."""


class LevelCache:
    """Levels of the files played or prepared last; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: OrderedDict[FileKey, Loudness] = OrderedDict()

    def get(self, key: FileKey) -> Loudness | None:
        return self._levels.get(key)

    def is_exact(self, key: FileKey) -> bool:
        """Whether the level of this file is known, and not from a quick measurement."""
        level = self._levels.get(key)
        return level is not None and not level.rough

    def keep(self, key: FileKey, level: Loudness) -> None:
        with self._lock:
            self._levels[key] = level
            while len(self._levels) > _MOST_LEVELS:
                self._levels.popitem(last=False)

    def learn(self, key: FileKey, known: KnownLevel | None) -> None:
        """Take the level that the index has, unless the file changed since."""
        if known is not None and key[1:] == (known.mtime_ns, known.size) and not self.is_exact(key):
            self.keep(key, Loudness.of_stored(known.level_db, known.peak_db))

    def gain_db(self, path: bytes, known: KnownLevel | None = None) -> float:
        """The gain that brings this file to the common loudness; 0 when it cannot be read."""
        with contextlib.suppress(AudioError), open_file(path) as fd:
            key = file_key(path, fd)
            self.learn(key, known)
            level = self.get(key)
            if level is None:
                with open_source(fd, path) as source:
                    samples = None if is_long(source) else stereo(source.read(round(WHOLE_S * source.rate)))
                    level = quick_level(source) if samples is None else measure(samples, source.rate)
                self.keep(key, level)
            return level.gain_db
        return 0.0


def file_key(path: bytes, fd: int) -> FileKey:
    stat = os.fstat(fd)
    return path, stat.st_mtime_ns, stat.st_size


def is_long(source: AudioSource) -> bool:
    """Whether a source is streamed: longer than WHOLE_S, or of unknown length."""
    return source.frames is None or source.frames > WHOLE_S * source.rate


def first_minute_level(source: AudioSource) -> Loudness:
    """The level of the first minute of a long sound."""
    step = round(STRIDE_S * source.rate)
    return _level(source, [None] * round(MEASURED_S / STRIDE_S), step, deadline=None)


def quick_level(source: AudioSource) -> Loudness:
    """A rough level of a long sound: from its first piece, and as many others as QUICK_S allows."""
    return _level(source, _starts(source, len(_ORDER)), _piece(source), deadline=time.monotonic() + QUICK_S)


def four_piece_level(source: AudioSource) -> Loudness:
    """A rough level of a sound of a few seconds, from four pieces."""
    return replace(_level(source, _starts(source, 3), _piece(source), deadline=None), rough=True)


def four_piece_level_of(samples: FloatArray, rate: int) -> Loudness:
    """A rough level of decoded samples, (n, 2), from four pieces."""
    length = round(_PIECE_S * rate)
    pieces = [samples[start : start + length] for start in (len(samples) * part // 16 for part in (0, *_ORDER[:3]))]
    peak = max(map(peak_of, pieces), default=0.0)
    return Loudness(integrated(np.concatenate([powers(piece, rate) for piece in pieces])), peak, True)


def _starts(source: AudioSource, count: int) -> list[int | None]:
    if not source.seeks_fast or source.frames is None:
        return [None]
    return [None, *(round(source.frames * part / 16) for part in _ORDER[:count])]


def _piece(source: AudioSource) -> int:
    return round(_PIECE_S * source.rate)


def _level(source: AudioSource, starts: list[int | None], frames: int, *, deadline: float | None) -> Loudness:
    """The level of pieces of `frames` frames at `starts`; None continues where the last piece ended."""
    blocks, peak, rough = [np.zeros(0)], 0.0, deadline is not None
    for start in starts:
        try:
            if start is not None:
                source.seek(start)
            samples = stereo(source.read(frames))
        except AudioError:
            break
        blocks.append(powers(samples, source.rate))
        peak = max(peak, peak_of(samples))
        if not len(samples) or (deadline is not None and time.monotonic() > deadline):
            break
    return Loudness(integrated(np.concatenate(blocks)), peak, rough)
