"""Hearing: play and stop on a key, play by itself where the walk rests, one sound at a time, the newest wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui_browser.audio.player import Failed, Finished, Lost, Ready, Started
from tui_browser.errors import PlayerError
from tui_browser.ui.ports import PlayerLike


class Stoppable(Protocol):
    """A timer that can be called off."""

    def stop(self) -> None: ...


class Audition:
    """What sounds now, and what will when the cursor rests."""

    def __init__(
        self,
        player: PlayerLike,
        *,
        rest_s: float,
        after: Callable[[float, Callable[[], None]], Stoppable],
        say: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        """`after` calls back later, `say` shows one sentence, `changed` hears that something started or ended."""
        self.auto = False
        self.path: bytes | None = None
        """The file that sounds, or is about to."""
        self._player = player
        self._rest_s = rest_s
        self._after = after
        self._say = say
        self._changed = changed
        self._token = 0
        self._timer: Stoppable | None = None
        self._silence = ""
        """Why nothing sounds, until it has been said; said once."""
        self._told = False

    def toggle(self, path: bytes) -> None:
        """Play this file from its start, or stop it while it sounds."""
        self._call_off()
        if self.path == path:
            self.stop()
        else:
            self.play(path)

    def play(self, path: bytes) -> None:
        """Play this file; whatever sounded stops."""
        self._call_off()
        self._token += 1
        self.path = path
        try:
            self._player.play(path, token=self._token)
        except PlayerError as error:
            self.path = None
            self._tell(str(error))
        self._tell_silence()
        self._changed()

    def moved(self, path: bytes) -> None:
        """The cursor is on another sample: with auto-play it sounds once the walk rests here."""
        self._call_off()
        if self.auto:
            self._timer = self._after(self._rest_s, lambda: self.play(path))

    def stop(self) -> None:
        self._call_off()
        if self.path is not None:
            self.path = None
            self._token += 1
            self._player.stop()
            self._changed()

    def hear(self, event: object) -> None:
        """Take an event of the player; those of sounds that were replaced are dropped."""
        match event:
            case Ready(sounds=False, note=note):
                self._silence = note or "no sound device was found: the waveform is all there is"
                if self._token:
                    self._tell_silence()
            case Ready():
                self._silence = ""
            case Failed(token=token, reason=reason) if token == self._token:
                self.path = None
                self._say(f"this cannot be played: {reason}")
                self._changed()
            case Finished(token=token) if token == self._token:
                self.path = None
                self._changed()
            case Lost(reason=reason):
                self.path = None
                self._say(f"no sound any more: {reason}")
                self._changed()
            case Started() | _:
                pass

    def _call_off(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tell_silence(self) -> None:
        if self._silence:
            self._tell(self._silence)

    def _tell(self, text: str) -> None:
        if not self._told:
            self._told = True
            self._say(text)
