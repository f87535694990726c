"""control as a script sees it: output, exit codes, and what it says of an app that is not there, slow, or gone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.pty import program
from tui_browser.control import client
from tui_browser.control.protocol import ControlRequest
from tui_browser.control.server import Answer, ControlServer
from tui_browser.control.socket_file import VARIABLE, open_control

HOSTILE = "/s/a\nb\x1b[2J\udcff.wav"
SAMPLE = {"id": 7, "path": HOSTILE, "class": "kick", "tags": ["dry", "808"], "bpm": None}
ANSWERS: dict[str, dict[str, Any]] = {
    "state": {
        "sample": SAMPLE, "guest": None, "query": "\x1b[2J", "count": 1_200, "total": 3_000, "selected": 2,
        "playing": None, "mode": "main", "focus": "list", "library": "/l.db",
    },
    "pick": {"samples": [SAMPLE, SAMPLE]},
    "details": {"sample": SAMPLE},
    "stop": {},
    "command": {"said": ""},
}  # fmt: skip


class StandIn:
    """Answers as an app would, on a loop in a thread."""

    def __init__(self, path: Path) -> None:
        self.asked: list[ControlRequest] = []
        self._unanswered: list[Answer] = []
        self._loop = asyncio.new_event_loop()
        self.server = ControlServer(open_control(str(path)), self._take)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(self.server.start)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _take(self, request: ControlRequest, answer: Answer) -> None:
        self.asked.append(request)
        if request.query == "wait":
            self._unanswered.append(answer)
            return
        count = 0 if request.query == "none" else 5
        place = {"query": request.query, "count": count, "id": 7, "path": HOSTILE if count else None}
        answer({"ok": True, **ANSWERS.get(request.do, place)})

    def tell(self, event: Any, **fields: object) -> None:
        self._loop.call_soon_threadsafe(self.server.publish, event, fields)

    def close(self) -> None:
        for answer in self._unanswered:
            self._loop.call_soon_threadsafe(answer, {"ok": True})
        self._loop.call_soon_threadsafe(self.server.close)
        self._loop.call_soon_threadsafe(lambda: self._loop.call_later(0.05, self._loop.stop))
        self._thread.join()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object) -> CliResult:
        return invoke("control", *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    path = tmp_path / "c.sock"
    monkeypatch.setenv(VARIABLE, str(path))
    stand_in = StandIn(path)
    yield stand_in
    stand_in.close()


def test_state_for_people_scripts_and_pipes(run: Run, app: StandIn) -> None:
    text = run("state").out
    assert b"\x1b" not in text and b"/s/a\\nb\\x1b[2J" in text
    assert b"1,200 of 3,000 samples" in text and b"main, keys on the list" in text
    assert run("state", "--json").rows() == [ANSWERS["state"]]
    assert run("state", "-0").out == os.fsencode(HOSTILE) + b"\0"


def test_pick_and_details(run: Run, app: StandIn) -> None:
    assert run("pick", "-0").out == 2 * (os.fsencode(HOSTILE) + b"\0")
    assert run("pick", "--json").rows() == [SAMPLE, SAMPLE]
    text = run("details").out.decode(errors="surrogateescape")
    assert "dry, 808" in text and "bpm" not in text and "\x1b" not in text
    assert run("details", "--json").rows() == [SAMPLE]


def test_files_are_sent_as_absolute_paths(
    run: Run, app: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("cursor", "a.wav").code == 0
    assert run("play", "--id", "3").code == 0
    assert run("play").code == 0
    assert app.asked == [
        ControlRequest("cursor", path=str(tmp_path / "a.wav")),
        ControlRequest("play", sample=3),
        ControlRequest("play"),
    ]


def test_a_search_prints_the_best_match_and_ends_with_1_without_one(run: Run, app: StandIn) -> None:
    assert run("search", "kick", "-0").out == os.fsencode(HOSTILE) + b"\0"
    none = run("search", "none")
    assert (none.code, none.out, none.err) == (1, b"", "tui-browser: no sample matches\n")
    assert run("search", "none", "--quiet").err == ""
    none = run("search", "none", "--json")
    assert (none.code, none.rows()[0]["count"]) == (1, 0)


def test_stop_and_commands_answer_too(run: Run, app: StandIn) -> None:
    assert run("stop").out == b"stopped\n"
    assert run("command", "loop").out == b"done: loop\n"
    assert run("command", "loop", "--json").rows() == [{"id": "loop", "said": ""}]


def test_events_come_as_lines_and_ctrl_c_ends_them(app: StandIn) -> None:
    words = program("control", "events", "picked", "--json")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listener:
        assert listener.stdout is not None and listener.stderr is not None

        def tell() -> None:  # again and again, as nobody says when it listens
            while not heard.wait(0.05):
                app.tell("cursor", id=1, path="/other")
                app.tell("picked", paths=["/a", HOSTILE])

        heard = threading.Event()
        telling = threading.Thread(target=tell)
        telling.start()
        line = json.loads(listener.stdout.readline())
        heard.set()
        telling.join()
        assert line == {"event": "picked", "paths": ["/a", HOSTILE]}
        listener.send_signal(signal.SIGINT)
        assert listener.wait(30) == 130
        assert listener.stderr.read().strip() == b""


@pytest.mark.parametrize(
    "line", ["", "stat", "cursor", "cursor a.wav --id 1", "play --id x", "events nope", "search", "command"]
)
def test_wrong_usage(run: Run, line: str) -> None:
    assert run(*line.split()).code == 2


def test_without_an_app(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    for words in (("state",), ("events",), ("play", "--json")):
        none = run(*words)
        assert (none.code, none.out) == (1, b"")
        assert none.err.startswith(
            "tui-browser: no app with a control socket runs (start one with tui-browser --control"
        )
        assert none.err.count("\n") == 1
    assert "no app listens at this control socket: /nowhere" in run("--socket", "/nowhere", "state").err


def test_an_app_that_does_not_answer_or_is_gone(
    run: Run, app: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_S", 0.2)
    late = run("search", "wait")
    assert late.code == 1 and "the app did not answer within 0.2 s" in late.err
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(tmp_path / "gone"))
        gone.listen()
        ending = threading.Thread(target=lambda: gone.accept()[0].close())
        ending.start()
        ended = run("--socket", tmp_path / "gone", "state")
        ending.join()
    assert ended.code == 1 and "the app has ended" in ended.err


def test_control_of_the_app_takes_a_path_and_no_folder(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    for word, said in ((str(tmp_path), "is a folder"), ("kick", "is no path")):
        wrong = invoke("--control", word, monkeypatch=monkeypatch, capture=capfdbinary)
        assert wrong.code == 2 and said in wrong.err and "--control ./app.sock" in wrong.err
