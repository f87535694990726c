"""A terminal driver that batches input, reports drag and drop, and knows when output has arrived.

A paste is one event, whatever it contains, and so are printable keys that arrive in one read.

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

_POLL_S = 0.1
_POLL_PENDING_S = 0.02
_MOST_QUEUED = 512
"""With more unprocessed messages than this, input stays in the terminal's buffer."""
_READ_BYTES = 4096


class Parser(XTermParser):
    """Textual's parser, which takes a device status report for flow control and not for a key."""

    def __init__(self, on_answer: Callable[[], None], *, debug: bool) -> None:
        super().__init__(debug)
        self._on_answer = on_answer

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if sequence == ANSWER:
            self._on_answer()
            return [events.Key(KeyNames.Ignore, None)]
        return super()._sequence_to_key_events(sequence, alt)


class TerminalDriver(LinuxDriver):
    """Reads as Textual does, and turns OSC 72 (which Textual would take for typing) into messages."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.flow_control = FlowControl()
        self._held: list[str] | None = None
        """What was written since `hold`."""

    def write(self, data: str) -> None:
        if self._held is not None:
            self._held.append(data)
            return
        self.flow_control.wrote(len(data))
        super().write(data)

    def hold(self) -> None:
        """Keep what is written until `release`: each piece would wake the writer's thread in the middle of a frame."""
        self._held = []

    def release(self) -> None:
        """Write what was kept as one piece."""
        held, self._held = self._held, None
        if held:
            self.write("".join(held))

    def ask(self) -> None:
        """Ask the terminal to report when the frame just written has arrived."""
        if self.flow_control.ask(time.monotonic()):
            super().write(ASK)

    def disable_input(self) -> None:
        self.flow_control.settle()
        super().disable_input()

    def run_input_thread(self) -> None:
        """Read input until the app ends; runs in a thread of its own."""
        parser, drag_reply = (
            Parser(lambda: self.flow_control.answered(time.monotonic()), debug=self._debug),
            DragReply(),
        )
        batches, decoder = InputBatches(), getincrementaldecoder("utf-8")("replace")
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            ended = False
            while not ended:
                ended = self.exit_event.is_set()  # one last read for input that came before
                if selector.select(_POLL_PENDING_S if batches.waits else _POLL_S):
                    try:
                        data = os.read(self.fileno, _READ_BYTES)
                    except OSError:
                        self.flow_control.hung_up()
                        break  # the terminal is gone
                    typed, bodies = drag_reply.feed(decoder.decode(data, final=ended))
                    for body in bodies:
                        self.send_message(TerminalReported(body))
                    self._hand_on(batches.feed(typed, time.monotonic()), parser)
                    if not data:
                        self.flow_control.hung_up()
                        break
                elif batches.waits:
                    self._hand_on(batches.quiet(time.monotonic()), parser)
                for event in parser.tick():
                    self.process_message(event)
                while self._queued() > _MOST_QUEUED and not self.exit_event.wait(_POLL_PENDING_S):
                    pass
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass

    def _hand_on(self, pieces: list[KeyInput | PastedText], parser: Parser) -> None:
        for piece in pieces:
            paste = isinstance(piece, PastedText)
            for event in [events.Paste(piece.text)] if paste else merge_typed(parser.feed(piece.text)):
                self.process_message(event)

    def _queued(self) -> int:
        """Messages that the app and its screen have not processed yet."""
        with contextlib.suppress(LookupError, ScreenStackError):
            return self._app._message_queue.qsize() + self._app.screen._message_queue.qsize()
        return 0


def merge_typed(messages: Iterable[Message]) -> list[Message]:
    """The messages, with consecutive printable keys merged into one TypedText."""
    merged: list[Message] = []
    letters: list[events.Key] = []
    for message in (*messages, None):
        if isinstance(message, events.Key) and message.is_printable and not message.key.startswith("alt+"):
            letters.append(message)
            continue
        if letters:
            merged.append(letters[0] if len(letters) == 1 else TypedText(letters))
            letters = []
        if message is not None:
            merged.append(message)
    return merged
