"""Textual's driver for terminals, with an ear for what terminals say that Textual does not know."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from dataclasses import dataclass

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui_browser.ui.dragging import Heard

_WAIT_S = 0.1
_READ_BYTES = 4096


@dataclass
class Told(Message):
    """The terminal said something of drag and drop."""

    body: str


class TerminalDriver(LinuxDriver):
    """Reads as Textual does; of OSC 72, which Textual would take for typing, messages are made."""

    def run_input_thread(self) -> None:
        """Read what is typed until the app ends; a thread's work."""
        parser, heard = XTermParser(self._debug), Heard()
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
                        break  # the terminal is gone
                    typed, bodies = heard.feed(decoder.decode(data, final=ended))
                    for body in bodies:
                        self.send_message(Told(body))
                    for event in parser.feed(typed) if typed else ():
                        self.process_message(event)
                    if not data:
                        break  # hung up
                for event in parser.tick():
                    self.process_message(event)
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass
