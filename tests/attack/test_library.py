"""Attacks on a library file, by processes of their own: damage of all kinds, blobs of 900 MB, another user."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.clips import ROOT, clip_entry
from tests.support.library_attacks import TOP, start
from tui_browser.config.places import default_library
from tui_browser.records import SampleId
from tui_browser.store.store import Store

pytestmark = [pytest.mark.attack, pytest.mark.timeout(900)]

SECONDS = 60


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "l.db"
    with Store.open(str(path), mode="write") as store, store.writing():
        store.add_root(ROOT)
        store.put_clips([clip_entry(b"%d.wav" % i, sound=i) for i in range(300)], space="a", layout="pca")
        store.set_tags([SampleId(1), SampleId(2)], add=["dark"])
        store.set_meta({"space": "a", "model": "drums"})
        store.pack(force=True)
    return path


def test_damage_of_any_kind_is_an_answer_or_one_sentence(library: Path) -> None:
    running = [start(library, seconds=SECONDS, seed=seed) for seed in range(2)]
    answers = [(process.communicate()[0], process.returncode) for process in running]
    for said, code in answers:
        assert code == 0, said[-3000:]
        numbers = re.findall(r"\d+", said)
        assert min(map(int, numbers)) > 10, said


def test_blobs_of_900_mb_cost_neither_memory_nor_minutes(library: Path) -> None:
    with closing(sqlite3.connect(library, isolation_level=None)) as conn:
        conn.execute("UPDATE encodings SET embedding = zeroblob(900000000) WHERE sample = 1")
        conn.execute("DELETE FROM packs")
        conn.execute("DELETE FROM pack_parts")
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from tui_browser.cli.main import main\n"
        "sys.argv = ['tui-browser', '--library', sys.argv[1], 'export', 'vectors', '--out', sys.argv[2]]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(library), f"{library}.npz"],
        cwd=TOP, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "a value of the library is too large" in done.stderr and not os.path.exists(f"{library}.npz")


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root can")
def test_another_user_reads_nothing_and_keeps_nobody_from_writing(own_home: Path) -> None:
    os.umask(0o022)
    for folder in (own_home, *own_home.parents):
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    with Store.open(default_library(), mode="write") as store, store.writing():
        store.add_root(ROOT)
    lock = f"{default_library()}.lock"
    for words in (["cat", default_library()], ["flock", "-n", lock, "true"], ["touch", f"{default_library()}-wal2"]):
        done = subprocess.run(
            words, user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True, check=False
        )
        assert done.returncode != 0 and "Permission denied" in done.stderr, done.stderr
