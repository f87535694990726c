"""D7: the drum machine's data, read by a program of its own that knows the format only."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import sync_playwright

from tests.support.libraries import index, running_workers
from tests.support.programs import need
from tests.support.sounds import one_shot, write
from tests.workbench.conftest import Run, Stock
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.workbench.clips import ClipFormat
from tui_browser.workbench.drums.drum_machine import chunk_sizes
from tui_browser.workbench.drums.likeness import DRUMS, alike, model_distances, representatives, spectral_distances
from tui_browser.workbench.encodings import SampleEncodings

READER = Path(__file__).with_name("drum_machine_reader.js")
KEYS = {"kick": "3", "snare": "2", "hat_closed": "1", "hat_open": "0"}


def read(folder: Path, sounds: Path | None = None) -> dict[str, Any]:
    """What the reader found; it must have nothing to complain of."""
    program = [need("node", "ffmpeg"), str(READER), str(folder), *([str(sounds)] if sounds else [])]
    found: dict[str, Any] = json.loads(subprocess.run(program, capture_output=True, check=True).stdout)
    assert found["wrong"] == []
    return found


def test_d7_chunks_are_right_for_every_number_of_sounds() -> None:
    for count in range(1, 2001):
        sizes = chunk_sizes(count)
        assert sum(sizes) == count
        assert min(sizes) > 0 and len(sizes) <= 50
        assert sizes[0] >= min(count, 4)
        assert count < 53 or len(sizes) == 50
        assert max(sizes[1:], default=1) - min(sizes[1:], default=1) <= 1
    assert chunk_sizes(0) == []
    assert sum(chunk_sizes(786)) == 786 and min(chunk_sizes(786)) == 15
    assert len(chunk_sizes(14_000)) == 50


def test_d7_the_export_is_read_by_the_rules_of_the_format(run: Run, stock: Stock, tmp_path: Path) -> None:
    out, sounds = tmp_path / "o", tmp_path / "sounds.f32"
    result = run("export", "drum-machine", "--out", out, "--library", stock.library, "--json")
    [row] = result.rows()
    assert (result.code, row["samples"], row["chunks"]) == (0, 35, 32)
    found = read(out, sounds)
    assert sum(found["sizes"]) == 35 == len(found["sounds"])
    names = (out / "filenames.txt").read_text().splitlines()
    assert [os.path.splitext(os.path.basename(name))[0] for name in names] == [s["name"] for s in found["sounds"]]
    tags = {sound["name"]: sound["tags"] for sound in found["sounds"]}
    assert {"DEEP", "LOW END"} <= set(tags["kick 0"])
    assert all(tags.values()), "each has its class at least"
    clips = np.fromfile(sounds, dtype="<f4").reshape(35, -1)
    assert clips.shape == (35, 11_025)
    for name, clip in zip(names, clips, strict=True):
        if not os.path.exists(name):
            continue
        sound, rate = soundfile.read(name, dtype="float32")
        if name.endswith("late.wav"):
            continue
        sound = sound[: rate // 4] / np.abs(sound[: rate // 4]).max()
        assert np.corrcoef(sound, clip[: len(sound)])[0, 1] > 0.9, name
        assert np.abs(clip[len(sound) + 1200 :]).max(initial=0) < 0.05


@pytest.fixture(scope="module")
def drums(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A library of drums that the shipped model has heard, and the kind of each by its name."""
    base = tmp_path_factory.mktemp("drums")
    kinds: dict[str, str] = {}
    for kind in (*DRUMS, "cowbell"):
        for seed in range(3):
            write(base / "samples" / f"{len(kinds):02} {seed}.wav", one_shot(kind, 40 + seed))
            kinds[f"{len(kinds):02} {seed}"] = kind
    index(base / "l.db", base / "samples", model="drums", layout="none")
    yield base / "l.db", kinds


