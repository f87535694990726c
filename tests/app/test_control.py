"""Scripts beside the real app: the verb, the examples of docs/control.md, a flood, a crash, a second app; and OSC."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pythonosc.osc_message import OscMessage

from tests.app.conftest import Stock
from tests.support.programs import need
from tests.support.pty import ROOT, Terminal, Tmux, all_gone, environment, installed, linux_only, program, until
from tui_browser.control.client import ControlClient
from tui_browser.control.protocol import ControlRequest

pytestmark = linux_only
PAGE = (ROOT / "docs" / "control.md").read_text(encoding="utf-8")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a runtime folder, and `tui-browser` on its PATH."""
    (tmp_path / "run").mkdir(mode=0o700)
    folder = installed(tmp_path / "bin")
    path = f"{folder}:{os.environ.get('PATH', os.defpath)}"
    return environment(tmp_path, XDG_RUNTIME_DIR=str(tmp_path / "run"), PATH=path)


@pytest.fixture
def library(tmp_path: Path, stock: Stock) -> Path:
    return stock.copy(tmp_path / "l.db")


@contextlib.contextmanager
def app(*words: str | Path, env: dict[str, str], columns: int = 160) -> Iterator[Terminal]:
    """The real app on a pseudo-terminal, ready."""
    with Terminal(program("--player", "null", *words), env=env, columns=columns, rows=40) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        yield terminal


def first_socket(env: dict[str, str], name: str = "control.sock") -> Path:
    return Path(env["XDG_RUNTIME_DIR"], "tui-browser", name)


