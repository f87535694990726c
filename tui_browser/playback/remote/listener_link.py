"""The thread that keeps the connection to a listener: reads files, sends blocks, receives events.

A stalled connection holds up nobody else. A lost one is opened again; the newest sound is then requested once more if
it is only seconds old.
"""

from __future__ import annotations

import contextlib
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from tui_browser.errors import AudioError
from tui_browser.playback.messages import Line
from tui_browser.playback.output import SoundEvent
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.beat_sender import BeatSender
from tui_browser.playback.remote.block_opener import open_for_line
from tui_browser.playback.remote.blocks import BlockStore
from tui_browser.playback.remote.connection import ListenerConnection, connect_to_listener
from tui_browser.playback.remote.protocol import ListenerError
from tui_browser.playback.remote.request_mailbox import RemotePlay, RemoteRequests, RequestMailbox
from tui_browser.playback.voice_factory import BRIEF_FOR_S, BRIEF_S

_STALLED_S = 3.0
_LATE_S = 1.0
"""How late an answer may be before the line counts as down for the person."""
_SHOWN_STEP_S = 0.005
"""Smaller changes of the round trip are not shown."""
_EXPIRES_S = 3.0
"""How long a request waits for a new connection."""
_BACKOFF_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_SEND_AHEAD_S = 6.0
"""Seconds of a long sound that are sent before they are played."""
_FEED_S = 0.25


