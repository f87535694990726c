"""Dragging out of a real terminal that speaks the protocol, and one that does not: the program on a pseudo-terminal."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import unquote

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until

pytestmark = linux_only
QUERY = b"\x1b]72;t=q\x1b\\"


def test_a_terminal_that_answers_gets_the_file(tmp_path: Path, stock: Stock) -> None:
    env = environment(tmp_path)
    library = stock.copy(tmp_path / "l.db")
    with Terminal(program("--library", library), env=env, columns=120, rows=30) as terminal:

        def says(sequence: bytes) -> None:
            until(lambda: (terminal.read(), sequence in terminal.raw)[1], f"{sequence!r}")

        says(QUERY)
        terminal.press("\x1b]72;t=q;\x1b\\")
        says(b"\x1b]72;t=o:x=1")
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        row, line = next(found for found in enumerate(terminal.lines) if re.search(r"\w \d\.wav", found[1]))
        name = re.search(r"(\w+ \d\.wav)", line)
        assert name is not None
        terminal.press(f"\x1b]72;t=o:x={line.index(name[1])}:y={row}:X=9:Y=9\x1b\\")
        says(b"\x1b]72;t=P:x=-1\x1b\\")
        sent = re.findall(rb"\x1b\]72;t=p:x=0:m=1;([^\x1b]*)\x1b", terminal.raw)
        (uri,) = base64.b64decode(b"".join(sent)).decode().split("\r\n")[:-1]
        path = Path(unquote(uri.removeprefix("file://")))
        assert path.name == name[1] and path.is_file()
        terminal.press("\x1b]72;t=k:x=1\x1b\\\x1b]72;t=e:x=4:y=0\x07")
        says(b"\x1b]72;t=k:x=1:m=0\x1b\\")
        sent = re.findall(rb"\x1b\]72;t=k:x=1:m=1;([^\x1b]*)\x1b", terminal.raw)
        assert base64.b64decode(b"".join(sent)) == path.read_bytes()
        terminal.wait_for(f"dropped {name[1]}")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored and terminal.raw.count(b"\x1b]72;t=o:x=2\x1b\\") == 1
    all_gone(env)


def test_a_terminal_that_does_not_answer_hears_of_it_once(tmp_path: Path, stock: Stock) -> None:
    env = environment(tmp_path)
    with Terminal(program("--library", stock.copy(tmp_path / "l.db")), env=env) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.raw.count(b"\x1b]72;") == terminal.raw.count(QUERY) == 1
    all_gone(env)
