"""`export notebooks`: the folder as other programs read it, with plain numpy and the standard library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.optimize import linear_sum_assignment

from tests.support.libraries import index
from tests.support.sounds import one_shot, write
from tests.workbench.conftest import LATE, LONG, ODD, SILENT, Run, Stock
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.workbench.notebooks.tsne import all_runs

MODES = ("fingerprints", "predicted_labels", "predicted_encoding", "combined")
PERPLEXITIES, DIMS = (4,), (5, 12)


@pytest.fixture(scope="module")
def folder(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of the whole stock."""
    out = tmp_path_factory.mktemp("export") / "data"
    words = ["export", "notebooks", "--out", out, "--library", stock.library, "--quiet"]
    words += [word for value in PERPLEXITIES for word in ("--perplexity", value)]
    words += [word for value in DIMS for word in ("--dims", value)]
    program = [sys.executable, "-m", "tui_browser", *map(str, words)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return out


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def table(path: Path) -> np.ndarray:
    return np.loadtxt(path, delimiter="\t", ndmin=2)


def test_d1_samples_are_rows_of_a_quarter_second_with_peak_1(folder: Path, stock: Stock) -> None:
    names, durations = lines(folder / "filenames.txt"), [int(line) for line in lines(folder / "durations.txt")]
    samples = np.load(folder / "samples.npy", allow_pickle=False)
    assert samples.shape == (35, 12_000) and samples.dtype == np.float32
    assert len(names) == len(durations) == 35
    assert np.allclose(np.abs(samples).max(axis=1), 1.0)
    entries = json.loads((folder / "metadata.json").read_text())
    paths = [os.fsencode(entry["path"]) for entry in entries]
    assert paths == sorted(paths)
    for name, duration, row, path in zip(names, durations, samples, paths, strict=True):
        if path.endswith((os.fsencode(LATE), ODD)):
            continue
        assert name == os.fsdecode(path)
        sound, rate = soundfile.read(path, dtype="float32")
        assert abs(duration - len(sound) * 48_000 / rate) <= 1
        own, other = np.abs(np.fft.rfft(sound[: rate // 4], rate // 4))[:3000], np.abs(np.fft.rfft(row))[:3000]
        assert np.corrcoef(own, other)[0, 1] > 0.98


def test_d1_what_is_left_out_is_told_with_its_reason(folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())
    reasons = {os.path.basename(item["path"]): item["reason"] for item in report["omitted"]}
    assert reasons == {LONG: "5.0 s long (sounds of 4 s and more are left out)", SILENT: "silent"}
    assert report["samples"] == 35 and report["rate"] == 48_000


def test_d1_a_sound_that_begins_late_is_not_lost(folder: Path) -> None:
    names = lines(folder / "filenames.txt")
    at = next(number for number, name in enumerate(names) if name.endswith(LATE))
    row = np.load(folder / "samples.npy")[at]
    assert np.abs(row[:2400]).max() > 0.3


def test_d1_hostile_names_are_one_line_and_exact_in_the_metadata(folder: Path, stock: Stock) -> None:
    text = (folder / "filenames.txt").read_bytes()
    assert b"\x1b" not in text and text.count(b"\n") == 35
    text.decode("utf-8")
    paths = [os.fsencode(entry["path"]) for entry in json.loads((folder / "metadata.json").read_text())]
    assert os.path.join(os.fsencode(stock.folder), ODD) in paths
    assert "odd \\xff\\x0a\\x1b[31m.wav" in text.decode()


def test_d1_a_folder_larger_than_a_batch_has_all_rows_in_order(folder: Path) -> None:
    fingerprints = np.load(folder / "fingerprints.npy", allow_pickle=False)
    assert fingerprints.shape == (35, 32, 32)
    assert fingerprints.min() == 0 and fingerprints.max() == 1


def test_d3_every_mode_dims_and_perplexity_in_two_and_three_dimensions(folder: Path) -> None:
    names = {path.name for path in (folder / "tsne").iterdir()}
    expected = {f"{m}.{d}.{p}.{k}d.tsv" for m in MODES for d in DIMS for p in PERPLEXITIES for k in (2, 3)}
    assert names == expected
    for path in (folder / "tsne").iterdir():
        places = table(path)
        assert places.shape == (35, 2 if path.name.endswith("2d.tsv") else 3)
        assert (places.min(axis=0) == 0).all() and (places.max(axis=0) == 1).all()
        for line in lines(path):
            assert all(len(cell.split(".")[1]) == 5 for cell in line.split("\t"))


def test_d3_all_combinations_are_run_once() -> None:
    runs = all_runs(("fingerprints", "combined"), (30, 50, 30), (5, 30.0, 2.5))
    assert len(runs) == 12
    assert {run.name for run in runs} >= {"combined.50.2.5", "fingerprints.30.30", "fingerprints.30.5"}


def test_d3_labels_are_the_models_probabilities_and_the_encoding_its_embeddings(folder: Path, stock: Stock) -> None:
    labels, encoding = np.load(folder / "predicted_labels.npy"), np.load(folder / "predicted_encoding.npy")
    entries = json.loads((folder / "metadata.json").read_text())
    classes = lines(folder / "class_names.txt")
    assert labels.shape == (35, len(classes)) and np.allclose(labels.sum(axis=1), 1, atol=1e-4)
    assert [classes[at] for at in labels.argmax(axis=1)] == [entry["class"] for entry in entries]
    assert np.allclose(np.linalg.norm(encoding, axis=1), 1, atol=1e-4)


def test_d3_places_of_the_same_sound_are_near(folder: Path) -> None:
    """The four modes see the same sounds: near fingerprints are near in their t-SNE."""
    pictures = np.load(folder / "fingerprints.npy").reshape(35, -1)
    places = table(folder / "tsne" / "fingerprints.12.4.2d.tsv")
    far = np.linalg.norm(pictures[:, None] - pictures[None], axis=2)
    flat = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(far, np.inf)
    nearest = far.argmin(axis=1)
    ranks = [(flat[at] < flat[at, other]).sum() for at, other in enumerate(nearest)]
    assert np.median(ranks) <= 3


def test_d4_colours_are_the_first_t_sne_in_three_dimensions(folder: Path) -> None:
    colours = table(folder / "colors.tsv")
    assert colours.shape == (35, 3) and colours.min() >= 0 and colours.max() <= 1
    assert np.array_equal(colours, table(folder / "tsne" / "fingerprints.5.4.3d.tsv"))


@pytest.mark.parametrize("kind", ["kmeans", "components"])
def test_d4_other_colours_are_seeded(run: Run, stock: Stock, tmp_path: Path, kind: str) -> None:
    tables = []
    for number in range(2):
        out = tmp_path / str(number)
        words = ("--no-tsne", "--colors", kind, "--library", stock.library, "--out", out)
        result = run("export", "notebooks", *words)
        assert result.code == 0, result.err
        assert not (out / "tsne").exists()
        tables.append(table(out / "colors.tsv"))
    assert np.array_equal(tables[0], tables[1])
    assert tables[0].shape == (35, 3) and tables[0].min() >= 0 and tables[0].max() <= 1
    assert len(np.unique(tables[0], axis=0)) > 10


def test_d6_the_grid_loses_no_point_and_costs_what_scipy_finds(folder: Path) -> None:
    for path in (folder / "grid").iterdir():
        if path.name == "out.tsv":
            continue
        *stem, shape, _ = path.name.split(".")
        columns, rows = map(int, shape.split("x"))
        assert (columns, rows) == (5, 7) or columns * rows >= 35
        grid, places = table(path), table(folder / "tsne" / f"{'.'.join(stem)}.2d.tsv")
        assert len(np.unique(grid, axis=0)) == 35 and grid.min() >= 0 and grid.max() <= 1
        cells = np.array([(x, y) for y in np.linspace(0, 1, rows) for x in np.linspace(0, 1, columns)])
        assert all(np.abs(cells - cell).sum(axis=1).min() < 2e-5 for cell in grid)
        cost = ((places[:, None] - cells[None]) ** 2).sum(axis=2)
        best = cost[linear_sum_assignment(cost)].sum()
        assert ((places - grid) ** 2).sum() == pytest.approx(best, rel=1e-3)
    first = next((folder / "grid").glob("fingerprints.5.4.*.tsv"))
    assert (folder / "grid" / "out.tsv").read_bytes() == first.read_bytes()


def test_d3_plots_are_pictures_of_each_run(folder: Path) -> None:
    from PIL import Image

    plots = list((folder / "plot").iterdir())
    assert len(plots) == 2 * len(MODES) * len(DIMS) * len(PERPLEXITIES)
    with Image.open(plots[0]) as picture:
        assert picture.size == (1024, 1024) and len(picture.convert("RGB").getcolors(1 << 20) or []) > 100


def test_d8_labels_of_the_tags_lie_beside_them(folder: Path, stock: Stock) -> None:
    by_label = json.loads((folder / "labels_to_samples.json").read_text())
    by_sample = json.loads((folder / "samples_to_labels.json").read_text())
    names = lines(folder / "filenames.txt")
    kicks = [at for at, name in enumerate(names) if stock.kinds.get(os.path.relpath(name, stock.folder)) == "kick"]
    assert by_label["Deep"] == kicks and len(by_label["first"]) == 1
    assert all(set(by_sample[at]) >= {"Deep", "low end"} for at in kicks)


def test_d3_too_few_samples_are_one_error_before_any_work(run: Run, stock: Stock, tmp_path: Path) -> None:
    result = run("export", "notebooks", "--out", tmp_path / "o", "--library", stock.library)
    assert (result.code, result.out) == (1, b"")
    assert result.err == (
        "tui-browser: t-SNE with perplexity 30 needs 90 samples, and there are 35 samples "
        "(--perplexity 11 at most, or --no-tsne leaves t-SNE out)\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_query_narrows_and_progress_and_json_have_their_places(run: Run, stock: Stock, tmp_path: Path) -> None:
    out = tmp_path / "o"
    result = run("export", "notebooks", "tag:deep", "--no-tsne", "--json", "--out", out, "--library", stock.library)
    [row] = result.rows()
    assert (result.code, row["path"], row["samples"], row["omitted"]) == (0, str(out), 3, [])
    assert "reading 3 of 3 sounds\n" in result.err
    assert np.load(out / "samples.npy").shape == (3, 12_000)
    again = run("export", "notebooks", "tag:deep", "--no-tsne", "--out", out, "--library", stock.library)
    assert (again.code, again.err) == (1, f"tui-browser: the folder is not empty: {out} (--force replaces it)\n")


def test_a_folder_with_something_else_is_never_replaced(run: Run, stock: Stock, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "thesis.tex").write_text("mine")
    words = ("export", "notebooks", "--no-tsne", "--force", "--out", tmp_path / "o", "--library", stock.library)
    result = run(*words)
    assert result.code == 1 and "thesis.tex" in result.err and result.err.count("\n") == 1
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["thesis.tex"]
    assert [path.name for path in tmp_path.iterdir()] == ["o"]


def test_refusals_are_one_sentence(run: Run, stock: Stock, tmp_path: Path) -> None:
    to = ("--out", tmp_path / "o", "--library", stock.library)
    for words, code in (
        (("xyzzyx", *to), 1),
        (("--out", tmp_path / "o", "--library", tmp_path / "none.db"), 1),
        (("name:silent", "--no-tsne", *to), 1),
        (("class:nosuch", *to), 2),
        (("--perplexity", "nan", *to), 2),
        (("--out", "-"), 2),
        ((), 2),
    ):
        result = run("export", "notebooks", *words)
        assert (result.code, result.out) == (code, b""), words
        assert result.err.count("\n") == 1, result.err
    assert not list(tmp_path.iterdir())


def test_ctrl_c_leaves_nothing_half_written(stock: Stock, tmp_path: Path) -> None:
    words = ["export", "notebooks", "--perplexity", "5", "--out", str(tmp_path / "o"), "--library", str(stock.library)]
    program = [sys.executable, "-m", "tui_browser", *words]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "t-SNE" not in (line := process.stderr.readline()):
            assert line, "it ended before t-SNE began"
        assert [path.name.startswith(".tui-browser-") for path in tmp_path.iterdir()] == [True]
        process.send_signal(signal.SIGINT)
        process.stderr.read()
    assert process.returncode == 130
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_gone_is_told_and_the_others_are_written(
    run: Run, workers: IndexWorkers, tmp_path: Path
) -> None:
    for seed in range(3):
        write(tmp_path / "s" / f"{seed}.wav", one_shot("snare", seed))
    index(tmp_path / "l.db", tmp_path / "s", workers=workers, layout="none")
    (tmp_path / "s" / "1.wav").write_bytes(b"no sound any more")
    out = tmp_path / "o"
    result = run("export", "notebooks", "--no-tsne", "--json", "--out", out, "--library", tmp_path / "l.db")
    [row] = result.rows()
    assert (result.code, row["samples"]) == (0, 2)
    assert [item["path"] for item in row["omitted"]] == [str(tmp_path / "s" / "1.wav")]
    assert len(np.load(out / "samples.npy")) == len(lines(out / "durations.txt")) == 2
    assert len(np.load(out / "predicted_encoding.npy")) == 2
