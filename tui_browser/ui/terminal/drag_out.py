"""Dragging files out of the terminal, by kitty's drag and drop protocol (OSC 72, a draft), where a terminal speaks it.

The terminal is asked once, and nothing more is said to one that does not answer. A gesture of the mouse begins a drag
there; it is told which files go along, and where it runs on another machine it asks for what is in them.
Source: https://sw.kovidgoyal.net/kitty/dnd-protocol/
"""

from __future__ import annotations

import base64
import hmac
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from tui_browser.config.pathmap import file_uri
from tui_browser.errors import printable

OPENING = "\x1b]72;"
QUERY = f"{OPENING}t=q\x1b\\"
MOST_BYTES = 64 << 20
"""Of one file, sent to a terminal on another machine."""
_CHUNK = 4096
_KIND = "text/uri-list"
_MACHINE_KEY = b"tty-dnd-protocol-machine-id"
_DUMB = ("dumb", "linux", "vt100", "vt220")


class DragOut:
    """The app's part; `hear` takes what the terminal says."""

    def __init__(
        self,
        *,
        write: Callable[[str], None],
        source: Callable[[int, int], Sequence[bytes]],
        fetch: Callable[[Callable[[], str], Callable[[str], None]], None],
        say: Callable[[str], None],
    ) -> None:
        """`write` sends to the terminal, `source` gives the files at a cell of the screen (none: there is nothing to
        drag), `fetch` does work off the UI thread and hands on its result, `say` shows a sentence.
        """
        self._write = write
        self._source = source
        self._fetch = fetch
        self._say = say
        self.offered = False
        """Whether the terminal speaks it."""
        self._dragged: list[bytes] = []
        self._wanted: deque[int] = deque()
        self._busy = False

    def open(self, *, term: str) -> None:
        """Ask the terminal, where a question that it does not know does no harm."""
        if term not in _DUMB:
            self._write(QUERY)

    def close(self) -> None:
        """Offer no more."""
        if self.offered:
            self.offered = False
            self._write(said("t=o:x=2"))

    def hear(self, body: str) -> None:
        """Take what stood between the opening and the end of one of the terminal's sequences."""
        metadata, _, payload = body.partition(";")
        keys = dict(pair.partition("=")[::2] for pair in metadata.split(":"))
        match keys.get("t"):
            case "q" if not self.offered:
                self.offered = True
                self._write(said("t=o:x=1", machine_id()))
            case "o":
                self._begin(_number(keys, "x"), _number(keys, "y"))
            case "e" if keys.get("x") == "5":
                self._present(_number(keys, "y"))
            case "e" if keys.get("x") == "4":
                self._end(dropped=keys.get("y", "0") == "0")
            case "k" if 1 <= _number(keys, "x") <= len(self._dragged):
                self._wanted.append(_number(keys, "x"))
                self._send_next()
            case "E" if payload.partition(":")[0] != "OK":
                self._dragged = []
                self._say(f"the terminal does not take this drag: {printable(payload)[:80]}")
            case _:
                pass

    def _begin(self, x: int, y: int) -> None:
        paths = list(self._source(x, y))
        if not paths:
            return
        self._dragged = paths
        self._write(said("t=o:o=1", _KIND) + chunks("t=p:x=0", _uris(paths)) + said("t=P:x=-1"))

    def _present(self, index: int) -> None:
        self._write(chunks("t=e:y=0", _uris(self._dragged)) if index == 0 else said(f"t=E:y={index}", "ENOENT"))

    def _end(self, *, dropped: bool) -> None:
        if dropped and self._dragged:
            first, more = printable(os.path.basename(self._dragged[0])), len(self._dragged) - 1
            self._say(f"dropped: {first}{f' and {more:,} more' if more else ''}")
        self._dragged = []
        self._wanted.clear()

    def _send_next(self) -> None:
        if self._busy or not self._wanted:
            return
        self._busy = True
        index = self._wanted.popleft()
        self._fetch(partial(content, self._dragged[index - 1], index), self._sent)

    def _sent(self, sequence: str) -> None:
        self._busy = False
        self._write(sequence)
        self._send_next()


class DragReply:
    """Takes the terminal's OSC 72 sequences out of what is typed, however the bytes are cut."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> tuple[str, list[str]]:
        """What was typed, without them; and the bodies of those that are whole now."""
        text, self._held = self._held + text, ""
        bodies: list[str] = []
        typed: list[str] = []
        while (start := text.find(OPENING)) >= 0:
            typed.append(text[:start])
            ends = [(at, len(end)) for end in ("\x1b\\", "\x07") if (at := text.find(end, start + len(OPENING))) >= 0]
            if not ends:
                if len(text) - start <= 1 << 20:
                    self._held = text[start:]
                text = ""
                break
            at, length = min(ends)
            bodies.append(text[start + len(OPENING) : at])
            text = text[at + length :]
        for length in (len(OPENING) - 1, len(OPENING) - 2):  # less of it may be a key
            if text.endswith(OPENING[:length]):
                text, self._held = text[:-length], text[-length:]
                break
        return "".join([*typed, text]), bodies


def said(metadata: str, payload: str = "") -> str:
    """One escape sequence."""
    return f"{OPENING}{metadata};{payload}\x1b\\" if payload else f"{OPENING}{metadata}\x1b\\"


def chunks(metadata: str, data: bytes) -> str:
    """The sequences that carry these bytes, and the one that ends them."""
    text = base64.b64encode(data).decode("ascii")
    parts = [said(f"{metadata}:m=1", text[at : at + _CHUNK]) for at in range(0, len(text), _CHUNK)]
    return "".join([*parts, said(f"{metadata}:m=0")])


def content(path: bytes, index: int) -> str:
    """The sequences that carry a file to a terminal on another machine, or say why not."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size > MOST_BYTES:
                return said("t=E", "EFBIG")
            return chunks(f"t=k:x={index}", file.read())
    except FileNotFoundError:
        return said("t=E", "ENOENT")
    except OSError:
        return said("t=E", "EIO")


def machine_id() -> str:
    """By what a terminal knows whether it runs on this machine; empty where there is none."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        with open("/etc/machine-id", "rb") as file:
            known = file.read(256).rstrip()
    except OSError:
        return ""
    return f"1:{hmac.new(_MACHINE_KEY, known, 'sha256').hexdigest()}" if known else ""


def _uris(paths: Sequence[bytes]) -> bytes:
    return "".join(f"{file_uri(path)}\r\n" for path in paths).encode("ascii")


def _number(keys: dict[str, str], name: str) -> int:
    text = keys.get(name, "0")
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 11 else -1
