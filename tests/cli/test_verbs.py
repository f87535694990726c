"""The command line as a script sees it: output, exit codes, one sentence for each error."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.cli import CliResult, Run, invoke
from tests.support.libraries import index
from tests.support.sounds import one_shot, tree, write
from tui_browser.cli.main import VERBS
from tui_browser.dsp.picture_part import SIZE
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.records import DRUM_CLASSES
from tui_browser.search.fields import FIELD_HELP

FIELDS = [
    "id",
    "path",
    "root",
    "onset_s",
    "duration_s",
    "sample_rate",
    "channels",
    "frames",
    "size",
    "mtime_ns",
    "content_hash",
    "class",
    "class_p",
    "class_family",
    "x",
    "y",
    "loudness_db",
    "bpm",
    "key",
    "tags",
    "favourite",
    "tom",
    "license",
    "author",
    "source_url",
    "rating",
    "note",
    "collections",
    "corrected_class",
    "hidden",
    "bpm_source",
    "bpm_heard",
    "key_source",
    "key_heard",
    "kind",
    "facts",
]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str, stdin: bytes = b"") -> CliResult:
        return invoke(*words, monkeypatch=monkeypatch, capture=capfdbinary, stdin=stdin)

    return call


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Iterator[tuple[Path, Path, Path]]:
    """An indexed library: its file, its folder of sounds, its model."""
    base = tmp_path_factory.mktemp("stock")
    folder = base / "samples"
    tree(folder, each=2)
    write(folder / "odd names/1.wav", one_shot("kick", 4242))
    (folder / "broken.wav").write_bytes(b"RIFF....WAVEnothing")
    weird = os.fsencode(folder) + b"/caf\xe9 \x1b[31m\n.wav"
    with open(folder / "odd names/1.wav", "rb") as source, open(weird, "wb") as target:
        target.write(source.read())
    library = base / "library.db"
    index(library, folder, workers=workers)
    yield library, folder, Path(workers.bundle.folder)


def test_every_sample_field_is_always_there(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, _, _ = stock
    said = run("search", "", "-n", "0", "--json", "--library", str(library))
    rows = said.rows()
    assert said.code == 0
    assert len(rows) == 24
    assert all(set(FIELDS) | {"score"} == set(row) for row in rows)
    assert all(row["class"] in DRUM_CLASSES and 0 <= row["x"] <= 1 and 0 <= row["y"] <= 1 for row in rows)


def test_options_may_stand_before_the_verb(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, _, _ = stock
    assert run("--library", str(library), "--json", "search", "kick").rows()


def test_a_path_that_is_not_utf8_is_escaped_in_json_and_raw_with_nul(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, folder, _ = stock
    weird = os.fsencode(folder) + b"/caf\xe9 \x1b[31m\n.wav"
    paths = [row["path"] for row in run("search", "caf", "--json", "--library", str(library)).rows()]
    assert os.fsdecode(weird) in paths
    assert weird + b"\0" in run("search", "caf", "-0", "--library", str(library)).out


def test_nothing_found_is_one(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, _, _ = stock
    assert run("search", "zzzzqqqq", "--library", str(library)).code == 1


def test_status_and_rejects_tell_what_was_left_out(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, folder, _ = stock
    (facts,) = run("status", "--json", "--library", str(library)).rows()
    assert (facts["samples"], facts["rejects"], facts["missing"]) == (24, 1, 0)
    assert facts["roots"] == [{"path": str(folder), "present": True, "samples": 24}]
    (reject,) = run("rejects", "--json", "--library", str(library)).rows()
    assert reject["path"] == str(folder / "broken.wav")
    assert reject["reason"]
    assert run("status", "--library", str(library)).code == 0


def test_c5_near_an_indexed_file_leaves_itself_out_and_finds_its_copy_at_zero(
    run: Run, stock: tuple[Path, Path, Path]
) -> None:
    library, folder, _ = stock
    target = str(folder / "odd names/1.wav")
    rows = run("near", target, "-k", "3", "--json", "--library", str(library)).rows()
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert rows[0]["path"].endswith(".wav") and rows[0]["path"] != target
    assert rows[0]["distance"] == 0.0
    assert [row["distance"] for row in rows] == sorted(row["distance"] for row in rows)
    own = run("near", target, "-k", "2", "--self", "--json", "--library", str(library)).rows()
    assert target in [row["path"] for row in own]


def test_a6_a_copy_from_outside_and_from_standard_input_is_near_its_original(
    run: Run, stock: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    library, folder, _ = stock
    data = (folder / "odd names/1.wav").read_bytes()
    copy = tmp_path / "copy.wav"
    copy.write_bytes(data)
    before = run("search", "", "-n", "0", "--json", "--library", str(library)).rows()
    outside = run("near", str(copy), "-k", "1", "--json", "--library", str(library)).rows()
    assert outside[0]["rank"] == 1 and outside[0]["distance"] <= 1e-6
    assert run("search", "", "-n", "0", "--json", "--library", str(library)).rows() == before, "a guest is no sample"
    rows = run("near", "-", "-k", "2", "--json", "--library", str(library), stdin=data).rows()
    assert all(row["distance"] <= 1e-6 for row in rows)


def test_classify_gives_a_number_for_each_class(run: Run, stock: tuple[Path, Path, Path]) -> None:
    _, folder, model = stock
    said = run("classify", str(folder / "odd names/1.wav"), "/nowhere/x.wav", "--json", "--model", str(model))
    (row,) = said.rows()
    assert said.code == 1  # the second one is refused and named
    assert "/nowhere/x.wav" in said.err
    assert set(row["probabilities"]) == set(DRUM_CLASSES)
    assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert row["class"] == max(row["probabilities"], key=row["probabilities"].get)


def test_exports_read_back(run: Run, stock: tuple[Path, Path, Path], tmp_path: Path) -> None:
    library, _, _ = stock
    out = tmp_path / "v.npz"
    assert run("export", "vectors", "--format", "npz", "--out", str(out), "--library", str(library)).code == 0
    with np.load(out, allow_pickle=False) as data:
        assert data["vectors"].shape == (24, 16 + SIZE)
        assert data["vectors"].dtype == data["xy"].dtype == np.float32
        assert len(data["paths"]) == len(data["classes"]) == len(data["class_p"]) == len(data["onset_s"]) == 24
        assert all(os.path.exists(str(path)) for path in data["paths"])
    again = run("export", "vectors", "--out", str(out), "--library", str(library))
    assert again.code == 1
    assert "exists" in again.err
    assert run("export", "vectors", "--out", str(out), "--force", "--library", str(library)).code == 0


@pytest.mark.parametrize("kind", ["tsv", "json", "npz"])
def test_tables_have_a_row_a_sample(run: Run, stock: tuple[Path, Path, Path], tmp_path: Path, kind: str) -> None:
    library, _, _ = stock
    out = tmp_path / f"t.{kind}"
    assert run("export", "table", "--format", kind, "--out", str(out), "--library", str(library)).code == 0
    if kind == "tsv":
        lines = out.read_bytes().split(b"\n")
        assert lines[0].split(b"\t") == [name.encode() for name in FIELDS]
        assert len(lines) == 24 + 2
        assert {line.count(b"\t") for line in lines[:-1]} == {len(FIELDS) - 1}
    elif kind == "json":
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert [list(row) for row in rows] == [FIELDS] * 24
    else:
        with np.load(out, allow_pickle=False) as data:
            assert set(FIELDS) <= set(data)
            assert {len(data[name]) for name in FIELDS} == {24}


def test_roots_come_and_go(run: Run, tmp_path: Path) -> None:
    library = str(tmp_path / "new" / "library.db")
    folder = tmp_path / "a folder"
    folder.mkdir()
    assert run("roots", "--library", library).code == 0
    assert not os.path.exists(library)  # looking makes nothing
    assert run("add", str(folder), "--library", library).code == 0
    (root,) = run("roots", "--json", "--library", library).rows()
    assert root == {"path": str(folder), "present": True, "samples": 0}
    missing = run("add", str(tmp_path / "nowhere"), "--library", library)
    assert missing.code == 1
    assert str(tmp_path / "nowhere") in missing.err
    assert run("forget", str(tmp_path), "--library", library).code == 1
    assert run("forget", str(folder), "--library", library).code == 0
    assert run("roots", "--json", "--library", library).rows() == []


def test_what_could_not_be_looked_at_is_told_everywhere_and_can_be_forgotten(run: Run, tmp_path: Path) -> None:
    model = str(tiny_bundle(tmp_path / "tiny").folder)
    library, folder = str(tmp_path / "library.db"), tmp_path / "samples"
    write(folder / "kit/a.wav", one_shot("kick", 1))
    write(folder / "b.wav", one_shot("snare", 1))
    index = ("index", "--library", library, "--model", model, "--layout", "none")
    assert run(*index, str(folder)).code == 0
    (folder / "kit/a.wav").unlink()
    kit = str(folder / "kit")
    said = run(*index)
    assert said.err.count(kit) == 1 and f"empty at the moment, its samples are kept: {kit}" in said.err
    assert "2 samples, nothing new, 1 file missing" in said.out.decode() + said.err
    (facts,) = run(*index, "--json").rows()
    assert facts["unseen"] == [{"path": kit, "reason": "empty at the moment"}]
    (status,) = run("status", "--json", "--library", library).rows()
    assert (status["unseen"], status["missing"], status["samples"]) == (facts["unseen"], 1, 2)
    assert "1 could not be read" in run("status", "--library", library).out.decode()
    (row,) = run("rejects", "--json", "--library", library).rows()
    assert row == {"path": kit, "reason": "empty at the moment", "code": "unseen"}
    assert run("forget", str(folder / "b.wav"), "--library", library).code == 1
    assert run("forget", kit, "--json", "--library", library).rows() == [{"path": kit, "samples": 1}]
    (status,) = run("status", "--json", "--library", library).rows()
    assert (status["missing"], status["samples"]) == (0, 1)


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("setpriv") is None, reason="needs setpriv to give up rights"
)
def test_a_right_that_is_missing_is_no_fault_of_the_file(run: Run, tmp_path: Path) -> None:
    model = str(tiny_bundle(tmp_path / "tiny").folder)
    library, folder = str(tmp_path / "library.db"), tmp_path / "samples"
    for name in ("known.wav", "kit/also known.wav", "new.wav"):
        write(folder / name, one_shot("kick", len(name)))
    os.rename(folder / "new.wav", tmp_path / "new.wav")
    index = ("index", "--library", library, "--model", model, "--layout", "none")
    assert run(*index, str(folder)).code == 0
    before = {row["path"]: row["id"] for row in run("search", "", "--json", "--library", library).rows()}
    os.rename(tmp_path / "new.wav", folder / "new.wav")
    for name in ("known.wav", "new.wav", "kit"):
        os.chmod(folder / name, 0)
    rights = "-dac_override,-dac_read_search"
    less = ["setpriv", "--bounding-set", rights, "--inh-caps", rights, sys.executable, "-m", "tui_browser"]
    try:
        done = subprocess.run([*less, *index, "--json"], capture_output=True, text=True, check=True)
    finally:
        os.chmod(folder / "kit", 0o755)
    facts = json.loads(done.stdout)
    assert (facts["removed"], facts["rejected"], facts["missing"], facts["samples"]) == (0, 2, 1, 2)
    assert facts["unseen"] == [{"path": str(folder / "kit"), "reason": "cannot be read (Permission denied)"}]
    codes = {row["path"]: row["code"] for row in run("rejects", "--json", "--library", library).rows()}
    assert codes == {
        str(folder / "kit"): "unseen", str(folder / "known.wav"): "permission", str(folder / "new.wav"): "permission",
    }  # fmt: skip
    for name in ("known.wav", "new.wav"):
        os.chmod(folder / name, 0o644)
    (facts,) = run(*index, "--json").rows()
    assert (facts["encoded"], facts["rejected"], facts["unseen"]) == (1, 0, [])
    after = {row["path"]: row["id"] for row in run("search", "", "--json", "--library", library).rows()}
    assert {path: after[path] for path in before} == before and len(after) == 3
    assert run("rejects", "--json", "--library", library).rows() == []


def test_wrong_words_are_two_and_the_nearest_verb_is_named(run: Run, tmp_path: Path) -> None:
    said = run("serch", "kick")
    assert said.code == 2
    assert "search" in said.err
    assert run("search").code == 2
    assert run("near", "x.wav", "-k", "0").code == 2
    assert run("index", "--engine", "magic").code == 2


def test_the_help_names_every_verb(run: Run) -> None:
    help_text = run("--help").out.decode()
    assert all(f"  {verb} " in help_text for verb in VERBS)


def test_a_damaged_or_newer_library_is_one_sentence(run: Run, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"this is no library at all" * 100)
    said = run("status", "--library", str(damaged))
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert str(damaged) in said.err
    newer = tmp_path / "newer.db"
    assert run("add", str(tmp_path), "--library", str(newer)).code == 0
    with sqlite3.connect(newer) as conn:
        conn.execute("PRAGMA user_version = 99")
    conn.close()
    said = run("index", "--library", str(newer))
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "newer" in said.err


def test_a_library_that_another_process_writes_is_one_sentence(run: Run, tmp_path: Path) -> None:
    from tui_browser.store.store import Store

    library = str(tmp_path / "library.db")
    with Store.open(library, mode="write") as store, store.writing():
        said = run("add", str(tmp_path), "--library", library)
    assert (said.code, said.err.count("\n")) == (1, 1)


def test_an_empty_library_has_no_neighbours(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "x.wav", one_shot("kick", 1))
    said = run("near", str(tmp_path / "x.wav"), "--library", str(tmp_path / "none.db"))
    assert said.code == 1
    assert "empty" in said.err


def test_a_bad_model_is_named(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "x.wav", one_shot("kick", 1))
    said = run("classify", str(tmp_path / "x.wav"), "--model", str(tmp_path / "nothing"))
    assert (said.code, said.err.count("\n")) == (1, 1)


def test_people_are_told_what_the_exit_code_says(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, _, _ = stock
    assert run("search", "zzzzqqqq", "--library", str(library)).err == "tui-browser: no sample matches\n"
    assert run("search", "zzzzqqqq", "--quiet", "--library", str(library)).err == ""


@pytest.mark.parametrize("words", [["search"], ["search", "--json"], ["export", "files", "--out", "copies"], ["pick"]])
def test_a_query_that_is_not_understood_is_wrong_usage(
    run: Run, stock: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    library, _, _ = stock
    said = run(*words, "kick is:new class:hat-clsed", "--library", str(library))
    assert (said.code, said.out) == (2, b"")
    assert said.err == (
        f"tui-browser: is:new is not understood: is: takes {FIELD_HELP['is']}; "
        "class:hat-clsed is not understood; did you mean class:hat-closed? "
        "(docs/queries.md and ? in the app list what can be asked)\n"
    )
    assert not (tmp_path / "copies").exists()


def test_ranges_and_the_legends_names_find_what_they_say(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, _, _ = stock

    def found(query: str) -> list[str]:
        return sorted(
            row["path"] for row in run("search", query, "-n", "0", "--json", "--library", str(library)).rows()
        )

    assert found("dur:0.05-0.3") == found("dur:50ms..300ms") != found("")
    assert found("class:hat-closed") == found("class:hat_closed") == found('class:"hat closed"') != found("")


def test_export_alone_names_what_there_is(run: Run) -> None:
    said = run("export")
    assert said.code == 2
    names = "drum-machine, files, fragment, map, notebooks, page, spritesheet, table, vectors"
    assert said.err == f"tui-browser: export takes one of: {names}\n"


def test_a_second_behind_the_end_is_not_called_silent(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, folder, model = stock
    sound = next(folder.rglob("1.wav"))
    said = run("near", str(sound), "--onset", "99", "--library", str(library), "--model", str(model))
    assert said.code == 1
    assert "it ends before 99 s" in said.err


def test_standard_input_is_called_so(run: Run, stock: tuple[Path, Path, Path]) -> None:
    library, _, model = stock
    said = run("near", "-", "--library", str(library), "--model", str(model))
    assert said.code == 1
    assert said.err == "tui-browser: the file is empty: standard input\n"


def test_the_demo_takes_neither_verb_nor_folder(run: Run, tmp_path: Path) -> None:
    for word in ("status", str(tmp_path)):
        said = run("--demo", word)
        assert said.code == 2
        assert said.err.startswith("tui-browser: --demo opens a library of its own")


def test_the_package_can_be_run_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "tui_browser", "status", "--json"], capture_output=True, text=True)
    assert done.returncode == 0 and json.loads(done.stdout)["samples"] == 0
