"""The kit of a tom, from folders and names: layouts as people have them, with toms made in code."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.snapshots import snapshot
from tui_browser.dsp.descriptors import describe
from tui_browser.dsp.trim import leading_silence
from tui_browser.records import CLASSES
from tui_browser.search.tom_names import kit_names, kit_place
from tui_browser.search.toms import LEVELS, tom_sizes
from tui_browser.synth.drums import membrane

RATE = 44_100
VALIDATION = Path(__file__).parents[3] / "shared" / "data"
SIZES = ("low", "mid", "high")
KITS = {"TR808": (62, 78, 98), "CR78": (95, 125, 160), "LinnDrum": (140, 185, 235), "707": (75, 105, 150)}
"""Pitches of the toms of four machines: what is high in one is low in another."""


@cache
def measured(pitch: float) -> float:
    """The pitch that is measured of a tom made in code, falling at first as a struck head does."""
    rng = np.random.default_rng(int(pitch))
    sound = membrane(rng, pitch, 0.15, bend=1.3, bend_s=0.03, overtones=0.15, damping=1.0)
    sound = np.concatenate([np.zeros(500), sound + 0.02 * rng.standard_normal(len(sound))]).astype(np.float32)
    return describe(sound, RATE, onset=leading_silence(sound, RATE)).pitch_hz


Layout = Callable[[str, int], str]

LAYOUTS: dict[str, Layout] = {
    "a folder a machine": lambda kit, n: f"{kit}/Tom {n}.wav",
    "a folder a machine, numbered": lambda kit, n: f"{kit}/{n:04d}.wav",
    "a folder a machine, words": lambda kit, n: f"{kit}/Tom {('dry', 'long', 'soft 2')[n - 1]}.wav",
    "a folder a kind": lambda kit, n: f"Toms/{kit}_tom_{n:02d}.wav",
    "a folder a kind, letters": lambda kit, n: f"Drums/Toms/{kit} tom {'abc'[n - 1]}.wav",
    "a folder a kind, machine last": lambda kit, n: f"02 - TOMS/{n:02d} Tom-{kit}.wav",
    "a folder a kind, in camel case": lambda kit, n: f"Toms/{kit}Tom{n}.wav",
    "a folder a kind and machine": lambda kit, n: f"Toms/{kit}/{n}.wav",
    "a folder a size": lambda kit, n: f"Drums/{('Low', 'Mid', 'Hi')[n - 1]} Toms/{kit}.wav",
    "packs of kits": lambda kit, n: f"Vintage Vol 1/{kit} Kit/Toms/tom_{n}.wav",
    "packs of kinds": lambda kit, n: f"Vintage Vol 1/Tom/{kit}/Tom{n}.wav",
    "packs, machine in the folder for toms": lambda kit, n: f"Pack/{kit} Toms/{n}.wav",
    "flat, machine in the name": lambda kit, n: f"samples/{kit}_tom{n}.wav",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_toms_are_sized_within_their_kit_however_it_is_stored(layout: str) -> None:
    place = LAYOUTS[layout]
    # files are numbered in no order of pitch, except where the folder names the size
    order = (1, 2, 3) if layout == "a folder a size" else (2, 3, 1)
    true = {
        b"/lib/" + place(kit, number).encode(): (pitch, size)
        for kit, pitches in KITS.items()
        for pitch, size, number in zip(pitches, SIZES, order, strict=True)
    }
    assert sized({path: measured(pitch) for path, (pitch, _) in true.items()}) == {
        path: size for path, (_, size) in true.items()
    }


def test_a_flat_folder_without_a_hint_is_sized_by_what_real_kits_have() -> None:
    pitches = [pitch for kit in KITS.values() for pitch in kit] + [52, 54, 57, 290, 310]
    found = sized({b"/lib/s%05d.wav" % n: measured(pitch) for n, pitch in enumerate(pitches)})
    told = {pitch: size for pitch, size in zip(pitches, found.values(), strict=True) if size}
    assert {told[pitch] for pitch in (52, 54, 57, 62)} == {"low"} and {told[pitch] for pitch in (235, 290, 310)} == {
        "high"
    }
    assert not {pitch for pitch in told if 100 <= pitch <= 160}, "what lies in the middle would be a guess"


def test_one_tom_a_machine_in_a_folder_for_toms_is_no_kit() -> None:
    names = ["TR808", "CR78", "Linn", "DMX", "KR55"]
    found = sized({f"/lib/Toms/{name} tom.wav".encode(): 110.0 + 4 * n for n, name in enumerate(names)})
    assert set(found.values()) == {""}


@pytest.mark.parametrize(
    ("name", "kit"),
    [
        (b"808_tom_01.wav", "808"),
        (b"CR78 tom a.flac", "cr78 a"),
        (b"Tom-MRK-2-1.wav", "mrk 2"),
        (b"01 TR-505 Floor Tom.wav", "tr 505"),
        (b"TR808LoTom.wav", "tr808"),
        (b"10_ht_mot4i.wav", "mot4i"),
        (b"Tom1_4.wav", ""),
        (b"tom_hi_soft.wav", ""),
        (b"0123.wav", ""),
        (b"17345.wav", ""),
        (b"bottom custom 1.wav", "bottom custom"),
        (b"\xff\xfe tom 1.wav", ""),
        (b".wav", ""),
    ],
)
def test_what_names_say_of_the_kit(name: bytes, kit: str) -> None:
    assert kit_names(b"/a/" + name)[0] == kit


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        (b"/p/808/Toms", "p/808"),
        (b"/p/Toms/808", "p/808"),
        (b"/p/808 Low Toms", "p/808"),
        (b"/p/Toms/808/High", "p/808"),
        (b"/p/HiTom", "p"),
        (b"/p/Low End/808", "p/Low End/808"),
        (b"/p/Custom Shop", "p/Custom Shop"),
    ],
)
def test_folders_for_toms_are_left_out_of_the_kits_folder(folder: bytes, place: str) -> None:
    assert kit_place(folder)[0] == place


@pytest.mark.skipif(not (VALIDATION / "validation.tsv").exists(), reason="the recordings for measuring are not here")
@pytest.mark.parametrize("place", ["{machine}/{name}", "Toms/{machine} tom {number}"])
def test_three_of_four_sizes_are_right_on_machines_that_name_theirs(place: str) -> None:
    numbers: Counter[str] = Counter()
    true: dict[bytes, str] = {}
    pitches: dict[bytes, float] = {}
    for row in named_toms():
        numbers[row["machine"]] += 1
        path = "/lib/" + place.format(**row, name=Path(row["path"]).stem, number=numbers[row["machine"]]) + ".wav"
        true[path.encode()] = SIZES[("lt", "mt", "ht").index(row["sub"])]
        pitches[path.encode()] = recorded_pitch(VALIDATION / "validation" / row["path"])
    told = {path: size for path, size in sized(pitches).items() if size}
    right = sum(true[path] == size for path, size in told.items())
    assert right >= 0.75 * len(told) and len(told) >= 0.6 * len(true), (right, len(told), len(true))


def named_toms() -> list[dict[str, str]]:
    with (VALIDATION / "validation.tsv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["class"] == "tom" and row["sub"]]


@cache
def recorded_pitch(path: Path) -> float:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    return describe(mono, rate, onset=min(leading_silence(mono, rate), len(mono) - 1)).pitch_hz


def sized(pitches: dict[bytes, float]) -> dict[bytes, str]:
    """The size of each tom; empty where it is unknown."""
    files = sorted(pitches)
    held = snapshot(
        files, classes=[CLASSES.index("tom")] * len(files), features={"pitch_hz": [pitches[file] for file in files]}
    )
    found = dict(zip(files, tom_sizes(held).tolist(), strict=True))
    return {file: LEVELS[found[file]] if found[file] < len(LEVELS) else "" for file in pitches}
