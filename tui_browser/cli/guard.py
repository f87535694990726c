"""The guard: a process in front of the app that gives shell and terminal back even when the app hangs.

A thread that waits for a hanging drive keeps its whole process from ending, even by SIGKILL, and a busy event loop
handles no signal. So the app runs in a child, and the process that the shell waits for only watches it: it passes
signals on, stops when the app stops, ends when the app reports its exit code, and if the app does not end within a
second after a signal, it kills the app and restores the terminal.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from types import FrameType
from typing import Any

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Signals that end the app."""
SIGNAL_S = 0.8
"""Time limit for the app to end after a signal."""
DONE_S = 2.0
"""Time limit for the app to end after it reported its exit code."""
HELD_S = 0.05
"""The same if daemon threads still run, whose work nobody needs."""
_CONTINUED_S = 0.02
_NAME = "guard"
_RESTORE = (
    "\x1b\\\x1b[?2026l\x1b[?2004l\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    "\x1b[?1004l\x1b[0m\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h"
)
"""The sequences that the app sends when it leaves the terminal."""


class Terminal:
    """The controlling terminal as it was before the app."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._settings = termios.tcgetattr(descriptor)

    @classmethod
    def find(cls) -> Terminal | None:
        """The controlling terminal; None if there is none."""
        try:
            descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return cls(descriptor)
        except termios.error:
            os.close(descriptor)
            return None

    @property
    def taken(self) -> bool:
        """Whether the app changed its settings."""
        try:
            return termios.tcgetattr(self.descriptor) != self._settings
        except termios.error:  # it is closed
            return False

    def restore(self) -> None:
        """Restore screen, cursor and settings, and drop unread input; does nothing if the app left it so."""
        if not self.taken:
            return
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(self.descriptor, termios.TCSANOW, self._settings)
            termios.tcflush(self.descriptor, termios.TCIFLUSH)
            os.write(self.descriptor, _RESTORE.encode())

    def leave_screen(self) -> None:
        """Restore screen and cursor after an app elsewhere that could not; a cursor on the shell's screen stays."""
        with contextlib.suppress(OSError):
            os.write(self.descriptor, f"\x1b7{_RESTORE}".encode())


class Guard:
    """Guards the app after `start`; does nothing unless it is armed."""

    def __init__(self, *, armed: bool = False) -> None:
        self._armed = armed
        self._report: int | None = None

    def start(self) -> None:
        """Continue in a child; the calling process watches it and never returns. Without a terminal, just continue."""
        terminal = Terminal.find() if self._armed else None
        self._armed = False
        if terminal is None:
            return
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        report_end, report = os.pipe()
        lifeline, held = os.pipe()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        app = os.fork()
        if app:
            os.close(report)
            os.close(lifeline)
            watch = _Watch(app, report_end, terminal)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            watch.run()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for descriptor in (report_end, held, terminal.descriptor):
            os.close(descriptor)
        self._report = report
        threading.Thread(target=_end_with_guard, args=(lifeline,), name=_NAME, daemon=True).start()

    def report_exit(self, code: int) -> None:
        """Report the exit code to the guard, once all output is written."""
        if self._report is not None:
            held = sum(thread.daemon and thread.name != _NAME for thread in threading.enumerate())
            with contextlib.suppress(OSError):
                os.write(self._report, bytes((code & 255, min(held, 255))))


def _end_with_guard(lifeline: int) -> None:
    with contextlib.suppress(OSError):
        os.read(lifeline, 1)  # returns when the guard is gone
    os._exit(1)


class _Watch:
    """The guard's own process."""

    def __init__(self, app: int, report: int, terminal: Terminal) -> None:
        self._app = app
        self._report = report
        self._terminal = terminal
        self._deadline = float("inf")
        self._code = 1
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (*ENDING, signal.SIGCHLD):
            if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGCHLD:
                signal.signal(number, _ignore)

    def run(self) -> None:
        """Watch until the app ends or its time is over, and exit with its code."""
        while True:
            self._check_app()
            if time.monotonic() >= self._deadline:
                self._kill_app()
            reading = [self._woken] if self._report < 0 else [self._woken, self._report]
            wait_s = self._deadline - time.monotonic()
            ready = select.select(reading, [], [], None if wait_s == float("inf") else max(0.0, wait_s))[0]
            if self._woken in ready:
                for number in os.read(self._woken, 1024):
                    if number in ENDING:
                        self._pass_on(number)
            if self._report in ready:
                self._read_report(os.read(self._report, 16))

    def _pass_on(self, number: int) -> None:
        if number != signal.SIGINT or self._terminal.taken:  # otherwise the terminal sent ctrl+c to the app too
            os.kill(self._app, number)  # not reaped yet, so it is still that process
        if self._deadline == float("inf"):
            self._code = 128 + number
            self._deadline = time.monotonic() + SIGNAL_S

    def _read_report(self, report: bytes) -> None:
        if report:
            self._code = report[0]
            self._deadline = min(self._deadline, time.monotonic() + (HELD_S if report[1:] > b"\0" else DONE_S))
        else:
            os.close(self._report)
            self._report = -1

    def _check_app(self) -> None:
        """Stop if the app stopped; exit if it ended."""
        ended, status = os.waitpid(self._app, os.WNOHANG | os.WUNTRACED)
        if not ended:
            return
        if os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(_CONTINUED_S)  # the shell's `fg` continues the app as well
            if not os.waitpid(self._app, os.WNOHANG | os.WCONTINUED)[0]:
                os.kill(self._app, signal.SIGCONT)
        elif os.WIFEXITED(status):
            os._exit(os.WEXITSTATUS(status))
        else:
            self._terminal.restore()
            number = os.WTERMSIG(status)
            if number not in ENDING:
                self._complain(f"the app was ended by signal {number}")
            os._exit(128 + number)

    def _kill_app(self) -> None:
        """Kill an app that does not end, and restore the terminal."""
        os.kill(self._app, signal.SIGKILL)
        for _ in range(5):  # a moment, so that what it was writing goes out first
            if os.waitpid(self._app, os.WNOHANG)[0]:
                break
            time.sleep(0.01)
        self._terminal.restore()
        os._exit(self._code)

    def _complain(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(2, f"tui-browser: {text}\n".encode())


def _ignore(_number: int, _frame: FrameType | None) -> Any:
    """Do nothing: the number is written to the wake-up descriptor."""