@pytest.mark.slow
def test_d7_no_reference_is_swapped(run: Run, drums: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    library, kinds = drums
    assert run("export", "drum-machine", "--out", tmp_path / "o", "--library", library).code == 0
    found = read(tmp_path / "o")
    sounds = found["sounds"]
    for column, drum in enumerate(DRUMS):
        nearest = sorted(range(len(sounds)), key=lambda at: sounds[at]["analysis"][column])
        assert [kinds[sounds[at]["name"]] for at in nearest[:3]].count(drum) >= 2
        like = [kinds[sounds[at]["name"]] for at in found["like"][KEYS[drum]]]
        assert like.count(drum) >= 2 and len(like) <= 4
    first = {kinds[sound["name"]] for sound in sounds[: found["sizes"][0]]}
    assert first == set(DRUMS)


def test_d7_without_a_model_the_references_are_made_in_code() -> None:
    rate, length = 44_100, 11_025
    clips = []
    for kind in DRUMS:
        for seed in range(100, 112):
            sound = one_shot(kind, seed)[:length]
            clips.append(np.pad(sound, (0, length - len(sound))) / np.abs(sound).max())
    distances = spectral_distances(np.array(clips, dtype=np.float32), rate)
    assert distances.shape == (48, 4) and np.isfinite(distances).all()
    kicks, snares, closed, opened = (distances[12 * at : 12 * at + 12].argmin(axis=1).tolist() for at in range(4))
    assert kicks.count(0) >= 10 and snares.count(1) >= 5
    assert sum(column >= 2 for column in closed + opened) >= 18


def test_d7_what_is_alike_ascends_is_bounded_and_never_empty() -> None:
    rng = np.random.default_rng(3)
    for count in (1, 2, 3, 5, 300, 1500):
        distances = rng.random((count, 4)).astype(np.float32)
        chosen = representatives(distances)
        assert len(set(chosen)) == min(count, 4)
        for column in range(4):
            rows = alike(distances, column)
            assert 1 <= len(rows) <= 200 and (np.diff(rows) > 0).all()
            assert chosen[column] in rows or count < 4
    far = np.full((50, 4), 0.9, dtype=np.float32)
    far[:, 0] = np.linspace(0.8, 0.99, 50)
    assert alike(far, 0).tolist() == [0, 1, 2, 3]


def test_d7_a_model_without_these_drums_is_not_asked() -> None:
    row = np.full((1, 2), 0.5, dtype=np.float32)
    assert model_distances(SampleEncodings(("kick", "voice"), row, row)) is None
    unknown = np.full((1, 4), np.nan, dtype=np.float32)
    assert model_distances(SampleEncodings(DRUMS, unknown, row)) is None


def test_d7_one_sound_is_one_chunk_and_the_way_to_open_it_is_told(run: Run, stock: Stock, tmp_path: Path) -> None:
    result = run("export", "drum-machine", "tag:first", "--out", tmp_path / "o", "--library", stock.library)
    assert result.code == 0 and b"?totalChunks=1" in result.out
    assert read(tmp_path / "o")["sizes"] == [1]


@pytest.mark.slow
def test_d7_a_browser_decodes_every_clip_in_its_place(run: Run, stock: Stock, tmp_path: Path) -> None:
    program = need("chromium")
    out = tmp_path / "o"
    assert run("export", "drum-machine", "--out", out, "--library", stock.library).code == 0
    names = (out / "filenames.txt").read_text().splitlines()
    decode = """async (bytes) => {
        const context = new OfflineAudioContext(1, 44100, 44100);
        const sound = await context.decodeAudioData(new Uint8Array(bytes).buffer);
        return Array.from(sound.getChannelData(0));
    }"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        decoded = browser.new_page().evaluate(decode, list((out / "audio" / "0.mp3").read_bytes()))
        browser.close()
    clips = np.array(decoded, dtype=np.float32).reshape(-1, 11_025)
    assert len(clips) == 4
    for name, clip in zip(names, clips, strict=False):
        if not os.path.exists(name) or name.endswith("late.wav"):
            continue
        sound = soundfile.read(name, dtype="float32")[0][:11_025]
        assert np.corrcoef(sound, clip[: len(sound)])[0, 1] > 0.9, name


def test_d7_a_name_of_a_stranger_is_no_markup(run: Run, tmp_path: Path) -> None:
    with running_workers(tmp_path / "model") as workers:
        write(tmp_path / "s" / "<img src=x onerror=alert(1)>.wav", one_shot("kick", 1))
        index(tmp_path / "l.db", tmp_path / "s", workers=workers, layout="none")
    assert run("export", "drum-machine", "--out", tmp_path / "o", "--library", tmp_path / "l.db").code == 0
    assert "<" not in (tmp_path / "o" / "meta" / "0.json").read_text()
    assert ClipFormat().frames == 12_000


def test_d7_whom_to_name_stands_beside_the_sounds(run: Run, workers: IndexWorkers, tmp_path: Path) -> None:
    write(tmp_path / "s" / "rain.wav", one_shot("kick", 1))
    facts = {"name": "Rain", "username": "anna", "license": "http://creativecommons.org/licenses/by/4.0/"}
    (tmp_path / "s" / "rain.json").write_text(json.dumps(facts))
    index(tmp_path / "l.db", tmp_path / "s", workers=workers, layout="none")
    for verb, more in (("drum-machine", ()), ("spritesheet", ()), ("notebooks", ("--no-tsne",))):
        out = tmp_path / verb
        for force in ((), ("--force",)):
            assert run("export", verb, *more, *force, "--out", out, "--library", tmp_path / "l.db").code == 0
        text = (out / "CREDITS.txt").read_text()
        assert "rain.wav" in text and "anna" in text and "CC BY 4.0" in text
