"""`copies` on real files: made copies are found, others are not, and the script is exact and harmless until run."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from tests.support.cli import CliResult, Run, invoke
from tests.support.libraries import index, running_workers
from tests.support.sounds import RATE, one_shot, write
from tui_browser.cli.copy_script import quoted
from tui_browser.indexing.copy_finder import find_copies, missing_fingerprints
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.store.store import Store

SINGLE = ["cymbal 1.wav", "cymbal 2.wav", "excerpt.wav", "kick.wav"]
"""The files of `fill` without a copy."""
HOSTILE = 'it\'s $(touch hit) `x` "q"\n#; rm -rf *.wav \x1b[2J'


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    with running_workers(tmp_path_factory.mktemp("model")) as running:
        yield running


def fill(root: Path) -> None:
    """A snare with copies of every kind, two hits of one cymbal, and other sounds."""
    snare = one_shot("snare", 3)
    snare *= np.float32(0.6 / np.abs(snare).max())
    write(root / "snare.wav", snare)
    for folder in (os.fsencode(root / "b"), os.fsencode(root / "b") + b"/\xff\xfe"):
        os.makedirs(folder, exist_ok=True)
    shutil.copy(root / "snare.wav", root / "b" / HOSTILE)
    os.rename(root / "b" / HOSTILE, root / "b" / f"{HOSTILE}.wav")
    shutil.copy(os.fsencode(root / "snare.wav"), os.fsencode(root) + b"/b/\xff\xfe/s.wav")
    soundfile.write(root / "b" / "snare.flac", soundfile.read(root / "snare.wav", dtype="int16")[0], RATE)
    write(root / "b" / "quiet.wav", snare * np.float32(0.25))
    write(root / "b" / "late.wav", np.concatenate([np.zeros(4_000, dtype=np.float32), snare]))
    write(root / "b" / "rate.wav", soxr.resample(snare, RATE, 48_000).astype(np.float32), rate=48_000)
    soundfile.write(root / "b" / "stereo.wav", np.stack([snare, snare], axis=1), RATE, subtype="PCM_24")
    soundfile.write(root / "b" / "coded.mp3", snare, RATE, format="MP3")
    for seed in (1, 2):
        write(root / f"cymbal {seed}.wav", one_shot("cymbal", seed))
    write(root / "excerpt.wav", snare[: len(snare) // 8])
    write(root / "kick.wav", one_shot("kick", 1))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Path:
    """A folder with sounds and their library, for tests that change neither."""
    folder = tmp_path_factory.mktemp("kept")
    fill(folder / "s")
    index(folder / "l.db", folder / "s", workers=workers, layout="none")
    return folder


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(library: Path, *words: object) -> CliResult:
        return invoke("--library", library, *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


@pytest.fixture
def run(kept: Path, tmp_path: Path, verb: Run) -> Run:
    """A verb on a library of its own, whose files are those of all tests."""
    shutil.copy(kept / "l.db", tmp_path / "l.db")
    return partial(verb, tmp_path / "l.db")


def kinds(result: CliResult) -> dict[str, str]:
    return {os.path.basename(row["path"]): row["copy"] for row in result.rows()}


def names(result: CliResult) -> list[str]:
    return sorted(os.path.basename(path.decode("utf-8", "replace")) for path in result.out.split(b"\0") if path)


def test_made_copies_are_one_group_and_nothing_else_is(run: Run) -> None:
    found = run("copies", "--json")
    assert found.code == 0
    assert kinds(found) == {
        "stereo.wav": "keeper", "snare.wav": "same", f"{HOSTILE}.wav": "same", "s.wav": "same", "snare.flac": "same",
        "quiet.wav": "same", "late.wav": "same", "rate.wav": "same", "coded.mp3": "near",
    }  # fmt: skip
    by_name: dict[str, dict[str, Any]] = {os.path.basename(row["path"]): row for row in found.rows()}
    assert by_name["quiet.wav"]["gain_db"] == pytest.approx(-12.04, abs=0.02)
    assert by_name["late.wav"]["shift_s"] == pytest.approx(4_000 / RATE, abs=0.001)
    assert by_name["coded.mp3"]["agreement"] < 0.999 and {row["group"] for row in found.rows()} == {1}
    assert names(run("copies", "-0", "--kind", "near")) == ["coded.mp3"]
    assert kinds(run("copies", "--json", "quiet")) == kinds(found)
    nothing = run("copies", "kick")
    assert nothing.code == 1 and "no sample has a copy among these" in nothing.err and not nothing.out


def test_queries_find_copies_of_every_kind_once_they_are_known(run: Run) -> None:
    identical = sorted(["snare.wav", "s.wav", "snare.flac", f"{HOSTILE}.wav"])
    assert names(run("search", "-n", "0", "-0", "is:copy")) == identical
    run("copies", "--quiet")
    everything = names(run("search", "-n", "0", "-0", "is:copy"))
    assert set(identical) | {"coded.mp3", "quiet.wav"} < set(everything) and len(everything) == 9
    assert names(run("search", "-n", "0", "-0", "not is:copy")) == SINGLE


def test_the_script_deletes_exactly_the_copies_and_only_when_it_is_run(
    tmp_path: Path, workers: IndexWorkers, verb: Run
) -> None:
    root, run = tmp_path / "s", partial(verb, tmp_path / "l.db")
    fill(root)
    index(tmp_path / "l.db", root, workers=workers, layout="none")
    assert run("rate", "5", root / "b" / "quiet.wav").code == 0
    assert run("collect", "add", "mine", root / "b" / "late.wav").code == 0
    with (root / "b" / "stereo.wav").open("ab") as file:
        file.write(b"more")
    os.link(root / "b" / "late.wav", root / "link.wav")
    index(tmp_path / "l.db", root, workers=workers, layout="none")
    run("copies", "--quiet")
    (root / "b" / "rate.wav").unlink()
    with (root / "b" / "snare.flac").open("ab") as file:
        file.write(b"more")
    script = run("copies", "--script").out
    assert len([path for path in root.rglob("*") if path.is_file()]) == 13, "nothing is deleted by printing"
    assert script.isascii() and b"\x1b" not in script and b"coded.mp3" not in script
    assert b"# stays: " + bytes(root / "b" / "late.wav") in script, "what has annotations stays"
    assert b"# it is rated 5: " + bytes(root / "b" / "quiet.wav") in script
    assert b"# it has changed since it was indexed: " + bytes(root / "b" / "snare.flac") in script
    assert b"# it is not there now: " + bytes(root / "b" / "rate.wav") in script
    assert b"# it is the same file under another name, so that nothing would be gained: " in script
    (tmp_path / "go.sh").write_bytes(script)
    subprocess.run(["sh", tmp_path / "go.sh"], cwd=root, check=False)
    left = sorted(path.name for path in root.rglob("*") if path.is_file())
    assert left == sorted(["quiet.wav", "link.wav", "late.wav", "coded.mp3", "snare.flac", *SINGLE])
    assert run("copies", "--script", "--json").code == 2


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
@pytest.mark.parametrize(
    "name", [HOSTILE.encode(), b"\xff\\n\\0 '\t%b%s", b"-rf .wav", b"a\n\n.wav", "süß ♪.wav".encode(), b"'"]
)
def test_quoted_names_are_exact_in_every_shell(shell: str, name: bytes) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = b"/x/" + name + b".wav"
    answer = subprocess.run([shell, "-c", b"printf %s " + quoted(path)], check=True, capture_output=True)
    assert answer.stdout == path


def test_a_second_search_compares_nothing_again(run: Run, tmp_path: Path) -> None:
    first = kinds(run("copies", "--json"))
    with Store.open(str(tmp_path / "l.db")) as store:
        revision, found = store.revision(), find_copies(store, report=lambda *_: None)
        assert found.compared == [] and found.fingerprints == []
    assert kinds(run("copies", "--json")) == first
    with Store.open(str(tmp_path / "l.db")) as store:
        assert store.revision() == revision, "nothing new, so that no app loads anything"


def test_a_library_from_before_fingerprints_is_read_once(run: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "l.db")) as conn, conn:
        conn.execute("DELETE FROM fingerprints")
    with Store.open(str(tmp_path / "l.db"), mode="write") as store, store.writing():
        assert len(store.copies.without_fingerprint()) == 13
        store.set_meta({"model": "drums"})
        made = missing_fingerprints(store, report=lambda *_: None)
        store.put_copies([], fingerprints=made)
        assert len(made) == 13 and store.copies.without_fingerprint() == []
    assert len(kinds(run("copies", "--json"))) == 9


def test_an_empty_or_missing_library_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    missing = invoke("--library", tmp_path / "no.db", "copies", monkeypatch=monkeypatch, capture=capfdbinary)
    assert missing.code == 1 and "the library is empty" in missing.err and not (tmp_path / "no.db").exists()
