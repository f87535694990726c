"""Dragging out by OSC 72: what is said to a terminal that answers, and what is taken out of what it says."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import Bench
from tests.support.pilot import driving, run
from tui_browser.config.pathmap import file_uri
from tui_browser.ui.terminal.drag_out import OPENING, QUERY, DragOut, DragReply, machine_id
from tui_browser.ui.terminal.events import TerminalReported
from tui_browser.ui.widgets.sample_list import SampleList

SEQUENCE = re.compile("\x1b\\]72;([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\\\")


def carried(text: str, metadata: str) -> bytes:
    """The bytes that came with this metadata, whole and ended."""
    parts = [(meta, payload) for meta, payload in SEQUENCE.findall(text) if meta.startswith(f"{metadata}:m=")]
    assert [meta[-1] for meta, _ in parts] == ["1"] * (len(parts) - 1) + ["0"] and parts[-1][1] == ""
    assert all(len(payload) <= 4096 for _, payload in parts)
    return base64.b64decode("".join(payload for _, payload in parts))


class Desk:
    """A drag with everything around it in the open."""

    def __init__(self, *paths: bytes) -> None:
        self.written: list[str] = []
        self.sentences: list[str] = []
        self.waiting: list[tuple[Callable[[], str], Callable[[str], None]]] = []
        self.paths = paths
        self.drag = DragOut(
            write=self.written.append,
            source=lambda x, y: self.paths if (x, y) == (7, 3) else (),
            fetch=lambda work, done: self.waiting.append((work, done)),
            say=self.sentences.append,
        )

    def begin(self) -> str:
        self.drag.receive("t=q;")
        self.drag.receive("t=o:x=7:y=3:X=70:Y=60")
        return self.written[-1]


def test_nothing_more_is_said_to_a_terminal_that_does_not_answer() -> None:
    desk = Desk(b"/a.wav")
    desk.drag.open(term="linux")
    assert desk.written == []
    desk.drag.open(term="xterm-256color")
    assert desk.written == [QUERY]
    desk.drag.close()
    assert desk.written == [QUERY] and not desk.drag.offered


def test_a_gesture_on_a_sample_takes_its_file_along() -> None:
    paths = (b"/srv/my kick.wav", b"/srv/caf\xe9\n.wav")
    desk = Desk(*paths)
    desk.drag.receive("t=q;future=1")
    assert SEQUENCE.findall(desk.written[0]) == [("t=o:x=1", machine_id())]
    desk.drag.receive("t=q;")
    desk.drag.receive("t=o:x=1:y=1:X=0:Y=0")
    assert len(desk.written) == 1, "there is nothing to drag there, and it was asked before"
    begun = desk.begin()
    assert SEQUENCE.findall(begun)[0] == ("t=o:o=1", "text/uri-list")
    uris = carried(begun, "t=p:x=0")
    assert uris == "".join(f"{file_uri(path)}\r\n" for path in paths).encode()
    assert begun.endswith("\x1b]72;t=P:x=-1\x1b\\")
    desk.drag.receive("t=E;OK")
    desk.drag.receive("t=e:x=1:y=0")
    desk.drag.receive("t=e:x=5:y=0")
    assert carried(desk.written[-1], "t=e:y=0") == uris
    desk.drag.receive("t=e:x=5:y=4")
    assert SEQUENCE.findall(desk.written[-1]) == [("t=E:y=4", "ENOENT")]
    desk.drag.receive("t=e:x=4:y=0")
    assert desk.sentences == ["dropped my kick.wav and 1 more"]
    desk.drag.close()
    assert desk.written[-1] == "\x1b]72;t=o:x=2\x1b\\"


def test_what_is_given_up_or_refused_is_no_drop() -> None:
    desk = Desk(b"/a.wav")
    desk.begin()
    desk.drag.receive("t=e:x=4:y=1")
    assert desk.sentences == []
    desk.begin()
    desk.drag.receive("t=E;EPERM:not \x9b now")
    assert desk.sentences == ["the terminal refused the drag: EPERM:not \\x9b now"]


def test_a_terminal_elsewhere_gets_the_files_in_turn(tmp_path: Path) -> None:
    data = os.urandom(10_000)
    (tmp_path / "a.wav").write_bytes(data)
    desk = Desk(os.fsencode(tmp_path / "a.wav"), os.fsencode(tmp_path / "none.wav"))
    desk.begin()
    for index in ("1", "2", "3", "0", "-1", "x"):
        desk.drag.receive(f"t=k:x={index}")
    assert len(desk.waiting) == 1, "one at a time, and none that was not offered"
    work, done = desk.waiting.pop()
    done(work())
    assert carried(desk.written[-1], "t=k:x=1") == data
    work, done = desk.waiting.pop()
    done(work())
    assert SEQUENCE.findall(desk.written[-1]) == [("t=E", "ENOENT")]
    assert desk.waiting == []


TYPED = st.sampled_from(["a", "\x1b[A", "é", "\x1b", "B"])
TOLD = st.text("t=eko:x1;", max_size=9).map(OPENING.__add__)


@given(st.lists(TYPED | TOLD), st.sets(st.integers(0, 80)))
def test_however_it_is_cut_typing_and_telling_come_apart(parts: list[str], cuts: set[int]) -> None:
    text = "".join(part + ("\x1b\\" if part.startswith(OPENING) else "") for part in parts)
    # right behind an escape nobody can tell whether that is a key
    places = [cut for cut in sorted(cuts) if not text[:cut].endswith(("\x1b", "\x1b]"))]
    heard = DragReply()
    answers = [heard.feed(text[start:stop]) for start, stop in pairwise([0, *places, len(text)])]
    assert "".join(typed for typed, _ in answers) == "".join(part for part in parts if not part.startswith(OPENING))
    assert [body for _, bodies in answers for body in bodies] == [
        part.removeprefix(OPENING) for part in parts if part.startswith(OPENING)
    ]


def test_a_lone_escape_is_a_key_at_once() -> None:
    heard = DragReply()
    assert heard.feed("\x1b") == ("\x1b", [])
    assert heard.feed("\x1b]72;t=q") == ("", [])
    assert heard.feed(";\x07x") == ("x", ["t=q;"])


def test_a_row_of_the_list_can_be_dragged() -> None:
    async def scenario() -> None:
        async with driving(Bench(), size=(120, 30)) as drive:
            written = drive.record_writes()
            drive.app.drag_out._write = written.append
            listing = drive.app.main.query_one(SampleList)
            drive.app.post_message(TerminalReported("t=q;"))
            await drive.until(lambda: drive.app.drag_out.offered)
            x, y = listing.region.x + 2, listing.region.y + 3
            drive.app.post_message(TerminalReported(f"t=o:x={x}:y={y}:X=0:Y=0"))
            await drive.until(lambda: "t=P:x=-1" in "".join(written))
            row = listing.row_at(3)
            assert row is not None
            path = drive.controllers.state.map_model.snapshot.names[row]
            assert carried("".join(written), "t=p:x=0") == f"{file_uri(path)}\r\n".encode()
            other = int(drive.controllers.state.map_model.id_at(0 if row else 1))
            drive.controllers.undoable_edits.add_to_selection(
                np.array([other, int(drive.controllers.state.map_model.id_at(row))])
            )
            written.clear()
            drive.app.post_message(TerminalReported(f"t=o:x={x}:y={y}:X=0:Y=0"))
            await drive.until(lambda: "t=P:x=-1" in "".join(written))
            assert carried("".join(written), "t=p:x=0").count(b"\r\n") == 2, "with all that it is selected with"
            before = len(written)
            drive.app.post_message(TerminalReported("t=o:x=1:y=0"))
            drive.app.post_message(TerminalReported("t=e:x=4:y=0"))
            await drive.sees("dropped ")
            assert len(written) == before, "there is no sample in the top line"

    run(scenario)


@pytest.mark.parametrize(
    "body", ["", ";", "t=", "t=o", "t=o:x=:y=", "t=o:x=99999999999999:y=1", "nonsense", "t=e:x=5:y=z"]
)
def test_nonsense_is_passed_over(body: str) -> None:
    desk = Desk(b"/a.wav")
    desk.begin()
    desk.drag.receive(body)
    assert desk.sentences == []
