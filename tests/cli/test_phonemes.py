"""Imported speech lives in the library, with tags that queries find."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.cli import CliResult, Run, invoke
from tests.support.sounds import write
from tests.workbench.test_phonemes import CAT, LOST, align, word


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object) -> CliResult:
        library = ("--library", tmp_path / "l.db")
        return invoke(*library, *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


def speech(folder: Path) -> Path:
    """Speech by espeak-ng, or noise where that is not installed."""
    path = folder / "speech.wav"
    if shutil.which("espeak-ng"):
        said = ["espeak-ng", "-v", "en-us", "-w", str(path), "cat and dog and cat"]
        subprocess.run(said, check=True, timeout=30)
        return path
    return write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 30_000).astype(np.float32))


@pytest.mark.slow
def test_d11_phones_live_in_the_library_under_their_tags(run: Run, tmp_path: Path) -> None:
    model = tiny_bundle(tmp_path / "tiny").folder
    again = word("Cat", 0.5, ("k_B", 0.09), ("ae_E", 0.11))
    alignment, out = align(tmp_path, CAT, LOST, again), tmp_path / "out"
    written = run("--model", model, "import-gentle", alignment, speech(tmp_path), "--out", out)
    assert written.code == 0, written.err
    assert "5 samples written; 1 word not found by the aligner; 1 of 0.01 s, tagged doubtful" in written.err
    assert sorted(os.listdir(out)) == ["0_k.wav", "1_ae.wav", "2_t.wav", "3_k.wav", "4_ae.wav", "filenames.txt",
                                       "phonemes.json"]  # fmt: skip

    def names(query: str) -> list[str]:
        return sorted(os.path.basename(row["path"]) for row in run("search", query, "--json").rows())

    assert names("tag:phone:k") == names("phone:k") == ["0_k.wav", "3_k.wav"]
    assert names("word:cat phone:ae") == ["1_ae.wav", "4_ae.wav"]
    assert names("tag:doubtful") == ["2_t.wav"]
    assert run("labels", "undo").code == 0
    assert run("search", "tag:phone:k").code == 1
    refused = run("--model", model, "import-gentle", alignment, tmp_path / "speech.wav", "--out", out)
    assert (refused.code, refused.out) == (1, b"")
    assert "exists already" in refused.err


def test_files_alone_as_json(run: Run, tmp_path: Path) -> None:
    audio, out = speech(tmp_path), tmp_path / "out"
    segments = tmp_path / "segments.txt"
    segments.write_text("SIL 0 2\nK 3 9\nAE 10 20\n")
    for more, count in (((), 2), (("--silence", "--force"), 3)):
        made = run("import-sphinx", segments, audio, "--out", out, "--no-index", "--json", *more)
        assert (made.code, made.err) == (0, "")
        assert len(made.rows()) == count
    assert [row["sample_rate"] for row in made.rows()] == [16_000] * 3
    kept = run("import-sphinx", segments, audio, "--out", out, "--no-index", "--keep-rate", "--dry-run", "--json")
    assert [row["sample_rate"] for row in kept.rows()] == [22_050 if shutil.which("espeak-ng") else 44_100] * 2
    assert not (tmp_path / "l.db").exists()
    listed = json.loads((out / "phonemes.json").read_text())
    assert [row["phone"] for row in listed] == ["SIL", "K", "AE"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("import-gentle", "none.json", "none.wav", "--out", "o"), 1, "none.json"),
        (("import-sphinx", "none.txt", "none.wav", "--out", "o"), 1, "none.txt"),
        (("import-sphinx", "a", "b", "c", "--out", "o"), 2, "takes SEGMENTS and AUDIO"),
        (("import-sphinx", "none.wav", "--out", "o"), 1, "none.wav"),
    ],
)
def test_what_is_missing_is_one_sentence(run: Run, words: tuple[str, ...], code: int, told: str) -> None:
    refused = run(*words)
    assert refused.code == code
    assert told in refused.err
    assert refused.out == b""
