"""Sound files as voices for the mixer: short ones whole and kept, long ones read as they are heard."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import soxr

from tui_browser.audio.loudness import LOOP_S, Loudness, measure
from tui_browser.audio.resampling import circle, resampled, stereo
from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.playback.memory_voice import GrowingVoice, MemoryVoice
from tui_browser.playback.messages import KnownLevel
from tui_browser.playback.quick_loudness import level_at_leisure, level_in_haste, level_of_pieces, level_of_slices
from tui_browser.playback.stream_voice import StreamVoice
from tui_browser.records import FloatArray

WHOLE_S = 4.0
"""Sounds up to this length are held as a whole; a longer one is read as it is heard."""
BRIEF_S = 0.03
"""Sounds shorter than this are single cycles and the like: they are repeated for a while."""
BRIEF_FOR_S = 2.0
_BEGINNING_S = 0.5
"""Of those longer than LOOP_S, so much is decoded before they begin."""
_FADE_S = 0.005
_CACHE_BYTES = 64 << 20
_LEVELS = 8192

_Key = tuple[bytes, int, int]


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """How a sound is to be heard."""

    speed: float = 1.0
    """0.5 to 2; the pitch goes with it."""
    loop: bool = False
    level: bool = False
    """Whether it is brought to the loudness of all others."""
    gain_db: float = 0.0
    """On top of that."""


_PLAIN = VoiceOptions()


class VoiceFactory:
    """Opens files as voices at one rate, and keeps the short ones that were heard last (64 MiB of them).

    `prepare` may be called from one other thread.
    """

    def __init__(self, rate: int, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self.rate = rate
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[_Key, float, bool], FloatArray] = OrderedDict()
        self._levels: OrderedDict[_Key, Loudness] = OrderedDict()
        self._room = cache_bytes
        self.held_bytes = 0

    def open(
        self,
        path: bytes,
        way: VoiceOptions = _PLAIN,
        *,
        start_s: float = 0.0,
        end_s: float | None = None,
        known: KnownLevel | None = None,
    ) -> MemoryVoice | StreamVoice:
        """A voice of this file from `start_s` on (to `end_s`); raises AudioError with the reason why there is none.

        What is opened for the first time and is not short begins with its beginning: `feed` reads on. With `known` a
        file that is still the one that was indexed is not measured.
        """
        start_s = max(0.0, start_s)
        with contextlib.ExitStack() as files:
            fd = files.enter_context(open_file(path))
            key = _key(path, fd)
            self._learn(key, known)
            samples = self._kept(key, way)
            if samples is None:
                source = files.enter_context(open_source(fd, path))
                growing = _is_loop(source) and not way.loop and not start_s and end_s is None
                in_haste = _is_long(source) or (growing and source.seeks_fast)
                if in_haste and way.level and key not in self._levels:
                    self._keep_level(key, level_of_pieces(source) if growing else level_in_haste(source))
                    source = files.enter_context(open_source(fd, path))  # anew: not all can go back
                if growing:
                    return self._growing(key, source, way, files.pop_all())
                if _is_long(source):
                    gain = _factor(way, self._levels.get(key))
                    voice = StreamVoice(
                        source,
                        rate=self.rate,
                        start_s=start_s,
                        gain=gain,
                        loop=way.loop,
                        speed=way.speed,
                        end_s=end_s,
                    )
                    voice.files = files.pop_all()
                    return voice
                samples = self._whole(key, source, way)
        per_s = self.rate / way.speed
        if way.level and key not in self._levels:
            self._keep_level(key, measure(samples, round(per_s)))
        gain = _factor(way, self._levels.get(key))
        end = None if end_s is None else round(end_s * per_s)
        return MemoryVoice(samples, start=round(start_s * per_s), gain=gain, loop=way.loop, per_s=per_s, end=end)

    def prepare(self, path: bytes, way: VoiceOptions) -> None:
        """Have at hand what `open` will need; raises AudioError as that would."""
        with open_file(path) as fd:
            key = _key(path, fd)
            if self._kept(key, way) is not None:
                return
            with open_source(fd, path) as source:
                if not _is_long(source):
                    self._whole(key, source, way)
                elif way.level and (key not in self._levels or self._levels[key].rough):
                    self._keep_level(key, level_at_leisure(source))

    def refine(self, voice: StreamVoice, path: bytes, way: VoiceOptions) -> None:
        """Bring a voice that was opened in haste to its right level; raises AudioError where it cannot be read."""
        self.prepare(path, way)
        with open_file(path) as fd:
            voice.set_gain(_factor(way, self._levels.get(_key(path, fd))))

    def gain_db(self, path: bytes, known: KnownLevel | None = None) -> float:
        """What brings this file to the loudness of all others; 0 where it cannot be read."""
        with contextlib.suppress(AudioError), open_file(path) as fd:
            key = _key(path, fd)
            self._learn(key, known)
            if key not in self._levels:
                with open_source(fd, path) as source:
                    long = _is_long(source)
                    whole = round(WHOLE_S * source.rate)
                    level = level_in_haste(source) if long else measure(stereo(source.read(whole)), source.rate)
                self._keep_level(key, level)
            return self._levels[key].gain_db
        return 0.0

    def _whole(self, key: _Key, source: AudioSource, way: VoiceOptions) -> FloatArray:
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
        return self._have(key, way, samples, heard, source.rate)

    def _have(self, key: _Key, way: VoiceOptions, samples: FloatArray, heard: FloatArray, rate: int) -> FloatArray:
        """Keep a whole sound as it goes to the device, and the level of what the file holds."""
        samples.setflags(write=False)
        if way.level and (key not in self._levels or self._levels[key].rough):
            self._keep_level(key, measure(heard, rate))
        self._keep((key, way.speed, way.loop), samples)
        return samples

    def _growing(self, key: _Key, source: AudioSource, way: VoiceOptions, files: contextlib.ExitStack) -> GrowingVoice:
        rate = source.rate * way.speed
        resampler = soxr.ResampleStream(rate, self.rate, 2, dtype="float32") if rate != self.rate else None

        def turned(heard: FloatArray, *, last: bool) -> FloatArray:
            return heard if resampler is None else resampler.resample_chunk(heard, last=last)

        some = round(_BEGINNING_S * source.rate)
        try:
            first = stereo(source.read(some if source.seeks_fast else round(WHOLE_S * source.rate)))
            if not len(first):
                raise AudioError("there is no sound in it", path=key[0])
            beginning = turned(first[:some], last=False)
        except BaseException:
            files.close()
            raise
        if way.level and key not in self._levels:
            self._keep_level(key, level_of_slices(first, source.rate))

        def grow() -> tuple[FloatArray, float]:
            try:
                rest = stereo(source.read(round(WHOLE_S * source.rate)))
            except AudioError:
                rest = first[:0]  # damaged from here on: it ends here
            heard = np.concatenate((first, rest))
            samples = np.concatenate((beginning, turned(heard[some:], last=True)))
            samples = self._have(key, way, samples, heard, source.rate)
            return samples, _factor(way, self._levels.get(key))

        gain, per_s = _factor(way, self._levels.get(key)), self.rate / way.speed
        duration_s = (source.frames or 0) / source.rate
        return GrowingVoice(beginning, grow, files, gain=gain, per_s=per_s, duration_s=duration_s)

    def _kept(self, key: _Key, way: VoiceOptions) -> FloatArray | None:
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

    def _learn(self, key: _Key, known: KnownLevel | None) -> None:
        """Take the level that the index has, where the file has not been edited since."""
        if known is None or key[1:] != (known.mtime_ns, known.size):
            return
        if key not in self._levels or self._levels[key].rough:
            self._keep_level(key, Loudness.of_stored(known.level_db, known.peak_db))

    def _keep_level(self, key: _Key, level: Loudness) -> None:
        with self._lock:
            self._levels[key] = level
            while len(self._levels) > _LEVELS:
                self._levels.popitem(last=False)


def _key(path: bytes, fd: int) -> _Key:
    facts = os.fstat(fd)
    return path, facts.st_mtime_ns, facts.st_size


def _is_long(source: AudioSource) -> bool:
    return source.frames is None or source.frames > WHOLE_S * source.rate


def _is_loop(source: AudioSource) -> bool:
    """Whether it is worth while to begin before all is ready."""
    return not _is_long(source) and (source.frames or 0) > LOOP_S * source.rate


def _factor(way: VoiceOptions, level: Loudness | None) -> float:
    level_db = level.gain_db if way.level and level is not None else 0.0
    return float(10 ** ((way.gain_db + level_db) / 20))
