"""kit as a script sees it: filling, changing and exporting; what is told, exit codes, nothing half written."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.hostile import NAME, raw_characters
from tests.support.kits import one_shot_library
from tui_browser.audio.fragment import copy_fragment
from tui_browser.kits import pads
from tui_browser.kits.kit import kit_from_record

FORMATS = ("folder", "sfz", "hydrogen", "decentsampler", "tidal", "strudel", "supercollider")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    one_shot_library(tmp_path / "l.db", tmp_path / "lib", names={1: NAME}, copies=[3])
    return tmp_path / "l.db"


@pytest.fixture
def run(library: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object) -> CliResult:
        return invoke("--library", library, *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


def paths_of(said: CliResult) -> list[str]:
    return [slot["path"] for slot in said.rows()[0]["slots"]]


def test_a_kit_is_filled_by_class_nearest_to_the_middle(run: Run) -> None:
    said = run("kit", "new", "demo", "--json")
    (row,) = said.rows()
    assert (said.code, said.err) == (0, "")
    assert [slot["role"] for slot in row["slots"]] == [
        "kick", "snare", "hat_closed", "hat_open", "clap", "tom", "cymbal", "kick_2",
    ]  # fmt: skip
    assert [slot["choke"] for slot in row["slots"]] == [0, 0, 1, 1, 0, 0, 0, 0]
    assert [os.path.basename(slot["path"]) for slot in row["slots"][1:3]] == ["snare-1.wav", "hat_closed-1.wav"]
    assert run("kit", "show", "DEMO", "--json").rows() == [row]
    assert kit_from_record(row).name == "demo"
    assert run("kit", "list", "--json").rows() == [{"name": "demo", "slots": 8, "absent": 0}]


def test_a_query_and_a_seed_choose(run: Run) -> None:
    first = run("kit", "new", "a", "class:kick,snare", "--seed", 5, "--slots", 5, "--json")
    again = run("kit", "new", "b", "class:kick,snare", "--seed", 5, "--slots", 5, "--json")
    others = [run("kit", "new", f"c{n}", "class:kick,snare", "--seed", n, "--slots", 5, "--json") for n in range(6)]
    assert paths_of(first) == paths_of(again) and {*map(str, map(paths_of, others))} != {str(paths_of(first))}
    assert {slot["role"] for slot in first.rows()[0]["slots"]} == {"kick", "snare", "kick_2", "snare_2", "kick_3"}


def test_no_sound_is_twice_in_a_kit_though_its_file_is(run: Run) -> None:
    said = run("kit", "new", "all", "class:kick,snare", "--slots", 16, "--json")
    hashes = [slot["content_hash"] for slot in said.rows()[0]["slots"]]
    assert len(hashes) == len(set(hashes)) == 7, "8 files of 7 sounds"
    assert "only 7 different sounds" in said.err


def test_too_few_matches_are_one_sentence(run: Run) -> None:
    said = run("kit", "new", "a", "class:cymbal")
    assert (said.code, said.out, said.err.count("\n")) == (1, b"", 1)
    assert "4 different sounds" in said.err and run("kit", "list", "--json").out == b""
    assert run("kit", "new", "a", "dur:<<").code == 2


def test_a_kit_replaces_another_only_by_force(run: Run) -> None:
    run("kit", "new", "demo")
    said = run("kit", "new", "Demo", "--seed", 3)
    assert said.code == 1 and "--force" in said.err
    assert run("kit", "new", "Demo", "--seed", 3, "--force", "--json").code == 0
    assert len(run("kit", "list", "--json").rows()) == 1


def test_a_list_of_samples_is_no_kit(run: Run, library: Path) -> None:
    from tui_browser.library.library import open_for_writing
    from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples

    with open_for_writing(str(library)) as store:
        store.annotate(AnnotationChange(collect={"mine": CollectedSamples(())}))
    for words in (("new", "mine", "--force"), ("show", "mine"), ("remove", "mine"), ("reroll", "mine")):
        said = run("kit", *words)
        assert (said.code, said.out, said.err.count("\n")) == (1, b"", 1)
    with open_for_writing(str(library)) as store:
        assert store.collection("mine") is not None


def test_slots_are_changed_by_hand(run: Run, tmp_path: Path) -> None:
    run("kit", "new", "demo")
    cymbal = tmp_path / "lib" / "cymbal-0.wav"
    said = run(
        "kit", "set", "demo", "kick", "--level", -3, "--pan", 0.5, "--pitch", -2, "--choke", 2, "--lock", "--json"
    )
    slot = said.rows()[0]["slots"][0]
    fields = ("level_db", "pan", "pitch_semitones", "choke", "locked")
    assert [slot[name] for name in fields] == [-3.0, 0.5, -2.0, 2, True]
    run("kit", "set", "demo", 2, "--sample", cymbal, "--rename", "splash", "--level", 1)
    run("kit", "set", "demo", "bell", "--add", "--sample", cymbal)
    run("kit", "set", "demo", "kick_2", "--remove")
    slots = run("kit", "show", "demo", "--json").rows()[0]["slots"]
    assert (slots[1]["role"], slots[1]["path"], slots[1]["level_db"]) == ("splash", str(cymbal), 1.0)
    assert [slot["role"] for slot in slots[-2:]] == ["cymbal", "bell"]
    text = run("kit", "show", "demo").out.decode(errors="surrogateescape").split("\n")
    assert text[0].startswith("1\tkick\t") and text[0].endswith("\t-3 dB, pan +0.5, -2 st, choke 2, locked")


REFUSED = {
    1: (
        "set demo 17 --lock", "set none kick --lock", "set demo kick --rename snare",
        "set demo kick --sample /no\x1b.wav",
        "swap demo nope", "new", "new a\nb", "export none --format sfz --out x", "remove none", "reroll demo nope",
    ),
    2: (
        "set demo kick", "set demo kick --level 7", "set demo kick --pan nan", "set demo x --add", "new a --slots 3",
        "set demo kick --remove --lock", "export demo --format sfz --out -", "export demo --format mp3 --out x",
    ),
}  # fmt: skip
"""What does not work, by exit code."""


@pytest.mark.parametrize("code", REFUSED)
def test_what_does_not_work_is_one_sentence_and_changes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    (tmp_path / "w").mkdir()
    monkeypatch.chdir(tmp_path / "w")
    run("kit", "new", "demo")
    before = run("kit", "show", "demo", "--json").out
    for words in REFUSED[code]:
        said = run("kit", *(words.split(" ") if words != "new" else ("new", " ")))
        assert (said.code, said.out, said.err.count("\n")) == (code, b"", 1), words
        assert not raw_characters(said.err.encode())
    assert run("kit", "show", "demo", "--json").out == before
    assert len(run("kit", "list", "--json").rows()) == 1 and not os.listdir(tmp_path / "w")


def test_a_reroll_spares_locked_slots_and_keeps_how_slots_are_played(run: Run) -> None:
    run("kit", "new", "demo")
    run("kit", "set", "demo", "kick", "--lock")
    run("kit", "set", "demo", "snare", "--level", -6)
    before = run("kit", "show", "demo", "--json").rows()[0]["slots"]
    said = run("kit", "reroll", "demo", "--seed", 1, "--json")
    after = said.rows()[0]["slots"]
    changed = [new["role"] for old, new in zip(before, after, strict=True) if old["path"] != new["path"]]
    assert changed == ["snare", "hat_closed", "hat_open", "clap", "tom", "kick_2"]
    assert "cymbal stays" in said.err and "kick stays" not in said.err, "there is one cymbal"
    assert after[1]["level_db"] == -6.0 and os.path.basename(after[1]["path"]).startswith("snare")
    assert len({slot["content_hash"] for slot in after}) == 8
    only = run("kit", "reroll", "demo", "tom", "kick", "--seed", 2, "--json")
    assert [n for n, (a, b) in enumerate(zip(after, only.rows()[0]["slots"], strict=True)) if a != b] == [5]
    assert "kick stays as it is: it is locked" in only.err


def test_a_reroll_says_its_seed(run: Run) -> None:
    run("kit", "new", "a")
    run("kit", "new", "b")
    said = run("kit", "reroll", "a", "--json").rows()[0]
    again = run("kit", "reroll", "b", "--seed", said["seed"], "--json").rows()[0]
    assert said["slots"] == again["slots"]


def test_swaps_go_to_the_next_similar_one_and_back(run: Run) -> None:
    run("kit", "new", "demo")
    names = []
    for words in ((), (), ("--back",), ("--back",)):
        said = run("kit", "swap", "demo", "snare", "--json", *words)
        names.append(os.path.basename(said.rows()[0]["slots"][1]["path"]))
    assert names[0] == names[2] in ("snare-0.wav", "snare-2.wav") and names[3] == "snare-1.wav"
    assert names[1] in ("snare-0.wav", "snare-2.wav") and names[1] != names[0]
    said = run("kit", "swap", "demo", "cymbal")
    assert said.code == 1 and "no other sound is similar" in said.err


def test_paths_come_raw_and_names_are_harmless_elsewhere(run: Run, tmp_path: Path) -> None:
    run("kit", "new", "demo", "class:kick,snare", "--slots", 7)
    raw = run("kit", "show", "demo", "-0").out.split(b"\0")
    assert os.path.join(os.fsencode(tmp_path / "lib"), NAME) in raw and raw[-1] == b"" and len(raw) == 8
    for words in (("show", "demo"), ("show", "demo", "--json"), ("reroll", "demo", "--seed", "1")):
        said = run("kit", *words)
        assert not raw_characters(said.out) and not raw_characters(said.err.encode())


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_never_overwrites(run: Run, tmp_path: Path, kind: str) -> None:
    run("kit", "new", "demo", "class:kick,snare", "--slots", 7)
    out = tmp_path / "out"
    said = run("kit", "export", "demo", "--format", kind, "--out", out, "--json")
    assert said.rows() == [{"path": str(out), "format": kind, "kit": "demo", "slots": 7}]
    again = run("kit", "export", "demo", "--format", kind, "--out", out)
    assert again.code == 1 and "--force" in again.err
    assert run("kit", "export", "demo", "--format", kind, "--out", out, "--force", "-0").out == os.fsencode(out) + b"\0"
    (out / "mine.txt").write_text("x")
    said = run("kit", "export", "demo", "--format", kind, "--out", out, "--force")
    assert said.code == 1 and "mine.txt" in said.err and (out / "mine.txt").read_text() == "x"


@pytest.mark.parametrize(("kind", "name"), [("cue-wav", "k.wav"), ("hydrogen", "k.h2drumkit")])
def test_an_export_to_a_file_never_overwrites(run: Run, tmp_path: Path, kind: str, name: str) -> None:
    run("kit", "new", "demo")
    out = tmp_path / name
    assert run("kit", "export", "demo", "--format", kind, "--out", out).code == 0
    before = out.read_bytes()
    assert run("kit", "export", "demo", "--format", kind, "--out", out).code == 1
    assert (
        out.read_bytes() == before and run("kit", "export", "demo", "--format", kind, "--out", out, "--force").code == 0
    )
    assert run("kit", "export", "demo", "--format", kind, "--out", tmp_path / "l.db", "--force").code == 1


@pytest.mark.parametrize(("kind", "name"), [("sfz", "k"), ("hydrogen", "k"), ("hydrogen", "k.h2drumkit")])
def test_an_interrupted_export_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    run("kit", "new", "demo")
    calls: list[BinaryIO] = []

    def interrupted(path: bytes, file: BinaryIO, *, start_s: float) -> int:
        calls.append(file)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return copy_fragment(path, file, start_s=start_s)

    monkeypatch.setattr(pads, "copy_fragment", interrupted)
    (tmp_path / "w").mkdir()
    said = run("kit", "export", "demo", "--format", kind, "--out", tmp_path / "w" / name)
    assert said.code == 130 and os.listdir(tmp_path / "w") == []


def test_changes_are_taken_back_one_by_one(run: Run) -> None:
    first = run("kit", "new", "demo", "--json").out
    second = run("kit", "swap", "demo", "snare", "--json").out
    run("kit", "reroll", "demo", "cymbal")  # there is no other
    run("kit", "remove", "demo")
    for before in (second, first):
        assert run("annotations", "undo").code == 0
        assert run("kit", "show", "demo", "--json").out == before
    run("annotations", "undo")
    assert run("kit", "list", "--json").out == b""


def test_a_kit_is_a_collection(run: Run, tmp_path: Path) -> None:
    made = paths_of(run("kit", "new", "demo", "--slots", 4, "--json"))
    found = run("search", "in:demo", "--json").rows()
    assert sorted(row["path"] for row in found) == sorted(made)
    run("collect", "add", "demo", tmp_path / "lib" / "cymbal-0.wav")
    slots = run("kit", "show", "demo", "--json").rows()[0]["slots"]
    assert [slot["role"] for slot in slots] == ["kick", "snare", "hat_closed", "hat_open", "slot_5"]


def test_an_export_into_the_library_is_told(run: Run, tmp_path: Path) -> None:
    run("kit", "new", "demo")
    said = run("kit", "export", "demo", "--format", "sfz", "--out", tmp_path / "lib" / "k")
    assert said.code == 0 and "become samples too" in said.err


def test_sounds_that_are_gone_are_named(run: Run, library: Path, tmp_path: Path) -> None:
    run("kit", "new", "demo")
    os.unlink(tmp_path / "lib" / "cymbal-0.wav")
    said = run("kit", "export", "demo", "--format", "sfz", "--out", tmp_path / "out")
    assert said.code == 1 and "cymbal-0.wav" in said.err and not (tmp_path / "out").exists()
    run("forget", tmp_path / "lib")
    row = run("kit", "show", "demo", "--json").rows()[0]
    assert len(row["absent"]) == len(row["slots"]) == 8
    said = run("kit", "export", "demo", "--format", "sfz", "--out", tmp_path / "out")
    assert said.code == 1 and "kick, snare" in said.err and not (tmp_path / "out").exists()


def test_a_library_of_a_stranger_exports_no_other_file(run: Run, library: Path, tmp_path: Path) -> None:
    run("kit", "new", "demo")
    (tmp_path / "secret.wav").write_bytes((tmp_path / "lib" / "cymbal-0.wav").read_bytes())
    with closing(sqlite3.connect(library, isolation_level=None)) as conn:
        name = os.fsencode(tmp_path / "secret.wav")
        conn.execute("UPDATE samples SET path = ? WHERE path LIKE '%cymbal-0.wav'", (name,))
        conn.execute("UPDATE samples SET path = ? WHERE path = ?", (name, os.fsencode(tmp_path / "lib/cymbal-0.wav")))
    said = run("kit", "export", "demo", "--format", "folder", "--out", tmp_path / "out")
    assert said.code == 1 and "outside of the library's folders" in said.err and not (tmp_path / "out").exists()


def test_a_damaged_kit_is_one_sentence_and_can_be_removed(run: Run, library: Path) -> None:
    run("kit", "new", "demo")
    with closing(sqlite3.connect(library, isolation_level=None)) as conn:
        conn.execute("UPDATE collection_items SET data = ?", (json.dumps({"role": "\x1b[2J", "pan": "left"}),))
    said = run("kit", "show", "demo")
    assert (said.code, said.out, said.err.count("\n")) == (1, b"", 1) and "damaged" in said.err
    assert run("kit", "remove", "demo").code == 0 and run("kit", "list", "--json").out == b""
