"""`tui-browser listen` as a person starts and ends it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tui_browser.config.places import config_file

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []
    os.makedirs(os.path.dirname(config_file()))
    Path(config_file()).write_text('player = "null"\n')

    def call(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from tui_browser.cli.main import main; main()", "listen", *words]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield call
    for each in running:
        each.kill()
        each.communicate()


def test_it_prints_the_lines_serves_and_leaves_nothing_behind(start: Start, tmp_path: Path) -> None:
    path = str(tmp_path / "l.sock")
    listening = start("studio", "--socket", path, "--json")
    assert listening.stdout is not None
    first = json.loads(listening.stdout.readline())
    assert first["address"] == path and first["login"].endswith(f'.sock:{path}" studio')
    assert set(first) == {"address", "pair", "login", "config"}
    assert json.loads(listening.stdout.readline()) == {"said": "sounds go to null"}
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(path)
        stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert "refused" in json.loads(listening.stdout.readline())["said"]
    second = start("--socket", path)
    said = second.communicate(timeout=60)[1]
    assert second.returncode == 1 and "running already" in said and said.count("\n") == 1
    listening.send_signal(signal.SIGINT)
    assert listening.wait(timeout=60) == 130
    assert not os.path.exists(path)


def test_a_free_port_and_the_end_by_a_signal(start: Start) -> None:
    listening = start("--port", "0")
    assert listening.stdout is not None
    text = "".join(listening.stdout.readline() for _ in range(10))
    assert (
        '-R "$(mktemp -u /tmp/tui-browser-XXXXXXXXXX).sock:127.0.0.1:' in text
        and "tui-browser ssh SERVER" in text
        and "SERVER" in text
    )
    listening.send_signal(signal.SIGTERM)
    assert listening.wait(timeout=60) == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    "words", [["--port", "70000"], ["--cache", "0"], ["--socket", "a", "--port", "1"], ["-oProxyCommand=x"], ["a b"]]
)
def test_wrong_usage_is_two(start: Start, words: list[str]) -> None:
    refused = start(*words)
    assert refused.communicate(timeout=60)[0] == ""
    assert refused.returncode == 2
