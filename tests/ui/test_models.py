"""The list of models: what each can do, and the choice of another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.bundles import tiny_bundle
from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, drive_on, paste
from tui_browser.config.places import config_file, data_dir
from tui_browser.config.settings import load_settings
from tui_browser.layouts.axes import axis_names
from tui_browser.service.messages import UseModel
from tui_browser.ui.commands.layout import axis_choices


@pytest.fixture
def models(own_home: Path) -> Path:
    """A folder of the user's models with one that makes sounds and one that is broken."""
    folder = Path(data_dir()) / "models"
    tiny_bundle(folder / "growls", classes=None, sound=True, has_map=False)
    tiny_bundle(folder / "ruined")
    (folder / "ruined" / "weights.safetensors").write_bytes(b"\0" * 50)
    return folder


def bench(used: str = "") -> Bench:
    held = snapshot(30)
    library = FakeLibrary(held)
    library.space = used
    return Bench(held, library=library)


def test_all_models_are_shown_with_what_they_can_do_and_one_is_chosen(models: Path) -> None:
    async def test(drive: Drive) -> None:
        drive.app.main.perform("models")
        await drive.sees("growls")
        text = drive.text
        assert "26 classes, makes sounds, its own map, 64 dimensions" in text  # the shipped ones
        assert "11 classes, makes sounds, its own map, 64 dimensions" in text
        assert "no classes, makes sounds, 8 dimensions" in text and "ruined  cannot be used" in text
        await drive.press("up", "up", "up")
        assert "none: nothing is coloured by class" in drive.text and "trained by  you" in drive.text
        await drive.press("enter")
        await drive.until(lambda: UseModel("growls") in drive.bench.service.asked, what="the request")
        assert load_settings().model == "growls"
        await drive.sees("moving to growls; the old map stays meanwhile")

    drive_on(bench(), test, size=(100, 30))


def test_a_broken_model_and_the_present_one_are_not_chosen(models: Path) -> None:
    used = tiny_bundle(models / "growls", classes=None, sound=True, has_map=False).space

    async def test(drive: Drive) -> None:
        drive.app.main.perform("models")
        await drive.sees("in use")
        await drive.press("enter")
        await drive.sees("the library uses it already")
        await drive.press("down", "enter")
        await drive.sees("this model cannot be used")
        assert "damaged" in drive.text
        await drive.press("escape")
        assert not any(isinstance(request, UseModel) for request in drive.bench.service.asked)
        assert not Path(config_file()).exists()

    drive_on(bench(used), test, size=(100, 30))


def test_a_pasted_folder_is_a_model_or_says_why_not(tmp_path: Path, own_home: Path) -> None:
    folder = tiny_bundle(tmp_path / "elsewhere").folder

    async def test(drive: Drive) -> None:
        drive.app.main.perform("models")
        await drive.sees("drums")
        await paste(drive, str(tmp_path))
        await drive.sees("the model lacks a file")
        await paste(drive, folder)
        await drive.until(lambda: UseModel(folder) in drive.bench.service.asked, what="the request")
        assert load_settings().model == folder

    drive_on(bench(), test, size=(100, 30))


@pytest.mark.parametrize("latent", [4, 20, 64])
def test_b3_the_menu_of_axes_has_each_dimension_once(latent: int) -> None:
    choices = [choice.id for choice in axis_choices(latent)]
    dimensions = [name for name in choices if "dim" in name]
    assert dimensions == [f"dim{number}" for number in range(1, latent + 1)]
    assert set(axis_names(latent)) <= set(choices) and len(set(choices)) == len(choices)
