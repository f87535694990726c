"""The real program on a real terminal: started on a pseudo-terminal or inside tmux, read as a person reads it.

Nothing here waits for a fixed time: `until` looks until something holds, and says what it waited for when it does not.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import pyte
import pytest

from tui_browser.config.state import remember

PATIENCE_S = 180.0
"""How long anything may take on a machine that does other things, too."""
MARK = "TUI_BROWSER_TEST_MARK"
ROOT = Path(__file__).parents[2]

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

# What becomes of the pseudo-terminal's end: a session's controlling terminal, and descriptors 0 to 2 where no other
# was asked for. The program itself then takes this process over.
_LAUNCH = """
import fcntl, os, sys, termios
tty, user = int(sys.argv[1]), int(sys.argv[2])
fcntl.ioctl(tty, termios.TIOCSCTTY, 0)
os.close(tty)
if user:
    os.setgroups([]); os.setgid(user); os.setuid(user)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def until(condition: Callable[[], Any], what: str, *, timeout_s: float = PATIENCE_S, every_s: float = 0.05) -> Any:
    """The first true value of `condition`; fails the test with `what` when there is none in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s:g} s for {what}")
        time.sleep(every_s)


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with a home of its own, a terminal with colours, no display, and a mark of its own.

    Its person has seen the tour.
    """
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        MARK: uuid.uuid4().hex,
    }
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        env[f"XDG_{name}_HOME"] = str(home / name.lower())
    remember(lambda state: replace(state, tour=True), str(home / "state" / "tui-browser" / "state.json"))
    return env | more


def program(*words: str | Path) -> list[str]:
    """The command that runs tui-browser with this Python."""
    return [sys.executable, "-P", "-c", "from tui_browser.cli.main import main; main()", *map(str, words)]


def installed(folder: Path) -> Path:
    """A folder with `tui-browser` in it, as pip puts it somewhere on the PATH."""
    folder.mkdir()
    script = folder / "tui-browser"
    words = " ".join(f"'{word}'" for word in program())
    script.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {words} "$@"\n')
    script.chmod(0o755)
    return folder


