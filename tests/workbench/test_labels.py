"""Tags from what lies beside samples: sidecars, folders, words that mean the same; and taking them back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.made_up import made_up_library
from tui_browser.errors import BrowserError
from tui_browser.library.library import open_for_writing
from tui_browser.library.synsets_file import load_synsets
from tui_browser.records import SampleId
from tui_browser.search.synsets import Synsets, as_tag
from tui_browser.workbench.labels.collect import Tagged, collect_tags
from tui_browser.workbench.labels.folder_words import folder_tags, words_of
from tui_browser.workbench.labels.sidecars import SidecarReader
from tui_browser.workbench.labels.tag_runs import KEPT_RUNS, TagRun, apply_run, take_back

SETS = Synsets([["kick", "kickdrum", "Bass Drum"], ["hihat", "hat", "hats", "hi-hat"], ["dark", "murky"]])


def sidecar(folder: Path, name: str, content: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")


def tags_of(folder: Path, *names: str) -> list[list[str]]:
    """The tags that samples of these names get."""
    samples = [Tagged(SampleId(at), bytes(folder / name), ()) for at, name in enumerate(names)]
    plan = collect_tags(samples, sources=["sidecars"], synsets=SETS)
    return [sorted(tag for tag, ids in plan.add.items() if at in ids) for at in range(len(names))]


def test_d8_sidecars_of_freesound_with_synonyms(tmp_path: Path) -> None:
    freesound = {
        "id": 7, "name": "Big Kickdrum.wav", "description": "A murky one,\nrecorded at night", "num_downloads": 12,
        "tags": ["Deep", "kick-drum", "one shot", "DEEP"],
    }  # fmt: skip
    sidecar(tmp_path, "a.wav.json", freesound)
    sidecar(tmp_path, "b.json", {"tags": "deep, Hi-Hat;metal"})
    sidecar(tmp_path, "7.json", {"result": {"sound": {"tags": [{"name": "nested"}]}}})
    listed = [{"name": "c.wav", "tags": ["listed"]}, {"filename": "raw/D.flac", "tags": ["other"]}]
    sidecar(tmp_path, "metadata.json", listed)
    found = tags_of(tmp_path, "a.wav", "b.flac", "7__someone__x.wav", "c.wav", "d.wav", "e.wav")
    assert found == [
        ["dark", "deep", "kick", "kick-drum", "one-shot"],
        ["deep", "hi-hat", "hihat", "metal"],
        ["nested"],
        ["listed"],
        ["other"],
        [],
    ]


@pytest.mark.parametrize(
    "content",
    ["", "{", "null", "[1, 2]", '{"tags": 5}', '{"tags": [1, null, "", "  "]}', '"tags"', '{"tags": {"a": "b"}}',
     "[" * 5_000],
)  # fmt: skip
def test_a_strange_sidecar_gives_nothing_and_stops_nothing(tmp_path: Path, content: str) -> None:
    sidecar(tmp_path, "a.json", content)
    sidecar(tmp_path, "b.json", {"tags": ["good"]})
    assert tags_of(tmp_path, "a.wav", "b.wav") == [[], ["good"]]


def test_hostile_tags_are_made_harmless(tmp_path: Path) -> None:
    sidecar(
        tmp_path, "a.json", {"tags": ["\x1b[31mred", "two\nlines", "#hash", "x" * 500, "a,b", "\u202egnp.exe", "-"]}
    )
    (tags,) = tags_of(tmp_path, "a.wav")
    assert all(tag.isprintable() and " " not in tag and "," not in tag and len(tag) <= 64 for tag in tags)
    assert {"hash", "two-lines", "a-b"} <= set(tags)


def test_unreadable_sidecars_are_told_once(tmp_path: Path) -> None:
    sidecar(tmp_path, "metadata.json", "{")
    (tmp_path / "a.json").mkdir()
    reader = SidecarReader()
    for name in ("a.wav", "b.wav"):
        assert reader.sidecar(bytes(tmp_path / name)) is None
    assert sorted(reader.unreadable) == [bytes(tmp_path / "a.json"), bytes(tmp_path / "metadata.json")]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("Vintage/Kick Drums", ["vintage", "kick", "kick-drums"]),
        ("KickDrum", ["kick"]),
        ("Samples/WAV/24bit", []),
        ("808/hats", ["hihat"]),
        ("808", []),
        ("The very best of all my hi-hat takes", ["hihat"]),
        ("", []),
        ("Bass Drum", ["kick"]),
        ("a\x1b[1mz", ["a-1mz"]),
    ],
)
def test_folders_below_the_root_are_tags(folder: str, expected: list[str]) -> None:
    path = f"/lib/top/{folder}".encode().rstrip(b"/")
    assert folder_tags(path, [b"/lib/top", b"/lib"], SETS) == expected


def test_words_of_a_name() -> None:
    assert words_of("KickDrums_01 (old)") == ["kick", "drums", "01", "old"]
    assert as_tag("  #Big  Room, Ünder;") == "big-room-ünder"


def test_known_tags_and_rare_ones_are_left_out(tmp_path: Path) -> None:
    samples = [
        Tagged(SampleId(1), b"/r/kits/a.wav", ("KITS",)),
        Tagged(SampleId(2), b"/r/kits/b.wav", ()),
        Tagged(SampleId(3), b"/r/rare/c.wav", ("Hat",)),
    ]
    plan = collect_tags(samples, sources=["folders", "tags"], synsets=SETS, roots=[b"/r"])
    assert plan.add == {"hihat": [3], "kits": [2], "rare": [3]}
    assert collect_tags(samples, sources=["folders"], synsets=SETS, roots=[b"/r"], least=2).add == {}


def test_synsets_of_a_file_and_of_the_config_folder(tmp_path: Path, own_home: Path) -> None:
    assert load_synsets(None).tag("Kick_Drum") == "kick"
    own = own_home / "config" / "tui-browser"
    sidecar(own, "synsets.json", [["bumm", "kickdrum"]])
    assert load_synsets(None).tag("KICKDRUM") == "bumm"
    sidecar(tmp_path, "mine.json", [["x", "y"], []])
    assert load_synsets(str(tmp_path / "mine.json")).canonical("Y") == "x"
    for wrong in ("{}", "[1]", '[["a", 1]]', "{"):
        sidecar(tmp_path, "wrong.json", wrong)
        with pytest.raises(BrowserError, match=r"synsets.*wrong\.json"):
            load_synsets(str(tmp_path / "wrong.json"))


def test_runs_are_taken_back_one_by_one_and_other_tags_stay(tmp_path: Path) -> None:
    library = made_up_library(tmp_path / "l.db", tmp_path, ["a.wav", "b.wav"], tags={0: ["mine"]})
    with open_for_writing(library) as store:
        apply_run(store, TagRun("first", {"x": [SampleId(1), SampleId(2)]}))
        apply_run(store, TagRun("second", {"y": [SampleId(2)], "z": [SampleId(1)]}))
        assert store.load().tags == {1: ("mine", "x", "z"), 2: ("x", "y")}
        second = take_back(store)
        assert second is not None and second.what == "second"
        assert store.load().tags == {1: ("mine", "x"), 2: ("x",)}
        first = take_back(store)
        assert first is not None and first.what == "first"
        assert store.load().tags == {1: ("mine",)}
        assert take_back(store) is None
        for number in range(KEPT_RUNS + 3):
            apply_run(store, TagRun(f"run {number}", {f"t{number}": [SampleId(1)]}))
        taken = 0
        while take_back(store) is not None:
            taken += 1
        assert taken == KEPT_RUNS
