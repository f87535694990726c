"""The app through a real sshd on loopback: the same walk, and copies that reach the terminal at the other end."""

from __future__ import annotations

import base64
import getpass
import os
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.programs import need
from tests.support.pty import MARK, Terminal, all_gone, environment, linux_only, program, until

pytestmark = linux_only
_OSC52 = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)")


def _port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The command that logs in, on a server with keys and a port of its own."""
    sshd = need("sshd", "ssh", "ssh-keygen")
    base = tmp_path_factory.mktemp("sshd")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", base / name], check=True)
    shutil.copy(base / "user.pub", base / "authorized")
    port = _port()
    config = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": base / "host",
        "AuthorizedKeysFile": base / "authorized",
        "PidFile": base / "pid",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "yes",
        "PrintMotd": "no",
        "AcceptEnv": f"{MARK} TERM COLORTERM LANG",
    }
    (base / "config").write_text("".join(f"{key} {value}\n" for key, value in config.items()))
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # where sshd locks itself up; a system's start makes it
    with open(base / "log", "w") as log:
        server = subprocess.Popen([sshd, "-D", "-e", "-f", str(base / "config")], stdout=log, stderr=log)
    command = [
        "ssh", "-F", "none", "-i", str(base / "user"), "-p", str(port), "-o", "BatchMode=yes",
        "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={base / 'known'}", "-o", "LogLevel=ERROR",
        f"{getpass.getuser()}@127.0.0.1",
    ]  # fmt: skip
    try:
        for _ in range(100):
            done = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                break
            if server.poll() is not None or "refused" not in done.stderr:
                pytest.skip(f"this sshd lets nobody in: {done.stderr}{(base / 'log').read_text()}")
        yield command
    finally:
        server.terminate()
        server.wait()


def remote(ssh: list[str], env: dict[str, str], *words: str | Path) -> list[str]:
    """A command that runs the program at the other end, on a terminal there, in this environment."""
    there = {name: env[name] for name in env if name.startswith(("XDG", "HOME", MARK, "TERM", "COLORTERM", "LANG"))}
    told = shlex.join(["env", *(f"{name}={value}" for name, value in there.items()), *program(*words)])
    return [ssh[0], "-tt", *ssh[1:], told]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50)])
def test_the_walk_over_ssh(ssh: list[str], tmp_path: Path, stock: Stock, columns: int, rows: int) -> None:
    env = environment(tmp_path)
    paths = {os.fsencode(stock.folder / name) for name in stock.names}
    command = remote(ssh, env, "--library", stock.copy(tmp_path / "l.db"))
    with Terminal(command, env=env, columns=columns, rows=rows) as terminal:

        def copied() -> bytes:
            already = len(_OSC52.findall(terminal.raw))
            terminal.press("y")
            until(lambda: (terminal.read(), len(_OSC52.findall(terminal.raw)) > already)[1], "an OSC 52 on y")
            return base64.b64decode(_OSC52.findall(terminal.raw)[-1])

        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        first = copied()
        assert first in paths
        terminal.wait_for("terminal (OSC 52)")
        terminal.wait_for(os.fsdecode(os.path.basename(first)))

        def walked() -> bool:
            terminal.press("l")
            return copied() != first

        until(walked, "another sample under the cursor")
        here = copied()
        assert here in paths
        terminal.press("/kick")
        terminal.wait_for(lambda text: re.search(r"/ kick .* of 44", text), "the count of what matches")
        terminal.press("\r")
        assert b"kick" in copied()
        terminal.press("\x1b")
        terminal.wait_for(lambda text: text.startswith("44 samples"), "the end of the search")
        assert copied() == here
        terminal.press("n")
        terminal.wait_for("1/43")  # in the list: what the copy said may still stand in the status line
        terminal.resize(60, 20)
        terminal.wait_for(lambda text: "❲" in text and all(len(line) <= 60 for line in text.splitlines()))
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)


def test_a_lost_connection_ends_the_app(ssh: list[str], tmp_path: Path, stock: Stock) -> None:
    env = environment(tmp_path)
    with Terminal(remote(ssh, env, "--library", stock.copy(tmp_path / "l.db")), env=env) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        terminal.process.kill()
        terminal.process.wait()
        all_gone(env, timeout_s=60.0)
