"""Slow lines: keys that are held do not pile up, the newest view comes soon, and less is sent from then on."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from benchmarks.delay import SlowLine
from tests.app.test_ssh import _port, ssh  # noqa: F401 - a fixture
from tests.support.pty import MARK, all_gone, environment, linux_only
from tests.support.slow_terminal import SlowTerminal, app
from tui_browser.ui.terminal.flow_control import ASK

pytestmark = linux_only
COUNT = 8000
COLUMNS, ROWS = 100, 30
QUICK, SLOW = 1e7, 10_000.0


def held(terminal: SlowTerminal, key: str, times: int, *, each_s: float) -> None:
    """A key that repeats; what comes meanwhile is read."""
    for _ in range(times):
        terminal.press(key)
        terminal.read(each_s)


def shown(terminal: SlowTerminal) -> list[str]:
    """The map: the screen without its status line and hints, which tell of other things as well."""
    return terminal.lines[1:-2]


def settled(terminal: SlowTerminal) -> int:
    """Wait for the last frame; the bytes that came until then."""
    before = len(terminal.raw)
    terminal.quiet(1.0)
    return len(terminal.raw) - before


def ready(terminal: SlowTerminal) -> None:
    """The map, enlarged, at rest, on a line that is quick so far."""
    terminal.wait_for(lambda text: "❲" in text and f"{COUNT:,}" in text.replace(" ", ",").replace("'", ","), "the map")
    settled(terminal)
    terminal.press("++")
    settled(terminal)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], int]:
    """What a quick terminal shows after the keys of the tests, and what a wholly new view costs there."""
    base = tmp_path_factory.mktemp("quick")
    with SlowTerminal(
        app(base / "played", count=COUNT), env=environment(base), columns=COLUMNS, rows=ROWS, rate=QUICK, swallows=True
    ) as terminal:
        ready(terminal)
        held(terminal, "L", 60, each_s=0.0)
        held(terminal, "H", 20, each_s=0.0)
        settled(terminal)
        seen = shown(terminal)
        assert "keep up" not in terminal.text
        terminal.press("0")
        cost = settled(terminal)
        terminal.press("q")
        assert terminal.wait() == 0
    return seen, cost


@pytest.mark.parametrize("answers", [True, False])
def test_held_keys_do_not_pile_up(tmp_path: Path, quick: tuple[list[str], int], *, answers: bool) -> None:
    """A terminal that answers behind a net that swallows all, and a mute one that is slow itself."""
    env = environment(tmp_path)
    command = app(tmp_path / "played", count=COUNT)
    with SlowTerminal(
        command, env=env, columns=COLUMNS, rows=ROWS, rate=QUICK, swallows=answers, answers=answers
    ) as terminal:
        ready(terminal)
        terminal.rate = SLOW
        frames = terminal.raw.count(ASK.encode())
        held(terminal, "L", 60, each_s=1 / 30)
        terminal.wait_for("keep up")
        held(terminal, "H", 20, each_s=1 / 30)
        before = len(terminal.raw)
        seen, cost = quick
        terminal.wait_for(lambda _: shown(terminal) == seen, "the newest view, whatever was left out")
        settled(terminal)
        assert len(terminal.raw) - before <= 3 * cost + (8 << 10), (
            "what was on the way, one more frame, and what the kernel keeps"
        )
        assert shown(terminal) == seen
        if answers:
            assert terminal.raw.count(ASK.encode()) - frames <= 40, "of 80 keys"
        terminal.rate = QUICK
        settled(terminal)
        terminal.press("0")
        assert settled(terminal) < 0.85 * cost, "less for each frame"
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)


def test_slow_from_the_start_sends_less_and_says_nothing(tmp_path: Path, quick: tuple[list[str], int]) -> None:
    env = environment(tmp_path)
    command = app(tmp_path / "played", count=COUNT, settings="motion=False, slow=True")
    with SlowTerminal(command, env=env, columns=COLUMNS, rows=ROWS, rate=QUICK, swallows=True) as terminal:
        ready(terminal)
        held(terminal, "L", 60, each_s=0.0)
        held(terminal, "H", 20, each_s=0.0)
        settled(terminal)
        assert shown(terminal) == quick[0]
        terminal.press("0")
        assert settled(terminal) < 0.85 * quick[1]
        assert b"keep up" not in terminal.raw
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)


def test_held_keys_do_not_pile_up_behind_sshd(
    ssh: list[str],  # noqa: F811
    tmp_path: Path,
    quick: tuple[list[str], int],
) -> None:
    """sshd takes all that the app writes at once: only the terminal's answers tell how much is on the way."""
    env = environment(tmp_path)
    port, at = _port(), ssh.index("-p") + 1
    there = {name: env[name] for name in env if name.startswith(("XDG", "HOME", MARK, "TERM", "COLORTERM", "LANG"))}
    told = shlex.join(["env", *(f"{name}={value}" for name, value in there.items()), *app(tmp_path / "p", count=COUNT)])
    words = ["-o", "HostKeyAlias=here", *ssh[1:]]
    words[at + 1] = str(port)
    with (
        SlowLine(f"127.0.0.1:{port}", f"127.0.0.1:{ssh[at]}", round_trip_s=0.1) as line,
        SlowTerminal(
            [ssh[0], "-tt", *words, told], env=env, columns=COLUMNS, rows=ROWS, rate=QUICK, swallows=False
        ) as terminal,
    ):
        ready(terminal)
        line.rate = SLOW
        held(terminal, "L", 60, each_s=1 / 30)
        terminal.wait_for("keep up")
        held(terminal, "H", 20, each_s=1 / 30)
        until_now = len(terminal.raw)
        seen, cost = quick
        terminal.wait_for(lambda _: shown(terminal) == seen, "the newest view, whatever was left out")
        assert len(terminal.raw) - until_now <= 4 * cost
        line.rate = None
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)
