"""The process that stands before the app: whatever the app waits for, the shell and the terminal come back in time.

A thread that waits for a drive that hangs holds its whole process back, even from a kill, and an event loop that is
busy hears no signal. So the app runs in a child, and the process that the shell waits for does nothing else than
watch: it passes signals on, stops when the app stops, ends when the app says that it is done, and where the app
does not end within a second after a signal, puts the terminal back itself.
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
"""How long the app has to end after one of them."""
DONE_S = 2.0
"""How long an app that has said its exit code has to end."""
HELD_S = 0.05
"""The same for one whose threads still wait for something, which is for nobody."""
_CONTINUED_S = 0.02
_NAME = "guard"
_LEFT = (
    "\x1b\\\x1b[?2026l\x1b[?2004l\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    "\x1b[?1004l\x1b[0m\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h"
)
"""What the app sends when it leaves the terminal."""


class Terminal:
    """The controlling terminal as it was before the app."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._settings = termios.tcgetattr(descriptor)

    @classmethod
    def find(cls) -> Terminal | None:
        """The controlling terminal; None where there is none."""
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
        """Whether the app has it."""
        try:
            return termios.tcgetattr(self.descriptor) != self._settings
        except termios.error:  # it is gone
            return False

    def restore(self) -> None:
        """Its own screen, cursor, settings, and nothing left of what was typed; nothing where all that is so."""
        if not self.taken:
            return
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(self.descriptor, termios.TCSANOW, self._settings)
            termios.tcflush(self.descriptor, termios.TCIFLUSH)
            os.write(self.descriptor, _LEFT.encode())


class Guard:
    """Stands before the app once `stand` was called; does nothing unless it is armed."""

    def __init__(self, *, armed: bool = False) -> None:
        self._armed = armed
        self._report: int | None = None

    def stand(self) -> None:
        """Go on in a child; the process that called watches it and never returns. Without a terminal, just go on."""
        terminal = Terminal.find() if self._armed else None
        self._armed = False
        if terminal is None:
            return
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        told, report = os.pipe()
        lifeline, held = os.pipe()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        app = os.fork()
        if app:
            os.close(report)
            os.close(lifeline)
            watch = _Watch(app, told, terminal)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            watch.until_the_end()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for descriptor in (told, held, terminal.descriptor):
            os.close(descriptor)
        self._report = report
        threading.Thread(target=_end_with_guard, args=(lifeline,), name=_NAME, daemon=True).start()

    def leave(self, code: int) -> None:
        """All is done and written: say the exit code."""
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

    def __init__(self, app: int, told: int, terminal: Terminal) -> None:
        self._app = app
        self._told = told
        self._terminal = terminal
        self._deadline = float("inf")
        self._code = 1
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (*ENDING, signal.SIGCHLD):
            if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGCHLD:
                signal.signal(number, _noted)

    def until_the_end(self) -> None:
        """Watch until the app has ended, or has had its time; then end as it did."""
        while True:
            self._look()
            if time.monotonic() >= self._deadline:
                self._give_up()
            reading = [self._woken] if self._told < 0 else [self._woken, self._told]
            wait_s = self._deadline - time.monotonic()
            ready = select.select(reading, [], [], None if wait_s == float("inf") else max(0.0, wait_s))[0]
            if self._woken in ready:
                for number in os.read(self._woken, 1024):
                    if number in ENDING:
                        self._pass_on(number)
            if self._told in ready:
                self._hear(os.read(self._told, 16))

    def _pass_on(self, number: int) -> None:
        if number != signal.SIGINT or self._terminal.taken:  # else ctrl+c, which the app has had from the terminal
            os.kill(self._app, number)  # not reaped yet, so it is still that process
        if self._deadline == float("inf"):
            self._code = 128 + number
            self._deadline = time.monotonic() + SIGNAL_S

    def _hear(self, said: bytes) -> None:
        if said:
            self._code = said[0]
            self._deadline = min(self._deadline, time.monotonic() + (HELD_S if said[1:] > b"\0" else DONE_S))
        else:
            os.close(self._told)
            self._told = -1

    def _look(self) -> None:
        """Stop when the app has stopped; end when it has ended."""
        ended, status = os.waitpid(self._app, os.WNOHANG | os.WUNTRACED)
        if not ended:
            return
        if os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(_CONTINUED_S)  # who goes on by the shell's `fg` has told the app as well
            if not os.waitpid(self._app, os.WNOHANG | os.WCONTINUED)[0]:
                os.kill(self._app, signal.SIGCONT)
        elif os.WIFEXITED(status):
            os._exit(os.WEXITSTATUS(status))
        else:
            self._terminal.restore()
            number = os.WTERMSIG(status)
            if number not in ENDING:
                self._tell(f"the app was ended by signal {number}")
            os._exit(128 + number)

    def _give_up(self) -> None:
        """The app does not end: it is ended, and the terminal put back."""
        os.kill(self._app, signal.SIGKILL)
        for _ in range(5):  # a moment: what it had begun to write goes first
            if os.waitpid(self._app, os.WNOHANG)[0]:
                break
            time.sleep(0.01)
        self._terminal.restore()
        os._exit(self._code)

    def _tell(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(2, f"tui-browser: {text}\n".encode())


def _noted(_number: int, _frame: FrameType | None) -> Any:
    """The number goes to the wake-up descriptor."""
