"""export page: one file from a library, what it says, and what it leaves when it fails."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.cli import CliResult, invoke
from tests.support.clips import clip_entry
from tests.support.libraries import index
from tests.support.pages import content_of
from tests.support.sounds import one_shot, tree, write
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.store.store import Store

Run = Callable[..., CliResult]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str | Path) -> CliResult:
        return invoke("export", "page", *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Iterator[Path]:
    """A library of eleven one-shots, an odd name and a silent file."""
    base = tmp_path_factory.mktemp("stock")
    tree(base / "samples", each=1)
    odd = os.path.join(os.fsencode(base / "samples"), b"caf\xe9\n<b>.wav")
    shutil.copyfile(base / "samples" / "kit 0" / "kick 0.wav", odd)
    write(base / "samples" / "silent.wav", np.zeros(4000, dtype=np.float32))
    index(base / "l.db", base / "samples", workers=workers)
    yield base / "l.db"


def test_a_page_is_one_file_that_says_what_is_in_it(run: Run, stock: Path, tmp_path: Path) -> None:
    done = run("--out", tmp_path / "to" / "send", "--library", stock, "--json")
    page = tmp_path / "to" / "send" / "index.html"
    assert done.code == 0
    assert done.rows() == [
        {"path": str(page), "sounds": 12, "playable": 12, "bytes": page.stat().st_size, "unplaced": 1}
    ]
    assert "1 sample without a place on the map" in done.err
    assert os.listdir(page.parent) == ["index.html"]
    content = content_of(page)
    assert sorted(content["name"])[0] == "caf\\xe9\\n<b>.wav"
    assert content["folders"] == ["", "kit 0"]
    assert content["title"] == "samples"
    assert str(stock.parent) not in page.read_text(encoding="utf-8"), "nobody learns where the library lies"


def test_the_same_library_gives_the_same_bytes(run: Run, stock: Path, tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        done = run("--out", tmp_path / name, "--library", stock, "--quiet")
        assert (done.code, done.out, done.err) == (0, b"", "")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_query_a_limit_and_a_title(run: Run, stock: Path, tmp_path: Path) -> None:
    assert run("name:snare", "--out", tmp_path / "a.html", "--library", stock).code == 0
    assert content_of(tmp_path / "a.html")["name"] == ["snare 0.wav"]
    assert content_of(tmp_path / "a.html")["title"] == "name:snare"
    raw = run("name:snare", "-0", "--out", tmp_path / "raw.html", "--library", stock)
    assert (raw.code, raw.out) == (0, os.fsencode(tmp_path / "raw.html") + b"\0")
    assert run("", "-n", "3", "--title", "Für Jo", "--out", tmp_path / "b.html", "--library", stock).code == 0
    assert len(content_of(tmp_path / "b.html")["name"]) == 3
    assert content_of(tmp_path / "b.html")["title"] == "Für Jo"


def test_author_licence_and_source_travel_with_a_sound(run: Run, tmp_path: Path, workers: IndexWorkers) -> None:
    tree(tmp_path / "samples", each=1)
    about = {
        "username": "Ann\x1b",
        "license": "https://creativecommons.org/publicdomain/zero/1.0/",
        "url": "https://x.org/1",
    }
    (tmp_path / "samples" / "kit 0" / "kick 0.json").write_text(json.dumps(about))
    index(tmp_path / "l.db", tmp_path / "samples", workers=workers)
    assert run("--out", tmp_path / "p.html", "--library", tmp_path / "l.db").code == 0
    content = content_of(tmp_path / "p.html")
    assert content["credits"] == [["Ann\\x1b", "CC0 1.0", "https://x.org/1", about["license"]]]
    assert [content["name"][at] for at, credit in enumerate(content["credit"]) if credit == 0] == ["kick 0.wav"]


def test_nothing_is_replaced_without_force(run: Run, stock: Path, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("mine")
    done = run("--out", tmp_path, "--library", stock)
    assert (done.code, page.read_text()) == (1, "mine")
    assert "--force replaces it" in done.err
    assert run("--out", tmp_path, "--library", stock, "--force").code == 0
    assert page.read_bytes().startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nothingiscalledso",), 1, "no sample matches"),
        (("state:silent",), 1, "no"),
        (("", "--max-size", "0.1"), 1, "more than --max-size 0.1"),
        (("", "--max-size", "nan"), 2, "--max-size"),
        (("", "--seconds", "0"), 2, "--seconds"),
        (("dur:abc",), 2, "dur"),
    ],
)
def test_what_fails_leaves_nothing(
    run: Run, stock: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = run(*words, "--out", tmp_path / "a" / "b", "--library", stock, "--quiet")
    assert done.code == code
    assert said in done.err
    assert len(done.err.splitlines()) <= 3
    assert os.listdir(tmp_path) == []


def test_a_file_that_is_gone_is_named_and_the_rest_is_in_the_page(run: Run, stock: Path, tmp_path: Path) -> None:
    gone = stock.parent / "samples" / "kit 0" / "clap 0.wav"
    content = gone.read_bytes()
    gone.unlink()
    try:
        done = run("--out", tmp_path / "p.html", "--library", stock, "--json")
    finally:
        gone.write_bytes(content)
    assert done.code == 1
    assert str(gone) in done.err
    assert done.rows()[0]["playable"] == 11
    audio = content_of(tmp_path / "p.html")["audio"]
    assert len(audio) == 13 and sum(a == b for a, b in itertools.pairwise(audio)) == 1


def test_a_library_of_a_stranger_brings_no_other_file_into_the_page(run: Run, tmp_path: Path) -> None:
    voice, pack = tmp_path / "home" / "voice.wav", tmp_path / "pack"
    sound = one_shot("kick", 1)
    for path in (voice, pack / "kick.wav"):
        write(path, sound)
    (tmp_path / "home" / "id_ed25519").write_text("PRIVATE KEY")
    (pack / "link.wav").symlink_to(tmp_path / "home" / "id_ed25519")
    entries = [
        clip_entry(name, root=os.fsencode(pack), sound=number)
        for number, name in enumerate((b"kick.wav", b"link.wav", b"../home/id_ed25519", b"../home/voice.wav"))
    ]
    with Store.open(str(tmp_path / "l.db"), mode="write") as store, store.writing():
        store.add_root(os.fsencode(pack))
        store.put_clips(entries, space="a", layout="pca")
    done = run("--out", tmp_path / "p.html", "--library", tmp_path / "l.db")
    assert done.code == 1
    assert content_of(tmp_path / "p.html")["name"] == ["kick.wav"]
    assert done.err.count("not in the page") == 3


def test_out_is_no_stream_and_no_odd_place(run: Run, stock: Path, tmp_path: Path) -> None:
    assert run("--out", "-", "--library", stock).code == 2
    (tmp_path / "file").write_text("x")
    done = run("--out", tmp_path / "file", "--library", stock)
    assert done.code == 1
    assert len(done.err.splitlines()) <= 14
    assert (tmp_path / "file").read_text() == "x"


def test_ctrl_c_leaves_nothing_half_written(stock: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tui_browser",
        "export",
        "page",
        "--out",
        str(tmp_path / "new"),
        "--library",
        str(stock),
    ]
    slow = {"PYTHONPATH": str(tmp_path / "slow"), **os.environ}
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "sitecustomize.py").write_text(  # each excerpt takes its time
        "import time\nimport soundfile\nwrite = soundfile.write\n"
        "def late(*a, **k):\n    time.sleep(0.5)\n    write(*a, **k)\nsoundfile.write = late\n"
    )
    process = subprocess.Popen(command, env=slow, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "packing" in process.stderr.readline()
    assert os.listdir(tmp_path / "new"), "it is being written"
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - started < 10
    assert sorted(os.listdir(tmp_path)) == ["slow"]
