"""beat as a script sees it: files, rows, exit codes, hostile names, nothing half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from tests.support.beats import click_kit, drum_kit, kit_file
from tests.support.cli import CliResult, Run, invoke
from tui_browser.kits.kit_collection import save_kit
from tui_browser.kits.patterns import pattern_names
from tui_browser.library.library import open_for_writing


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object) -> CliResult:
        return invoke("beat", *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


def test_list_and_show_lead_to_a_pattern_of_ones_own(run: Run, tmp_path: Path) -> None:
    rows = run("list", "--json").rows()
    assert [row["name"] for row in rows] == list(pattern_names())
    assert set(rows[0]) == {"name", "bpm", "swing", "steps", "tracks"}
    shown = run("show", "boom-bap")
    own = tmp_path / "own.txt"
    own.write_bytes(shown.out)
    assert run("show", own).out == shown.out
    assert run("show", own, "--json").rows()[0]["name"] == "own"
    wrong = run("show", "boombap")
    assert (wrong.code, wrong.out) == (1, b"") and "did you mean boom-bap?" in wrong.err


def test_render_writes_the_mix_and_stems_that_add_up(run: Run, tmp_path: Path) -> None:
    kit = kit_file(drum_kit(tmp_path), tmp_path / "kit.json")
    out = tmp_path / "a\x1b[31m\n.wav"
    shown = run("render", "--kit", kit, "--out", out, "--stems", "--bars", 2)
    assert shown.code == 0 and b"\x1b" not in shown.out and "\x1b" not in shown.err
    stems = sorted(tmp_path.glob("a*-*.wav"))
    assert [path.name[-12:] for path in stems] == ["-01-kick.wav", "02-snare.wav", "t_closed.wav", "hat_open.wav"]
    mix, rate = soundfile.read(out)
    assert rate == 44_100 and len(mix) >= 4 * rate and soundfile.info(str(out)).subtype == "PCM_24"
    assert np.abs(sum(soundfile.read(path)[0] for path in stems) - mix).max() < 1e-6
    again = run("render", "--kit", kit, "--out", out)
    assert (again.code, again.out) == (1, b"") and "--force" in again.err and again.err.count("\n") == 1
    forced = run("render", "--kit", kit, "--out", out, "--force", "--json", "--loop", "--rate", 48_000, "--bpm", 60)
    assert forced.code == 0 and forced.err == ""
    assert forced.rows() == [{"path": str(out), "part": "mix", "frames": 4 * 48_000, "sample_rate": 48_000}]
    solo = run("render", "--kit", kit, "--out", tmp_path / "s.wav", "--stems", "--solo", "kick", "--json")
    assert [row["part"] for row in solo.rows()] == ["mix", "kick"]
    assert run("render", "--kit", kit, "--out", tmp_path / "b.flac", "-0").out == os.fsencode(tmp_path) + b"/b.flac\0"


def test_d10_the_file_has_step_k_at_k_times_125_ms(run: Run, tmp_path: Path) -> None:
    kit = kit_file(click_kit(tmp_path), tmp_path / "kit.json")
    pattern = tmp_path / "p.txt"
    pattern.write_text(
        "kick X...X...X...X...\nsnare .X...X...X...X..\nhat_closed ..X...X...X...X.\nhat_open ...X...X...X...X\n"
    )
    assert run("render", "--kit", kit, "--pattern", pattern, "--out", tmp_path / "o.wav", "--bars", 4).code == 0
    mix, rate = soundfile.read(tmp_path / "o.wav")
    frames = np.flatnonzero(np.abs(mix[:, 0]) > 0.05)
    assert len(frames) == 64
    assert np.abs(frames - np.arange(64) * 0.125 * rate).max() <= 1


def test_a_kit_of_the_library_by_name(run: Run, tmp_path: Path) -> None:
    library = tmp_path / "library.db"
    with open_for_writing(str(library)) as store:
        save_kit(store, drum_kit(tmp_path), replace=False, run="test")
    out = tmp_path / "o.mid"
    done = run("export", "drums", "--library", library, "--format", "midi", "--out", out, "--pattern", "trap", "--json")
    assert done.code == 0 and done.rows() == [{"path": str(out), "format": "midi", "parts": 4}]
    assert mido.MidiFile(out).length == pytest.approx(32 * 60 / 140 / 4, rel=1e-5)
    assert run("render", "drums", "--library", library, "--out", tmp_path / "o.wav").code == 0
    wrong = run("render", "drumz", "--library", library, "--out", tmp_path / "p.wav")
    assert wrong.code == 1 and "there is no kit drumz" in wrong.err and not (tmp_path / "p.wav").exists()


@pytest.mark.parametrize("kind", ["tidal", "strudel"])
def test_text_for_live_coding(run: Run, tmp_path: Path, kind: str) -> None:
    kit = kit_file(drum_kit(tmp_path / "drums", names={"kick": b"\xff\n.wav"}), tmp_path / "kit.json")
    done = run("export", "--kit", kit, "--format", kind, "--out", tmp_path / "o.txt", "--pattern", "house")
    assert done.code == 0
    assert "no slot for shaker" in done.err
    assert (tmp_path / "o.txt").read_text().isascii()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("render", "--out", "o.wav"), "give the NAME of a kit, or --kit FILE"),
        (("render", "a", "--kit", "b", "--out", "o.wav"), "give the NAME"),
        (("render", "a", "--out", "o.txt"), "ends in .wav"),
        (("render", "a", "--out", "o.wav", "--bpm", "nan"), "not a finite number"),
        (("render", "a", "--out", "o.wav", "--swing", "80"), "50"),
        (("export", "a", "--out", "o", "--format", "als"), "'als' is not one of"),
        (("export", "a", "--out", "o", "--format", "tidal", "--bars", "2"), "--bars takes --format midi"),
    ],
)
def test_wrong_usage(run: Run, words: tuple[str, ...], told: str) -> None:
    wrong = run(*words)
    assert (wrong.code, wrong.out) == (2, b"")
    assert told in wrong.err


def test_a_broken_kit_or_sound_says_so_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    kit = kit_file(drum_kit(tmp_path / "drums"), tmp_path / "kit.json")
    (tmp_path / "drums" / "snare.wav").write_bytes(b"no sound")
    (tmp_path / "text.json").write_text("{")
    (tmp_path / "other.json").write_text('{"format": 1}')
    out = tmp_path / "out"
    out.mkdir()
    for file, told in ((kit, "snare.wav"), (tmp_path / "text.json", "JSON"), (tmp_path / "other.json", "no kit")):
        wrong = run("render", "--kit", file, "--out", out / "o.wav", "--stems")
        assert (wrong.code, wrong.out) == (1, b"") and told in wrong.err and wrong.err.count("\n") == 1
    assert os.listdir(out) == []
    assert run("render", "--kit", kit, "--out", tmp_path / "none" / "o.wav").code == 1


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    kit, out = kit_file(drum_kit(tmp_path / "drums"), tmp_path / "kit.json"), tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-m", "tui_browser", "beat", "render", "--kit", str(kit), "--bars", "290"]
    with subprocess.Popen([*command, "--out", str(out / "o.wav"), "--stems", "--quiet"]) as process:
        end = time.monotonic() + 60
        while not os.listdir(out) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert os.listdir(out) == []
