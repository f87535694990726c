"""Two apps on one library, and libraries that cannot be written: a view, one sentence, nothing lost."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.programs import need
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until
from tests.support.sounds import one_shot, write
from tui_browser.library.library import Library
from tui_browser.store.store import Store

pytestmark = linux_only


def favourites(library: Path) -> int:
    with Library.open(str(library)) as door:
        return int(door.status()["favourites"])


def test_two_apps_on_one_library_see_each_others_edits(tmp_path: Path, stock: Stock) -> None:
    library = stock.copy(tmp_path / "l.db")
    env = environment(tmp_path)
    words = program("--library", library)
    with Terminal(words, env=env, columns=120, rows=30) as one, Terminal(words, env=env, columns=120, rows=30) as two:
        for terminal in (one, two):
            terminal.wait_for(lambda text: "all samples" in text and "❲" in text, "the map")
        assert "★" not in two.text
        for terminal in (one, two):
            terminal.quiet(2.5)  # both have looked at the disk
        one.press("f")
        one.wait_for("★")
        two.wait_for("★")
        two.press("q")
        assert two.wait() == 0
        one.press("q")
        assert one.wait() == 0
    all_gone(env)


def test_a_library_that_another_process_writes_can_be_browsed(tmp_path: Path, stock: Stock) -> None:
    library = stock.copy(tmp_path / "l.db")
    env = environment(tmp_path)
    with contextlib.closing(Store.open(str(library), mode="write")) as store, store.writing():
        terminal = Terminal(program("--library", library), env=env, columns=140)
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        terminal.wait_for(f"process {os.getpid()} is writing to this library")
        terminal.press("/kick")
        terminal.wait_for("of 44")
        terminal.press("\r")
    with terminal:  # the other process has ended
        terminal.press("f")
        until(lambda: (terminal.read(), favourites(library) == 1)[1], "a favourite at last")
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    need("mount", "umount")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_library_that_may_not_be_written_is_shown(small_disk: Path, tmp_path: Path, stock: Stock) -> None:
    library = stock.copy(small_disk / "l.db")
    before = library.read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    env = environment(tmp_path)
    with Terminal(program("--library", library), env=env, columns=140) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        terminal.wait_for(re.compile("permission|read-only|may not").search, "one sentence")
        terminal.press("/kick")
        terminal.wait_for("of 44")
        terminal.press("\r")
        terminal.press("n")
        terminal.wait_for("neighbours among")
        for _ in range(3):  # each asks for a change, and each is told
            terminal.press("f")
            terminal.wait_for(re.compile("permission|read-only|may not").search, "the sentence again")
            terminal.quiet(0.3)
        assert "has ended" not in terminal.text
        terminal.press("\x03")
        assert terminal.wait() == 0
        assert terminal.restored
    assert os.listdir(small_disk) == ["l.db"]
    assert library.read_bytes() == before
    all_gone(env)


def test_a_full_disk_is_one_sentence_and_loses_nothing(
    small_disk: Path, tmp_path: Path, fresh: Path, stock: Stock
) -> None:
    library = small_disk / "l.db"
    env = environment(tmp_path)
    ballast = small_disk / "ballast"
    with Terminal(program(fresh, "--library", library, "--model", stock.model), env=env, columns=140) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "indexing" not in text, "the end of indexing")
        with open(ballast, "wb") as file, contextlib.suppress(OSError):
            while True:
                os.write(file.fileno(), bytes(4096))
        for at in range(40):
            write(fresh / f"more/{at}.wav", one_shot("tom", 20 + at)[:9000])
        terminal.wait_for("the disk is full")
        with Library.open(str(library)) as door:
            kept = len(door)
        assert kept >= 44
        terminal.press("/kick")
        terminal.wait_for(f"of {kept}")
        ballast.unlink()
        terminal.press("\x1b")
        terminal.wait_for("84 samples")
        terminal.press("\x03")
        assert terminal.wait() == 0
    all_gone(env)
