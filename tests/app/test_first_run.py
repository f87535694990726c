"""The first look at a folder: odd and broken files, an empty folder, the demo, and what the wheel brings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.odd_files import make_odd_files
from tests.support.pty import ROOT, Terminal, all_gone, environment, linux_only, program
from tui_browser.library.library import Library

pytestmark = linux_only


def test_odd_and_broken_files(tmp_path: Path, stock: Stock) -> None:
    odd = make_odd_files(tmp_path / "odd")
    env = environment(tmp_path)
    library = tmp_path / "l.db"
    listed = len(odd.ready) + len(odd.silent)
    with Terminal(program(tmp_path / "odd", "--library", library, "--model", stock.model), env=env) as terminal:
        terminal.wait_for(lambda text: f"{listed} samples" in text and "indexing" not in text, "all that can be heard")
        assert "\x1b[31mred" not in terminal.raw.decode(errors="replace"), "no name reaches the terminal raw"
        terminal.press("/red")
        terminal.wait_for(re.compile(r"/ red .* \d+ of").search, "what matches")
        terminal.press("\x1b")
        terminal.wait_for(lambda text: re.match(rf"(\d+ of )?{listed} samples", text), "the end of the search")
        terminal.press("?")
        terminal.wait_for("Keys")
        terminal.press("\x03")
        assert terminal.wait() == 0
    with Library.open(str(library)) as door:
        assert {row.path for row in door.all_rows()} == odd.ready | set(odd.silent)
        assert {reject.stat.path for reject in door.rejects()} == set(odd.rejects)
        assert door.status()["skipped"] == odd.skipped
    all_gone(env)


def test_an_empty_folder_says_what_to_do_next(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    env = environment(tmp_path)
    with Terminal(program(tmp_path / "nothing", "--library", tmp_path / "l.db"), env=env) as terminal:
        screen = terminal.wait_for("There is no audio file in")
        assert "R adds another folder" in screen
        terminal.press("l")
        terminal.wait_for("R adds a folder")
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)


def test_the_demo_in_an_empty_home(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with Terminal(program("--demo"), env=env, columns=120, rows=36) as terminal:
        terminal.wait_for(re.compile(r"^[2-9]\d\d samples").search, "two hundred samples")
        terminal.wait_for(lambda text: len(re.findall(r"[\u2801-\u28ff]", text)) > 60, "a map of them")
        terminal.wait_for(re.compile(r"KSCRHOYTBA drums [2-9]\d\d\b").search, "all ten drums in the legend")
        terminal.press("\x03")
        assert terminal.wait() == 0
        assert terminal.restored
    assert not (tmp_path / "data").exists(), "the person's own library is not touched"
    all_gone(env)


def test_where_output_is_a_file_the_app_is_on_the_terminal(tmp_path: Path, stock: Stock) -> None:
    env = environment(tmp_path)
    words = program("--library", stock.copy(tmp_path / "l.db"))
    with (
        open(tmp_path / "out", "wb") as out,
        open(tmp_path / "err", "wb") as err,
        Terminal(words, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err) as terminal,
    ):
        terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    assert (tmp_path / "out").read_bytes() == b""
    assert (tmp_path / "err").read_bytes() == b""
    all_gone(env)


def test_without_any_terminal_it_is_one_sentence(tmp_path: Path, stock: Stock) -> None:
    env = environment(tmp_path)
    done = subprocess.run(
        program("--library", stock.library), env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        start_new_session=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "terminal" in done.stderr
    all_gone(env)


def test_models_and_themes_travel_in_the_wheel(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-c",
            "import sys; from hatchling.builders.wheel import WheelBuilder; "
            "print(*WheelBuilder(sys.argv[1]).build(directory=sys.argv[2], versions=['standard']))",
            str(ROOT), str(tmp_path),
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    if "No module named 'hatchling'" in done.stderr:
        pytest.skip("hatchling is not installed")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in ("config.json", "weights.safetensors", "CARD.md"):
        assert f"tui_browser/_data/models/drums/{name}" in names
    assert {f"tui_browser/_data/themes/{path.name}" for path in (ROOT / "themes").glob("*.toml")} <= names
    assets = ROOT / "tui_browser" / "workbench" / "page" / "assets"
    assert {f"tui_browser/workbench/page/assets/{path.name}" for path in assets.iterdir()} <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