def control(*words: str, env: dict[str, str], code: int = 0) -> str:
    """What `tui-browser control WORDS` prints."""
    done = subprocess.run(program("control", *words), env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done.stdout or done.stderr


def asked(*words: str, env: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(control(*words, "--json", env=env))
    return answer


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.S)


def test_a_script_drives_the_app_and_the_examples_of_the_page_work(
    tmp_path: Path, env: dict[str, str], library: Path
) -> None:
    (tmp_path / "here").mkdir()
    with app("--control", "--library", library, env=env) as terminal:
        until(lambda: first_socket(env).exists(), "the socket")
        subprocess.run(["bash", "-ec", blocks("sh")[1]], env=env, cwd=tmp_path, check=True, capture_output=True)
        state = asked("state", env=env)
        assert state["query"] == "kick | snare" and state["count"] == 8 and state["library"] == str(library)
        assert state["sample"]["favourite"] or terminal.wait_for("is a favourite")
        terminal.wait_for("/ kick | snare")
        assert "did you mean 'favourite'?" in control("command", "favourit", env=env, code=1)
        assert "no sample matches" in control("search", "no such thing", env=env, code=1)
        control("search", "", env=env)
        terminal.wait_for(lambda text: text.lstrip().startswith("44 samples"), "no search")

        shell = subprocess.Popen(["bash", "-ec", blocks("sh")[2]], env=env, cwd=tmp_path / "here")
        until(lambda: len(list((tmp_path / "here").iterdir())) == 1, "the file that was found")
        terminal.press("\x1b")
        handed = control("cursor", "--id", "7", env=env).strip()

        def handed_over() -> bool:
            terminal.press("\x07")
            terminal.read(0.1)
            return (tmp_path / "here" / os.path.basename(handed)).exists()

        until(handed_over, "the file that was handed over", every_s=0.3)
        python = subprocess.run(
            [sys.executable, "-c", blocks("python")[0]], env=env, capture_output=True, text=True, check=True
        )
        assert "kick" in python.stdout
        with ControlClient(str(first_socket(env))) as client:
            client.ask(ControlRequest("subscribe"))
            terminal.quiet(1.0)  # at rest, with clients
            terminal.press("q")
            assert terminal.wait() == 0
            assert [each["event"] for each in client.events() if each["event"] == "lost"] == []
        assert shell.wait(30) == 0
    assert not first_socket(env).exists()
    assert "no app with a control socket runs" in control("state", env=env, code=1)
    all_gone(env)


def test_without_being_asked_no_socket_is_opened(env: dict[str, str], library: Path) -> None:
    with app("--library", library, env=env) as terminal:
        terminal.press("\x07")
        terminal.wait_for("--control, or control = true in the settings, lets them")
        assert not any(Path(env["XDG_RUNTIME_DIR"]).iterdir())
        terminal.press("\x0f")
        terminal.wait_for("sending is off: the settings name no target")
    all_gone(env)


def test_the_settings_open_it_and_name_where_samples_are_sent(env: dict[str, str], library: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        config = Path(env["XDG_CONFIG_HOME"], "tui-browser", "config.toml")
        config.parent.mkdir(parents=True)
        config.write_text(f'control = true\n[send.pi]\nkind = "sonic-pi"\nport = {receiver.getsockname()[1]}\n')
        with app("--library", library, env=env, columns=200) as terminal:
            until(lambda: first_socket(env).exists(), "the socket")
            terminal.press("\x0f")
            terminal.wait_for("sent to pi (127.0.0.1:")
            sent = OscMessage(receiver.recv(65_536))
            assert (sent.address, sent.params) == ("/trigger/sample", [asked("state", env=env)["sample"]["path"]])
            control("command", "send", env=env)
            assert OscMessage(receiver.recv(65_536)).params == sent.params
    all_gone(env)


def test_a_flood_of_requests_leaves_the_keys_alone(env: dict[str, str], library: Path) -> None:
    done = threading.Event()
    answered: list[int] = []

    def flood(path: str) -> None:
        with ControlClient(path) as client:
            count = 0
            while not done.is_set():
                client.ask(ControlRequest("details", sample=1 + count % 44))
                count += 1
            answered.append(count)

    with app("--control", "--library", library, env=env) as terminal:
        path = str(until(lambda: first_socket(env).exists() and first_socket(env), "the socket"))
        threads = [threading.Thread(target=flood, args=(path,)) for _ in range(6)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            for name in ("snare", "kick", "tom", "clap"):
                terminal.press(f"/{name}")
                terminal.wait_for(re.compile(rf"/ {name} .* of 44").search, "what matches")
                terminal.press("\x1b")
                terminal.wait_for(lambda text: text.lstrip().startswith("44 samples"), "all samples")
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert len(answered) == 6 and min(answered) > 0
        assert sum(answered) < 500 * (time.monotonic() - began) + 50
    all_gone(env)


def test_a_second_app_takes_another_name_and_is_found_when_the_first_has_crashed(
    env: dict[str, str], library: Path
) -> None:
    with app("--control", "--library", library, env=env) as first:
        until(lambda: _answers(first_socket(env)), "an answer at the first name")
        with app("--control", "--library", library, env=env) as second:
            second.wait_for("control-2.sock, as another app has the first one")
            asked("--socket", str(first_socket(env, "control-2.sock")), "search", "snare", env=env)
            second.wait_for("/ snare")
            assert asked("state", env=env)["query"] == ""
            os.kill(_listening_pid(env), signal.SIGKILL)
            first.wait()
            assert first_socket(env).exists()
            assert asked("state", env=env)["query"] == "snare"
    assert "no app with a control socket runs" in control("state", env=env, code=1)
    all_gone(env)


def test_the_keys_of_tmux_do_what_the_page_says(tmp_path: Path, env: dict[str, str], library: Path) -> None:
    need("tmux")
    lines = {line.split()[1]: line.split(maxsplit=2)[2] for line in blocks("tmux")[0].splitlines()}
    assert set(lines) == {"P", "N"}
    tmux, heard = Tmux(tmp_path, env=env), tmp_path / "heard"

    def press(key: str) -> None:
        """What tmux does for the key: without an attached terminal it takes none."""
        (tmp_path / key).write_text(lines[key])
        subprocess.run(["tmux", "-S", str(tmp_path / "tmux"), "source-file", str(tmp_path / key)], env=env, check=True)

    try:
        tmux.type(f"tui-browser --control --player null --library {library}\n")
        tmux.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        until(lambda: _answers(first_socket(env)), "an answer")
        with heard.open("w") as out, subprocess.Popen(program("control", "events"), env=env, stdout=out) as listener:
            places = itertools.cycle("56")  # to and fro, as nobody says when it listens
            until(lambda: control("cursor", "--id", next(places), env=env) and heard.read_text(), "a listener")
            press("N")
            tmux.wait_for("neighbour 1 of")
            press("P")
            until(lambda: "played\t" in heard.read_text(), "a sound")
            tmux.press("q")
            assert listener.wait(60) == 0
    finally:
        tmux.close()
    all_gone(env)


def _answers(path: Path) -> bool:
    with contextlib.suppress(Exception), ControlClient(str(path)) as client:
        return bool(client.ask(ControlRequest("state"))["ok"])
    return False


def _listening_pid(env: dict[str, str]) -> int:
    """The process at the other end of the socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(first_socket(env)))
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[:4], sys.byteorder)
