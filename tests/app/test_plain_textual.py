"""The app on a real terminal with its changes to Textual, and without them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program


@linux_only
@pytest.mark.parametrize("plain", [False, True])
def test_the_app_runs_with_the_patches_and_without(tmp_path: Path, stock: Stock, plain: bool) -> None:
    env = environment(tmp_path)
    config = tmp_path / "config" / "tui-browser" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"plain_textual = {str(plain).lower()}\n")
    library = stock.copy(tmp_path / "l.db")
    with Terminal(program("--library", library, "--model", stock.model), env=env, columns=120, rows=30) as terminal:
        terminal.wait_for(f"{len(stock.names)} samples")
        terminal.press("/")
        terminal.wait_for("/ ")
        terminal.press("kick")
        terminal.wait_for(re.compile(rf"/ kick .* of {len(stock.names)}").search, "what matches")
        terminal.press("\x1b")
        terminal.wait_for(lambda text: "/ kick" not in text, "the end of the search")
        terminal.press("?")
        terminal.wait_for("Keys")
        terminal.press("\x1b")
        terminal.wait_for(lambda text: "Keys" not in text, "the map")
        assert (b"\x1b[5n" in terminal.raw) is not plain, "only the app's own driver asks whether output has arrived"
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)
