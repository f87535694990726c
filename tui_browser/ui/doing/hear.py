"""Hearing: play, louder, faster, over and over, later in a long sound, all in turn."""

from __future__ import annotations

from dataclasses import replace

from tui_browser.ui.audition import Ways
from tui_browser.ui.doing.base import Doing

SEEK_S = 5.0


class Hearing(Doing):
    """What is heard, and how."""

    def do_play(self) -> None:
        path = self.stage.path
        if path is None:
            return
        if self.stage.missing:
            self.refuse("the file is missing")
            return
        self.session.audition.toggle(path)

    def do_auto_play(self) -> None:
        auto = not self.session.audition.auto
        self.session.listening.set_auto_play(auto)
        self.say("auto-play on: each sample plays when you reach it" if auto else "auto-play off")

    def do_louder(self) -> None:
        self._in(self.session.audition.ways.louder(1))

    def do_quieter(self) -> None:
        self._in(self.session.audition.ways.louder(-1))

    def do_faster(self) -> None:
        self._in(self.session.audition.ways.faster(1))

    def do_slower(self) -> None:
        self._in(self.session.audition.ways.faster(-1))

    def do_loop(self) -> None:
        ways = self.session.audition.ways
        self._in(replace(ways, loop=not ways.loop))

    def _in(self, ways: Ways) -> None:
        if ways == self.session.audition.ways:
            self.refuse("this is the limit")
            return
        self.session.listening.in_ways(ways)
        self.say(self.panel.shell.paint.dot.join(ways.words()) or "volume, speed and loop as usual")

    def do_seek_on(self) -> None:
        self.session.audition.seek(SEEK_S)

    def do_seek_back(self) -> None:
        self.session.audition.seek(-SEEK_S)

    def do_play_all(self) -> None:
        self.session.listening.play_all()
