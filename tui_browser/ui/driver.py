"""Textual's driver for terminals, with an ear for what terminals say that Textual does not know: of drag and drop, and
that output has arrived.
"""

from __future__ import annotations

import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys
from textual.message import Message

from tui_browser.ui.dragging import Heard
from tui_browser.ui.pace import ANSWER, ASK, Pace

_WAIT_S = 0.1
_READ_BYTES = 4096


@dataclass
class Told(Message):
    """The terminal said something of drag and drop."""

    body: str


class Parser(XTermParser):
    """Textual's parser; a terminal's word that output has arrived is no key."""

    def __init__(self, arrived: Callable[[], None], *, debug: bool) -> None:
        super().__init__(debug)
        self._arrived = arrived

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if sequence == ANSWER:
            self._arrived()
            return [events.Key(Keys.Ignore, None)]
        return super()._sequence_to_key_events(sequence, alt)


class TerminalDriver(LinuxDriver):
    """Reads as Textual does; of OSC 72, which Textual would take for typing, messages are made.

    `pace` knows what of the output has not arrived yet.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.pace = Pace()

    def write(self, data: str) -> None:
        self.pace.wrote(len(data))
        super().write(data)

    def ask(self) -> None:
        """A frame was written: ask the terminal to say when it has come."""
        if self.pace.ask(time.monotonic()):
            super().write(ASK)

    def disable_input(self) -> None:
        self.pace.settle()
        super().disable_input()

    def run_input_thread(self) -> None:
        """Read what is typed until the app ends; a thread's work."""
        parser, heard = Parser(lambda: self.pace.answered(time.monotonic()), debug=self._debug), Heard()
        decoder = getincrementaldecoder("utf-8")("replace")
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            ended = False
            while not ended:
                ended = self.exit_event.is_set()  # what has come by then is read once more
                if selector.select(_WAIT_S):
                    try:
                        data = os.read(self.fileno, _READ_BYTES)
                    except OSError:
                        self.pace.hung_up()
                        break  # the terminal is gone
                    typed, bodies = heard.feed(decoder.decode(data, final=ended))
                    for body in bodies:
                        self.send_message(Told(body))
                    for event in parser.feed(typed) if typed else ():
                        self.process_message(event)
                    if not data:
                        self.pace.hung_up()
                        break
                for event in parser.tick():
                    self.process_message(event)
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass
