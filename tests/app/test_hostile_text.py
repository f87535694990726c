"""The real app on a real terminal, with a library that a stranger filled."""

from __future__ import annotations

from pathlib import Path

from tests.app.conftest import Stock
from tests.support.hostile import poison
from tests.support.pty import Terminal, all_gone, environment, linux_only, program

STEPS = (("\t\x1b[B", "owned"), ("t", "Tags"), ("\x1b", ""), ("Y", "Copy"), ("\x1b", ""),
         ("\x14", "▸ tags"), ("\x1b[B", "under:"), ("\x1b[B\x1b[B\x1b[C\x1b[B", "tag:"),
         ("\x1b", ""), ("R", "x1b"))  # fmt: skip
"""Keys, and what the screen shows after them: list, tags, formats to copy, places, a folder, a tag, roots."""


@linux_only
def test_a_strangers_library_writes_nothing_to_the_terminal_by_itself(tmp_path: Path, stock: Stock) -> None:
    env = environment(tmp_path)
    config = tmp_path / "config" / "tui-browser" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("plain_textual = true\n")  # without the pen that would drop what slips through
    library = stock.copy(tmp_path / "l.db")
    poison(library)
    words = program("--library", library, "--model", stock.model, "--player", "null")
    with Terminal(words, env=env, columns=120, rows=30) as terminal:
        terminal.wait_for(f"{len(stock.names)} samples")
        for keys, seen in STEPS:
            terminal.press(keys)
            if seen:
                terminal.wait_for(seen)
            terminal.quiet(0.3)
        terminal.press("\x1b")
        terminal.quiet(0.3)
        terminal.press("q")
        assert terminal.wait() == 0
        assert b"owned" in terminal.raw
        for sequence in (b"\x1b]0;owned", b"\x1b[2Jc"):
            assert sequence not in terminal.raw
        text = terminal.raw.decode("utf-8", "surrogateescape")
        assert not [char for char in text if "\x7f" <= char <= "\x9f" or "\udc80" <= char <= "\udcff"]
    all_gone(env)
