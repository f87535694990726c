"""send as a script sees it, with a settings file and a real UDP receiver."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage

from tests.support.cli import CliResult, Run, invoke
from tests.support.sounds import one_shot, write
from tui_browser.config.places import config_file


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def call(*words: object) -> CliResult:
        words = ("send", "--library", tmp_path / "library.db", *words)
        return invoke(*words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        yield udp


def write_settings(text: str) -> None:
    path = Path(config_file())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_sending_is_off_until_a_target_is_written_down(run: Run, tmp_path: Path) -> None:
    off = run(write(tmp_path / "a.wav", one_shot("kick", 1)))
    assert (off.code, off.out) == (1, b"")
    assert "sending is off" in off.err and "[send.dirt]" in off.err and off.err.count("\n") == 1


def test_files_arrive_and_missing_ones_are_told(run: Run, receiver: socket.socket, tmp_path: Path) -> None:
    port = receiver.getsockname()[1]
    write_settings(f'[send.pi]\nkind = "sonic-pi"\nport = {port}\n')
    file = write(tmp_path / "a\x1b[31m\n.wav", one_shot("kick", 1))
    sent = run(tmp_path / "none.wav", file)
    assert sent.code == 1
    assert "does not exist" in sent.err and "none.wav" in sent.err
    assert sent.out == f"sent to pi: {tmp_path}/a\\x1b[31m\\n.wav\n".encode()
    assert OscMessage(receiver.recv(65_536)).params == [str(file)]
    row = run("--json", "--to", "pi", file).rows()
    assert row == [{"path": str(file), "to": "pi", "host": "127.0.0.1", "port": port}]
    assert run("-0", file).out == os.fsencode(file) + b"\0"
    assert run("--to", "dirt", file).code == 1


def test_wrong_usage_and_wrong_settings(run: Run, tmp_path: Path) -> None:
    assert run().code == 2
    write_settings('[send.pi]\nkind = "sonicpi"\n')
    wrong = run(write(tmp_path / "a.wav", one_shot("kick", 1)))
    assert wrong.code == 1 and "superdirt, sonic-pi, generic" in wrong.err
