"""A program in a real pseudo-terminal, as a terminal sees it: what it paints, when, and how many bytes that takes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from benchmarks import processes
from tui_browser.config.state import remember

_FRAME_END = b"\x1b[?2026l"
_BRAILLE = re.compile(b"\xe2[\xa0-\xa3][\x80-\xbf]")
_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
"""What a terminal that paints frame by frame says when it is asked whether it can."""

Painted = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a key led to; times are from just before the key was written."""

    painted_ms: float | None
    """End of the first frame that shows what was asked for; None when none did."""
    settled_ms: float | None
    """Last byte before the terminal was quiet; None when nothing came."""
    painted_bytes: int
    total_bytes: int


def dots(data: bytes) -> int:
    """Braille characters that are not blank."""
    return sum(found != b"\xe2\xa0\x80" for found in _BRAILLE.findall(data))


def shows_map(data: bytes) -> bool:
    """Whether a frame paints a good part of a map."""
    return dots(data) >= 40


def shows_cursor(data: bytes) -> bool:
    return b"\xe2\x97\x86" in data


class Terminal:
    """Runs `argv` with a home of its own; `tick` reads and answers until something holds."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int,
        rows: int,
        env: Mapping[str, str] | None = None,
        home: str | None = None,
    ) -> None:
        self._home = None if home else tempfile.TemporaryDirectory(prefix="tui-browser-bench-")
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._pending = b""
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=_environment(home or (self._home.name if self._home else ""), env or {}),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    # --- reading -----------------------------------------------------------------------------------------------------

    def _read(self, timeout_s: float) -> bytes:
        """What came within `timeout_s`; empty for nothing. Raises EOFError when the program is gone."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, timeout_s))
        if not ready:
            return b""
        try:
            data = os.read(self._master, 65_536)
        except OSError as error:  # EIO: the other side is closed
            raise EOFError("the program ended") from error
        if not data:
            raise EOFError("the program ended")
        for question, answer in _ANSWERS.items():
            if question in data:
                os.write(self._master, answer)
        return data

    def until(self, painted: Painted, *, timeout_s: float = 60.0) -> tuple[float, bytes]:
        """Seconds from the program's start to the end of the frame by which `painted` held, and all that came."""
        data = b""
        deadline = time.perf_counter() + timeout_s
        while time.perf_counter() < deadline:
            data += self._read(0.5)
            if painted(data) and (data.rstrip().endswith(_FRAME_END) or _FRAME_END not in data):
                return time.perf_counter() - self.started, data
        raise TimeoutError(f"not painted within {timeout_s:.0f} s; last bytes: {data[-200:]!r}")

    def write(self, keys: str) -> None:
        """Type these keys."""
        os.write(self._master, keys.encode())

    def key(self, key: str, painted: Painted, *, quiet_s: float = 0.15, timeout_s: float = 10.0) -> Reply:
        """Write a key and watch until nothing has come for `quiet_s`."""
        start = last = time.perf_counter()
        os.write(self._master, key.encode())
        frame, total = b"", 0
        painted_ms: float | None = None
        painted_bytes = 0
        while (now := time.perf_counter()) - last < quiet_s and now - start < timeout_s:
            data = self._read(quiet_s - (now - last))
            if not data:
                continue
            last = time.perf_counter()
            total += len(data)
            *ended, frame = (frame + data).split(_FRAME_END)
            for whole in ended:
                if painted_ms is None and painted(whole):
                    painted_ms = (last - start) * 1e3
                    painted_bytes = len(whole) + len(_FRAME_END)
        return Reply(painted_ms, (last - start) * 1e3 if total else None, painted_bytes, total)

    def rest(self, *, quiet_s: float = 1.0, timeout_s: float = 180.0) -> None:
        """Wait until the terminal is quiet and the program's processes are idle."""
        deadline = time.perf_counter() + timeout_s
        while time.perf_counter() < deadline:
            before, came = processes.cpu_s(self.process.pid), self.listen(quiet_s)
            if not came and processes.cpu_s(self.process.pid) - before < 0.05 * quiet_s:
                return
        raise TimeoutError(f"not at rest within {timeout_s:.0f} s")

    def listen(self, seconds: float) -> int:
        """How many bytes come by themselves."""
        count, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            count += len(self._read(left))
        return count

    # --- ending ------------------------------------------------------------------------------------------------------

    def close(self, *, key: str = "q") -> None:
        """Quit by a key, by force after two seconds."""
        try:
            os.write(self._master, key.encode())
            end = time.perf_counter() + 4.0
            while time.perf_counter() < end and self.process.poll() is None:
                self._read(0.05)
        except (OSError, EOFError):
            pass
        if self.process.poll() is None:
            try:
                self.process.wait(1.0)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)
        if self._home is not None:
            self._home.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _environment(home: str, extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV") if name in os.environ}
    folders = {f"XDG_{kind}_HOME": os.path.join(home, kind.lower()) for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
    remember(lambda state: replace(state, tour=True), os.path.join(home, "state", "tui-browser", "state.json"))
    colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    return kept | folders | colours | {"HOME": home} | dict(extra)
