"""login: what two people wait who follow docs/remote.md at once, from the command to the map and from key to sound."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.delay import SlowLine
from benchmarks.remote import write_sounds
from benchmarks.report import Table, show
from benchmarks.sshd import Sshd, Unavailable
from benchmarks.terminal import Terminal
from benchmarks.timing import median, p95

_PROGRAM = f"{sys.executable} -P -c 'from tui_browser.cli.main import main; main()'"
_SAMPLES = 60
_KBIT = 125.0
"""Bytes a second."""
_LOGIN_BUDGET_MS = 4000.0
_HEARD_S = 30.0
_REST_S = 1.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lines", default="0,40,100,40@100", help="round trips in ms, and @kbit/s where it is thin")
    parser.add_argument("--keys", type=int, default=8, help="how many sounds for each person and line")
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    table = Table(
        "Two people at once, each with `tui-browser ssh studio`; key to the first frame at the laptop's device"
    )
    with tempfile.TemporaryDirectory(prefix="tb-") as folder:
        library = _library(folder)
        try:
            for line in args.lines.split(","):
                _measure(table, line, folder=os.path.join(folder, line), library=library, keys=args.keys)
        except Unavailable as reason:
            table.remarks.append(f"not measured: {reason}")
    table.remarks.append("A real sshd with the delay and the limit between ssh and it; the device is one that records.")
    show([table], markdown=args.markdown)
    return 0


@dataclass
class _Waited:
    """What one person waited, in ms."""

    first_login: float = 0.0
    login: float = 0.0
    first_sound: float = 0.0
    steps: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)


def _measure(table: Table, line: str, *, folder: str, library: str, keys: int) -> None:
    delay, _, kbits = line.partition("@")
    people = [_Waited(), _Waited()]
    problems: list[BaseException] = []

    def follow(number: int) -> None:
        try:
            _follow(
                people[number],
                os.path.join(folder, f"p{number}"),
                library=library,
                round_trip_s=float(delay) / 1e3,
                rate=float(kbits) * _KBIT if kbits else None,
                keys=keys,
            )
        except BaseException as problem:  # noqa: BLE001  it is raised again below, in the thread that reports
            problems.append(problem)

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    name = f"{delay} ms" + (f", {kbits} kbit/s" if kbits else "")
    rows: tuple[tuple[str, Sequence[float], float | None], ...] = (
        ("first login with pairing, to the map", [person.first_login for person in people], None),
        ("login to the map", [person.login for person in people], None),
        ("login to the first sound", [person.first_sound for person in people], _LOGIN_BUDGET_MS),
        ("a step and its sound", [each for person in people for each in person.steps], None),
        ("the same sound again", [each for person in people for each in person.again], None),
    )
    for what, taken, budget in rows:
        table.add(f"{name}: {what}", median(taken), "ms", budget=budget, note=f"p95 {p95(taken):.0f}")


def _follow(waited: _Waited, folder: str, *, library: str, round_trip_s: float, rate: float | None, keys: int) -> None:
    """One person: pairs, logs in again, walks and listens."""
    laptop, studio, server = (os.path.join(folder, name) for name in ("laptop", "studio", "sshd"))
    heard = os.path.join(folder, "heard.wav")
    for home, config in ((laptop, f'player = "recorder:{heard}"\n'), (studio, "")):
        for name in ("config", ".config"):
            os.makedirs(os.path.join(home, name, "tui-browser"))
            with open(os.path.join(home, name, "tui-browser", "config.toml"), "w") as file:
                file.write(config)
    os.makedirs(os.path.join(studio, ".local", "bin"))
    script = os.path.join(studio, ".local", "bin", "tui-browser")
    with open(script, "w") as file:
        file.write(f'#!/bin/sh\nPYTHONPATH={os.getcwd()} exec {_PROGRAM} --library {library} "$@"\n')
    os.chmod(script, 0o700)
    os.makedirs(server)
    with ExitStack() as stack:
        sshd = stack.enter_context(Sshd(server, home=studio))
        port = sshd.port + 1
        stack.enter_context(
            SlowLine(f"127.0.0.1:{port}", f"127.0.0.1:{sshd.port}", round_trip_s=round_trip_s, rate=rate)
        )
        env = {"PATH": f"{sshd.client(port=port)}:{os.environ['PATH']}", "PYTHONPATH": os.getcwd()}
        command = ["sh", "-c", f"exec {_PROGRAM} ssh studio"]
        for first in (True, False):
            with Terminal(command, columns=120, rows=40, env=env, home=laptop) as terminal:
                map_s, _ = terminal.until(lambda painted: f"{_SAMPLES} samples".encode() in painted)
                if first:
                    waited.first_login = 1e3 * map_s
                    continue
                waited.login = 1e3 * map_s
                waited.first_sound = 1e3 * map_s + _heard_ms(terminal, "p", heard)
                for step in range(keys):
                    terminal.listen(_REST_S)
                    waited.steps.append(_heard_ms(terminal, "lp" if step % 2 else "jp", heard))
                    terminal.listen(_REST_S)
                    waited.again.append(_heard_ms(terminal, "p", heard))


def _heard_ms(terminal: Terminal, keys: str, recording: str) -> float:
    """From the keys to the first frame that the laptop's device takes."""

    def size() -> int:
        return os.path.getsize(recording) if os.path.exists(recording) else 0

    before, begun = max(size(), 100), time.perf_counter()
    terminal.write(keys)
    while time.perf_counter() - begun < _HEARD_S:
        if size() > before:
            return 1e3 * (time.perf_counter() - begun)
        terminal.listen(0.001)
    raise TimeoutError(f"{keys!r} was not heard within {_HEARD_S:.0f} s")


def _library(folder: str) -> str:
    """A library of one-shots of 0.5 s, indexed."""
    sounds = os.path.join(folder, "sounds")
    os.makedirs(sounds)
    write_sounds(sounds, _SAMPLES)
    library = os.path.join(folder, "library.db")
    subprocess.run(["sh", "-c", f"exec {_PROGRAM} --library {library} --quiet index {sounds}"], check=True)
    return library
