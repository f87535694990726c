"""The player's way out over SSH: files are read here, heard on the laptop.

A thread of its own reads, sends and hears back, so that a stalled line holds up nobody. A line that is lost is looked
for again, by itself; the sound that was asked for last is asked for once more if that was just now.
"""

from __future__ import annotations

import contextlib
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from tui_browser.errors import AudioError
from tui_browser.playback.mixer import SoundEvent
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.blocks import BlockStore
from tui_browser.playback.remote.connection import ListenerConnection, connect_to_listener
from tui_browser.playback.remote.protocol import ListenerError
from tui_browser.playback.remote.request_mailbox import RemotePlay, RequestMailbox
from tui_browser.playback.voice_factory import BRIEF_FOR_S, BRIEF_S

_STALLED_S = 3.0
_FRESH_S = 3.0
"""How long a request waits for a line that is being taken up again."""
_BACKOFF_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_AHEAD_S = 6.0
"""Seconds of a long sound that are sent before they are heard."""
_FEED_S = 0.25


class RemoteOutput:
    """Plays files through a listener; every call returns at once."""

    poll_s: float | None = None

    def __init__(
        self, address: str | None, notify: Callable[[], None], *, line: ListenerConnection | None = None
    ) -> None:
        """`line` is one that was found already; without it, and whenever it is lost, one is looked for."""
        self._address = address
        self._notify = notify
        self._lock = threading.Lock()
        self._line = line
        self._shelf = BlockStore()
        self._wishes = RequestMailbox()
        self._closing = False
        self._heard: list[SoundEvent] = []
        self._note = ""
        self._now: RemotePlay | None = None  # from here on, the thread's own
        self._queue: deque[bytes] = deque()
        self._tries = 0
        self._try_at = 0.0
        if line is None:
            self._look()  # so that the first word on it is right
        self._thread = threading.Thread(target=self._run, name="remote", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        line = self._line
        return f"listener ({line.address})" if line else "listener"

    @property
    def state(self) -> tuple[bool, str]:
        """Whether a person can hear it, and why not."""
        line = self._line
        if line is None:
            return False, self._note
        return line.sounds, "" if line.sounds else "No sound: the listener on your laptop has no device"

    def play(
        self,
        path: bytes,
        token: int,
        *,
        start_s: float = 0.0,
        gain_db: float = 0.0,
        speed: float = 1.0,
        loop: bool = False,
        asked: float,
    ) -> None:
        """Sound this file in place of what sounds."""
        self._wishes.play(RemotePlay(path, token, start_s, gain_db, speed, loop, asked))

    def stop(self) -> None:
        self._wishes.stop()

    def prefetch(self, paths: Sequence[bytes]) -> None:
        """Send these ahead while nothing else is to be done; in place of those asked for before."""
        self._wishes.send_ahead(paths)

    def events(self) -> list[SoundEvent]:
        with self._lock:
            heard, self._heard = self._heard, []
        return heard

    def close(self) -> None:
        self._closing = True
        self._wishes.stir()
        line = self._line
        if line is not None:
            line.hang_up()
        self._thread.join()  # a greeting that is under way ends within seconds
        self._wishes.close()

    def _tell(self, heard: SoundEvent) -> None:
        with self._lock:
            self._heard.append(heard)
        self._notify()

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            if self._line is None:
                self._look()
            if self._line is None:
                self._take_up()
                self._give_up_stale()
                self._wishes.wait(max(0.02, min(self._try_at - time.monotonic(), 0.25 if self._now else 5.0)))
                continue
            try:
                self._serve(self._line)
            except (ListenerError, OSError) as error:
                self._lose(error)
        if self._line is not None:
            self._line.close()
        self._end_reading()

    def _look(self) -> None:
        """Try to find a line, when it is time to."""
        if time.monotonic() < self._try_at:
            return
        try:
            line = connect_to_listener(self._address)
        except ListenerError as error:
            self._note = f"No sound: {error}"
            self._try_at = time.monotonic() + _BACKOFF_S[min(self._tries, len(_BACKOFF_S) - 1)]
            self._tries += 1
            self._notify()
            return
        self._tries = 0
        self._line = line
        self._notify()
        if self._now is not None:
            if time.monotonic() - self._now.asked < _FRESH_S:
                self._begin(line, self._now)
            else:
                self._fail(self._now, "the line to the listener was down")

    def _lose(self, error: ListenerError | OSError) -> None:
        """The line is gone: what sounded is over for us, what was asked for waits a moment for another line."""
        assert self._line is not None
        self._line.close()
        self._line = None
        said = error.what if isinstance(error, ListenerError) else (error.strerror or str(error)).lower()
        self._note = f"No sound: {said}; it comes back by itself once the line does"
        self._try_at = time.monotonic() + _BACKOFF_S[0]
        if self._now is not None and self._now.begun is not None:
            self._tell(SoundEvent(self._now.token, True))
            self._end_reading()
            self._now = None
        self._queue.clear()
        self._notify()

    def _give_up_stale(self) -> None:
        if self._now is not None and time.monotonic() - self._now.asked >= _FRESH_S:
            self._fail(self._now, "the line to the listener is down")

    def _serve(self, line: ListenerConnection) -> None:
        """Read and write until something is to be looked at anew."""
        self._take_up()
        more = line.write()
        with selectors.DefaultSelector() as selector:
            selector.register(self._wishes.woken, selectors.EVENT_READ)
            selector.register(line, selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0))
            ready = {key.fd for key, events in selector.select(self._patience_s(line)) if events & selectors.EVENT_READ}
        if self._wishes.woken in ready:
            self._wishes.drain()
        if line.fileno() in ready:
            for message in line.read():
                self._hear(line, message)
        if line.waiting_since is not None and time.monotonic() - line.waiting_since > _STALLED_S:
            raise ListenerError("the line to the listener stalled")
        self._feed(line)
        now = self._now
        if now is not None and now.brief and now.begun is not None and time.monotonic() - now.begun > BRIEF_FOR_S:
            now.brief = False
            line.ask(wire.Halt(), answered=True)
        if line.idle and self._queue and not self._wishes.pressing:
            self._send_ahead(line, self._queue.popleft())

    def _patience_s(self, line: ListenerConnection) -> float | None:
        if self._queue and line.idle:
            return 0.0
        if self._now is not None and (self._now.reading is not None or self._now.brief):
            return _FEED_S
        return _STALLED_S / 2 if line.waiting_since is not None else None

    def _take_up(self) -> None:
        """Turn to the newest request."""
        request, halt, ahead = self._wishes.take()
        if ahead is not None:
            self._queue = deque(ahead)
        if request is None and not halt:
            return
        self._end_reading()
        self._now = request
        if self._line is None:
            if request is not None:
                self._try_at = min(self._try_at, time.monotonic() + _BACKOFF_S[0])
            return
        self._line.give_way()
        if request is None:
            self._line.ask(wire.Halt(), answered=True)
        else:
            self._begin(self._line, request)

    def _begin(self, line: ListenerConnection, ask: RemotePlay) -> None:
        try:
            block, reading = self._shelf.open(ask.path, start_s=ask.start_s, loop=ask.loop)
        except AudioError as error:
            line.ask(wire.Halt(), answered=True)
            self._fail(ask, error.what)
            return
        ask.reading = reading
        start = reading.offset if reading is not None else min(round(max(0.0, ask.start_s) * block.rate), block.frames)
        whole = reading is None
        gain_db = min(wire.GAIN_DB[1], max(wire.GAIN_DB[0], ask.gain_db))
        speed = min(wire.SPEED[1], max(wire.SPEED[0], ask.speed))
        ask.brief = whole and not ask.loop and block.frames < BRIEF_S * block.rate
        line.deliver(block, urgent=True)
        loop = ask.loop or ask.brief
        line.ask(wire.PlayBlock(ask.tag, block.digest, start, gain_db, speed, loop, whole), answered=True)

    def _feed(self, line: ListenerConnection) -> None:
        """Send on of a long sound what is to be heard within the next seconds."""
        now = self._now
        while now is not None and now.reading is not None:
            played = 0.0 if now.begun is None else (time.monotonic() - now.begun) * now.speed
            if now.reading.sent_s - played > _AHEAD_S or self._wishes.pressing:
                return
            try:
                block = now.reading.block()
            except AudioError:
                block = None
            if block is not None:
                self._shelf.keep(block)
                line.deliver(block, urgent=True)
                line.ask(wire.More(now.tag, block.digest))
            if block is None or now.reading.ended:
                line.ask(wire.End(now.tag))
                self._end_reading()

    def _send_ahead(self, line: ListenerConnection, path: bytes) -> None:
        with contextlib.suppress(AudioError):  # whoever plays it will be told
            block, reading = self._shelf.open(path)
            if reading is not None:
                reading.close()
            line.deliver(block, urgent=False)

    def _hear(self, line: ListenerConnection, message: wire.Message) -> None:
        now = self._now
        if isinstance(message, wire.DeviceChanged):
            self._notify()
        elif isinstance(message, wire.Missing):
            block = self._shelf.find(message.digest)
            if block is not None:
                line.deliver(block, urgent=True)
            elif now is not None:
                self._fail(now, "the listener lost it")
        elif now is None or getattr(message, "tag", None) != now.tag:
            return
        elif isinstance(message, wire.Begun):
            now.begun = time.monotonic() - line.round_trip_s / 2
            self._tell(SoundEvent(now.token, False, max(0.0, now.begun - now.asked)))
        elif isinstance(message, wire.Over):
            self._end_reading()
            self._now = None
            self._tell(SoundEvent(now.token, True))
        elif isinstance(message, wire.Broken):
            self._fail(now, "the listener cannot play it")

    def _fail(self, ask: RemotePlay, reason: str) -> None:
        self._end_reading()
        self._now = None
        self._tell(SoundEvent(ask.token, True, failed=reason))

    def _end_reading(self) -> None:
        if self._now is not None:
            self._now.end_reading()