def running(env: Mapping[str, str]) -> dict[int, str]:
    """The processes that were started with this environment's mark, or by one that was: pid -> command line."""
    wanted = f"{MARK}={env[MARK]}".encode()
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            surroundings = Path("/proc", entry, "environ").read_bytes().split(b"\0")
            state = Path("/proc", entry, "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
            if wanted in surroundings and state != "Z":
                command = Path("/proc", entry, "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(entry)] = command.decode(errors="replace")
    return found


def ui_process(env: Mapping[str, str]) -> int | None:
    """The process that paints: the youngest of those of the program that are no workers."""
    found = []
    for pid, command in running(env).items():
        own = "tui_browser.cli.main" in command and "tui_browser.child" not in command
        if own and Path(command.split()[0]).name != "ssh":
            with contextlib.suppress(OSError):
                if Path("/proc", str(pid), "exe").resolve() == Path(sys.executable).resolve():
                    started = Path("/proc", str(pid), "stat").read_text(errors="replace").rpartition(")")[2].split()[19]
                    found.append((int(started), pid))
    return max(found)[1] if found else None


def all_gone(env: Mapping[str, str], *, timeout_s: float = 30.0) -> None:
    """Wait until no process of this environment is left."""
    until(lambda: not running(env), f"an end of {running(env)}", timeout_s=timeout_s)


def _screen(columns: int, rows: int) -> pyte.Screen:
    """A screen that ignores a sequence with parameters that it does not take, as terminals do.

    A line that is cut within a sequence makes such ones out of the text that follows.
    """
    screen = pyte.Screen(columns, rows)
    for name in set(pyte.Stream.csi.values()):
        setattr(screen, name, partial(_do_if_possible, getattr(screen, name)))
    return screen


def _do_if_possible(method: Callable[..., None], *parameters: int, **private: bool) -> None:
    with contextlib.suppress(TypeError, UnboundLocalError):  # raised by pyte for such ones
        method(*parameters, **private)


class Terminal:
    """A program on a pseudo-terminal with a screen that can be read."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        env: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
        user: int = 0,
        **descriptors: Any,
    ) -> None:
        """`descriptors` are `stdin`, `stdout`, `stderr` of the program, where they are not the terminal."""
        self.env = env
        self.raw = bytearray()
        self._screen = _screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._pty, tty = os.openpty()
        self._tty = tty
        self._size(columns, rows)
        self.settings = termios.tcgetattr(tty)
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", _LAUNCH, str(tty), str(user), *words],
            env=dict(env),
            start_new_session=True,
            pass_fds=[tty],
            **({"stdin": tty, "stdout": tty, "stderr": tty} | descriptors),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self.read(0.2)
            error.add_note(f"the screen was:\n{self.text}")
        self.close()

    def close(self) -> None:
        """End the program and what it started."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.wait(timeout_s=20.0)
            except BaseException:  # whatever ends the wait, a timeout or ctrl-c, the process must not stay behind
                self.process.kill()
                self.process.wait()
                raise
            finally:
                self._shut()
        self._shut()

    def _shut(self) -> None:
        for descriptor in (self._pty, self._tty):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._pty = self._tty = -1

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._pty, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, timeout_s: float = 0.05) -> bytes:
        """What the program wrote since, at most `timeout_s` waiting for it."""
        data = b""
        while select.select([self._pty], [], [], 0.0 if data else timeout_s)[0]:
            try:
                more = os.read(self._pty, 1 << 16)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            data += more
        if data:
            self.raw += data
            self._stream.feed(data)
        return data

    @property
    def lines(self) -> list[str]:
        """The rows of the screen as they are now."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, seen: str | Callable[[str], Any], what: str = "", *, timeout_s: float = PATIENCE_S) -> str:
        """The screen once it shows `seen` (or once that holds for it)."""
        holds = seen if callable(seen) else lambda text: seen in text
        deadline = time.monotonic() + timeout_s
        while True:
            self.read()
            if holds(self.text):
                return self.text
            if self.process.poll() is not None and not self.read(0.2):
                pytest.fail(f"the program ended ({self.process.returncode}) before {what or seen}:\n{self.text}")
            if time.monotonic() > deadline:
                pytest.fail(f"waited {timeout_s:g} s for {what or seen!r} on this screen:\n{self.text}")

    def wait(self, *, timeout_s: float = PATIENCE_S) -> int:
        """The program's exit code; what it writes until then is read."""
        until(lambda: (self.read(), self.process.poll() is not None)[1], "the end of the program", timeout_s=timeout_s)
        self.read(0.1)
        return self.process.returncode

    def quiet(self, seconds: float, *, timeout_s: float = PATIENCE_S) -> None:
        """Wait for a time of `seconds` in which nothing at all was written."""
        deadline = time.monotonic() + timeout_s
        while data := self.read(seconds):
            if time.monotonic() > deadline:
                pytest.fail(f"never quiet for {seconds} s; last: {data!r}")

    # --- writing -----------------------------------------------------------------------------------------------------

    def press(self, keys: str | bytes) -> None:
        """Type these bytes."""
        os.write(self._pty, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, columns: int, rows: int) -> None:
        """Another size of the window."""
        self._screen.resize(rows, columns)
        self._size(columns, rows)

    def kill(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    @property
    def restored(self) -> bool:
        """Whether the terminal is as before: its own screen, a cursor, no reports of mouse or paste, its modes."""
        now = termios.tcgetattr(self._tty)

        def last(mode: str) -> bool | None:
            on, off = self.raw.rfind(f"\x1b[?{mode}h".encode()), self.raw.rfind(f"\x1b[?{mode}l".encode())
            return None if on == off == -1 else on > off

        ways = {mode: last(mode) for mode in ("1049", "1000", "1003", "1006", "2004")}
        return now == self.settings and not any(ways.values()) and last("25") is not False


class Tmux:
    """A tmux server of its own with one window, a shell in it."""

    def __init__(self, folder: Path, *, env: Mapping[str, str], columns: int = 80, rows: int = 24) -> None:
        self.env = env
        self._socket = str(folder / "tmux")
        shell = "env PS1='ready> ' bash --norc --noprofile -i"
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), shell)
        self._run("set-option", "-s", "set-clipboard", "on")
        self._run("set-option", "-s", "escape-time", "0")
        self._run("set-option", "-g", "status", "off")
        self._run("set-option", "-g", "default-terminal", "screen-256color")
        self.resize(columns, rows)
        self.wait_for("ready>")

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *words], env=dict(self.env), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or "no buffer" in done.stderr, (words, done.stderr)
        return done.stdout

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], env=dict(self.env), check=False)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        """Text as it is."""
        self._run("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    def ask(self, fact: str) -> str:
        """A fact of the window, such as `#{alternate_on}`."""
        return self._run("display-message", "-p", fact).strip()

    @property
    def text(self) -> str:
        return self._run("capture-pane", "-p")

    @property
    def buffer(self) -> str:
        """tmux's clipboard."""
        return self._run("show-buffer")

    def set_buffer(self, text: str) -> None:
        """Put something else into tmux's clipboard."""
        self._run("set-buffer", text)

    @property
    def in_shell(self) -> bool:
        """Whether the shell's own screen is shown, with its cursor and without mouse reports."""
        return self.ask("#{alternate_on}#{cursor_flag}#{mouse_any_flag}") == "010"

    def wait_for(self, seen: str | Callable[[str], Any], what: str = "", *, timeout_s: float = PATIENCE_S) -> str:
        """The screen once it shows `seen` (or once that holds for it)."""
        holds = seen if callable(seen) else lambda text: seen in text
        deadline = time.monotonic() + timeout_s
        while not holds(text := self.text):
            if time.monotonic() > deadline:
                pytest.fail(f"waited {timeout_s:g} s for {what or seen!r} on this screen:\n{text}")
            time.sleep(0.05)
        return text
