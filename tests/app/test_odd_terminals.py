"""Terminals without UTF-8, without a screen, or on which something else has written."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program
from tui_browser.indexing.workers import IndexWorkers

pytestmark = linux_only


@pytest.fixture
def with_letters(stock: Stock, tmp_path: Path, workers: IndexWorkers) -> Path:
    """A library in which one file has letters beyond ASCII in its name."""
    (folder := tmp_path / "samples").mkdir()
    for name, source in zip(("Bässe…鼓 ♪.wav", "plain.wav", "other.wav"), stock.names, strict=False):
        shutil.copy(stock.folder / source, folder / name)
    stock.index(tmp_path / "l.db", folder, workers)
    return tmp_path / "l.db"


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LANG": "de_DE.ISO-8859-1"}])
@pytest.mark.parametrize("plain_textual", [False, True])
def test_a_locale_without_utf8_gets_ascii_alone(
    with_letters: Path, tmp_path: Path, locale: dict[str, str], plain_textual: bool
) -> None:
    env = environment(tmp_path, **locale)
    (tmp_path / "config" / "tui-browser").mkdir(parents=True)
    settings = f'player = "null"\nplain_textual = {json.dumps(plain_textual)}\n'
    (tmp_path / "config" / "tui-browser" / "config.toml").write_text(settings)
    with Terminal(program("--library", with_letters), env=env, columns=120, rows=30) as terminal:
        terminal.wait_for(lambda text: "3 samples" in text and "[X]" in text, "the map")
        terminal.press("/sse\r")
        terminal.wait_for("Basse.?? >.wav")
        terminal.press("?")
        terminal.wait_for("esc closes")
        terminal.press("\x1b")
        terminal.wait_for(lambda text: "esc closes" not in text)
        terminal.press("q")
        assert terminal.wait() == 0
    assert bytes(terminal.raw).isascii()
    with Terminal(program("--library", with_letters, "search", "sse"), env=env, columns=200) as terminal:
        assert terminal.wait() == 0
        assert "Basse.?? >.wav" in terminal.text and bytes(terminal.raw).isascii()
    all_gone(env)


def test_a_dumb_terminal_gets_one_clear_sentence(stock: Stock, tmp_path: Path) -> None:
    for words in ((), ("pick",)):
        env = environment(tmp_path, TERM="dumb")
        with Terminal(program("--library", stock.library, *words), env=env, columns=160) as terminal:
            assert terminal.wait() == 1
            (said,) = [line for line in terminal.lines if line]
            assert "cannot show the map (TERM=dumb)" in said and "\x1b" not in terminal.raw.decode()


def test_ctrl_l_paints_over_what_others_wrote(stock: Stock, tmp_path: Path) -> None:
    env = environment(tmp_path)
    (tmp_path / "config" / "tui-browser").mkdir(parents=True)
    (tmp_path / "config" / "tui-browser" / "config.toml").write_text('player = "null"\n')
    with Terminal(program("--library", stock.copy(tmp_path / "l.db")), env=env, columns=100, rows=30) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        for keys, there in (("", "44 samples"), ("?", "esc closes"), ("\x1b/", "44 samples")):
            terminal.press(keys)
            terminal.wait_for(there)
            terminal.quiet(1.0)
            clean = terminal.text
            os.write(terminal._tty, b"\x1b[s\x1b[12;1Hconnect to /tmp/x failed: Connection refused" + b"\x1b[u")
            terminal.wait_for("Connection refused")
            terminal.press("\x0c")
            terminal.wait_for(clean.__eq__, "the screen as it was")
        terminal.press("\x03")
        terminal.wait()
