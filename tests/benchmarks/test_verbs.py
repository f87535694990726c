"""The benchmarks run and say what they measured; how fast anything is, is not asked here."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import budgets, peers
from benchmarks.frame import measure_drawing
from benchmarks.layout import quality
from benchmarks.libraries import library, parse_sizes, size_name
from benchmarks.make_library import make
from benchmarks.near import measure as measure_near
from benchmarks.pictures import ASCII, Picture, screen
from benchmarks.regions import regions
from benchmarks.report import Row, Table
from benchmarks.search import measure as measure_search
from benchmarks.spread import Judge
from benchmarks.terminal import Terminal, dots, shows_map
from tests.support.fakes import names_of, snapshot
from tui_browser.errors import LibraryError
from tui_browser.map.viewport import Viewport
from tui_browser.records import DRUM_CLASSES, FAVOURITE, MISSING
from tui_browser.store.store import Store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("library") / "300.db")
    make(path, 300, seed=7)
    return path


def test_a_made_library_is_whole(made: str) -> None:
    with Store.open(made) as store:
        snapshot, counts, rows = store.load(), store.counts(), list(store.rows())
    assert len(snapshot) == counts.placed == counts.encoded == 300
    assert snapshot.vectors is not None
    np.testing.assert_allclose(np.linalg.norm(snapshot.vectors, axis=1), 1, atol=1e-5)
    assert np.isfinite(snapshot.xy).all() and snapshot.xy.min() >= 0 and snapshot.xy.max() <= 1
    assert len({row.path for row in rows}) == 300
    assert {row.class_name for row in rows} > {"kick", "snare", "other"}
    assert np.bincount(snapshot.flags & FAVOURITE)[0] > 250 and not (snapshot.flags & MISSING).any()
    assert len({row.content_hash for row in rows}) < 300  # some are copies of others


def test_its_files_are_there_unchanged(made: str) -> None:
    with Store.open(made) as store:
        known = store.known()
    for path, file in known.items():
        stat = os.stat(path)
        assert (file.size, file.mtime_ns, file.inode) == (stat.st_size, stat.st_mtime_ns, stat.st_ino)


def test_a_seed_makes_the_same_library_again(made: str, tmp_path: Path) -> None:
    again = str(tmp_path / "again.db")
    make(again, 300, seed=7, root=f"{made}.samples", files=False)
    with Store.open(made) as one, Store.open(again) as other:
        first, second = one.load(), other.load()
    assert first.names.blob == second.names.blob
    np.testing.assert_array_equal(first.xy, second.xy)
    np.testing.assert_array_equal(np.asarray(first.vectors), np.asarray(second.vectors))


def test_a_library_that_is_there_stays(made: str) -> None:
    with pytest.raises(LibraryError, match="exists already"):
        make(made, 5)
    with Store.open(made) as store:
        assert len(store.load()) == 300


def test_neighbours_are_near_on_the_map(made: str) -> None:
    with Store.open(made) as store:
        snapshot = store.load()
    assert snapshot.vectors is not None
    kept, trust = quality(snapshot.vectors, snapshot.xy)
    shuffled, _ = quality(snapshot.vectors, np.random.default_rng(0).permutation(snapshot.xy))
    assert all(ours > 4 * theirs for ours, theirs in zip(kept, shuffled, strict=True)) and trust > 0.7
    assert quality(snapshot.vectors, snapshot.vectors) == ([1.0, 1.0], 1.0)


def test_a_peer_that_takes_too_long_is_ended_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_BROWSER_PEERS", sys.executable)
    answer, problem = peers.ask("bare", limit_s=0.001)
    assert not answer and "over the limit" in problem


def test_near_search_and_drawing_tell_their_figures(made: str) -> None:
    with Store.open(made) as store:
        snapshot = store.load()
    assert snapshot.vectors is not None
    table = Table("all")
    measure_near(table, snapshot.vectors, queries=3)
    measure_search(table, snapshot)
    measure_drawing(table, snapshot, made, with_peers=False)
    assert len(table.rows) == 4
    assert all(row.ours > 0 for row in table.rows)
    assert "| 300 |" in table.markdown() and "300" in table.text()


def test_a_verdict_knows_which_way_is_better() -> None:
    assert Row("a", 10, "ms", budget=16).verdict == "ok"
    assert Row("a", 17, "ms", budget=16).verdict == "MISSED"
    assert Row("a", 17, "files/s", budget=16).verdict == "ok"
    assert Row("a", 10, "files/s", budget=16).verdict == "MISSED"
    assert Row("a", 10, "ms").verdict == ""
    assert Row("a", 5, "ms", peer="b", theirs=10).ratio == "0.50"


def test_sizes_are_read_and_named() -> None:
    assert parse_sizes("1k,100k,1M,300") == [1_000, 100_000, 1_000_000, 300]
    assert [size_name(n) for n in (1_000, 100_000, 1_000_000, 300)] == ["1k", "100k", "1M", "300"]
    assert budgets.near_ms(100_000) < budgets.near_ms(100_001)


def test_a_library_is_made_once(tmp_path: Path) -> None:
    path = library(50, folder=str(tmp_path))
    before = os.stat(path).st_mtime_ns
    assert library(50, folder=str(tmp_path)) == path and os.stat(path).st_mtime_ns == before


_ECHO = """
import os, sys, tty
tty.setraw(0)
os.write(1, "\\x1b[?2026$p".encode())
os.read(0, 64)
os.write(1, ("\\u28ff" * 50 + "\\x1b[?2026l").encode())
while (key := os.read(0, 1)) != b"q":
    os.write(1, b"no frame" if key == b"n" else b"frame \\xe2\\x97\\x86\\x1b[?2026l")
