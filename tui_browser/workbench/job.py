"""Long work in a process of its own, which reports steps and ends with a result or a BrowserError.

The process keeps what codecs print off the terminal, and ends with its parent: whoever started it removes what it had
written so far.
"""

from __future__ import annotations

import importlib
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from tui_browser import child
from tui_browser.config.places import log_file
from tui_browser.errors import BrowserError, WorkerError

_EVERY_S = 0.1
"""Least time between two reports of the same step."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a step of the work has come."""

    name: str
    """What is done, as in "reading"."""
    done: int
    total: int
    """0 while unknown."""
    noun: str
    """What `done` and `total` count; empty for a share of the whole."""
    seconds_left: float | None = None


class StepReport:
    """Reports steps to a function, at most ten times a second, with the time that is left."""

    def __init__(self, send: Callable[[Step], None]) -> None:
        self._send = send
        self._started: dict[str, float] = {}
        """When each step began; steps may alternate."""
        self._name = ""
        self._sent = 0.0

    def __call__(self, name: str, done: int, total: int, noun: str = "") -> None:
        now = time.monotonic()
        if name == self._name and now - self._sent < _EVERY_S and done < total:
            return
        self._name, self._sent = name, now
        passed = now - self._started.setdefault(name, now)
        left = passed * (total - done) / done if done and total and passed > 1.0 else None
        self._send(Step(name, done, total, noun, left))


Report = Callable[..., None]
"""`report(name, done, total, noun="")`, as `StepReport`."""


def run(target: str, request: object, *, on_step: Callable[[Step], None]) -> Any:
    """The result of `target` ("module:function"), called as `function(request, report)` in a child process.

    Raises the BrowserError or OSError that it raised, or WorkerError if the process ended.
    """
    env = {"OPENBLAS_NUM_THREADS": str(os.cpu_count() or 1)}
    worker = child.start("tui_browser.workbench.job:work", target, request, log=log_file("workbench"), env=env)
    try:
        while isinstance(message := worker.receive(), Step):
            on_step(message)
    except WorkerError as error:
        raise WorkerError("the process that did the work has ended", hint="workbench.log tells why") from error
    finally:
        worker.close(grace_s=0.0)
    if isinstance(message, BrowserError | OSError):
        raise message
    return message


def work(conn: Connection, target: str, request: object) -> None:
    """The child: sends steps, then the result, a BrowserError or an OSError."""
    module, _, function = target.partition(":")
    answer: object
    try:
        answer = getattr(importlib.import_module(module), function)(request, StepReport(conn.send))
    except BrokenPipeError:
        raise
    except (BrowserError, OSError) as error:
        answer = error
    except MemoryError:
        answer = BrowserError("there is not enough memory for this", hint="take fewer samples")
    except Exception as error:  # noqa: BLE001 - a bug is one sentence, and its traceback goes to the log
        traceback.print_exc()
        answer = WorkerError(f"the work failed ({type(error).__name__}: {error})", hint="workbench.log shows where")
    conn.send(answer)
