"""Runs a verb of this program in a process of its own, as a person would in a shell."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from tui_browser.errors import BrowserError

_PREFIX = "tui-browser: "
_FAILED = "this could not be done"


class VerbProcess:
    """One verb at a time; it blocks, so it runs in a thread."""

    def __init__(self) -> None:
        self._running: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def run(self, words: Sequence[str]) -> list[dict[str, Any]]:
        """Run a verb with `--json` and wait for its end; its objects. Raises BrowserError with what it said."""
        command = [sys.executable, "-P", "-m", "tui_browser", *words, "--json", "--quiet"]
        with self._lock:
            if self._closed:
                raise BrowserError(_FAILED)
            try:
                process = self._running = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
                )
            except OSError as error:
                raise BrowserError(_FAILED, hint=str(error)) from error
        said, complaint = process.communicate()
        self._running = None
        if process.returncode != 0:
            lines = complaint.decode(errors="replace").strip().splitlines() or [_FAILED]
            raise BrowserError(lines[-1].removeprefix(_PREFIX))
        return [json.loads(line) for line in said.splitlines()]

    def close(self) -> None:
        """Interrupt the verb, which leaves nothing half written."""
        with self._lock:
            self._closed = True
            running = self._running
        if running is not None:
            with contextlib.suppress(OSError):
                running.send_signal(signal.SIGINT)
