"""`near` of several files, a region, a recording; within a query, weighed and explained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.cli import CliResult, Run, invoke
from tests.support.libraries import index
from tests.support.programs import need
from tests.support.pulse import Pulse
from tests.support.sounds import RATE, one_shot, tree, write
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.likeness import ASPECTS


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str, stdin: bytes = b"") -> CliResult:
        return invoke(*words, monkeypatch=monkeypatch, capture=capfdbinary, stdin=stdin)

    return call


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> tuple[str, Path]:
    """The file of a library, and its folder of sounds."""
    base = tmp_path_factory.mktemp("near")
    tree(base / "samples", each=2)
    index(base / "l.db", base / "samples", workers=workers)
    return str(base / "l.db"), base / "samples"


def test_c5_near_is_brute_force_on_the_exported_vectors(run: Run, stock: tuple[str, Path], tmp_path: Path) -> None:
    library, folder = stock
    target = str(folder / "kit 0/snare 0.wav")
    assert run("export", "vectors", "--out", str(tmp_path / "v.npz"), "--library", library).code == 0
    with np.load(tmp_path / "v.npz") as exported:
        paths, vectors = exported["paths"].tolist(), exported["vectors"].astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    brute = np.linalg.norm(vectors - vectors[paths.index(target)], axis=1)
    rows = run("near", target, "-k", "9", "--self", "--json", "--library", library).rows()
    assert [row["path"] for row in rows] == [paths[at] for at in np.argsort(brute, kind="stable")[:9]]
    np.testing.assert_allclose([row["distance"] for row in rows], np.sort(brute)[:9], atol=1e-6)
    confidences = [row["confidence"] for row in rows]
    assert confidences[0] == 1.0 and confidences == sorted(confidences, reverse=True)


def test_a6_a_copy_from_outside_has_its_original_first_at_zero(
    run: Run, stock: tuple[str, Path], tmp_path: Path
) -> None:
    library, folder = stock
    copy = tmp_path / "copy.wav"
    copy.write_bytes((folder / "kit 0/clap 0.wav").read_bytes())
    first, *_ = run("near", str(copy), "-k", "2", "--json", "--library", library).rows()
    assert first["path"] == str(folder / "kit 0/clap 0.wav") and first["rank"] == 1 and first["distance"] <= 1e-6


def test_neighbours_stay_inside_a_query(run: Run, stock: tuple[str, Path]) -> None:
    library, folder = stock
    target = str(folder / "kit 0/kick 0.wav")
    words = ("near", target, "-k", "50", "--json", "--library", library)
    rows = run(*words, "--among", "name:snare").rows()
    assert len(rows) == 2 and all("snare" in row["path"] for row in rows)
    assert run("near", target, "--among", "name:zzzz", "--library", library).code == 1
    assert run("near", target, "--among", "bpm:x", "--library", library).code == 2


def test_several_sounds_and_those_not_meant(run: Run, stock: tuple[str, Path]) -> None:
    library, folder = stock
    kick, tom = str(folder / "kit 0/kick 0.wav"), str(folder / "kit 0/tom 0.wav")
    rows = run("near", kick, tom, "-k", "50", "--json", "--library", library).rows()
    paths = [row["path"] for row in rows]
    assert len(paths) == 20 and not {kick, tom} & set(paths)
    away = run("near", kick, "--not", paths[0], "-k", "50", "--json", "--library", library).rows()
    near = run("near", kick, "-k", "50", "--json", "--library", library).rows()
    left = [row["path"] for row in near if row["path"] != paths[0]]
    assert paths[0] not in [row["path"] for row in away] and [row["path"] for row in away] != left


def test_a_region_of_a_file_is_found_by_its_sound(run: Run, stock: tuple[str, Path], tmp_path: Path) -> None:
    library, _ = stock
    hit = one_shot("snare", 200)
    gap = np.zeros(RATE // 2, dtype=np.float32)
    write(tmp_path / "take.wav", np.concatenate([one_shot("kick", 7), gap, hit, gap, one_shot("cowbell", 8)]))
    start = (len(one_shot("kick", 7)) + len(gap)) / RATE
    alone = tmp_path / "alone.wav"
    write(alone, hit)
    words = ("-k", "5", "--json", "--library", library)
    expected = run("near", str(alone), *words).rows()
    part = ("--from", f"{start:.6f}", "--to", f"{start + len(hit) / RATE:.6f}")
    found = run("near", str(tmp_path / "take.wav"), *part, *words).rows()
    assert [row["path"] for row in found] == [row["path"] for row in expected]
    whole = run("near", str(tmp_path / "take.wav"), *words).rows()
    assert [row["distance"] for row in whole] != [row["distance"] for row in found]
    refused = run("near", str(alone), "--from", "99", "--library", library)
    assert refused.code == 1 and str(alone) in refused.err


def test_weights_move_neighbours_and_why_tells_each_aspect(run: Run, stock: tuple[str, Path]) -> None:
    library, folder = stock
    target = str(folder / "kit 0/kick 0.wav")
    words = ("near", target, "-k", "8", "--library", library)
    (own, *_) = run(*words, "--self", "--json").rows()

    def octaves(rows: list[dict[str, float]]) -> float:
        return float(np.median([abs(np.log2(row["duration_s"] / own["duration_s"])) for row in rows]))

    plain, weighed = run(*words, "--json").rows(), run(*words, "--weigh", "length=8", "--why", "--json").rows()
    assert octaves(weighed) < octaves(plain)
    for row in weighed:
        assert tuple(row["aspects"]) == ASPECTS
        assert all(value is None or 0 <= value <= 1 for value in row["aspects"].values())
    assert run(*words, "--weigh", "length=0", "--json").rows() == plain
    text = run(*words, "--why").out.decode().splitlines()[0].split("\t")
    assert text[1].startswith(str(folder)) and text[2].endswith("%") and "envelope" in text[5]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "takes a FILE"),
        (("a.wav", "--weigh", "pich=2"), "did you mean pitch"),
        (("a.wav", "b.wav", "--from", "1"), "places in one FILE"),
        (("a.wav", "--from", "1", "--to", "0.5"), "--to lies before --from"),
        (("a.wav", "--onset", "1", "--to", "2"), "--onset ends"),
        (("-", "--not", "-"), "give - once"),
        (("--record", "99"), "--record"),
    ],
)
def test_wrong_words_are_wrong_usage(run: Run, words: tuple[str, ...], says: str) -> None:
    refused = run("near", *words)
    assert refused.code == 2 and says in refused.err


def test_a_recording_without_an_input_device_is_one_sentence(
    run: Run, stock: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, _ = stock
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "none.conf"))
    refused = run("near", "--record", "0.2", "--library", library, "--quiet")
    assert refused.code == 1 and refused.err.count("\n") == 1 and "no input device" in refused.err


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    need("pulseaudio", "pacat")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{home}/socket")
    server = Pulse(home)
    server.start()
    yield server
    server.stop()


@pytest.mark.slow
def test_a_recording_finds_the_sound_that_was_played(stock: tuple[str, Path], tmp_path: Path, pulse: Pulse) -> None:
    library, _ = stock
    sound = np.concatenate([one_shot("cowbell", 800), np.zeros(RATE // 4, dtype=np.float32)])
    loud = tmp_path / "loud.wav"
    soundfile.write(loud, np.tile(sound, 40), RATE)
    with subprocess.Popen(["paplay", "-d", "out", str(loud)]) as player:
        words = [sys.executable, "-m", "tui_browser", "--library", library, "near", "--record", "2", "--json"]
        said = subprocess.run(words, env={**os.environ, "PULSE_SOURCE": "out.monitor"}, capture_output=True, timeout=60)
        player.kill()
    assert said.returncode == 0, said.stderr.decode()
    assert "recording 2 s" in said.stderr.decode()
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert len(rows) == 10 and rows[0]["confidence"] > 0
    assert any("cowbell" in row["path"] for row in rows[:5]), [row["path"] for row in rows]
