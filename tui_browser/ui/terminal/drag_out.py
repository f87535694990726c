"""Dragging files out of the terminal, by kitty's drag and drop protocol (OSC 72, a draft), where a terminal speaks it.

The app asks the terminal once and sends nothing more to one that does not answer. The terminal recognises the mouse
gesture; the app names the files, and a terminal on another machine then asks for their content.
Source: https://sw.kovidgoyal.net/kitty/dnd-protocol/
"""

from __future__ import annotations

import base64
import errno
import hmac
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from tui_browser.config.pathmap import file_uri
from tui_browser.errors import printable
from tui_browser.folder.sample_path import link_refusal
from tui_browser.safe_files import read_bounded

OPENING = "\x1b]72;"
QUERY = f"{OPENING}t=q\x1b\\"
MOST_BYTES = 64 << 20
"""The largest file that is sent to a terminal on another machine."""
_CHUNK = 4096
_MIME_TYPE = "text/uri-list"
_MACHINE_KEY = b"tty-dnd-protocol-machine-id"
_DUMB = ("dumb", "linux", "vt100", "vt220")


class DragOut:
    """The app's side of the protocol; `receive` takes what the terminal sends."""

    def __init__(
        self,
        *,
        write: Callable[[str], None],
        source: Callable[[int, int], Sequence[bytes]],
        fetch: Callable[[Callable[[], str], Callable[[str], None]], None],
        say: Callable[[str], None],
    ) -> None:
        """`write` sends to the terminal, `source` returns the files at a screen cell, `fetch` runs a function in a
        thread and passes its result to a callback, `say` shows a message.
        """
        self._write = write
        self._source = source
        self._fetch = fetch
        self._say = say
        self.offered = False
        """Whether the terminal supports the protocol."""
        self._dragged: list[bytes] = []
        self._wanted: deque[int] = deque()
        self._busy = False

    def open(self, *, term: str) -> None:
        """Ask whether the terminal supports it, except terminals that would show the question."""
        if term not in _DUMB:
            self._write(QUERY)

    def close(self) -> None:
        """Stop offering drags."""
        if self.offered:
            self.offered = False
            self._write(sequence("t=o:x=2"))

    def receive(self, body: str) -> None:
        """Handle the body of one OSC 72 sequence."""
        metadata, _, payload = body.partition(";")
        keys = dict(pair.partition("=")[::2] for pair in metadata.split(":"))
        match keys.get("t"):
            case "q" if not self.offered:
                self.offered = True
                self._write(sequence("t=o:x=1", machine_id()))
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
                self._say(f"the terminal refused the drag: {printable(payload)[:80]}")
            case _:
                pass

    def _begin(self, x: int, y: int) -> None:
        paths = list(self._source(x, y))
        if not paths:
            return
        self._dragged = paths
        self._write(sequence("t=o:o=1", _MIME_TYPE) + chunks("t=p:x=0", _uris(paths)) + sequence("t=P:x=-1"))

    def _present(self, index: int) -> None:
        self._write(chunks("t=e:y=0", _uris(self._dragged)) if index == 0 else sequence(f"t=E:y={index}", "ENOENT"))

    def _end(self, *, dropped: bool) -> None:
        if dropped and self._dragged:
            first, more = printable(os.path.basename(self._dragged[0])), len(self._dragged) - 1
            self._say(f"dropped {first}{f' and {more:,} more' if more else ''}")
        self._dragged = []
        self._wanted.clear()

    def _send_next(self) -> None:
        if self._busy or not self._wanted:
            return
        self._busy = True
        index = self._wanted.popleft()
        self._fetch(partial(content, self._dragged[index - 1], index), self._sent)

    def _sent(self, reply: str) -> None:
        self._busy = False
        self._write(reply)
        self._send_next()


class DragReply:
    """Separates OSC 72 sequences from typed input, wherever reads split them."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> tuple[str, list[str]]:
        """The typed input without OSC 72 sequences, and the bodies of the sequences that are complete."""
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
        for length in (len(OPENING) - 1, len(OPENING) - 2):  # a shorter match may be a key
            if text.endswith(OPENING[:length]):
                text, self._held = text[:-length], text[-length:]
                break
        return "".join([*typed, text]), bodies


def sequence(metadata: str, payload: str = "") -> str:
    """One escape sequence."""
    return f"{OPENING}{metadata};{payload}\x1b\\" if payload else f"{OPENING}{metadata}\x1b\\"


def chunks(metadata: str, content: bytes) -> str:
    """The sequences that carry these bytes in base64, and the end mark."""
    text = base64.b64encode(content).decode("ascii")
    parts = [sequence(f"{metadata}:m=1", text[at : at + _CHUNK]) for at in range(0, len(text), _CHUNK)]
    return "".join([*parts, sequence(f"{metadata}:m=0")])


def content(path: bytes, index: int) -> str:
    """The sequences that carry a file to a terminal on another machine, or an error code."""
    if link_refusal(path, ()):  # a library of a stranger may list a link to anything
        return sequence("t=E", "EPERM")
    try:
        return chunks(f"t=k:x={index}", read_bounded(os.fsdecode(path), MOST_BYTES))
    except FileNotFoundError:
        return sequence("t=E", "ENOENT")
    except OSError as error:
        return sequence("t=E", "EFBIG" if error.errno == errno.EFBIG else "EIO")


def machine_id() -> str:
    """The id by which a terminal knows whether it runs on this machine; empty if there is none."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        with open("/etc/machine-id", "rb") as file:
            raw_id = file.read(256).rstrip()
    except OSError:
        return ""
    return f"1:{hmac.new(_MACHINE_KEY, raw_id, 'sha256').hexdigest()}" if raw_id else ""


def _uris(paths: Sequence[bytes]) -> bytes:
    return "".join(f"{file_uri(path)}\r\n" for path in paths).encode("ascii")


def _number(keys: dict[str, str], name: str) -> int:
    text = keys.get(name, "0")
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 11 else -1
