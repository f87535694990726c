"""The app as a process: what it loads, what it writes to the terminal, and that it answers while it indexes."""

from __future__ import annotations

import json
import re
import statistics
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, ui_process, until
from tests.support.sounds import one_shot, write

pytestmark = linux_only

HEAVY = ("torch", "numba", "llvmlite", "umap", "pynndescent", "scipy", "sklearn")

_NOTE_MODULES = """
import atexit, json, os, sys
def note():
    with open(os.path.join(os.environ["NOTE_MODULES"], f"{os.getpid()}.json"), "w") as file:
        json.dump(sorted(sys.modules), file)
atexit.register(note)
"""


def _lacks(words: str, text: str) -> bool:
    return words not in text


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50)])
def test_few_bytes_for_a_step_and_none_at_rest(tmp_path: Path, stock: Stock, columns: int, rows: int) -> None:
    env = environment(tmp_path)
    with Terminal(program("--library", stock.copy(tmp_path / "l.db")), env=env, columns=columns, rows=rows) as terminal:
        terminal.wait_for(lambda text: "all samples" in text and "❲" in text, "the map")
        terminal.quiet(2.5)  # at rest
        costs = []
        for key in "llljhhhk" * 5:  # the next key comes at once: list and details follow when the walk rests
            before = len(terminal.raw)
            terminal.press(key)
            if terminal.read(0.5):  # a step may lead nowhere, and costs nothing then
                costs.append(len(terminal.raw) - before)
        assert len(costs) >= 20
        # on a machine that is busy list and details follow within the same half second, and are counted in
        assert statistics.quantiles(costs, n=4)[0] <= 400
        terminal.quiet(2.5)
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)


def test_the_app_loads_nothing_heavy(tmp_path: Path, stock: Stock) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (tmp_path / "sitecustomize.py").write_text(_NOTE_MODULES)
    env = environment(tmp_path, NOTE_MODULES=str(notes), PYTHONPATH=str(tmp_path))
    with Terminal(program("--library", stock.copy(tmp_path / "l.db")), env=env) as terminal:
        terminal.wait_for(lambda text: "all samples" in text and "❲" in text, "the map")
        pid = until(lambda: ui_process(env), "the process of the app")
        terminal.press("l n N b /kick".replace(" ", ""))
        terminal.wait_for(lambda text: re.search(r"/ kick .* of 44", text), "the count of what matches")
        terminal.press("\x1b")
        terminal.wait_for(lambda text: text.startswith("44 samples"), "the end of the search")
        terminal.press("p")
        terminal.press("y")
        terminal.wait_for("copied")
        for key, title in (("?", "Keys"), ("R", "Folders of the")):
            terminal.press(key)
            terminal.wait_for(title)
            terminal.press("\x1b")
            terminal.wait_for(partial(_lacks, title), f"the end of {title}")
        terminal.press("c")
        terminal.wait_for("length")
        terminal.press("\r")
        maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
        libraries = {line.split()[-1] for line in maps.splitlines() if ".so" in line}
        assert not [path for path in libraries if any(f"/{name}" in path for name in HEAVY)]
        terminal.press("q")
        assert terminal.wait() == 0
    modules = json.loads((notes / f"{pid}.json").read_text())
    assert "textual" in modules
    assert not [name for name in modules if name.partition(".")[0] in HEAVY]
    all_gone(env)


def test_keys_are_answered_while_many_files_are_indexed(tmp_path: Path, stock: Stock) -> None:
    """Each of 5,000 sounds is another one: nothing is saved by hearing copies once."""
    rng = np.random.default_rng(5)
    sounds = [one_shot(kind, 77)[:4000] for kind in ("kick", "snare", "hat_closed")]
    for at in range(5000):
        sound = sounds[at % 3] + rng.normal(0, 1e-3, len(sounds[at % 3])).astype(np.float32)
        write(tmp_path / f"samples/pack {at % 15}/{at}.wav", sound)
    env = environment(tmp_path)
    words = program(tmp_path / "samples", "--library", tmp_path / "l.db", "--model", stock.model)
    with Terminal(words, env=env) as terminal:
        terminal.wait_for(lambda text: re.search(r"[1-9]\d* samples", text) and "❲" in text, "the first dots")
        waits: list[float] = []
        while "indexing" in terminal.text and len(waits) < 40:
            search = "/" if len(waits) % 2 == 0 else "\x1b"
            began = time.monotonic()
            terminal.press(search)
            shown = (lambda text: text.startswith("/")) if search == "/" else (lambda text: not text.startswith("/"))
            terminal.wait_for(shown, "the search line")
            waits.append(time.monotonic() - began)
        assert len(waits) >= 10, "all was indexed before a key could be pressed"
        waits.sort()
        assert waits[len(waits) // 2] < 2.0
        terminal.press("\x03")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)
