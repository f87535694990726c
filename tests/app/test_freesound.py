"""Freesound in the real app: found, heard, fetched, on the map; and what speaks to the network."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.freesound_server import KEY, Answer, FakeFreesound, fake_freesound, sound_bytes
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until
from tests.support.sockets import alone
from tui_browser.library.library import Library
from tui_browser.records import SampleRow

pytestmark = linux_only

SPY = """
import os, sys
with open({log!r}, "a") as log, open("/proc/self/cmdline", "rb") as words:
    log.write(words.read().replace(b"\\0", b" ").decode() + "\\n")
here = os.path.dirname(os.path.abspath(__file__))
sys.path = [folder for folder in sys.path if os.path.abspath(folder or ".") != here]
del sys.modules[__name__]
import httpx
"""


@pytest.fixture
def server() -> Iterator[FakeFreesound]:
    with fake_freesound() as fake:
        for number in (7001, 7002, 7003):
            fake.add(number, f"boots on wood {number}.wav")
        fake.results[0]["license"] = "https://creativecommons.org/licenses/by-nc/4.0/"
        yield fake


@pytest.fixture
def env(tmp_path: Path, server: FakeFreesound) -> dict[str, str]:
    """An environment with a key, in which each process that imports httpx is written down."""
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "httpx.py").write_text(SPY.format(log=str(tmp_path / "httpx.log")))
    return environment(
        tmp_path, PYTHONPATH=str(spy), FREESOUND_API_KEY=KEY, TUI_BROWSER_FREESOUND_URL=server.url, NO_PROXY="127.0.0.1"
    )


def fetched(library: str | Path) -> list[SampleRow]:
    """The samples that came from Freesound, as the library has them now."""
    with Library.open(str(library)) as opened:
        return [row for row, _ in opened.search("author:anna tag:footstep")]


def test_a_sound_is_found_heard_fetched_and_on_the_map(
    env: dict[str, str], server: FakeFreesound, tmp_path: Path, stock: Stock
) -> None:
    library, heard = stock.copy(tmp_path / "l.db"), tmp_path / "heard.wav"
    folder = tmp_path / "data" / "tui-browser" / "freesound"
    words = program("--library", library, "--player", f"recorder:{heard}")
    with Terminal(words, env=env, columns=120, rows=40) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        terminal.press("F")
        terminal.wait_for("Freesound")
        assert server.asked == [], "opening the screen sends nothing"
        terminal.press("boots")
        terminal.wait_for("3 sounds")
        terminal.press("\r")
        terminal.wait_for("no commercial use")
        terminal.press(" ")
        until(lambda: (terminal.read(), heard.exists() and heard.stat().st_size > 9_000)[1], "the preview")
        terminal.press("x")
        terminal.wait_for("1 selected")
        terminal.press("x")
        terminal.wait_for("2 selected")
        terminal.press("\r")
        terminal.wait_for("2 sounds fetched")
        terminal.press("\x1b")
        terminal.wait_for(lambda text: "46 samples" in text and "the cursor is on the first one" in text, "the sounds")
        terminal.wait_for("CC BY-NC 4.0")
        until(lambda: (terminal.read(), all(row.x is not None for row in fetched(library)))[1], "their places")
        spied = (tmp_path / "httpx.log").read_text().splitlines()
        assert spied and all("tui_browser.freesound.serve" in line for line in spied), spied
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)
    assert sorted(os.listdir(folder)) == [
        f"{number}_boots_on_wood_{number}.{ending}" for number in (7001, 7002) for ending in ("json", "ogg")
    ]
    rows = fetched(library)
    assert len(rows) == 2 and all(row.x is not None and row.credit is not None for row in rows)
    assert KEY not in "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())


def test_ending_the_app_while_it_fetches_leaves_nothing_half_written(
    env: dict[str, str], server: FakeFreesound, tmp_path: Path, stock: Stock
) -> None:
    whole = sound_bytes(1.2)
    server.serve_preview(7001, lambda: Answer(body=whole, pause_s=0.05, piece=50, content_type="audio/ogg"))
    folder = tmp_path / "data" / "tui-browser" / "freesound"
    with Terminal(program("--library", stock.copy(tmp_path / "l.db"), "--player", "null"), env=env) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        terminal.press("F")
        terminal.wait_for("Freesound")
        terminal.press("boots\r")
        terminal.wait_for("3 sounds")
        terminal.press("\r")
        until(lambda: (terminal.read(), folder.is_dir() and os.listdir(folder))[1], "the beginning of the file")
        terminal.press("\x03")
        terminal.wait()
    all_gone(env)
    assert os.listdir(folder) == []


def test_a_preview_is_heard_at_the_laptop(
    env: dict[str, str], server: FakeFreesound, tmp_path: Path, stock: Stock
) -> None:
    (tmp_path / "config" / "tui-browser").mkdir(parents=True, exist_ok=True)
    heard = tmp_path / "laptop.wav"
    (tmp_path / "config" / "tui-browser" / "config.toml").write_text(f'player = "recorder:{heard}"\n')
    short = tempfile.mkdtemp(prefix="tb-", dir="/tmp")
    address = f"{short}/l.sock"
    try:
        with alone(), Terminal(program("listen", "--socket", address), env=env, columns=200) as listener:
            listener.wait_for("ctrl-c ends it")
            words = program("--library", stock.copy(tmp_path / "l.db"), "--player", f"remote:{address}")
            with Terminal(words, env=env) as terminal:
                terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
                terminal.press("F")
                terminal.wait_for("Freesound")
                terminal.press("boots\r")
                terminal.wait_for("3 sounds")
                terminal.press(" ")
                until(
                    lambda: (terminal.read(), listener.read(), heard.exists() and heard.stat().st_size > 9_000)[2],
                    "the preview at the laptop",
                )
                terminal.press("\x1b")
                terminal.press("q")
                assert terminal.wait() == 0
            listener.press("\x03")
            listener.wait()
    finally:
        shutil.rmtree(short)
    all_gone(env)