"""


def test_a_terminal_sees_frames_and_bytes() -> None:
    with Terminal([sys.executable, "-c", _ECHO], columns=80, rows=24) as terminal:
        _, data = terminal.until(shows_map, timeout_s=20)
        assert dots(data) == 50
        seen = terminal.key("x", lambda frame: b"\xe2\x97\x86" in frame, quiet_s=0.2)
        assert seen.painted_ms is not None and seen.painted_bytes == seen.total_bytes == 17
        unseen = terminal.key("n", lambda frame: b"\xe2\x97\x86" in frame, quiet_s=0.2)
        assert unseen.painted_ms is None and unseen.total_bytes == 8
        assert terminal.listen(0.1) == 0
    assert terminal.process.returncode == 0


def test_every_verb_explains_itself() -> None:
    from benchmarks.__main__ import VERBS

    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], capture_output=True, text=True, check=True)
    for verb in VERBS:
        assert verb in done.stdout
    help_of_one = subprocess.run(
        [sys.executable, "-m", "benchmarks", "frame", "--help"], capture_output=True, text=True, check=True
    )
    assert "--sizes" in help_of_one.stdout


MESSY = {  # a region of the map by its folder, and what it is
    "Bass Shots": "bass", "VOX_Chops": "voice", "tabla2": "perc_hand", "Strings (orch)": "strings", "sf": "?",
    "gtr": "pluck", "SFX-Pack 03": "fx", "glocken": "mallet", "Klaviere": "keys", "flute_sus": "wind",
    "congas": "perc_hand", "AKWF": "synth",
}  # fmt: skip


@pytest.mark.parametrize("theme", ["dark", ASCII])
def test_a_picture_is_the_screen_with_all_its_dots(made: str, theme: str) -> None:
    svg = asyncio.run(screen(made, Picture("small", 300, (100, 30), theme, ("right",))))
    assert svg.startswith("<svg") and "300&#160;samples" in svg
    assert sum("\u2801" <= char <= "\u28ff" for char in svg) > 100 if theme != ASCII else svg.count(":") > 100
    assert ("◆" in svg) is (theme != ASCII)


def test_regions_that_are_no_drums_carry_true_names_and_numbers_alone_none() -> None:
    rng = np.random.default_rng(5)
    kinds, paths, places, middles = {}, [], [], rng.permutation(16)
    for at, (folder, kind) in enumerate(MESSY.items()):
        for number in range(40):
            paths.append(f"/home/me/Samples/{folder}/{number:03d}.wav")
            kinds[paths[-1]] = kind
            middle = (np.array(divmod(int(middles[at]), 4)) + 0.5) / 4
            places.append(rng.normal(middle, 0.02))
    held = snapshot(len(paths), paths=[path.encode() for path in paths])
    other = DRUM_CLASSES.index("other")
    held = replace(held, xy=np.array(places, np.float32), classes=np.full(len(paths), other, np.uint8))
    found = regions(held, kinds)
    assert len(found) >= 8 and sum(bool(region.names) for region in found) >= 0.8 * len(found)
    assert all(region.true for region in found if region.names)
    bare = [b"/home/me/Samples/%05d.wav" % number for number in range(len(paths))]
    assert not any(region.names for region in regions(replace(held, names=names_of(bare)), {}))


def test_a_map_is_judged_by_dots_neighbours_and_classes() -> None:
    side = np.arange(20) * 0.05 + 0.02
    flat = np.stack(np.meshgrid(side, side * 1.01), axis=-1).reshape(-1, 2).astype(np.float32)
    judge = Judge(flat, (flat[:, 0] > 0.5).astype(np.int64), Viewport(40, 20))
    lit, kept, same = judge(flat)
    assert lit == 400 and kept == 1.0 and 0.9 < same < 1.0
    lit, kept, same = judge(np.random.default_rng(0).permutation(flat) * np.float32(0.1))
    assert lit < 100 and kept < 0.1 and 0.4 < same < 0.6