class ListenerLink:
    """Keeps one connection to a listener, and plays the newest request of the mailbox on it."""

    def __init__(
        self, address: str | None, notify: Callable[[], None], *, connection: ListenerConnection | None
    ) -> None:
        self.mailbox = RequestMailbox()
        self.connection = connection
        """None while there is none; only the link's thread changes it."""
        self.note = ""
        """Why there is no connection."""
        self.line = Line(False)
        """What a person may know of the connection; only the link's thread changes it."""
        self._address = address
        self._notify = notify
        self._lock = threading.Lock()
        self._closing = False
        self._events: list[SoundEvent] = []
        self._blocks = BlockStore()  # from here on, used by the link's thread only
        self._beat = BeatSender(self._blocks, self._emit)
        self._sound: RemotePlay | None = None
        self._prefetch: deque[bytes] = deque()
        self._attempts = 0
        self._next_attempt = 0.0
        if connection is None:
            self._connect()  # here, so that the first note is right
        self.line = self._line()
        self._thread = threading.Thread(target=self._run, name="listener-link", daemon=True)
        self._thread.start()

    def events(self) -> Sequence[SoundEvent]:
        """Events since the last call."""
        with self._lock:
            events, self._events = self._events, []
        return events

    @property
    def beat_position_s(self) -> float | None:
        """Where in its round the beat is in what is heard; None where nothing is."""
        return None if self.connection is None else self._beat.position_s

    def close(self) -> None:
        self._closing = True
        self.mailbox.wake()
        connection = self.connection
        if connection is not None:
            connection.shut_down()
        self._thread.join()  # a handshake under way ends within seconds
        self.mailbox.close()

    def _emit(self, event: SoundEvent) -> None:
        with self._lock:
            self._events.append(event)
        self._notify()

    def _line(self) -> Line:
        connection = self.connection
        if connection is None:
            return Line(False)
        waiting_since = connection.waiting_since
        late = waiting_since is not None and time.monotonic() - waiting_since > _LATE_S + connection.round_trip_s
        round_trip_s, shown_s = connection.round_trip_s, self.line.round_trip_s
        is_as_shown = shown_s > 0 and abs(round_trip_s - shown_s) < max(_SHOWN_STEP_S, 0.25 * shown_s)
        return Line(
            not late,
            sounds=connection.sounds,
            round_trip_s=shown_s if is_as_shown else round_trip_s,
            ahead=not connection.deliveries.meter.is_slow,
            compressed=self._sound.compressed if self._sound is not None else self.line.compressed,
        )

    def _show_line(self) -> None:
        line = self._line()
        if line != self.line:
            self.line = line
            self._notify()

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            if self.connection is None:
                self._connect()
            self._show_line()
            if self.connection is None:
                self._take_requests()
                if self._sound is not None and time.monotonic() - self._sound.requested_at >= _EXPIRES_S:
                    self._fail(self._sound, "there is no connection to the listener")
                until_attempt_s = self._next_attempt - time.monotonic()
                self.mailbox.wait(max(0.02, min(until_attempt_s, 0.25 if self._sound else 5.0)))
                continue
            try:
                self._serve(self.connection)
            except (ListenerError, OSError) as error:
                self._lose(error)
        if self.connection is not None:
            self.connection.close()
        self._close_reader()

    def _connect(self) -> None:
        """Open a connection when the next attempt is due."""
        if time.monotonic() < self._next_attempt:
            return
        try:
            connection = connect_to_listener(self._address)
        except ListenerError as error:
            self.note = f"No sound: {error}"
            self._next_attempt = time.monotonic() + _BACKOFF_S[min(self._attempts, len(_BACKOFF_S) - 1)]
            self._attempts += 1
            self._notify()
            return
        self._attempts = 0
        self.connection = connection
        self._notify()
        self._beat.resume(connection)
        if self._sound is not None:
            if time.monotonic() - self._sound.requested_at < _EXPIRES_S:
                self._play(connection, self._sound)
            else:
                self._fail(self._sound, "the connection to the listener was lost")

    def _lose(self, error: ListenerError | OSError) -> None:
        """Drop a dead connection. A sound that has started is over; one that has not waits for the next connection."""
        assert self.connection is not None
        self.connection.close()
        self.connection = None
        reason = error.what if isinstance(error, ListenerError) else (error.strerror or str(error)).lower()
        self.note = f"No sound: {reason}; it reconnects by itself"
        self._next_attempt = time.monotonic() + _BACKOFF_S[0]
        if self._sound is not None and self._sound.started is not None:
            self._emit(SoundEvent(self._sound.token, True))
            self._close_reader()
            self._sound = None
        self._prefetch.clear()
        self._notify()

    def _serve(self, connection: ListenerConnection) -> None:
        """One round: take requests, write, wait, read, and send further blocks."""
        self._take_requests()
        unsent = connection.write()
        with selectors.DefaultSelector() as selector:
            selector.register(self.mailbox.woken, selectors.EVENT_READ)
            selector.register(connection, selectors.EVENT_READ | (selectors.EVENT_WRITE if unsent else 0))
            resume_at, patience_s = connection.deliveries.resume_at, self._patience_s(connection)
            if resume_at is not None:
                room_s = max(0.0, resume_at - time.monotonic())
                patience_s = room_s if patience_s is None else min(patience_s, room_s)
            selected = selector.select(patience_s)
            readable = {key.fd for key, events in selected if events & selectors.EVENT_READ}
        if self.mailbox.woken in readable:
            self.mailbox.drain()
        if connection.fileno() in readable:
            for message in connection.read():
                self._handle(connection, message)
        if connection.waiting_since is not None and time.monotonic() - connection.waiting_since > _STALLED_S:
            raise ListenerError("the connection to the listener stalled")
        self._send_blocks(connection)
        sound = self._sound
        started = sound.started if sound is not None and sound.brief else None
        if sound is not None and started is not None and time.monotonic() - started > BRIEF_FOR_S:
            sound.brief = False
            connection.send(wire.Halt(), answered=True)
        if self._may_send_ahead(connection):
            self._send_prefetch(connection, self._prefetch.popleft())

    def _may_send_ahead(self, connection: ListenerConnection) -> bool:
        deliveries = connection.deliveries
        return bool(self._prefetch) and deliveries.idle and not deliveries.meter.is_slow and not self.mailbox.has_sound

    def _patience_s(self, connection: ListenerConnection) -> float | None:
        if self._may_send_ahead(connection) or (self._sound is not None and self._wants_block(connection, self._sound)):
            return 0.0
        if self._sound is not None and (self._sound.reader is not None or self._sound.brief):
            return _FEED_S
        return _LATE_S / 2 if connection.waiting_since is not None else None

    def _take_requests(self) -> None:
        requests = self.mailbox.take()
        if requests.prefetch is not None:
            self._prefetch = deque(requests.prefetch)
        self._take_sound(requests)
        if requests.stop_beat:
            self._beat.stop(self.connection)
        if requests.beat is not None:
            self._beat.play(requests.beat, self.connection)

    def _take_sound(self, requests: RemoteRequests) -> None:
        if requests.sound is None and not requests.stop:
            return
        self._close_reader()
        self._sound = requests.sound
        if self.connection is None:
            if requests.sound is not None:
                self._next_attempt = min(self._next_attempt, time.monotonic() + _BACKOFF_S[0])
            return
        self.connection.deliveries.drop()
        if requests.sound is None:
            self.connection.send(wire.Halt(), answered=True)
        else:
            self._play(self.connection, requests.sound)
        self._beat.deliver(self.connection)  # what was dropped of it

    def _play(self, connection: ListenerConnection, sound: RemotePlay) -> None:
        try:
            block, sound.reader, codec = open_for_line(
                self._blocks, sound, bytes_s=connection.deliveries.meter.bytes_s, holds=connection.holds
            )
        except AudioError as error:
            connection.send(wire.Halt(), answered=True)
            self._fail(sound, error.what)
            return
        sound.compressed = codec.is_lossy
        whole = sound.reader is None
        sound.brief = whole and not sound.loop and block.duration_s < BRIEF_S
        start_s = max(0.0, sound.start_s) if sound.reader is None else sound.reader.offset_s
        connection.deliver(block, urgent=True)
        connection.send(
            wire.PlayBlock(
                sound.tag,
                block.digest,
                min(block.start + round(start_s * block.rate), block.end),
                block.end,
                gain_db=min(wire.GAIN_DB[1], max(wire.GAIN_DB[0], sound.gain_db)),
                speed=min(wire.SPEED[1], max(wire.SPEED[0], sound.speed)),
                loop=sound.loop or sound.brief,
                last=whole,
            ),
            answered=True,
        )

    def _send_blocks(self, connection: ListenerConnection) -> None:
        """Send the next block of a long sound, if it will be played within the next seconds and the line takes it."""
        sound = self._sound
        if sound is not None and sound.reader is not None and self._wants_block(connection, sound):
            try:
                block = sound.reader.read_block()
            except AudioError:
                block = None
            if block is not None:
                connection.deliver(block, urgent=True)
                connection.send(wire.More(sound.tag, block.digest, block.start, block.end))
            if block is None or sound.reader.ended:
                connection.send(wire.End(sound.tag))
                self._close_reader()

    def _wants_block(self, connection: ListenerConnection, sound: RemotePlay) -> bool:
        if sound.reader is None or connection.deliveries.full or self.mailbox.has_sound:
            return False
        played_s = 0.0 if sound.started is None else (time.monotonic() - sound.started) * sound.speed
        return sound.reader.sent_s - played_s <= _SEND_AHEAD_S

    def _send_prefetch(self, connection: ListenerConnection, path: bytes) -> None:
        with contextlib.suppress(AudioError):  # playing the file reports the error
            block, reader = self._blocks.open(path)
            if reader is not None:
                reader.close()
            connection.deliver(block, urgent=False)

    def _handle(self, connection: ListenerConnection, message: wire.Message) -> None:
        sound = self._sound
        if isinstance(message, wire.DeviceChanged):
            self._notify()
        elif isinstance(message, wire.Missing):
            block = self._beat.find(message.digest) or self._blocks.find(message.digest)
            if block is not None:
                connection.deliver(block, urgent=True)
            elif sound is not None:
                self._fail(sound, "the listener lost the sound")
        elif self._beat.handle(message, connection):
            self._notify()
        elif sound is None or getattr(message, "tag", None) != sound.tag:
            return
        elif isinstance(message, wire.Begun) and sound.started is None:
            sound.started = time.monotonic() - connection.round_trip_s / 2
            self._emit(SoundEvent(sound.token, False, max(0.0, sound.started - sound.requested_at)))
        elif isinstance(message, wire.Played):
            sound.heard = message.played_ms / 1000, time.monotonic() - connection.round_trip_s / 2
        elif isinstance(message, wire.Over):
            self._close_reader()
            self._sound = None
            self._emit(SoundEvent(sound.token, True))
        elif isinstance(message, wire.Broken):
            self._fail(sound, "the listener cannot play the sound")

    def _fail(self, sound: RemotePlay, reason: str) -> None:
        self._close_reader()
        self._sound = None
        self._emit(SoundEvent(sound.token, True, failed=reason))

    def _close_reader(self) -> None:
        if self._sound is not None:
            self._sound.close_reader()
