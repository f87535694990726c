"""Sound on this machine: opens files as voices and plays them on a back end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from tui_browser.errors import AudioError, PlayerError
from tui_browser.playback.backends.backend import Backend
from tui_browser.playback.beat.local_beat import LocalBeat
from tui_browser.playback.memory_voice import MemoryVoice
from tui_browser.playback.messages import AS_IT_IS, Line, Play, PlayBeat, Prefetch
from tui_browser.playback.output import LONG_S, TICK_S, ActiveSound, SoundEvent
from tui_browser.playback.prefetcher import Prefetcher
from tui_browser.playback.stream_voice import StreamVoice
from tui_browser.playback.stretched_voice import StretchedVoice
from tui_browser.playback.voice_factory import VoiceFactory, VoiceOptions


@dataclass(slots=True)
class VoiceSound(ActiveSound):
    """A sound that is decoded here, so that its voice knows the position and can be changed while it plays."""

    voice: MemoryVoice | StreamVoice = field(kw_only=True)

    @property
    def position_s(self) -> float:
        return self.voice.position_s

    @property
    def is_long(self) -> bool:
        return self.voice.duration_s > LONG_S

    @property
    def remaining_s(self) -> float | None:
        return None

    @property
    def patience_s(self) -> float | None:
        return TICK_S if self.is_long else None

    def set_loop(self, loop: bool) -> bool:
        self.voice.feed()
        if isinstance(self.voice, StretchedVoice) and not self.voice.complete:
            return False
        self.voice.loop = loop
        return True

    def read_ahead(self) -> None:
        self.voice.feed()


class LocalOutput:
    """An `Output` on a back end of this machine."""

    def __init__(
        self,
        backend: Backend,
        voices: VoiceFactory,
        prefetcher: Prefetcher,
        notify: Callable[[], None],
        *,
        note: str = "",
    ) -> None:
        """`notify` wakes the engine; `note` says why `backend` is a silent substitute, empty when it is not."""
        self.name = backend.name
        self.sounds = backend.sounds
        self.poll_s = backend.poll_s
        self.note = note
        self.is_fallback = bool(note)
        self.line: Line | None = None
        self._backend = backend
        self._voices = voices
        self._prefetcher = prefetcher
        self._beat = LocalBeat(backend, notify)
        self._sound: VoiceSound | None = None
        self._refine: Callable[[], object] | None = None
        """Measures the current sound properly, once it has started."""

    def play(self, request: Play, number: int) -> ActiveSound:
        previous, self._sound, self._refine = self._sound, None, None
        ring = request.ring and previous is not None and previous.voice.rings and not previous.request.loop
        if ring and previous is not None:
            previous.read_ahead()  # it needs all its frames to ring to its end
        options = VoiceOptions(request.speed, request.loop, request.level, request.gain_db, request.stretch)
        voice: MemoryVoice | StreamVoice | None = None
        try:
            voice = self._voices.open(
                request.path, options, start_s=request.start_s, end_s=request.end_s, known=request.known
            )
            self._backend.play(voice, number, requested_at=request.requested_at, ring=ring)
        except (AudioError, PlayerError):
            self._backend.stop()
            if voice is not None:
                voice.close()
            raise
        self._sound = VoiceSound(request, number, voice=voice)
        if isinstance(voice, StreamVoice) and options.level:
            self._refine = partial(self._voices.refine, voice, request.path, options)
        return self._sound

    def stop(self) -> None:
        self._sound, self._refine = None, None
        self._backend.stop()

    def play_beat(self, request: PlayBeat) -> None:
        self._beat.play(request)

    def stop_beat(self) -> None:
        self._beat.stop()

    def tend_beat(self) -> float | None:
        return self._beat.tend()

    def set_volume(self, gain_db: float) -> None:
        self._backend.set_gain(10 ** (gain_db / 20))

    def prefetch(self, request: Prefetch) -> None:
        stretches = dict(zip(request.paths, request.stretches, strict=False))

        def prepare(path: bytes) -> None:
            stretch = stretches.get(path, AS_IT_IS)
            self._voices.prepare(path, VoiceOptions(request.speed, request.loop, request.level, stretch=stretch))

        self._prefetcher.run_each(request.paths, prepare)

    def events(self) -> Sequence[SoundEvent]:
        events = self._backend.events() + self._beat.events()
        for event in events:
            if self._sound is not None and event.token == self._sound.number:
                if self._refine is not None:
                    self._prefetcher.run_first(self._refine)
                    self._refine = None
                if event.ended:
                    self._sound = None
        return events

    def alive(self) -> bool:
        return self._backend.alive()

    def strained(self) -> bool:
        return self._backend.strained()

    def close(self) -> None:
        self._beat.close()
        self._backend.close()
