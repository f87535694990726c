"""Checks of sound: which back end opens here, and whether a listener on the person's laptop answers."""

from __future__ import annotations

import os
import select
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping

from tui_browser.cli.doctor.finding import Finding, State
from tui_browser.config.places import log_file
from tui_browser.config.settings import Settings
from tui_browser.playback.backends.simpleaudio_backend import LIMITS
from tui_browser.playback.messages import Failed, Finished, Lost, PlayerEvent, Ready, Started
from tui_browser.playback.player import Player
from tui_browser.playback.remote import pairing
from tui_browser.playback.remote.connection import UnknownListenerError, connect_to_listener
from tui_browser.playback.remote.login_lines import pair_line
from tui_browser.playback.remote.protocol import ListenerError

PATIENCE_S = 20.0
_LISTEN = "log in with `tui-browser ssh HOST` on your laptop"


def sound(settings: Settings, *, tone: bool) -> Iterator[Finding]:
    """Which back end opens; with `tone`, it plays 440 Hz for half a second."""
    choice = settings.player
    log = "see doctor.log in the cache folder"
    with tempfile.TemporaryDirectory(prefix="tui-browser-") as folder:
        player = Player(choice, log=log_file("doctor"))
        try:
            events = _PlayerEvents(player)
            ready = events.until(Ready)
            if not isinstance(ready, Ready):
                reason = getattr(ready, "reason", f"no answer within {PATIENCE_S:g} s")
                yield Finding("sound", "fails", f"the player does not start: {reason}", "started", log)
                return
            problem, after_s = _tone(player, events, folder) if tone else ("", 0.0)
        finally:
            player.close()
    tested = "opened as by the app"
    if problem:
        yield Finding("sound", "fails", f"{ready.backend}, but it did not play a tone: {problem}", tested, log)
        return
    if tone:
        tested += f"; a 440 Hz tone was played after {1000 * after_s:.0f} ms, and should have been audible"
    if ready.backend == "simpleaudio":
        yield _simpleaudio(choice, tested)
        return
    if ready.sounds or choice == "null" or (choice.startswith("recorder:") and not ready.note):
        yield Finding("sound", "good", f"{ready.backend}{f': {ready.note}' if ready.note else ''}", tested)
        return
    state: State = "limited" if choice == "auto" else "fails"
    change = _LISTEN if pairing.is_over_ssh(os.environ) else "connect a device, or start PulseAudio or PipeWire"
    if choice != "auto":
        change = 'player = "auto" in the settings uses what works'
    yield Finding("sound", state, ready.note or f"{ready.backend} is silent", tested, change)


def _simpleaudio(choice: str, tested: str) -> Finding:
    change = 'player = "auto" in the settings uses miniaudio, without these limits' if choice == "simpleaudio" else ""
    return Finding("sound", "limited", f"simpleaudio: {LIMITS}", tested, change)


class _PlayerEvents:
    """The events of a player, in order."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._waiting: list[PlayerEvent] = []

    def until(self, kind: type[PlayerEvent]) -> PlayerEvent | None:
        """The first event of this kind, or of failure; None after PATIENCE_S."""
        deadline = time.monotonic() + PATIENCE_S
        while (left := deadline - time.monotonic()) > 0:
            self._waiting += self._player.poll()
            while self._waiting:
                event = self._waiting.pop(0)
                if isinstance(event, (kind, Lost, Failed)):
                    return event
            select.select([self._player.fileno()], [], [], min(left, 0.5))
        return None


def _tone(player: Player, events: _PlayerEvents, folder: str) -> tuple[str, float]:
    """Why a tone was not played, empty if it was, and the time until its first frame."""
    import numpy as np
    import soundfile

    path = os.path.join(folder, "tone.wav")
    time_s = np.arange(22_050) / 44_100
    envelope = np.minimum(1, 50 * np.minimum(time_s, 0.5 - time_s))
    soundfile.write(path, 0.2 * np.sin(2 * np.pi * 440 * time_s) * envelope, 44_100)
    player.play(os.fsencode(path), token=1)
    start = events.until(Started)
    end = events.until(Finished) if isinstance(start, Started) else start
    if isinstance(start, Started) and isinstance(end, Finished):
        return "", start.after_s
    return getattr(end, "reason", "no answer"), 0.0


def listener(settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Whether a listener answers and has a device, and its round-trip time; nothing is played."""
    address = (
        settings.player.removeprefix("remote:") if settings.player.startswith("remote:") else env.get(pairing.VARIABLE)
    )
    requested = bool(address) or settings.player == "remote"
    if not requested and not pairing.is_over_ssh(env) and not pairing.listener_sockets():
        yield Finding("listener", "good", "not needed without SSH", "SSH_CONNECTION, SSH_TTY")
        return
    try:
        connection = connect_to_listener(address)
    except ListenerError as error:
        state: State = "fails" if requested else "limited"
        change = _pairing_remedy() if isinstance(error, UnknownListenerError) else _LISTEN
        yield Finding("listener", state, str(error.what), "searched for one", change)
        return
    connection.close()
    found = f"answers at {connection.address} within {1000 * connection.round_trip_s:.0f} ms"
    if connection.sounds:
        yield Finding("listener", "good", f"{found}, and has a device", "connected to it; --tone plays through it")
    else:
        change = "connect a device there; the listener's output says why it has none"
        yield Finding(
            "listener", "fails" if requested else "limited", f"{found}, but has no device", "connected to it", change
        )


def _pairing_remedy() -> str:
    """The lines that pair this machine with a listener, one of which is to be typed on the laptop."""
    host = socket.gethostname()
    line = pair_line(server=host, name="laptop", kept_at="~/.local/state/tui-browser/listener.token")
    return f"on your laptop: tui-browser ssh {host} pairs both; so does the line: {line}"
