"""Hearing: play and stop on a key, play by itself where the walk rests, one sound at a time, the newest wins.

How loud, how fast and whether over and over is the same for all sounds, and what sounds follows at once. In turns one
sound follows the other, until a key is pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tui_browser.audio.player_messages import (
    SPEEDS,
    VOLUMES_DB,
    Failed,
    Finished,
    KnownLevel,
    Lost,
    Position,
    Ready,
    Started,
)
from tui_browser.errors import PlayerError
from tui_browser.ui.ports import PlayerLike

LOUDER_DB = 2.0
FASTER = 2 ** (1 / 6)
"""One step of the speed: a whole tone."""
_FAILURES = 20
"""Sounds in a row that may fail before turns end."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How sounds are heard."""

    volume_db: float = 0.0
    speed: float = 1.0
    loop: bool = False

    def louder(self, steps: int) -> Ways:
        """So many steps louder or quieter, as far as it goes; through 0 and not past it."""
        wanted = min(max(self.volume_db + steps * LOUDER_DB, VOLUMES_DB[0]), VOLUMES_DB[1])
        return replace(self, volume_db=0.0 if self.volume_db * wanted < 0 else wanted)

    def faster(self, steps: int) -> Ways:
        """So many whole tones faster or slower, as far as it goes."""
        wanted = min(max(self.speed * FASTER**steps, SPEEDS[0]), SPEEDS[1])
        return replace(self, speed=1.0 if abs(wanted - 1) < 0.01 else wanted)

    def words(self) -> list[str]:
        """What is not as usual."""
        words = [f"volume {self.volume_db:+g} dB"] if self.volume_db else []
        words += [f"speed {self.speed:.2f}"] if self.speed != 1 else []
        return [*words, "loop"] if self.loop else words


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
        moved_on: Callable[[], None] = lambda: None,
        ways: Ways | None = None,
        began: Callable[[bytes], None] = lambda _: None,
        known: Callable[[bytes], KnownLevel | None] = lambda _: None,
        part: Callable[[bytes], tuple[float, float | None]] = lambda _: (0.0, None),
    ) -> None:
        """`after` calls back later, `say` shows one sentence, `changed` hears that something started or ended and
        `moved_on` that `at_s` is another; `began` hears of each file that can be heard now;
        `known` tells the level that the index has of a file, if it is at hand, and `part` from where to where in
        seconds a file is heard of which nothing else is said; None is its end.
        """
        self.auto = False
        self.path: bytes | None = None
        """The file that sounds, or is about to."""
        self.at_s: float | None = None
        """Where it is, when it is a long one."""
        self.start_s = 0.0
        """Where what was begun last was begun."""
        self.ways = ways or Ways()
        self._following: Callable[[], bytes | None] | None = None
        self._failures = 0
        self._player = player
        self._rest_s = rest_s
        self._after = after
        self._say = say
        self._changed = changed
        self._moved_on = moved_on
        self._began = began
        self._known = known
        self._part = part
        self._token = 0
        self._timer: Stoppable | None = None
        self._silence = ""
        """Why nothing sounds, until it has been said; said once."""
        self._told = False
        if self.ways.volume_db:
            player.set_volume(self.ways.volume_db)

    @property
    def number(self) -> int:
        """Of the sound that was begun last: another one for each."""
        return self._token

    @property
    def in_turn(self) -> bool:
        """Whether one sound follows the other."""
        return self._following is not None

    def toggle(self, path: bytes) -> None:
        """Play this file, or stop it while it sounds."""
        self._call_off()
        if self.path == path:
            self.stop()
        else:
            self.play(path)

    def play(self, path: bytes, *, start_s: float | None = None) -> None:
        """Play this file from there, or from where it is to begin; whatever sounded stops."""
        self._following = None
        self._start(path, loop=self.ways.loop, start_s=start_s)

    def take_turns(self, following: Callable[[], bytes | None]) -> None:
        """Play what `following` names, and what it names then, until that is nothing; `stop` ends it."""
        self._following = following
        self._failures = 0
        self._advance()

    def _advance(self) -> None:
        following = self._following
        path = following() if following is not None and self._failures < _FAILURES else None
        if path is not None:
            self._start(path, loop=False)
        else:
            self._over()

    def _start(self, path: bytes, *, loop: bool, start_s: float | None = None) -> None:
        self._call_off()
        start_s, end_s = self._part(path) if start_s is None else (start_s, None)
        self.start_s = start_s
        self._token += 1
        self.path, self.at_s = path, None
        try:
            known = self._known(path)
            self._player.play(
                path, token=self._token, start_s=start_s, end_s=end_s, loop=loop, speed=self.ways.speed, known=known
            )
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

    def likely(self, paths: Sequence[bytes]) -> None:
        """These may be asked for next."""
        self._player.prefetch(paths, loop=self.ways.loop, speed=self.ways.speed)

    def go(self, ways: Ways) -> None:
        """Hear everything in this way from now on, what sounds, too."""
        before, self.ways = self.ways, ways
        if ways.volume_db != before.volume_db:
            self._player.set_volume(ways.volume_db)
        if (ways.speed, ways.loop) != (before.speed, before.loop) and self.path is not None:
            self._player.tune(self._token, loop=ways.loop and not self.in_turn, speed=ways.speed)

    def seek(self, by_s: float) -> bool:
        """Go on so many seconds later, or earlier, in a long sound; False where none sounds."""
        if self.at_s is None:
            return False
        self.at_s = max(0.0, self.at_s + by_s)
        self._player.seek(self._token, self.at_s)
        return True

    def stop(self) -> None:
        self._call_off()
        self._following = None
        if self.path is not None:
            self.path = self.at_s = None
            self._token += 1
            self._player.stop()
            self._changed()

    def _over(self) -> None:
        self.path = self.at_s = None
        self._following = None
        self._changed()

    def hear(self, event: object) -> None:
        """Take an event of the player; those of sounds that were replaced are dropped."""
        match event:
            case Ready(sounds=False, note=note):
                self._silence = note  # empty where silence, or a recording, was asked for
                if self._token:
                    self._tell_silence()
            case Ready():
                self._silence = ""
            case Failed(token=token, reason=reason) if token == self._token:
                self._say(f"this file cannot be played: {reason}")
                self._failures += 1
                self._advance()
            case Finished(token=token) if token == self._token:
                self._advance()
            case Position(token=token, at_s=at_s) if token == self._token:
                self.at_s = at_s
                self._moved_on()
            case Lost(reason=reason):
                self._say(f"playing stopped: {reason}")
                self._over()
            case Started(token=token) if token == self._token:
                self._failures = 0
                if self.path is not None:
                    self._began(self.path)
            case _:
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
