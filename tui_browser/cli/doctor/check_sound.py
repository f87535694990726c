"""The doctor's look at sound: which way out opens here, and whether a listener on the person's laptop answers."""

from __future__ import annotations

import os
import select
import tempfile
import time
from collections.abc import Iterator, Mapping

from tui_browser.cli.doctor.finding import Finding, State
from tui_browser.config.places import log_file
from tui_browser.config.settings import Settings
from tui_browser.playback.messages import Failed, Finished, Lost, PlayerEvent, Ready, Started
from tui_browser.playback.player import Player
from tui_browser.playback.remote import pairing
from tui_browser.playback.remote.connection import connect_to_listener
from tui_browser.playback.remote.protocol import ListenerError

PATIENCE_S = 20.0
_LISTEN = "tui-browser listen on the laptop, then log in with the line it prints"


def sound(chosen: Settings, *, tone: bool) -> Iterator[Finding]:
    """Which way out opens; with `tone`, half a second of 440 Hz goes out on it."""
    asked = chosen.player
    log = "see doctor.log in the cache folder"
    with tempfile.TemporaryDirectory(prefix="tui-browser-") as folder:
        player = Player(asked, log=log_file("doctor"))
        try:
            told = _PlayerEvents(player)
            ready = told.until(Ready)
            if not isinstance(ready, Ready):
                reason = getattr(ready, "reason", f"no answer within {PATIENCE_S:g} s")
                yield Finding("sound", "fails", f"the player does not run: {reason}", "started", log)
                return
            problem, after_s = _tone(player, told, folder) if tone else ("", 0.0)
        finally:
            player.close()
    tested = "opened as the app opens it"
    if problem:
        yield Finding("sound", "fails", f"{ready.backend}, but a tone was not played: {problem}", tested, log)
        return
    if tone:
        tested += f"; a 440 Hz tone was played, begun after {1000 * after_s:.0f} ms: it should have been heard"
    if ready.sounds or asked == "null" or (asked.startswith("recorder:") and not ready.note):
        yield Finding("sound", "good", f"{ready.backend}{f': {ready.note}' if ready.note else ''}", tested)
        return
    state: State = "limited" if asked == "auto" else "fails"
    change = _LISTEN if pairing.is_over_ssh(os.environ) else "connect a device, or start PulseAudio or PipeWire"
    if asked != "auto":
        change = 'player = "auto" in the settings takes what works'
    yield Finding("sound", state, ready.note or f"{ready.backend} is silent", tested, change)


class _PlayerEvents:
    """What a player tells, in order, nothing of it lost."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._waiting: list[PlayerEvent] = []

    def until(self, kind: type[PlayerEvent]) -> PlayerEvent | None:
        """The first event of this kind, or of failure; None where none came in time."""
        deadline = time.monotonic() + PATIENCE_S
        while (left := deadline - time.monotonic()) > 0:
            self._waiting += self._player.poll()
            while self._waiting:
                event = self._waiting.pop(0)
                if isinstance(event, (kind, Lost, Failed)):
                    return event
            select.select([self._player.fileno()], [], [], min(left, 0.5))
        return None


def _tone(player: Player, told: _PlayerEvents, folder: str) -> tuple[str, float]:
    """Why a tone was not played (empty when it was), and how long its first frame took."""
    import numpy as np
    import soundfile

    path = os.path.join(folder, "tone.wav")
    moment = np.arange(22_050) / 44_100
    rise_and_fall = np.minimum(1, 50 * np.minimum(moment, 0.5 - moment))
    soundfile.write(path, 0.2 * np.sin(2 * np.pi * 440 * moment) * rise_and_fall, 44_100)
    player.play(os.fsencode(path), token=1)
    begin = told.until(Started)
    end = told.until(Finished) if isinstance(begin, Started) else begin
    if isinstance(begin, Started) and isinstance(end, Finished):
        return "", begin.after_s
    return getattr(end, "reason", "no answer"), 0.0


def listener(chosen: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Whether a listener answers and has a device, and how far away it is; nothing is played."""
    named = chosen.player.removeprefix("remote:") if chosen.player.startswith("remote:") else env.get(pairing.VARIABLE)
    asked = bool(named) or chosen.player == "remote"
    if not asked and not pairing.is_over_ssh(env) and not pairing.listener_sockets():
        yield Finding("listener", "good", "not needed: you sit at this machine", "SSH_CONNECTION, SSH_TTY")
        return
    try:
        line = connect_to_listener(named)
    except ListenerError as error:
        state: State = "fails" if asked else "limited"
        yield Finding("listener", state, str(error.what), "looked for one", _LISTEN)
        return
    line.close()
    found = f"answers at {line.address} within {1000 * line.round_trip_s:.0f} ms"
    if line.sounds:
        yield Finding("listener", "good", f"{found}, and has a device", "greeted it; --tone plays through it")
    else:
        change = "connect a device there; the window in which it runs says why it has none"
        yield Finding("listener", "fails" if asked else "limited", f"{found}, but has no device", "greeted it", change)
