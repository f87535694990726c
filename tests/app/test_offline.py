"""Without any network: adding, browsing, searching and watching go on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.app.driving import Terminal, all_gone, environment, linux_only, program
from tests.programs import need
from tests.sounds import one_shot, write

pytestmark = linux_only


def _apart() -> list[str]:
    """A command that runs another one where there is no network but an unused loopback."""
    need("unshare", "true")
    for command in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        if not subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
            return command
    pytest.skip("a network of its own is not permitted here")


def test_everything_works_without_a_network(tmp_path: Path, fresh: Path, stock: Stock) -> None:
    apart, env = _apart(), environment(tmp_path)
    library = tmp_path / "l.db"
    subprocess.run([*apart, *program("add", fresh, "--library", library, "--quiet")], env=env, check=True)
    words = [*apart, *program("--library", library, "--model", stock.model)]
    with Terminal(words, env=env) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "indexing" not in text, "the end of indexing")
        terminal.press("/kick")
        terminal.wait_for(re.compile(r"/ kick .* of 44").search, "what matches")
        terminal.press("\r")
        terminal.press("n")
        terminal.wait_for("neighbour 1 of")
        write(fresh / "zebra.wav", one_shot("kick", 5))
        terminal.wait_for(re.compile(r" of 45").search, "the new file")
        terminal.press("\x03")
        assert terminal.wait() == 0
    done = subprocess.run(
        [*apart, *program("search", "zebra", "--library", library)], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(fresh / "zebra.wav")
    all_gone(env)
