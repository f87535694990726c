"""Sound on another machine: plays files through a listener, and decides when to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tui_browser.playback.levels import LevelCache
from tui_browser.playback.messages import Line, Play, PlayBeat, Prefetch
from tui_browser.playback.output import ActiveSound, SoundEvent
from tui_browser.playback.prefetcher import Prefetcher
from tui_browser.playback.remote import pairing
from tui_browser.playback.remote.connection import HINT, ListenerConnection, connect_to_listener
from tui_browser.playback.remote.listener_link import ListenerLink
from tui_browser.playback.remote.protocol import ListenerError
from tui_browser.playback.remote.request_mailbox import RemotePlay


@dataclass(slots=True)
class ListenerSound(ActiveSound):
    """A sound that plays at the listener, whose device says where it is."""

    play: RemotePlay = field(kw_only=True)

    @property
    def position_s(self) -> float:
        return self.play.position_s(time.monotonic())


class RemoteOutput:
    """An `Output` through a listener. It reconnects by itself, so it never counts as dead; every call returns at once.

    The volume holds from the next sound on, and for a beat from the next step on.
    """

    poll_s: float | None = None
    is_fallback = False

    def __init__(
        self,
        address: str | None,
        notify: Callable[[], None],
        levels: LevelCache,
        prefetcher: Prefetcher,
        *,
        connection: ListenerConnection | None = None,
    ) -> None:
        """`connection` is one that is open already; without it, and whenever it is lost, the link opens one."""
        self._levels = levels
        self._prefetcher = prefetcher
        self._volume_db = 0.0
        self._beat: PlayBeat | None = None
        self._link = ListenerLink(address, notify, connection=connection)

    @property
    def name(self) -> str:
        connection = self._link.connection
        return f"listener ({connection.address})" if connection else "listener"

    @property
    def sounds(self) -> bool:
        connection = self._link.connection
        return connection is not None and connection.sounds

    @property
    def note(self) -> str:
        connection = self._link.connection
        if connection is None:
            return self._link.note
        return "" if connection.sounds else "No sound: the listener on your laptop has no device"

    @property
    def line(self) -> Line | None:
        return self._link.line

    def play(self, request: Play, number: int) -> ActiveSound:
        level_db = self._levels.gain_db(request.path, request.known) if request.level else 0.0
        play = RemotePlay(
            request.path,
            number,
            start_s=request.start_s,
            gain_db=request.gain_db + level_db + self._volume_db,
            speed=request.speed,
            loop=request.loop,
            requested_at=request.requested_at,
        )
        self._link.mailbox.play(play)
        return ListenerSound(request, number, play=play)

    def stop(self) -> None:
        self._link.mailbox.stop()

    def play_beat(self, request: PlayBeat) -> None:
        self._beat = request
        gain = 10 ** (self._volume_db / 20)
        parts = tuple(replace(part, gain=part.gain * gain) for part in request.parts)
        self._link.mailbox.play_beat(replace(request, parts=parts))

    def stop_beat(self) -> None:
        self._beat = None
        self._link.mailbox.stop_beat()

    def tend_beat(self) -> float | None:
        return self._link.beat_position_s

    def set_volume(self, gain_db: float) -> None:
        if self._beat is not None and gain_db != self._volume_db:
            self._volume_db = gain_db
            self.play_beat(self._beat)
        self._volume_db = gain_db

    def prefetch(self, request: Prefetch) -> None:
        """Send these files while the connection is idle, and measure their levels."""
        self._link.mailbox.prefetch(request.paths)
        self._prefetcher.run_each(request.paths if request.level else (), self._levels.gain_db)

    def events(self) -> Sequence[SoundEvent]:
        return self._link.events()

    def alive(self) -> bool:
        return True

    def strained(self) -> bool:
        return False

    def close(self) -> None:
        self._link.close()


def open_remote(
    choice: str,
    notify: Callable[[], None],
    levels: LevelCache,
    prefetcher: Prefetcher,
    *,
    env: Mapping[str, str],
) -> tuple[RemoteOutput | None, str]:
    """The output of a listener; or None, and a note to show if there is no sound on this machine either.

    `remote` and `remote:ADDRESS` always use a listener. `auto` uses one where TUI_BROWSER_LISTENER names an address,
    and over SSH where a listener answers. An address is the path of a socket, a port, or HOST:PORT.
    """
    if pairing.is_over_ssh(env):
        pairing.remove_dead_sockets()
    address = env.get(pairing.VARIABLE) or None
    if choice.startswith("remote:"):
        return RemoteOutput(choice.removeprefix("remote:"), notify, levels, prefetcher), ""
    if choice == "remote" or (choice == "auto" and address):
        return RemoteOutput(address, notify, levels, prefetcher), ""
    if choice != "auto" or not pairing.is_over_ssh(env):
        return None, ""
    try:
        connection = connect_to_listener(None)
    except ListenerError as error:
        return None, f"No sound: {error.hint}" if error.hint == HINT else f"No sound: {error}"
    return RemoteOutput(None, notify, levels, prefetcher, connection=connection), ""
