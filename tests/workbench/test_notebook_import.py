"""`export notebooks --from`: such a folder comes back into a library."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.bundles import tiny_bundle
from tests.support.sounds import one_shot, write
from tests.workbench.conftest import ODD, Run, Stock, paths_of
from tui_browser.library.library import Library

WORDS = ("export", "notebooks", "--from")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model for libraries that are made here."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    tiny_bundle(folder)
    return folder


def original(folder: Path, *, count: int = 6) -> Path:
    """A folder as the original tools leave it: relative names, tables, labels as a pickle."""
    for seed in range(count):
        write(folder / "samples" / f"{seed}.wav", one_shot("snare", seed))
    np.savetxt(folder / "filenames.txt", [f"samples/{seed}.wav" for seed in range(count)], fmt="%s")
    np.savetxt(folder / "durations.txt", [9000] * count, fmt="%i")
    (folder / "tsne").mkdir()
    places = np.linspace(0, 1, 2 * count).reshape(count, 2)
    np.savetxt(folder / "tsne" / "fingerprints.30.30.2d.tsv", places, fmt="%.5f", delimiter="\t")
    np.savetxt(folder / "tsne" / "fingerprints.30.30.3d.tsv", np.zeros((count, 3)), fmt="%.5f", delimiter="\t")
    return folder


def test_d13_an_original_folder_comes_in_and_its_pickle_is_refused(run: Run, model: Path, tmp_path: Path) -> None:
    folder, library = original(tmp_path / "drums"), tmp_path / "l.db"
    (folder / "labels_to_samples.pkl").write_bytes(pickle.dumps({"snare": [0, 1]}))
    (folder / "labels_to_samples.json").write_text(json.dumps({"rim shot": [0, 4], "far": [99, "x"], "odd": 3}))
    result = run(*WORDS, folder, "--library", library, "--model", model)
    assert result.code == 1  # an input was refused, the rest is in
    refusals = [line for line in result.err.splitlines() if line.startswith("tui-browser:")]
    assert len(refusals) == 1 and "labels_to_samples.pkl" in refusals[0] and "can run any code" in refusals[0]
    assert paths_of(library) == sorted(os.fsencode(folder / "samples" / f"{n}.wav") for n in range(6))
    with Library.open(str(library)) as opened:
        tags = {os.path.basename(row.path): row.tags for row in opened.all_rows() if row.tags}
        assert tags == {b"0.wav": ("rim shot",), b"4.wav": ("rim shot",)}
        numbers = {row.id: int(Path(os.fsdecode(row.path)).stem) for row in opened.all_rows()}
        places = opened.places("fingerprints.30.30", np.array(sorted(numbers), dtype=np.int64))
        wanted = np.linspace(0, 1, 12).reshape(6, 2)[[numbers[sample] for sample in sorted(numbers)]]
        assert np.allclose(places, wanted, atol=1e-5)
    assert run("layout", "fingerprints.30.30", "--library", library).code == 0


def test_d13_what_was_exported_comes_back_with_tags_and_layouts(
    run: Run, stock: Stock, model: Path, tmp_path: Path
) -> None:
    out, library = tmp_path / "nb", tmp_path / "l.db"
    words = ("--perplexity", "5", "--mode", "fingerprints", "--out", out, "--library", stock.library)
    assert run("export", "notebooks", *words).code == 0
    result = run(*WORDS, out, "--library", library, "--model", model, "--json")
    [row] = result.rows()
    assert result.code == 0, result.err
    assert (row["samples"], row["tagged"], row["missing"], row["refused"]) == (35, 3, [], [])
    assert row["layouts"] == ["fingerprints.30.5", "grid fingerprints.30.5.5x7"]
    with Library.open(str(library)) as opened, Library.open(str(stock.library)) as before:
        tags = {row.path: row.tags for row in opened.all_rows()}
        assert {path: tag for path, tag in tags.items() if tag} == {
            row.path: row.tags for row in before.all_rows() if row.tags
        }
        assert os.path.join(os.fsencode(stock.folder), ODD) in tags
    again = run(*WORDS, out, "--library", library, "--json").rows()
    assert again == [row]
    assert run("roots", "--library", library, "--json").rows()[0]["path"] == str(stock.folder)


def test_sounds_without_their_files_come_from_the_samples(run: Run, model: Path, tmp_path: Path) -> None:
    folder, library, out = original(tmp_path / "drums"), tmp_path / "l.db", tmp_path / "wavs"
    samples = np.stack([np.resize(one_shot("snare", seed), 12_000) for seed in range(6)]).astype(np.float32)
    np.save(folder / "samples.npy", samples)
    for path in (folder / "samples").iterdir():
        path.unlink()
    result = run(*WORDS, folder, "--library", library)
    assert result.code == 1 and "--out FOLDER writes the sounds" in result.err and result.err.count("\n") == 1
    assert not library.exists()
    result = run(*WORDS, folder, "--out", out, "--library", library, "--model", model)
    assert result.code == 0, result.err
    assert sorted(path.name for path in out.iterdir()) == [f"{n}.wav" for n in range(6)]
    for number in range(6):
        sound, rate = soundfile.read(out / f"{number}.wav", dtype="float32")
        assert rate == 48_000 and np.array_equal(sound, samples[number])
    assert paths_of(library) == sorted(os.fsencode(out / f"{n}.wav") for n in range(6))


def test_a_folder_that_was_moved_with_its_sounds_is_found(run: Run, model: Path, tmp_path: Path) -> None:
    folder, library = original(tmp_path / "new place" / "drums"), tmp_path / "l.db"
    names = [f"/home/somebody/data/drums/samples/{seed}.wav" for seed in range(6)]
    np.savetxt(folder / "filenames.txt", names, fmt="%s")
    assert run(*WORDS, folder, "--library", library, "--model", model).code == 0
    assert paths_of(library) == sorted(os.fsencode(folder / "samples" / f"{n}.wav") for n in range(6))


def test_tables_of_another_length_and_phonemes_of_any_length_are_named(run: Run, model: Path, tmp_path: Path) -> None:
    folder, library = original(tmp_path / "drums"), tmp_path / "l.db"
    np.savetxt(folder / "tsne" / "combined.30.30.2d.tsv", np.zeros((5, 2)), delimiter="\t")
    np.save(folder / "samples.npy", np.array([np.zeros(3), np.zeros(4)], dtype=object), allow_pickle=True)
    result = run(*WORDS, folder, "--library", library, "--model", model)
    errors = [line for line in result.err.splitlines() if line.startswith("tui-browser:")]
    assert result.code == 1 and len(errors) == 2
    assert "combined.30.30.2d.tsv" in errors[0] and "samples.npy" in errors[1] and "pickle" in errors[1]
    assert len(paths_of(library)) == 6


def test_refusals_are_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    far = tmp_path / "far"
    far.mkdir()
    (far / "filenames.txt").write_text("/etc/hostname\n/etc/passwd\n")
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "metadata.json").write_text(json.dumps({"no": "list"}))
    for source, said in (
        (tmp_path / "a.pkl", "this is a pickle"),
        (tmp_path / "nowhere", "there is no such folder"),
        (tmp_path / "empty", "neither filenames.txt nor metadata.json"),
        (far, "not that of a sound file"),
        (bad, "is not a list of objects"),
    ):
        result = run(*WORDS, source, "--library", tmp_path / "l.db")
        assert (result.code, result.out) == (1, b""), source
        assert said in result.err and result.err.count("\n") == 1, result.err
    assert run(*WORDS, far, "query", "--library", tmp_path / "l.db").code == 2
