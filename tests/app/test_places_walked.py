"""The pane of places in the real app: walked over a library that was read from disk, with odd names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program
from tui_browser.indexing.workers import IndexWorkers

DOWN, RIGHT, CTRL_T = "\x1b[B", "\x1b[C", "\x14"


@linux_only
def test_folders_of_any_name_are_walked_kept_and_left(stock: Stock, tmp_path: Path, workers: IndexWorkers) -> None:
    env, top = environment(tmp_path), tmp_path / "samples"
    folders = (b"Kits/deep", b"\x1b[2J bad\xff", b'with "quotes"')
    for folder, source in zip(folders, stock.names, strict=False):
        os.makedirs(os.fsencode(top) + b"/" + folder)
        shutil.copy(os.fsencode(stock.folder / source), os.fsencode(top) + b"/" + folder + b"/x.wav")
    stock.index(tmp_path / "l.db", top, workers)
    words = program("--library", tmp_path / "l.db", "--player", "null")
    with Terminal(words, env=env, columns=120, rows=30) as terminal:
        terminal.wait_for("3 samples")
        terminal.press(CTRL_T)
        terminal.wait_for("▸ Kits")
        terminal.press(DOWN + DOWN)
        terminal.wait_for(lambda text: r"bad\xff" in text and "1 of 3" in text, "a hostile folder alone")
        terminal.press(DOWN + RIGHT)
        terminal.wait_for(lambda text: "▾ Kits" in text and "/Kits" in text and "1 of 3" in text, "what is in Kits")
        terminal.press(DOWN + DOWN)
        terminal.wait_for(lambda text: r"\x22quotes\x22" in text and "1 of 3" in text, "a folder with quotes")
        terminal.press("\r")
        terminal.wait_for("? help")
        terminal.press(CTRL_T + "\x1b")
        terminal.wait_for(lambda text: "of 3" not in text.split("\n", 1)[0], "the line without a place")
        terminal.press(CTRL_T + CTRL_T)
        terminal.wait_for(lambda text: "▾ Kits" not in text, "the pane to go")
        terminal.press("q")
        assert terminal.wait() == 0
        assert b"\x1b[2J bad" not in terminal.raw
    all_gone(env)
