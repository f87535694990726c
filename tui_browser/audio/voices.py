"""Sound files as voices for the mixer: short ones whole and kept, long ones read as they are heard."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass

import numpy as np
import soxr

from tui_browser.audio.level import Level, integrated, measure, peak_of, powers
from tui_browser.audio.source import Source, open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

WHOLE_S = 4.0
"""Sounds up to this length are decoded at once; a longer one starts after its first block."""
BRIEF_S = 0.03
"""Sounds shorter than this are single cycles and the like: they are repeated for a while."""
SPEEDS = (0.5, 2.0)
BRIEF_FOR_S = 2.0
_FADE_S = 0.005
_SEAM_S = 0.02
_BLOCK_S = 0.25
_AHEAD_S = 1.5
_CACHE_BYTES = 64 << 20
_LEVELS = 8192
_MEASURED_S = 60.0
"""Of a long sound, so much is measured at leisure ..."""
_STRIDE_S = 5.0
_PIECE_S = 0.4
_HASTE_S = 0.010
"""... and for so long where somebody waits for it."""

_Key = tuple[bytes, int, int]


@dataclass(frozen=True, slots=True)
class Way:
    """How a sound is to be heard."""

    speed: float = 1.0
    """0.5 to 2; the pitch goes with it."""
    loop: bool = False
    level: bool = False
    """Whether it is brought to the loudness of all others."""
    gain_db: float = 0.0
    """On top of that."""


_PLAIN = Way()


class MemoryVoice:
    """A decoded sound."""

    rings = True

    def __init__(
        self, samples: FloatArray, *, start: int = 0, gain: float = 1.0, loop: bool = False, per_s: float = 48_000.0
    ) -> None:
        """`per_s` frames of it are a second of the file."""
        self.rises = start > 0
        self.loop = loop
        self.duration_s = len(samples) / per_s
        self._samples = samples
        self._at = start % len(samples) if loop else start
        self._gain = np.float32(gain)
        self._per_s = per_s

    def read(self, frames: int) -> FloatArray:
        if self.loop:
            chunk = self._samples.take(np.arange(self._at, self._at + frames), axis=0, mode="wrap")
            self._at = (self._at + frames) % len(self._samples)
        else:
            chunk = self._samples[self._at : self._at + frames]
            self._at += len(chunk)
        return chunk if self._gain == 1 else chunk * self._gain

    @property
    def at_s(self) -> float:
        """Where in the file the next frame lies."""
        return self._at / self._per_s

    @property
    def ended(self) -> bool:
        return self._at >= len(self._samples) and not self.loop

    def close(self) -> None:
        pass


class StreamVoice:
    """A long sound, read block by block by `feed`, which one thread calls while another reads."""

    rings = False

    def __init__(
        self,
        source: Source,
        *,
        rate: int,
        start_s: float = 0.0,
        gain: float = 1.0,
        loop: bool = False,
        speed: float = 1.0,
    ) -> None:
        self.rises = start_s > 0
        self.loop = loop
        self.duration_s = source.frames / source.rate if source.frames is not None else float("inf")
        self._source = source
        self.files = contextlib.ExitStack()
        """What is open for as long as it is heard."""
        self._rate = rate
        self._speed = speed
        self._gain = self._gain_now = gain
        self._block = round(_BLOCK_S * source.rate)
        self._blocks: deque[FloatArray] = deque()
        self._written = self._taken = 0  # frames; each is counted by one thread only
        self._exhausted = False
        self._resampler = None
        if source.rate * speed != rate:
            self._resampler = soxr.ResampleStream(source.rate * speed, rate, 2, dtype="float32")
        first = round(start_s * source.rate) if start_s > 0 else 0
        if source.frames is not None:
            first = min(first, source.frames)
        self._start_s = first / source.rate
        if first:
            source.seek(first)
        self._feed_block()

    def feed(self) -> None:
        """Read until a second and a half lies ready."""
        while not self._exhausted and self._written - self._taken < _AHEAD_S * self._rate:
            self._feed_block()

    def _feed_block(self) -> None:
        raw = self._next()
        last = len(raw) < self._block
        if last and self.loop:
            try:
                self._source.seek(0)
                again = self._source.read(self._block - len(raw))
            except AudioError:
                again = raw[:0]
            if len(again):
                raw, last = np.concatenate((raw, again)), False
        block = stereo(raw)
        if self._resampler is not None:
            block = self._resampler.resample_chunk(block, last=last)
        if len(block):
            self._blocks.append(block)
            self._written += len(block)
        self._exhausted = last

    def _next(self) -> FloatArray:
        try:
            return self._source.read(self._block)
        except AudioError:
            return np.zeros((0, self._source.channels), dtype=np.float32)  # damaged from here on: it ends here

    def read(self, frames: int) -> FloatArray:
        parts: list[FloatArray] = []
        wanted = frames
        while wanted and self._blocks:
            block = self._blocks[0]
            if len(block) <= wanted:
                parts.append(self._blocks.popleft())
            else:
                parts.append(block[:wanted])
                self._blocks[0] = block[wanted:]
            wanted -= len(parts[-1])
        self._taken += frames - wanted
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        return self._amplified(parts[0] if len(parts) == 1 else np.concatenate(parts))

    def set_gain(self, gain: float) -> None:
        """Go over to this gain."""
        self._gain = gain

    def _amplified(self, chunk: FloatArray) -> FloatArray:
        before, self._gain_now = self._gain_now, self._gain
        if before != self._gain_now:
            return chunk * np.linspace(before, self._gain_now, len(chunk), dtype=np.float32)[:, None]
        return chunk if before == 1 else chunk * np.float32(before)

    @property
    def at_s(self) -> float:
        """Where in the file the next frame lies."""
        at_s = self._start_s + self._taken / self._rate * self._speed
        return at_s % self.duration_s if at_s > self.duration_s > 0 else at_s

    @property
    def ended(self) -> bool:
        return self._exhausted and not self._blocks

    def close(self) -> None:
        self._exhausted = True
        self.files.close()


class Voices:
    """Opens files as voices at one rate, and keeps the short ones that were heard last (64 MiB of them).

    `prepare` may be called from one other thread.
    """

    def __init__(self, rate: int, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self.rate = rate
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[_Key, float, bool], FloatArray] = OrderedDict()
        self._levels: OrderedDict[_Key, Level] = OrderedDict()
        self._room = cache_bytes
        self.held_bytes = 0

    def open(self, path: bytes, way: Way = _PLAIN, *, start_s: float = 0.0) -> MemoryVoice | StreamVoice:
        """A voice of this file from `start_s` on; raises AudioError with the reason why there is none."""
        start_s = max(0.0, start_s)
        with contextlib.ExitStack() as files:
            fd = files.enter_context(open_file(path))
            key = _key(path, fd)
            samples = self._kept(key, way)
            if samples is None:
                source = files.enter_context(open_source(fd, path))
                if _is_long(source):
                    if way.level and key not in self._levels:
                        self._keep_level(key, _level_in_haste(source))
                        source = files.enter_context(open_source(fd, path))  # anew: not all can go back
                    gain = _factor(way, self._levels.get(key))
                    voice = StreamVoice(
                        source, rate=self.rate, start_s=start_s, gain=gain, loop=way.loop, speed=way.speed
                    )
                    voice.files = files.pop_all()
                    return voice
                samples = self._whole(key, source, way)
        per_s = self.rate / way.speed
        if way.level and key not in self._levels:
            self._keep_level(key, measure(samples, round(per_s)))
        gain = _factor(way, self._levels.get(key))
        return MemoryVoice(samples, start=round(start_s * per_s), gain=gain, loop=way.loop, per_s=per_s)

    def prepare(self, path: bytes, way: Way) -> None:
        """Have at hand what `open` will need; raises AudioError as that would."""
        with open_file(path) as fd:
            key = _key(path, fd)
            if self._kept(key, way) is not None:
                return
            with open_source(fd, path) as source:
                if not _is_long(source):
                    self._whole(key, source, way)
                elif way.level and (key not in self._levels or self._levels[key].rough):
                    self._keep_level(key, _level_at_leisure(source))

    def refine(self, voice: StreamVoice, path: bytes, way: Way) -> None:
        """Bring a voice that was opened in haste to its right level; raises AudioError where it cannot be read."""
        self.prepare(path, way)
        with open_file(path) as fd:
            voice.set_gain(_factor(way, self._levels.get(_key(path, fd))))

    def gain_db(self, path: bytes) -> float:
        """What brings this file to the loudness of all others; 0 where it cannot be read."""
        with contextlib.suppress(AudioError), open_file(path) as fd:
            key = _key(path, fd)
            if key not in self._levels:
                with open_source(fd, path) as source:
                    long = _is_long(source)
                    whole = round(WHOLE_S * source.rate)
                    level = _level_in_haste(source) if long else measure(stereo(source.read(whole)), source.rate)
                self._keep_level(key, level)
            return self._levels[key].gain_db
        return 0.0

    def _whole(self, key: _Key, source: Source, way: Way) -> FloatArray:
        heard = stereo(source.read(round(WHOLE_S * source.rate)))
        if not len(heard):
            raise AudioError("there is no sound in it", path=key[0])
        brief = len(heard) < BRIEF_S * source.rate
        rate = source.rate * way.speed
        samples = circle(heard, rate, self.rate) if brief or way.loop else resampled(heard, rate, self.rate)
        if brief and not way.loop:
            samples = np.resize(samples, (round(BRIEF_FOR_S * self.rate), 2))
            fade = round(_FADE_S * self.rate)
            samples[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]
        samples.setflags(write=False)
        if way.level and key not in self._levels:
            self._keep_level(key, measure(heard, source.rate))
        self._keep((key, way.speed, way.loop), samples)
        return samples

    def _kept(self, key: _Key, way: Way) -> FloatArray | None:
        with self._lock:
            samples = self._cache.get((key, way.speed, way.loop))
            if samples is not None:
                self._cache.move_to_end((key, way.speed, way.loop))
            return samples

    def _keep(self, key: tuple[_Key, float, bool], samples: FloatArray) -> None:
        with self._lock:
            old = self._cache.pop(key, None)
            self._cache[key] = samples
            self.held_bytes += samples.nbytes - (old.nbytes if old is not None else 0)
            while self.held_bytes > self._room and len(self._cache) > 1:
                _, dropped = self._cache.popitem(last=False)
                self.held_bytes -= dropped.nbytes

    def _keep_level(self, key: _Key, level: Level) -> None:
        with self._lock:
            self._levels[key] = level
            while len(self._levels) > _LEVELS:
                self._levels.popitem(last=False)


def stereo(samples: FloatArray) -> FloatArray:
    """(n, channels) as (n, 2): mono on both sides, more than two channels as their mean; never NaN or infinite."""
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    if samples.shape[1] == 1:
        return np.repeat(samples, 2, axis=1)
    if samples.shape[1] > 2:
        return np.repeat(samples.mean(axis=1, keepdims=True, dtype=np.float32), 2, axis=1)
    return samples


def _key(path: bytes, fd: int) -> _Key:
    facts = os.fstat(fd)
    return path, facts.st_mtime_ns, facts.st_size


def _is_long(source: Source) -> bool:
    return source.frames is None or source.frames > WHOLE_S * source.rate


def _factor(way: Way, level: Level | None) -> float:
    level_db = level.gain_db if way.level and level is not None else 0.0
    return float(10 ** ((way.gain_db + level_db) / 20))


def resampled(samples: FloatArray, rate: float, to: int) -> FloatArray:
    """A whole sound at another rate."""
    if rate == to:
        return samples
    return np.ascontiguousarray(soxr.resample(samples, rate, to), dtype=np.float32)


def circle(samples: FloatArray, rate: float, to: int) -> FloatArray:
    """A sound that is to be heard round and round, resampled as such: its end goes over into its beginning.

    What is shorter than half a second is repeated first, so that rounding to whole frames does not put it out of tune.
    """
    if rate == to:
        return samples
    count = len(samples) * max(1, round(0.5 * rate / len(samples)))
    margin = round(_SEAM_S * rate)
    round_about = samples.take(np.arange(-margin, count + margin), axis=0, mode="wrap")
    found = resampled(round_about, rate, to)
    start = round(margin * to / rate)
    return np.ascontiguousarray(found[start : start + round(count * to / rate)])


def _level_at_leisure(source: Source) -> Level:
    """The level of the first minute of a long sound."""
    step = round(_STRIDE_S * source.rate)
    return _level(source, [None] * round(_MEASURED_S / _STRIDE_S), step, until=None)


def _level_in_haste(source: Source) -> Level:
    """The level of a long sound by pieces from all over it, as many as there is time for; at least its beginning."""
    starts: list[int | None] = [None]
    if source.seeks_fast and source.frames is not None:
        starts += [round(source.frames * part / 16) for part in (8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15)]
    return _level(source, starts, round(_PIECE_S * source.rate), until=time.monotonic() + _HASTE_S)


def _level(source: Source, starts: list[int | None], frames: int, *, until: float | None) -> Level:
    """The level of the pieces of so many frames that start there; None is where the last one ended."""
    blocks, peak, rough = [np.zeros(0)], 0.0, until is not None
    for start in starts:
        try:
            if start is not None:
                source.seek(start)
            samples = stereo(source.read(frames))
        except AudioError:
            break
        blocks.append(powers(samples, source.rate))
        peak = max(peak, peak_of(samples))
        if not len(samples) or (until is not None and time.monotonic() > until):
            break
    return Level(integrated(np.concatenate(blocks)), peak, rough)
