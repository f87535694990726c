"""Data sets: kits whole, copies together, classes in their shares, nothing overwritten, odd files marked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sounds import RATE, one_shot, write
from tui_browser.errors import BrowserError
from tui_browser.training.user.dataset import DatasetOptions, entries_by_folder, make_dataset
from tui_browser.training.user.manifest import TABLE, DatasetEntry, read_dataset, summarise, write_dataset
from tui_browser.training.user.splits import SPLITS, assign_splits

SHARES = (0.8, 0.1, 0.1)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["", "k1", "k2", "k3", "k4"]), st.integers(0, 60)),
        max_size=80,
    ),
    st.integers(0, 5),
)
def test_kits_and_copies_are_never_parted(rows: list[tuple[str, str, int]], seed: int) -> None:
    classes, kits = [name for name, _, _ in rows], [kit for _, kit, _ in rows]
    hashes = [str(number) for _, _, number in rows]
    sides = assign_splits(classes, kits, hashes, shares=SHARES, seed=seed)
    assert len(sides) == len(rows) and set(sides) <= set(SPLITS)
    for values in (kits, hashes):
        for value in set(values) - {""}:
            assert len({side for side, mine in zip(sides, values, strict=True) if mine == value}) == 1
    assert sides == assign_splits(classes, kits, hashes, shares=SHARES, seed=seed)


def test_every_class_is_dealt_out_in_its_share() -> None:
    classes = ["kick"] * 100 + ["snare"] * 50 + ["rare"] * 5 + ["one"]
    hashes = [str(number) for number in range(len(classes))]
    sides = assign_splits(classes, [""] * len(classes), hashes, shares=SHARES, seed=0)
    of = {(name, side): 0 for name in set(classes) for side in SPLITS}
    for name, side in zip(classes, sides, strict=True):
        of[name, side] += 1
    assert (of["kick", "train"], of["kick", "validation"], of["kick", "test"]) == (80, 10, 10)
    assert (of["snare", "train"], of["snare", "validation"], of["snare", "test"]) == (40, 5, 5)
    assert of["rare", "train"] == 4 and of["one", "train"] == 1
    assert sides != assign_splits(classes, [""] * len(classes), hashes, shares=SHARES, seed=1)


def test_few_kits_still_leave_one_to_judge_by() -> None:
    kits = [f"k{number // 10}" for number in range(30)]
    sides = assign_splits(["a", "b"] * 15, kits, [str(n) for n in range(30)], shares=SHARES, seed=0)
    assert {side: sides.count(side) for side in SPLITS} == {"train": 10, "validation": 10, "test": 10}
    alone = assign_splits(["a"] * 5, ["k"] * 5, list("12345"), shares=SHARES, seed=0)
    assert alone == ["train"] * 5


@pytest.mark.parametrize(
    ("folders", "path", "by", "named"),
    [
        ([b"/s"], b"/s/Kick/a.wav", "auto", ("Kick", "")),
        ([b"/s"], b"/s/Kick/909/a.wav", "auto", ("Kick", "909")),
        ([b"/s"], b"/s/909/kick/a.wav", "auto", ("kick", "909")),
        ([b"/s"], b"/s/909/kick/a.wav", "first", ("909", "kick")),
        ([b"/s"], b"/s/growl/one/two/a.wav", "auto", ("growl", "one/two")),
        ([b"/s"], b"/s/a.wav", "auto", ("", "")),
        ([b"/s/909", b"/s/808"], b"/s/909/kick/a.wav", "auto", ("kick", "/s/909")),
        ([b"/s"], b"/s/no\n\x1b[2J\xff/a.wav", "auto", ("no\\n\\x1b[2J\\xff", "")),
    ],
)
def test_folders_name_class_and_kit(
    folders: list[bytes], path: bytes, by: Literal["auto", "first", "last"], named: tuple[str, str]
) -> None:
    example = entries_by_folder(folders, [path], DatasetOptions(classes_by=by))[0]
    assert (example.class_name, example.kit) == named


def test_a_folder_becomes_a_data_set(tmp_path: Path) -> None:
    sounds = tmp_path / "sounds"
    for kind in ("kick", "snare"):
        for index in range(6):
            write(sounds / kind / f"kit {index % 3}" / f"{kind}{index}.wav", one_shot(kind, index))
    first = sounds / "kick" / "kit 0" / "kick0.wav"
    soundfile.write(sounds / "snare" / "the same.flac", soundfile.read(first, dtype="int16")[0], RATE)
    (sounds / "kick" / "broken.wav").write_bytes(b"RIFF, not really")
    write(sounds / "kick" / "silent.wav", np.zeros(4410, dtype=np.float32))
    cut = sounds / "kick" / "kit 1" / "kick1.wav"
    cut.write_bytes(cut.read_bytes()[:-400])  # a sound that ends early is still a sound
    before = {path: path.stat().st_mtime_ns for path in sounds.rglob("*.*")}
    examples = make_dataset([os.fsencode(sounds)], DatasetOptions(), jobs=1, report=lambda _: None)
    by = {os.path.basename(example.path): example for example in examples}
    assert by[b"broken.wav"].split == by[b"silent.wav"].split == ""
    assert "not audio" in by[b"broken.wav"].note and by[b"silent.wav"].note == "silent"
    assert by[b"the same.flac"].content_hash == by[b"kick0.wav"].content_hash
    assert by[b"the same.flac"].split == by[b"kick0.wav"].split
    for kit in ("kit 0", "kit 1", "kit 2"):
        assert len({example.split for example in examples if example.kit == kit}) == 1
    assert summarise(examples)["used"] == 13
    assert {path: path.stat().st_mtime_ns for path in sounds.rglob("*.*")} == before
    made = write_dataset(str(tmp_path / "set"), examples, {"seed": 0})
    assert sorted(os.listdir(made)) == ["dataset.json", "dataset.tsv"]
    assert read_dataset(made) == examples
    with pytest.raises(BrowserError, match="already exists"):
        write_dataset(made, examples, {})


def test_names_of_all_kinds_come_back_from_the_table(tmp_path: Path) -> None:
    paths = [
        b"/a/tab\there.wav",
        b"/a/line\nbreak\r.wav",
        b"/a/back\\slash\\n.wav",
        b"/a/\xff\xfe.wav",
        "/a/é.wav".encode(),
    ]
    examples = [DatasetEntry(path, "a\\tb", "k", "train", "00") for path in paths]
    made = write_dataset(str(tmp_path / "new" / "set"), examples, {})
    assert read_dataset(made) == examples
    assert (Path(made) / TABLE).read_bytes().count(b"\n") == 6


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("path\tclass\n", "no column split"),
        ("path\tclass\tsplit\n/a\tb\n", "line 2"),
        ("path\tclass\tsplit\n/a\tb\televen\n", "unknown split"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / TABLE).write_text(text)
    with pytest.raises(BrowserError, match=match):
        read_dataset(str(tmp_path))
