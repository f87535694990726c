"""The program as a process of its own, with a home of its own: run to its end, watching, or killed at some moment."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from benchmarks.app import command

Stream = int | IO[Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A library with the folder around it, and the model that it is made with."""

    folder: str
    model: str | None = None
    """None for the shipped one; tests take a tiny one."""

    @property
    def library(self) -> str:
        return os.path.join(self.folder, "library", "library.db")

    @property
    def environment(self) -> dict[str, str]:
        kinds = ("CONFIG", "DATA", "CACHE", "STATE")
        own = {f"XDG_{kind}_HOME": os.path.join(self.folder, "home", kind.lower()) for kind in kinds}
        return {**os.environ, "HOME": os.path.join(self.folder, "home"), **own}

    def words(self, verb: str, *arguments: str | bytes, library: str | None = None) -> list[str]:
        """The command line of a verb on this library."""
        model = ["--model", self.model] if self.model else []
        return [*command(), verb, *map(os.fsdecode, arguments), "--library", library or self.library, *model]

    def run(self, verb: str, *arguments: str | bytes, library: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end."""
        words = self.words(verb, *arguments, library=library)
        return subprocess.run(
            words, env=self.environment, capture_output=True, text=True, errors="surrogateescape", check=False
        )

    def index(self, *arguments: str | bytes, library: str | None = None) -> None:
        """Run `index` without a layout; raises RuntimeError with what it said when it fails."""
        done = self.run("index", *arguments, "--layout", "none", "--quiet", library=library)
        if done.returncode:
            raise RuntimeError(f"index ended with {done.returncode}: {done.stderr[-2000:]}")

    def start(
        self,
        verb: str,
        *arguments: str | bytes,
        stdout: Stream = subprocess.DEVNULL,
        stderr: Stream = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a verb in a process group of its own."""
        return self.start_words(self.words(verb, *arguments), stdout=stdout, stderr=stderr)

    def start_words(
        self, words: list[str], *, stdout: Stream = subprocess.DEVNULL, stderr: Stream = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start a program in a process group of its own, with the home of this place."""
        return subprocess.Popen(
            words,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )

    def start_script(self, code: str, *arguments: str, stdout: Stream = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start Python code that uses the package."""
        return self.start_words([sys.executable, "-c", code, *arguments], stdout=stdout)


def kill(process: subprocess.Popen[bytes]) -> bool:
    """Kill the process itself with signal 9, as the system does; False when it had ended before.

    Its children are left to notice by themselves.
    """
    ended = process.poll() is not None
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    process.wait()
    return not ended


def group_ends(process: subprocess.Popen[bytes], *, within_s: float = 10.0) -> bool:
    """Whether all processes of a killed process's group end by themselves; those that do not are killed."""
    if wait_for(lambda: not _group_lives(process.pid), within_s=within_s):
        return True
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return False


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(condition: Callable[[], bool], *, within_s: float, every_s: float = 0.05) -> bool:
    """Whether the condition holds within this time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True
