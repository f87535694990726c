"""Opens sound files as voices: short ones are decoded as a whole and cached, long ones are streamed."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np
import soxr

from tui_browser.audio.loudness import LOOP_S, Loudness, measure_loudness
from tui_browser.audio.resampling import resample, resample_loop, to_stereo
from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.playback.levels import (
    WHOLE_S,
    FileKey,
    LevelCache,
    file_key,
    first_minute_level,
    four_piece_level,
    four_piece_level_of,
    is_long,
    quick_level,
)
from tui_browser.playback.memory_voice import GrowingVoice, MemoryVoice
from tui_browser.playback.messages import AS_IT_IS, KnownLevel, TimeStretch
from tui_browser.playback.stream_voice import StreamVoice
from tui_browser.playback.stretched_voice import FIRST_S, UNSURE_S, StretchedVoice
from tui_browser.playback.stretching import LONGEST_S, Stretcher, Stretchers
from tui_browser.records import FloatArray

BRIEF_S = 0.03
"""Shorter sounds, such as single cycles, are repeated for BRIEF_FOR_S."""
BRIEF_FOR_S = 2.0
_FIRST_PART_S = 0.5
"""How much of a sound longer than LOOP_S is decoded before it starts."""
_FADE_S = 0.005
_CACHE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """How a file is played."""

    speed: float = 1.0
    """0.5 to 2; changes the pitch too."""
    loop: bool = False
    level: bool = False
    """Whether it is brought to the common loudness."""
    gain_db: float = 0.0
    """Gain on top of that."""
    stretch: TimeStretch = AS_IT_IS

    @property
    def pace(self) -> float:
        """How many seconds of the file pass in a second."""
        return self.speed * self.stretch.tempo


_DEFAULT_OPTIONS = VoiceOptions()


class VoiceFactory:
    """Opens files as voices at one sample rate, and caches the short ones played last (64 MiB).

    `prepare` and `refine` may be called from one other thread.
    """

    def __init__(
        self,
        rate: int,
        levels: LevelCache,
        stretchers: Stretchers | None = None,
        *,
        cache_bytes: int = _CACHE_BYTES,
    ) -> None:
        """Without `stretchers`, all sounds play as they are."""
        self.rate = rate
        self.cached_bytes = 0
        self._levels = levels
        self._stretchers = stretchers
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[FileKey, VoiceOptions], FloatArray] = OrderedDict()
        self._most_bytes = cache_bytes

    def open(
        self,
        path: bytes,
        options: VoiceOptions = _DEFAULT_OPTIONS,
        *,
        start_s: float = 0.0,
        end_s: float | None = None,
        known: KnownLevel | None = None,
    ) -> MemoryVoice | StreamVoice:
        """A voice of this file from `start_s` to `end_s`; raises AudioError with the reason when it cannot be read.

        A sound of more than a few seconds that is not cached starts with its first part; `feed` reads the rest.
        With `known`, a file that did not change since it was indexed is not measured.
        """
        start_s = max(0.0, start_s)
        with contextlib.ExitStack() as files:
            fd = files.enter_context(open_file(path))
            key = file_key(path, fd)
            self._levels.learn(key, known)
            samples = self._cached(key, options)
            if samples is None:
                source = files.enter_context(open_source(fd, path))
                options = self._possible(options, source)
                if options.stretch != AS_IT_IS and not start_s and not options.loop and _takes_a_while(source):
                    return self._begun(key, source, options, files.pop_all(), end_s=end_s)
                is_stretched = options.stretch != AS_IT_IS
                growing = _is_loop(source) and not (options.loop or start_s or is_stretched) and end_s is None
                measure_quickly = is_long(source) or (growing and source.seeks_fast)
                if measure_quickly and options.level and self._levels.get(key) is None:
                    self._levels.keep(key, four_piece_level(source) if growing else quick_level(source))
                    source = files.enter_context(open_source(fd, path))  # not every source can seek back
                if growing:
                    return self._growing(key, source, options, files.pop_all())
                if is_long(source) and not is_stretched:
                    voice_files = contextlib.ExitStack()
                    voice = StreamVoice(
                        source,
                        voice_files,
                        rate=self.rate,
                        start_s=start_s,
                        gain=_gain(options, self._levels.get(key)),
                        loop=options.loop,
                        speed=options.speed,
                        end_s=end_s,
                    )
                    voice_files.push(files.pop_all())
                    return voice
                if is_stretched and self._stretchers is not None:
                    samples = self._decode_stretched(key, source, options, self._stretchers.quick)
                else:
                    samples = self._decode(key, source, options)
        frames_per_s = self.rate / options.pace
        if options.level and self._levels.get(key) is None:
            self._levels.keep(key, measure_loudness(samples, round(frames_per_s)))
        return MemoryVoice(
            samples,
            start=round(start_s * frames_per_s),
            end=None if end_s is None else round(end_s * frames_per_s),
            gain=_gain(options, self._levels.get(key)),
            loop=options.loop,
            frames_per_s=frames_per_s,
        )

    def prepare(self, path: bytes, options: VoiceOptions) -> None:
        """Decode a short file, measure a long one, so that `open` is quick; raises AudioError."""
        with open_file(path) as fd:
            key = file_key(path, fd)
            if self._cached(key, options) is not None:
                return
            with open_source(fd, path) as source:
                options = self._possible(options, source)
                if options.stretch != AS_IT_IS and self._stretchers is not None:
                    self._stretchers.warm()
                    self._decode_stretched(key, source, options, self._stretchers.thorough)
                elif not is_long(source):
                    self._decode(key, source, options)
                elif options.level and not self._levels.is_exact(key):
                    self._levels.keep(key, first_minute_level(source))

    def refine(self, voice: StreamVoice, path: bytes, options: VoiceOptions) -> None:
        """Measure a long sound properly and move its voice to the right level; raises AudioError."""
        self.prepare(path, options)
        with open_file(path) as fd:
            voice.set_gain(_gain(options, self._levels.get(file_key(path, fd))))

    def _possible(self, options: VoiceOptions, source: AudioSource) -> VoiceOptions:
        """The options, without the stretch where this source or this machine does not allow it."""
        seconds = (source.frames or 0) / source.rate
        able = self._stretchers is not None and self._stretchers.available and BRIEF_S < seconds <= LONGEST_S
        return options if able else replace(options, stretch=AS_IT_IS)

    def _decode_stretched(
        self, key: FileKey, source: AudioSource, options: VoiceOptions, stretcher: Stretcher
    ) -> FloatArray:
        original = to_stereo(source.read(round(LONGEST_S * source.rate)))
        if not len(original):
            raise AudioError("the file holds no sound", path=key[0])
        convert, run = (resample_loop, stretcher.run_loop) if options.loop else (resample, stretcher.run)
        samples = run(convert(original, source.rate * options.speed, self.rate), self.rate, options.stretch)
        return self._keep(key, options, samples, original, source.rate)

    def _begun(
        self,
        key: FileKey,
        source: AudioSource,
        options: VoiceOptions,
        files: contextlib.ExitStack,
        *,
        end_s: float | None,
    ) -> StretchedVoice:
        """A stretched sound whose first part is there."""
        stretchers, rate = self._stretchers, source.rate * options.speed
        assert stretchers is not None
        frames_per_s = self.rate / options.pace
        try:
            first = to_stereo(source.read(round(FIRST_S * source.rate)))
            if not len(first):
                raise AudioError("the file holds no sound", path=key[0])
            first_part = stretchers.quick.run(resample(first, rate, self.rate), self.rate, options.stretch)
        except BaseException:  # whatever it is: nobody else closes the file
            files.close()
            raise
        if options.level and self._levels.get(key) is None:
            self._levels.keep(key, four_piece_level_of(first, source.rate))

        def read_all() -> tuple[FloatArray, float]:
            remainder = to_stereo(source.read(round(LONGEST_S * source.rate)))
            original = np.concatenate((first, remainder))
            samples = stretchers.thorough.run(resample(original, rate, self.rate), self.rate, options.stretch)
            samples = self._keep(key, options, samples, original, source.rate)
            return samples, _gain(options, self._levels.get(key))

        return StretchedVoice(
            first_part[: round((FIRST_S - UNSURE_S) * frames_per_s)],
            read_all,
            files,
            gain=_gain(options, self._levels.get(key)),
            frames_per_s=frames_per_s,
            duration_s=(source.frames or 0) / source.rate,
            end=None if end_s is None else round(end_s * frames_per_s),
        )

    def _decode(self, key: FileKey, source: AudioSource, options: VoiceOptions) -> FloatArray:
        original = to_stereo(source.read(round(WHOLE_S * source.rate)))
        if not len(original):
            raise AudioError("the file holds no sound", path=key[0])
        brief = len(original) < BRIEF_S * source.rate
        rate = source.rate * options.speed
        convert = resample_loop if brief or options.loop else resample
        samples = convert(original, rate, self.rate)
        if brief and not options.loop:
            samples = np.resize(samples, (round(BRIEF_FOR_S * self.rate), 2))
            fade = round(_FADE_S * self.rate)
            samples[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]
        return self._keep(key, options, samples, original, source.rate)

    def _growing(
        self, key: FileKey, source: AudioSource, options: VoiceOptions, files: contextlib.ExitStack
    ) -> GrowingVoice:
        rate = source.rate * options.speed
        resampler = soxr.ResampleStream(rate, self.rate, 2, dtype="float32") if rate != self.rate else None

        def convert(samples: FloatArray, *, last: bool) -> FloatArray:
            return samples if resampler is None else resampler.resample_chunk(samples, last=last)

        count = round(_FIRST_PART_S * source.rate)
        try:
            first = to_stereo(source.read(count if source.seeks_fast else round(WHOLE_S * source.rate)))
            if not len(first):
                raise AudioError("the file holds no sound", path=key[0])
            first_part = convert(first[:count], last=False)
        except BaseException:  # whatever it is: nobody else closes the file
            files.close()
            raise
        if options.level and self._levels.get(key) is None:
            self._levels.keep(key, four_piece_level_of(first, source.rate))

        def read_all() -> tuple[FloatArray, float]:
            try:
                remainder = to_stereo(source.read(round(WHOLE_S * source.rate)))
            except AudioError:
                remainder = first[:0]  # damaged from here on: the sound ends here
            original = np.concatenate((first, remainder))
            samples = np.concatenate((first_part, convert(original[count:], last=True)))
            samples = self._keep(key, options, samples, original, source.rate)
            return samples, _gain(options, self._levels.get(key))

        return GrowingVoice(
            first_part,
            read_all,
            files,
            gain=_gain(options, self._levels.get(key)),
            frames_per_s=self.rate / options.speed,
            duration_s=(source.frames or 0) / source.rate,
        )

    def _cached(self, key: FileKey, options: VoiceOptions) -> FloatArray | None:
        with self._lock:
            cache_key = _cache_key(key, options)
            samples = self._cache.get(cache_key)
            if samples is not None:
                self._cache.move_to_end(cache_key)
            return samples

    def _keep(
        self, key: FileKey, options: VoiceOptions, samples: FloatArray, original: FloatArray, original_rate: int
    ) -> FloatArray:
        """Cache decoded samples at the device's rate, and the level of the original ones."""
        samples.setflags(write=False)
        if options.level and not self._levels.is_exact(key):
            self._levels.keep(key, measure_loudness(original, original_rate))
        cache_key = _cache_key(key, options)
        with self._lock:
            old = self._cache.pop(cache_key, None)
            self._cache[cache_key] = samples
            self.cached_bytes += samples.nbytes - (old.nbytes if old is not None else 0)
            while self.cached_bytes > self._most_bytes and len(self._cache) > 1:
                _, dropped = self._cache.popitem(last=False)
                self.cached_bytes -= dropped.nbytes
        return samples


def _cache_key(key: FileKey, options: VoiceOptions) -> tuple[FileKey, VoiceOptions]:
    """What the decoded samples depend on: gain and level do not count."""
    return key, VoiceOptions(options.speed, options.loop, stretch=options.stretch)


def _takes_a_while(source: AudioSource) -> bool:
    """Whether a sound is so long that its first part is stretched before the rest."""
    return (source.frames or 0) > 2 * FIRST_S * source.rate


def _is_loop(source: AudioSource) -> bool:
    """Whether a sound that is not streamed is long enough to start before all of it is decoded."""
    return not is_long(source) and (source.frames or 0) > LOOP_S * source.rate


def _gain(options: VoiceOptions, level: Loudness | None) -> float:
    level_db = level.gain_db if options.level and level is not None else 0.0
    return float(10 ** ((options.gain_db + level_db) / 20))
