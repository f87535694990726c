"""The app's end of the player: sends requests and never waits for an answer.

A child process plays; its descriptors 1 and 2 are a log file, as sound libraries write to them.
"""

from __future__ import annotations

import math
import os
import select
import selectors
import time
from collections.abc import Sequence
from dataclasses import replace

from tui_browser.child import Child, start
from tui_browser.errors import WorkerError
from tui_browser.playback.messages import (
    AS_IT_IS,
    SPEEDS,
    STEPS_S,
    SWINGS,
    VOLUMES_DB,
    BeatPart,
    BeatPosition,
    Failed,
    Finished,
    KnownLevel,
    Lost,
    Play,
    PlayBeat,
    PlayerEvent,
    PlayerRequest,
    Prefetch,
    Seek,
    Started,
    Stop,
    StopBeat,
    TimeStretch,
    Tune,
    Volume,
    newest,
)

_RESTARTS = 3
_BEAT_RETRY_S = 10.0


class Player:
    """Plays one sound at a time, the newest, and a beat beside it; every call returns at once.

    `fileno()` is readable when `poll()` has events, and stays the same when the child process is restarted.
    `backend` is one of `auto`, `miniaudio`, `simpleaudio`, `null`, `recorder:FILE`, `remote`, `remote:ADDRESS`; `log`
    is the child's log file. With `level` all sounds are brought to a common loudness; with `tails` a short sound rings
    to its end beside the next one.
    """

    def __init__(
        self, backend: str = "auto", *, log: str | None = None, level: bool = False, tails: bool = False
    ) -> None:
        self._backend = backend
        self._log = log
        self._level = level
        self._tails = tails
        self._volume = Volume(0.0)
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = os.pipe()  # readable when there are events from this process
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._closed = False
        self._child: Child | None = None
        self._restarts = 0
        self._unsent: list[PlayerRequest] = []
        self._unanswered: Play | None = None
        self._beat: PlayBeat | None = None
        """The beat that plays, for a child that has to be started again."""
        self._beat_heard = (0.0, 0.0)
        """Where the beat was in its round, and the `time.monotonic()` of that."""
        self._beat_retried_at = -math.inf
        self._retried = False
        self._events: list[PlayerEvent] = []
        self._start()

    @property
    def pid(self) -> int | None:
        """The child's process id; None when the player is lost or closed."""
        return self._child.process.pid if self._child else None

    def play(
        self,
        path: bytes,
        *,
        token: int,
        start_s: float = 0.0,
        end_s: float | None = None,
        gain_db: float = 0.0,
        loop: bool = False,
        speed: float = 1.0,
        known: KnownLevel | None = None,
        stretch: TimeStretch = AS_IT_IS,
    ) -> None:
        """Play this file from `start_s` to `end_s` in place of the current sound; its events carry `token`.

        `speed` is 0.5 to 2, clipped to that range, and changes the pitch too. With `known`, a file that did not change
        since it was indexed is not measured. `stretch` changes tempo and pitch, each without the other; it is
        ignored over a listener, and for sounds of more than 30 seconds.
        """
        self._unanswered = Play(
            path,
            token,
            start_s,
            gain_db,
            time.monotonic(),
            loop=loop,
            speed=_clip(speed, SPEEDS, 1.0),
            level=self._level,
            ring=self._tails,
            known=known,
            end_s=end_s,
            stretch=stretch,
        )
        self._retried = False
        self._request(self._unanswered)

    def play_beat(self, parts: Sequence[BeatPart], *, token: int, step_s: float, swing: float, steps: int) -> None:
        """Play these parts over and over, beside the current sound; its events carry `token`.

        While a beat with this token plays it is changed from the next step on, once all its sounds are read; its place
        in the bar stays. A part that cannot be read is told once and stays silent. `token` is FIRST_BEAT_TOKEN or more.
        """
        now, step_s = time.monotonic(), _clip(step_s, STEPS_S, 0.125)
        swing, steps = _clip(swing, SWINGS, SWINGS[0]), max(1, steps)
        if self._beat is None or self._beat.token != token:
            self._beat_heard = (0.0, now)
        self._beat = PlayBeat(token, tuple(parts), step_s, swing, steps, now)
        self._request(self._beat)

    def stop(self, *, beat: bool = True) -> None:
        """Fade out the current sound, and the beat unless `beat` is False."""
        self._unanswered = None
        self._request(Stop())
        if beat and self._beat is not None:
            self._beat = None
            self._request(StopBeat())

    def seek(self, token: int, at_s: float) -> None:
        """Move to this position, if that sound still plays."""
        self._request(Seek(token, max(0.0, at_s)))

    def tune(self, token: int, *, loop: bool, speed: float = 1.0) -> None:
        """Change loop and speed, if that sound still plays."""
        self._request(Tune(token, loop, _clip(speed, SPEEDS, 1.0)))

    def set_volume(self, gain_db: float) -> None:
        """Set the gain of all sounds: -60 to 14 dB, 0 at the start."""
        self._volume = Volume(_clip(gain_db, VOLUMES_DB, 0.0))
        self._request(self._volume)

    def prefetch(
        self,
        paths: Sequence[bytes],
        *,
        loop: bool = False,
        speed: float = 1.0,
        stretches: Sequence[TimeStretch] = (),
    ) -> None:
        """Prepare these files in this order: decode them, or send them to the listener while the connection is idle.

        Only a hint: it is dropped while the player is busy, and replaces the one before.
        """
        if self._child is not None and not self._unsent and self._writable():
            speed = _clip(speed, SPEEDS, 1.0)
            self._request(Prefetch(tuple(paths), loop, speed, self._level, tuple(stretches)))

    def fileno(self) -> int:
        """A descriptor for `loop.add_reader`, the same for the life of the player."""
        return self._selector.fileno()

    def poll(self) -> list[PlayerEvent]:
        """Events since the last call; restarts a child that died, a few times in a row."""
        self._send_waiting()
        while self._child is not None and self._child.conn.poll():
            try:
                event = self._child.receive()
            except WorkerError:
                self._restart()
                continue
            self._receive(event)
        if self._events and not self._closed and _is_ready(self._woken, select.POLLIN):
            os.read(self._woken, 4096)
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """End the child and wait for it, about a second at most; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._close_child()
        self._selector.close()
        os.close(self._woken)
        os.close(self._wake)

    def _request(self, request: PlayerRequest) -> None:
        if self._child is None:
            return
        self._unsent = newest([*self._unsent, request])
        self._send_waiting()

    def _send_waiting(self) -> None:
        """Send the waiting requests; while the child is stuck on a slow disk, the newest of each kind waits."""
        while self._unsent and self._child is not None and self._writable():
            request = self._unsent.pop(0)
            try:
                self._child.send(request)
            except WorkerError:
                self._restart()

    def _writable(self) -> bool:
        assert self._child is not None
        return _is_ready(self._child.conn.fileno(), select.POLLOUT)

    def _receive(self, event: PlayerEvent) -> None:
        if isinstance(event, Started | Failed):
            self._restarts = 0
            if self._unanswered is not None and event.token == self._unanswered.token:
                self._unanswered = None
        beat = self._beat
        if isinstance(event, BeatPosition) and beat is not None and event.token == beat.token:
            self._beat_heard = event.at_s, time.monotonic()
        elif isinstance(event, Finished) and beat is not None and event.token == beat.token:
            self._beat = None
        self._events.append(event)

    def _start(self) -> None:
        try:
            self._child = start("tui_browser.playback.player_process:player_main", self._backend, log=self._log)
        except WorkerError as error:
            self._emit(Lost(f"the player could not be started: {error}"))
            return
        self._selector.register(self._child.conn, selectors.EVENT_READ)

    def _restart(self) -> None:
        """Replace a dead child; a sound that it did not start is requested once more."""
        self._close_child()
        self._restarts += 1
        unanswered, self._unanswered = self._unanswered, None
        if self._restarts > _RESTARTS:
            where = f"; its log is {self._log}" if self._log else ""
            self._emit(Lost(f"the player ended {self._restarts} times in a row{where}"))
            return
        self._start()
        if self._volume.gain_db:
            self._request(self._volume)
        self._go_on_with_beat()
        if unanswered is None:
            return
        if self._retried:
            self._emit(Failed(unanswered.token, "the player crashed on this sound"))
            return
        self._retried = True
        self._unanswered = unanswered
        self._request(unanswered)

    def _go_on_with_beat(self) -> None:
        """Play the beat on from where it would be now; not twice within seconds, as it may be what is too much."""
        beat, now = self._beat, time.monotonic()
        if beat is None:
            return
        if now - self._beat_retried_at < _BEAT_RETRY_S:
            self._beat = None
            self._emit(Failed(beat.token, "the player crashed on this beat"))
            self._emit(Finished(beat.token))
            return
        self._beat_retried_at = now
        at_s, since = self._beat_heard
        self._request(replace(beat, at_s=(at_s + now - since) % (beat.steps * beat.step_s)))

    def _emit(self, event: Lost | Failed | Finished) -> None:
        self._events.append(event)
        os.write(self._wake, b"!")

    def _close_child(self) -> None:
        if self._child is not None:
            self._selector.unregister(self._child.conn)
            self._child.close()
            self._child = None
        self._unsent = []


def _clip(value: float, limits: tuple[float, float], default: float) -> float:
    return default if math.isnan(value) else min(max(value, limits[0]), limits[1])


def _is_ready(descriptor: int, event: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(0))
