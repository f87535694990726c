"""The listener, the app on an existing library, and `pick`: none of their processes wants what only indexing needs."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until
from tests.support.sockets import alone

pytestmark = linux_only

ABSENT = ("torch", "scipy", "sklearn", "pynndescent", "numba", "umap", "openTSNE", "av", "pyarrow")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment in which these modules cannot be imported, and each attempt is written down."""
    folder = tmp_path / "absent"
    folder.mkdir()
    for name in ABSENT:
        (folder / f"{name}.py").write_text(
            f"open({str(tmp_path / 'wanted')!r}, 'a').write(__name__ + '\\n')\nraise ImportError('not installed')\n"
        )
    (tmp_path / "config" / "tui-browser").mkdir(parents=True)
    (tmp_path / "config" / "tui-browser" / "config.toml").write_text(f'player = "recorder:{tmp_path}/heard.wav"\n')
    return environment(tmp_path, PYTHONPATH=str(folder))


@pytest.fixture
def address() -> Iterator[str]:
    """A short path for a socket."""
    folder = tempfile.mkdtemp(prefix="tb-", dir="/tmp")
    yield f"{folder}/l.sock"
    shutil.rmtree(folder)


def test_hearing_browsing_and_picking_want_no_torch(
    env: dict[str, str], address: str, tmp_path: Path, stock: Stock
) -> None:
    library, heard = stock.copy(tmp_path / "l.db"), tmp_path / "heard.wav"
    with alone(), Terminal(program("listen", "--socket", address), env=env, columns=200) as listener:
        listener.wait_for("ctrl-c ends it")
        with Terminal(program("--library", library, "--player", f"remote:{address}"), env=env) as terminal:
            terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
            terminal.press("p")
            until(lambda: (terminal.read(), heard.exists() and heard.stat().st_size > 9_000)[1], "the sound")
            terminal.press("n")
            terminal.wait_for("1/43")
            terminal.press("/kick\r")
            terminal.wait_for(lambda text: "of 44" in text, "the search")
            terminal.press("c")
            terminal.wait_for("Colour by")
            terminal.press("\x1b")
            terminal.wait_for(lambda text: "Colour by" not in text, "the map")
            terminal.press("q")
            assert terminal.wait() == 0
        with Terminal(program("--library", library, "pick", "kick"), env=env, columns=200) as terminal:
            terminal.wait_for("of 44")
            terminal.press("\r")
            assert terminal.wait() == 0
            assert os.fspath(stock.folder) in terminal.text
        listener.press("\x03")
        listener.wait()
    all_gone(env)
    wanted = tmp_path / "wanted"
    assert not wanted.exists(), wanted.read_text()
