"""`model list`, `use` and `import`: from another program's files to a map, new sounds and axes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from tests.support.bundles import shipped_names, tiny_bundle
from tests.support.cli import CliResult, invoke
from tests.support.libraries import index, running_workers
from tests.support.numpy_layers import run_layers
from tests.support.sounds import RATE, one_shot, write
from tests.support.tfjs_models import encoder_layers, seeded_weights, write_autoencoder
from tui_browser.config.places import data_dir, shipped
from tui_browser.config.settings import load_settings
from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.model.tfjs.importer import ImportOptions, import_autoencoder
from tui_browser.records import DRUM_CLASSES

pytestmark = pytest.mark.slow

KINDS = ("kick", "snare", "tom", "hat_closed", "clap")
Run = Callable[..., CliResult]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return lambda *words: invoke(*words, monkeypatch=monkeypatch, capture=capfd)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("downloads") / "footsteps"
    write_autoencoder(folder)
    return folder


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, theirs: Path) -> Iterator[Path]:
    """A folder with a library that an imported model has encoded, `l.db`, its samples and the model."""
    folder = tmp_path_factory.mktemp("moved")
    for number, kind in enumerate(KINDS):
        for seed in range(2):
            write(folder / "samples" / f"{kind} {seed}.wav", one_shot(kind, 10 * number + seed), subtype="FLOAT")
    import_autoencoder(
        str(theirs / "encoder_model" / "model.json"), str(theirs / "decoder_model" / "model.json"),
        str(folder / "footsteps"), options=ImportOptions(),
    )  # fmt: skip
    index(folder / "l.db", folder / "samples", model=str(folder / "footsteps"))
    yield folder


def test_import_list_and_use(run: Run, theirs: Path, tmp_path: Path) -> None:
    library = tmp_path / "l.db"
    write(tmp_path / "samples" / "kick.wav", one_shot("kick", 1))
    with running_workers(tmp_path / "tiny") as workers:
        index(library, tmp_path / "samples", workers=workers)
    imported = run("model", "import", theirs, "--licence", "CC BY 4.0", "--trained-by", "Ana \x1b[31m", "--json")
    assert imported.code == 0, imported.err
    folder = os.path.join(data_dir(), "models", "footsteps")
    assert imported.rows()[0] | {"space": ""} == {
        "name": "footsteps", "folder": folder, "space": "", "z_dim": 4, "dim": 8, "makes_sounds": True,
    }  # fmt: skip
    assert "licence | CC BY 4.0" in Path(folder, "CARD.md").read_text()
    again = run("model", "import", theirs)
    assert again.code == 1 and "already exists" in again.err and "--force" in again.err

    rows = {row["name"]: row for row in run("model", "list", "--json", "--library", library).rows()}
    assert set(rows) == {"footsteps", "tiny", *shipped_names()}
    assert rows["tiny"]["used"] and not rows["footsteps"]["used"] and not rows["drums"]["used"]
    footsteps = rows["footsteps"]
    assert (footsteps["origin"], footsteps["licence"], footsteps["classes"]) == ("imported", "CC BY 4.0", None)
    assert footsteps["makes_sounds"] and footsteps["size"] > 10_000 and rows["drums"]["origin"] == "shipped"
    text = run("model", "list", "--library", library)
    assert "no classes, makes sounds, 4 dimensions" in text.out.decode() and b"\x1b" not in text.out
    assert run("model", "list", "-0").out.split(b"\0")[0] == os.fsencode(folder)

    later = run("model", "use", "footsteps", "--later", "--library", library, "--json")
    assert later.code == 0 and load_settings().model == "footsteps" and later.rows()[0]["samples"] == 0
    status = run("status", "--library", library, "--json").rows()[0]
    assert status["model"] != "footsteps"
    used = run("model", "use", "footsteps", "--library", library, "--quiet")
    assert used.code == 0, used.err
    rows = {row["name"]: row for row in run("model", "list", "--json", "--library", library).rows()}
    assert rows["footsteps"]["used"] and "tiny" not in rows


def test_b6_a_wrong_model_changes_neither_settings_nor_library(run: Run, tmp_path: Path) -> None:
    before = load_settings().model
    pickled = tiny_bundle(tmp_path / "pickled")
    Path(pickled.weights_path).write_bytes(b"\x80\x04\x95" + b"\0" * 20)
    not_numbers = tiny_bundle(tmp_path / "nan")
    raw = Path(not_numbers.weights_path).read_bytes()
    Path(not_numbers.weights_path).write_bytes(raw[:-2] + b"\x00\x7e")
    for bundle, reason in ((pickled, "pickle"), (not_numbers, "not finite")):
        for words in (("model", "use", bundle.folder), ("index", "--model", bundle.folder)):
            refused = run(*words, "--library", tmp_path / "l.db")
            assert refused.code == 1 and reason in refused.err and refused.err.count("\n") == 1
        assert load_settings().model == before


def test_a_model_for_something_else_is_not_listed(run: Run, tmp_path: Path) -> None:
    folder = Path(data_dir(), "models", "motion")
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"format": 1, "kind": "motion", "name": "motion"}')
    listed = run("model", "list", "--json", "--library", tmp_path / "l.db").rows()
    assert sorted(row["name"] for row in listed) == shipped_names()
    refused = run("model", "use", "motion")
    assert refused.code == 1 and "of the kind 'motion', which hears no samples" in refused.err


def test_what_is_missing_or_too_much_is_told(run: Run, theirs: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    nothing = run("model", "import", tmp_path / "empty", "--out", tmp_path / "m")
    assert nothing.code == 1 and "0 encoders and 0 decoders" in nothing.err
    one = run("model", "import", theirs / "encoder_model", "--out", tmp_path / "m")
    assert one.code == 1 and "1 encoders and 0 decoders" in one.err
    assert run("model", "import", "a", "b", "c").code == 2
    assert run("model", "import", theirs, "--out", tmp_path / "m", "--name", "x").code == 2
    assert run("model", "import", theirs, "--name", "../x").code == 1
    assert run("model", "import", tmp_path / "no.json", tmp_path / "no.json", "--out", tmp_path / "m").code == 1
    used = run("model", "use", theirs)
    assert used.code == 1 and "a model of another program" in used.err and "model import takes it" in used.err
    assert run("model", "use", "nobody").code == 1 and run("model", "us").code == 2
    assert os.listdir(tmp_path) == ["empty"]


def test_vectors_follow_the_latent_of_the_imported_encoder(run: Run, moved: Path, tmp_path: Path) -> None:
    out = tmp_path / "vectors.npz"
    assert run("export", "vectors", "--library", moved / "l.db", "--out", out).code == 0
    with np.load(out, allow_pickle=False) as file:
        paths, vectors, xy, classes = file["paths"], file["vectors"], file["xy"], file["classes"]
    assert vectors.shape == (10, 8) and np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(xy).all() and len(np.unique(xy, axis=0)) == 10 and set(classes) <= {"", None}
    mu = expected_mu([Path(path) for path in paths])
    reach = json.loads((moved / "footsteps" / "config.json").read_text())["network"]["reach"]
    angles = mu / reach * np.pi / 2
    assert vectors == pytest.approx(np.concatenate([np.cos(angles), np.sin(angles)], axis=1) / 2, abs=5e-3)


def expected_mu(paths: list[Path]) -> np.ndarray:
    """(N, 4) what plain numpy makes of files whose sound begins at their first sample."""
    front_end, layers = StftFrontEnd(), encoder_layers()
    pictures = [front_end.compute(np.asarray(soxr.resample(soundfile.read(path, dtype="float32")[0], RATE, 22050)))
                for path in paths]  # fmt: skip
    return run_layers(layers, seeded_weights(layers, 0), np.stack(pictures)[..., None])


def test_b3_axes_of_the_latent_place_samples_at_exactly_its_values(run: Run, moved: Path, tmp_path: Path) -> None:
    assert run("layout", "x=dim2", "y=dim4", "--library", moved / "l.db").code == 0
    rows = run("export", "table", "--library", moved / "l.db", "--out", "-", "--format", "json").out
    samples = json.loads(rows) if rows.startswith(b"[") else [json.loads(line) for line in rows.splitlines()]
    mu = expected_mu([Path(sample["path"]) for sample in samples])
    for axis, dimension in (("x", 1), ("y", 3)):
        places = np.array([sample[axis] for sample in samples])
        values = mu[:, dimension]
        scaled = (values - values.min()) / (values.max() - values.min())
        assert (places - places.min()) / (places.max() - places.min()) == pytest.approx(scaled, abs=0.02)
    refused = run("layout", "x=dim5", "y=dim1", "--library", moved / "l.db")
    assert refused.code == 1 and "this model has 4" in refused.err


def test_c8_a_model_without_classes_works_and_says_so(run: Run, moved: Path) -> None:
    kick = moved / "samples" / "kick 0.wav"
    classify = run("classify", kick, "--model", moved / "footsteps")
    assert classify.code == 1 and "this model has no classes" in classify.err
    near = run("near", kick, "--library", moved / "l.db", "--self", "--json", "-k", 3)
    assert near.code == 0, near.err
    rows = near.rows()
    assert rows[0]["path"] == str(kick) and rows[0]["distance"] < 1e-6 and rows[0]["class"] is None
    assert rows[1]["distance"] <= rows[2]["distance"]


def test_sounds_are_generated_from_places_of_its_map(run: Run, moved: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.wav"
    made = run("generate", "--at", "0.5,0.5", "--out", out, "--library", moved / "l.db", "--json")
    assert made.code == 0, made.err
    sound, rate = soundfile.read(out)
    assert rate == RATE and np.isfinite(sound).all() and 0.1 < len(sound) / rate < 0.4
    assert len(made.rows()[0]["z"]) == 4
    refused = run("generate", "--class", "kick", "--out", tmp_path / "b.wav", "--model", moved / "footsteps")
    assert refused.code == 1 and "no classes" in refused.err


def test_an_imported_model_is_not_trained_further(run: Run, moved: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    refused = run("train", moved / "samples", "--out", out, "--model", moved / "footsteps", "--no-classes")
    assert refused.code == 1 and "imported from another program" in refused.err and not out.exists()


def test_c7_probabilities_sum_to_one_and_the_class_is_the_likeliest(run: Run, tmp_path: Path) -> None:
    for kind in ("kick", "snare"):
        write(tmp_path / f"{kind}.wav", one_shot(kind, 3))
    answer = run("classify", tmp_path / "kick.wav", tmp_path / "snare.wav", "--json")
    assert answer.code == 0, answer.err
    for row in answer.rows():
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert row["class"] == max(row["probabilities"], key=row["probabilities"].__getitem__)
        assert row["class_p"] == row["probabilities"][row["class"]] and row["class"] in row["path"]
    card = Path(shipped("models"), "drums", "CARD.md").read_text()
    recalls = card.split("Recall by class: ")[1].split(".\n")[0]
    assert all(f"{name} 0." in recalls for name in DRUM_CLASSES if name != "other")
