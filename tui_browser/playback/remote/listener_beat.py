"""The beat that one app plays on a listener: its blocks are decoded, and the pattern is mixed here, without gaps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from tui_browser.playback.beat.beat_voice import BeatPlan, BeatVoice, PlannedPart
from tui_browser.playback.beat.part_sound import NO_SOUND, ShapedSounds, pitched
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_cache import BlockCache
from tui_browser.playback.remote.block_codec import decode_block
from tui_browser.playback.remote.listener_player import ListenerPlayer, MessageWriter
from tui_browser.playback.remote.pattern_parts import PatternPart, unpack_parts
from tui_browser.playback.remote.protocol import ListenerError
from tui_browser.records import FloatArray

_MOST_BYTES = 24 << 20
"""Most bytes of the sounds of one beat; those beyond are silent."""
_MOST_SOUNDS = 512
"""Sounds that ring at once."""

_SoundKey = tuple[bytes, int, float]
"""Block, first frame and speed."""


class ListenerBeat:
    """Used on the listener's loop. A change is heard once all of its sounds are there; until then all stays."""

    def __init__(
        self,
        app: MessageWriter,
        *,
        cache: BlockCache,
        player: ListenerPlayer,
        decoder: Executor,
        is_arriving: Callable[[bytes], bool],
    ) -> None:
        """`is_arriving` tells whether the app is sending a block."""
        self.app = app
        self.tag = 0
        self.voice: BeatVoice | None = None
        """None before it plays."""
        self._cache = cache
        self._player = player
        self._decoder = decoder
        self._is_arriving = is_arriving
        self._request: wire.PlayPattern | None = None
        self._parts: list[PatternPart] = []
        self._sounds: dict[_SoundKey, FloatArray] = {}
        self._shaped = ShapedSounds()
        self._reported: set[bytes] = set()
        """The hashes sent in a `Missing` for this request."""
        self._at_s = 0.0
        self._ready = False  # whether the request is heard, or was given up
        self._decoding: asyncio.Task[None] | None = None

    def play(self, request: wire.PlayPattern) -> None:
        """Play this beat in place of any other; raises ListenerError where its parts are impossible."""
        self._parts = unpack_parts(request.parts, steps=request.steps)
        if self._request is None or self.tag != request.tag:
            self._player.end_beat()
            self.tag, self._at_s, self.voice = request.tag, request.at_s, None
        self._player.claim_beat(self)
        self._request, self._reported, self._ready = request, set(), False
        wanted = {_key(part) for part in self._parts}
        self._sounds = {key: sound for key, sound in self._sounds.items() if key in wanted}
        self.advance()

    def halt(self) -> None:
        """Fade out."""
        if self._request is not None:
            self._player.drop_beat(self)
            self.forget()

    def end(self) -> None:
        """Give way to the beat of another app, or to silence; the app is told."""
        if self._request is not None:
            self.app.send(wire.Over(self.tag))
            self.forget()

    def forget(self) -> None:
        """Let go of all sounds."""
        self._request, self.voice, self._parts, self._sounds = None, None, [], {}
        self._shaped = ShapedSounds()

    def restart(self, at_s: float) -> None:
        """Decode all sounds again, for a device of another rate, and play on from there."""
        self.voice, self._at_s, self._sounds, self._ready = None, at_s, {}, False
        self.advance()

    def advance(self) -> None:
        """Decode the next sound that is there; play when all are."""
        if self._request is None or self._ready or self._decoding is not None:
            return
        wanted = [(part, _key(part)) for part in self._parts if _key(part) not in self._sounds]
        for part, key in wanted:
            if part.digest in self._cache:
                self._decoding = asyncio.get_running_loop().create_task(self._decode(part, key))
                return
            if not self._is_arriving(part.digest) and part.digest not in self._reported:
                self._reported.add(part.digest)
                self.app.send(wire.Missing(part.digest))
        if not wanted:
            self._begin(self._request)

    async def _decode(self, part: PatternPart, key: _SoundKey) -> None:
        rate = self._player.rate
        run = asyncio.get_running_loop().run_in_executor
        sound: FloatArray | None = NO_SOUND
        data = None
        try:
            data, sound = await run(self._decoder, _part_sound, self._cache, part, rate)
        except ListenerError:
            pass  # no audio: it is silent
        finally:
            self._decoding = None
        if rate == self._player.rate and any(_key(each) == key for each in self._parts):
            if data is not None or sound is None:
                self._cache.note_use(part.digest, data)
            if sound is not None:
                used = sum(each.nbytes for each in self._sounds.values())
                self._sounds[key] = sound if used + sound.nbytes <= _MOST_BYTES else NO_SOUND
        self.advance()

    def _begin(self, request: wire.PlayPattern) -> None:
        self._ready = True
        keys = [_key(part) for part in self._parts]
        self._sounds = {key: self._sounds[key] for key in keys}
        sounds = self._shaped.shape(
            [(self._sounds[key], part.gain, part.pan) for key, part in zip(keys, self._parts, strict=True)]
        )
        parts = (
            PlannedPart(sound, part.velocities, part.choke) for sound, part in zip(sounds, self._parts, strict=True)
        )
        plan = BeatPlan(tuple(parts), request.step_s, request.swing, request.steps)
        if self.voice is not None:
            self.voice.change(plan)
        else:
            self.voice = BeatVoice(plan, rate=self._player.rate, at_s=self._at_s, most_sounds=_MOST_SOUNDS)
            self._player.play_beat(self.voice)


def _key(part: PatternPart) -> _SoundKey:
    return part.digest, part.start, part.speed


def _part_sound(cache: BlockCache, part: PatternPart, rate: int) -> tuple[bytes | None, FloatArray | None]:
    """The bytes of a block and the sound of a part; None where the cache has lost it."""
    data = cache.load(part.digest)
    if data is None:
        return None, None
    samples, source_rate = decode_block(data)
    return data, pitched(samples[part.start :], source_rate, speed=part.speed, rate=rate)
