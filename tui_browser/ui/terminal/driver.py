"""Textual's driver for terminals, with an ear for what terminals say that Textual does not know: of drag and drop, and
that output has arrived. What was pasted comes as one text, and letters that came together as one event.

Private API of Textual 8.2.8: _parser.ParseError, _xterm_parser.XTermParser, LinuxDriver.run_input_thread,
MessagePump._message_queue.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from typing import Any

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import ScreenStackError
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys as KeyNames
from textual.message import Message

from tui_browser.ui.terminal.drag_out import DragReply
from tui_browser.ui.terminal.events import TerminalReported, TypedText
from tui_browser.ui.terminal.flow_control import ANSWER, ASK, FlowControl
from tui_browser.ui.terminal.input_batches import InputBatches, KeyInput, PastedText

_WAIT_S = 0.1
_SOON_S = 0.02
_MOST_WAITING = 512
"""Messages that the app has not taken yet, from which on nothing more is read: the rest waits in the terminal."""
_READ_BYTES = 4096


class Parser(XTermParser):
    """Textual's parser; a terminal's word that output has arrived is no key."""

    def __init__(self, arrived: Callable[[], None], *, debug: bool) -> None:
        super().__init__(debug)
        self._arrived = arrived

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if sequence == ANSWER:
            self._arrived()
            return [events.Key(KeyNames.Ignore, None)]
        return super()._sequence_to_key_events(sequence, alt)


class TerminalDriver(LinuxDriver):
    """Reads as Textual does; of OSC 72, which Textual would take for typing, messages are made.

    `flow_control` knows what of the output has not arrived yet.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.flow_control = FlowControl()

    def write(self, data: str) -> None:
        self.flow_control.wrote(len(data))
        super().write(data)

    def ask(self) -> None:
        """A frame was written: ask the terminal to say when it has come."""
        if self.flow_control.ask(time.monotonic()):
            super().write(ASK)

    def disable_input(self) -> None:
        self.flow_control.settle()
        super().disable_input()

    def run_input_thread(self) -> None:
        """Read what is typed until the app ends; a thread's work."""
        parser, heard = Parser(lambda: self.flow_control.answered(time.monotonic()), debug=self._debug), DragReply()
        arrivals, decoder = InputBatches(), getincrementaldecoder("utf-8")("replace")
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            ended = False
            while not ended:
                ended = self.exit_event.is_set()  # what has come by then is read once more
                if selector.select(_SOON_S if arrivals.waits else _WAIT_S):
                    try:
                        data = os.read(self.fileno, _READ_BYTES)
                    except OSError:
                        self.flow_control.hung_up()
                        break  # the terminal is gone
                    typed, bodies = heard.feed(decoder.decode(data, final=ended))
                    for body in bodies:
                        self.send_message(TerminalReported(body))
                    self._hand_on(arrivals.feed(typed, time.monotonic()), parser)
                    if not data:
                        self.flow_control.hung_up()
                        break
                elif arrivals.waits:
                    self._hand_on(arrivals.quiet(time.monotonic()), parser)
                for event in parser.tick():
                    self.process_message(event)
                while self._waiting() > _MOST_WAITING and not self.exit_event.wait(_SOON_S):
                    pass
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass

    def _hand_on(self, pieces: list[KeyInput | PastedText], parser: Parser) -> None:
        for piece in pieces:
            arrived = [events.Paste(piece.text)] if isinstance(piece, PastedText) else together(parser.feed(piece.text))
            for event in arrived:
                self.process_message(event)

    def _waiting(self) -> int:
        """Messages that wait for the app and its screen."""
        with contextlib.suppress(LookupError, ScreenStackError):
            return self._app._message_queue.qsize() + self._app.screen._message_queue.qsize()
        return 0


def together(arrived: Iterable[Message]) -> list[Message]:
    """The messages, letters that follow each other as one of them."""
    merged: list[Message] = []
    letters: list[events.Key] = []
    for message in (*arrived, None):
        if isinstance(message, events.Key) and message.is_printable:
            letters.append(message)
            continue
        if letters:
            merged.append(letters[0] if len(letters) == 1 else TypedText(letters))
            letters = []
        if message is not None:
            merged.append(message)
    return merged
