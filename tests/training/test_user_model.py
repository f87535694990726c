"""What a model of one's own is learned from, and where a killed run finds what it left."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.sounds import one_shot, write
from tui_browser.errors import BrowserError
from tui_browser.model.bundle import load_bundle
from tui_browser.model.decoder_bundle import read_decoder
from tui_browser.model.prior import Prior
from tui_browser.records import DRUM_CLASSES
from tui_browser.training.user.dataset import DatasetOptions, make_dataset
from tui_browser.training.user.manifest import DatasetEntry, write_dataset
from tui_browser.training.user.train import transfer_decoder
from tui_browser.training.user.user_model import (
    JOB,
    TrainingFiles,
    TrainingOptions,
    check_output,
    class_index,
    collect_files,
    install_model,
    working_folder,
)


def look(folder: Path, wish: TrainingOptions | None = None) -> TrainingFiles:
    return collect_files(os.fsencode(folder), wish or TrainingOptions(), jobs=1, report=lambda _: None)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kick", "kick"), ("Kicks", "kick"), ("BD", "kick"), ("Closed Hats", "hat_closed"), ("open hi-hat", "hat_open"),
        ("hat open", "hat_open"), ("Hi-Hats", "hat_closed"), ("growl", None), ("Other", "other"), ("", None),
    ],
)  # fmt: skip
def test_a_class_is_known_by_its_name(name: str, kind: str | None) -> None:
    found = class_index(name)
    assert (None if found is None else DRUM_CLASSES[found]) == kind


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    for name, kind in (("growl", "other"), ("Snares", "snare"), ("kicks", "kick")):
        for index in range(6):
            write(folder / name / f"{index}.wav", one_shot(kind, index)[:9000])
    return folder


def test_folders_are_classes_in_our_order_where_we_know_them(sounds: Path) -> None:
    found = look(sounds)
    assert found.classes == ("kicks", "Snares", "growl")
    assert {example.split for example in found.entries} == {"train", "validation"}
    assert found.labels == [found.classes.index(example.class_name) for example in found.entries]
    plain = look(sounds, TrainingOptions(classes=False))
    assert plain.classes == () and set(plain.labels) == {0} and len(plain.entries) == 18


def test_a_table_that_was_edited_keeps_the_sides_apart(sounds: Path, tmp_path: Path) -> None:
    examples = make_dataset([os.fsencode(sounds)], DatasetOptions(), jobs=1, report=lambda _: None)
    copy = tmp_path / "copy.wav"
    held = next(example for example in examples if example.split == "validation")
    copy.write_bytes(Path(os.fsdecode(held.path)).read_bytes())
    examples.append(DatasetEntry(os.fsencode(copy), held.class_name, "", "train"))
    examples.append(DatasetEntry(b"/gone\n/a.wav", "growl", "", "train"))
    examples[0] = replace(examples[0], class_name="\x1b[31mred\n")
    found = look(Path(write_dataset(str(tmp_path / "set"), examples, {})))
    notes = {example.path: example.note for example in found.left_out}
    assert notes[os.fsencode(copy)] == "the same sound is held out" and b"/gone\n/a.wav" in notes
    assert "\\x1b[31mred\\n" in found.classes
    sides = {example.path: example.split for example in found.entries}
    assert all(sides[example.path] == example.split for example in examples if example.path in sides)


def test_more_classes_than_a_library_can_hold(tmp_path: Path) -> None:
    sound = one_shot("kick", 1)[:1000]
    rows = []
    for index in range(251):
        sound[0] = index / 1000
        rows.append(DatasetEntry(os.fsencode(write(tmp_path / f"{index}.wav", sound)), f"class {index}", "", "train"))
    with pytest.raises(BrowserError, match="limit is 250"):
        look(Path(write_dataset(str(tmp_path / "set"), rows, {})))


def test_only_the_same_job_is_gone_on_with(tmp_path: Path) -> None:
    out = str(tmp_path / "mine")
    with working_folder(out, {"steps": 1}, restart=False) as (folder, again):
        assert not again
        (Path(folder) / "checkpoint").write_text("half done")
        with pytest.raises(BrowserError, match="another process"), working_folder(out, {"steps": 1}, restart=False):
            pass
    with working_folder(out, {"steps": 1}, restart=False) as (folder, again):
        assert again and (Path(folder) / "checkpoint").exists()
    for job, restart in (({"steps": 2}, False), ({"steps": 2}, True)):
        (Path(folder) / "checkpoint").write_text("of another")
        with working_folder(out, job, restart=restart) as (folder, again):
            assert not again and sorted(os.listdir(folder)) == [JOB, "lock"]


def test_an_older_model_gives_way_only_when_asked(tmp_path: Path) -> None:
    out = tmp_path / "mine"
    tiny_bundle(out)
    before = load_bundle(str(out), folders=()).space
    for force in (False, True):
        part = tmp_path / "mine.part"
        made = part / "mine"
        tiny_bundle(made, seed=5)
        if force:
            install_model(str(part), str(made), str(out), force=True)
        else:
            with pytest.raises(BrowserError, match="already exists"):
                install_model(str(part), str(made), str(out), force=False)
            assert load_bundle(str(out), folders=()).space == before
    assert load_bundle(str(out), folders=()).space != before and not (tmp_path / "mine.part").exists()
    assert check_output(str(out), force=True) == str(out)
    with pytest.raises(BrowserError, match="not a valid name"):
        check_output(str(tmp_path / "a\nb"), force=False)


def test_the_decoder_goes_along_with_a_prior_of_ones_own(tmp_path: Path) -> None:
    base = tiny_bundle(tmp_path / "base", sound=True)
    rng = np.random.default_rng(0)
    labels = np.array([0] * 6 + [1] * 5 + [2])
    z = (rng.normal(0, 0.1, (12, base.z_dim)) + 3.0 * labels[:, np.newaxis]).astype(np.float32)
    seconds = np.linspace(0.01, 9.0, 12, dtype=np.float32)
    for classes in (0, len(DRUM_CLASSES)):
        own = tiny_bundle(tmp_path / f"own {classes}", classes=DRUM_CLASSES if classes else None)
        made = transfer_decoder(base, own.folder, z=z, seconds=seconds, labels=labels, classes=classes)
        _, tensors = read_decoder(made)
        prior = Prior(*(tensors[f"prior.{name}"] for name in ("weights", "means", "factors")))
        drawn = prior.draw(40, rng=rng, class_index=1 if classes else None)
        assert np.isfinite(drawn).all() and 0.0 < np.exp(drawn[:, -1]).max() < 20.0
        assert abs(float(drawn[:, :-1].mean()) - 3.0) < 0.5 or not classes
        assert np.array_equal(tensors["line.bias"], read_decoder(base)[1]["line.bias"])


def test_a_folder_that_takes_no_model_is_told_before_anything_is_heard(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BrowserError, match="not writable"):
        check_output(str(tmp_path / "file/below/mine"), force=False)
    assert check_output(str(tmp_path / "new/mine"), force=False) == str(tmp_path / "new/mine")


def test_nothing_is_written_through_a_strangers_link(tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", str(tmp_path / "mine")
    victim.write_text("a person's own")
    for name in ("", JOB):
        part = tmp_path / "mine.part"
        if name:
            part.mkdir(mode=0o777)
        (part / name if name else part).symlink_to(victim if name else tmp_path)
        try:
            with working_folder(out, {"steps": 1}, restart=False) as (folder, _):
                assert name and os.stat(folder).st_mode & 0o777 == 0o700
                assert not os.path.islink(os.path.join(folder, JOB))
        except BrowserError as error:
            assert not name and "a link" in str(error)
            part.unlink()
    assert victim.read_text() == "a person's own"
