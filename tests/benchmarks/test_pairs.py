"""Pairs for a listener: nothing but the key tells which is made, and the numbers that compare them are right."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import pairs
from benchmarks.likeness import likeness
from tests.support.bundles import tiny_bundle
from tests.support.sounds import one_shot, write
from tui_browser.model.decoder_shape import RATE
from tui_browser.training.decoder.training_data import read_clip


@pytest.fixture
def args(tmp_path: Path) -> argparse.Namespace:
    tiny_bundle(tmp_path / "tiny", sound=True)
    lines = ["path\tclass"]
    for number, kind in enumerate(("kick", "snare", "clap", "other")):
        write(tmp_path / "sounds" / f"{kind}.wav", one_shot(kind, number))
        lines.append(f"{kind}.wav\t{kind}")
    (tmp_path / "sounds.tsv").write_text("\n".join(lines) + "\n")
    words = ["--out", "pairs", "--table", "sounds.tsv", "--folder", "sounds", "--model", "tiny"]
    parser = argparse.ArgumentParser()
    pairs.arguments(parser)
    return parser.parse_args([word if word[0] == "-" else str(tmp_path / word) for word in words])


def test_pairs_are_alike_in_all_but_their_sound(args: argparse.Namespace) -> None:
    assert pairs.run(args) == 0
    out = Path(args.out)
    head, *rows = [line.split("\t") for line in (out / "key.tsv").read_text().splitlines()]
    assert head == ["pair", "made", "class", "file"]
    assert sorted(row[2] for row in rows) == ["clap", "kick", "snare"] and {row[1] for row in rows} <= {"a", "b"}
    for number, made, _, name in rows:
        sounds = {letter: soundfile.read(out / f"{number}-{letter}.wav")[0] for letter in "ab"}
        assert len(sounds["a"]) == len(sounds["b"])
        original = read_clip(str(Path(args.folder) / name))
        recorded = sounds["b" if made == "a" else "a"]
        assert np.corrcoef(recorded, original)[0, 1] > 0.9
        loudest = [10 * np.log10(np.convolve(np.square(each), np.ones(2205) / 2205).max()) for each in sounds.values()]
        assert abs(loudest[0] - loudest[1]) < 1.0
    assert (out / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(out.iterdir())) == 2 * len(rows) + 2


def test_a_folder_that_is_in_use_is_refused(args: argparse.Namespace, capsys: pytest.CaptureFixture[str]) -> None:
    Path(args.out).mkdir()
    (Path(args.out) / "mine.wav").write_bytes(b"")
    assert pairs.run(args) == 1
    assert "not empty" in capsys.readouterr().err and len(list(Path(args.out).iterdir())) == 1


def test_the_numbers_of_known_sounds() -> None:
    time = np.arange(RATE // 2) / RATE
    sine = likeness(np.sin(2 * np.pi * 1000 * time).astype(np.float32))
    assert sine.crest_db == pytest.approx(3.0, abs=0.1)
    assert sine.centroid_hz == pytest.approx(1000, rel=0.02)
    assert sine.body_db == pytest.approx(-3.0, abs=0.5)
    low = likeness(np.sin(2 * np.pi * 60 * time).astype(np.float32))
    assert low.body_db < -30 and low.centroid_hz < 100
    click = np.zeros(4410, dtype=np.float32)
    click[3] = 1.0
    assert likeness(click).peaks_at_once and not likeness(np.roll(click, 100)).peaks_at_once
