"""The beat that a listener plays, at the app's end: the listener gets each sound once, then patterns that name them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from tui_browser.errors import AudioError, printable
from tui_browser.playback.messages import BeatPart, PlayBeat
from tui_browser.playback.output import SoundEvent
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_codec import Block
from tui_browser.playback.remote.blocks import BlockStore
from tui_browser.playback.remote.connection import ListenerConnection
from tui_browser.playback.remote.pattern_parts import MOST_GAIN, MOST_PARTS, PatternPart, pack_parts

_Place = tuple[bytes, float]
"""Path and onset."""


class BeatSender:
    """Used by the link's thread; `position_s` may be asked from any."""

    def __init__(self, blocks: BlockStore, emit: Callable[[SoundEvent], None]) -> None:
        """`emit` is told of beats that begin, parts that fail, and beats that end."""
        self._blocks = blocks
        self._emit = emit
        self._request: PlayBeat | None = None
        self._current: dict[_Place, tuple[Block, int]] = {}
        """The blocks of the beat, and the frames where their sounds begin."""
        self._told: set[bytes] = set()
        self._heard: tuple[float, float, float] | None = None
        """Where the beat was, the `time.monotonic()` of that, and the length of a round; None before it begins."""

    @property
    def position_s(self) -> float | None:
        """Where in its round the beat is in what is heard; None before it begins."""
        heard = self._heard
        return None if heard is None else (heard[0] + time.monotonic() - heard[1]) % heard[2]

    def play(self, request: PlayBeat, connection: ListenerConnection | None) -> None:
        """Play this beat, or change the one that plays; without a connection once there is one."""
        if self._request is None or self._request.token != request.token:
            self._told, self._heard = set(), None
        self._request = request
        if connection is not None:
            self._send(request, connection, at_s=request.at_s)

    def resume(self, connection: ListenerConnection) -> None:
        """Play on over a new connection, where the beat would be by now."""
        if self._request is not None:
            position_s = self.position_s
            self._send(self._request, connection, at_s=self._request.at_s if position_s is None else position_s)

    def stop(self, connection: ListenerConnection | None) -> None:
        self._request, self._heard, self._current = None, None, {}
        if connection is not None:
            connection.send(wire.HaltPattern())

    def deliver(self, connection: ListenerConnection) -> None:
        """Send the blocks that the listener lacks."""
        for block, _ in self._current.values():
            connection.deliver(block, urgent=True)

    def find(self, digest: bytes) -> Block | None:
        """The block of this hash, if the beat needs it."""
        return next((block for block, _ in self._current.values() if block.digest == digest), None)

    def handle(self, message: wire.Message, connection: ListenerConnection) -> bool:
        """Take what the listener tells of the beat; False for anything else."""
        request = self._request
        if request is None or getattr(message, "tag", None) != _tag(request):
            return False
        now, round_s = time.monotonic() - connection.round_trip_s / 2, request.steps * request.step_s
        match message:
            case wire.Begun():
                if self._heard is None:
                    self._heard = request.at_s, now, round_s
                self._emit(SoundEvent(request.token, False, max(0.0, now - request.requested_at)))
            case wire.PatternAt(at_s=at_s):
                self._heard = at_s % round_s, now, round_s
            case wire.Over():
                self._request, self._heard, self._current = None, None, {}
                self._emit(SoundEvent(request.token, True))
        return True

    def _send(self, request: PlayBeat, connection: ListenerConnection, *, at_s: float) -> None:
        before, self._current = self._current, {}
        parts = [self._part(part, request, before) for part in request.parts[:MOST_PARTS]]
        self.deliver(connection)
        low, high = wire.STEP_S
        steps = min(wire.MOST_STEPS, request.steps)
        step_s = min(high, max(low, request.step_s))
        packed = pack_parts([part for part in parts if part is not None], steps=steps)
        swing = min(wire.SWING[1], max(wire.SWING[0], request.swing))
        connection.send(wire.PlayPattern(_tag(request), step_s, swing, at_s % (steps * step_s), steps, packed))

    def _part(self, part: BeatPart, request: PlayBeat, before: dict[_Place, tuple[Block, int]]) -> PatternPart | None:
        place = part.path, part.onset_s
        try:
            found = self._current.get(place) or self._blocks.open_part(part.path, start_s=part.onset_s)
        except AudioError as error:
            if place not in before:
                self._fail(part.path, error, request)
                return None
            found = before[place]  # a file that vanished is played on
        self._current[place] = found
        block, start = found
        velocities = (part.velocities + (0.0,) * request.steps)[: min(wire.MOST_STEPS, request.steps)]
        speed = min(wire.SPEED[1], max(wire.SPEED[0], part.speed))
        gain = min(MOST_GAIN, part.gain)
        return PatternPart(block.digest, start, speed, gain, part.pan, part.choke, velocities)

    def _fail(self, path: bytes, error: AudioError, request: PlayBeat) -> None:
        if path not in self._told:
            self._told.add(path)
            reason = f"{printable(os.path.basename(path))}: {error.what}"
            self._emit(SoundEvent(request.token, False, failed=reason))


def _tag(request: PlayBeat) -> int:
    return request.token & 0xFFFFFFFF
