"""A library of a shipped model of before is offered the present one: quietly, once, and never by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fakes import Bench
from tests.support.pilot import driving, run
from tui_browser.cli import model_offer as offers
from tui_browser.cli.model_offer import model_offer
from tui_browser.config.settings import DEFAULT_MODEL, Settings
from tui_browser.config.state import load_state
from tui_browser.library.library import Library, open_for_writing


@pytest.fixture
def shipped_models(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As after a change of the default: `drums` and `wider` are shipped, and `wider` is the default."""
    for name in ("drums", "wider"):
        (tmp_path / "models" / name).mkdir(parents=True)
    monkeypatch.setattr(offers, "shipped", lambda kind: str(tmp_path / kind))
    monkeypatch.setattr(offers, "DEFAULT_MODEL", "wider")
    return tmp_path / "models"


def offered(folder: Path, model: str, *, settings: str = "wider", name: str = "l.db") -> str:
    with open_for_writing(str(folder / name)) as store:
        store.set_meta({"model": model})
    with Library.open(str(folder / name)) as library:
        return model_offer(library, Settings(model=settings))


def test_a_library_of_a_shipped_model_of_before_is_asked_once(shipped_models: Path, tmp_path: Path) -> None:
    first = offered(tmp_path, "drums")
    assert "drums" in first and "wider" in first and "Models" in first and "\n" not in first
    assert offered(tmp_path, "drums") == "" and load_state().offers == (f"wider:{tmp_path / 'l.db'}",)
    assert offered(tmp_path, "drums", name="another.db"), "each library by itself"
    with Library.open(str(tmp_path / "l.db")) as library:
        assert library.model == "drums"


@pytest.mark.parametrize(
    ("model", "settings"),
    [("", "wider"), ("wider", "wider"), ("drums", "drums"), ("/home/me/growls", "wider"), ("growls", "wider")],
)
def test_others_are_not_asked(shipped_models: Path, tmp_path: Path, model: str, settings: str) -> None:
    """A new library, one that moved, one whose model is named in the settings, and models of one's own."""
    assert offered(tmp_path, model, settings=settings) == "" and load_state().offers == ()


def test_nobody_is_asked_where_the_new_model_is_not_there(shipped_models: Path, tmp_path: Path) -> None:
    (shipped_models / "wider").rmdir()
    assert offered(tmp_path, "drums") == ""


def test_the_app_says_it_in_one_line_until_a_key_and_keeps_it_in_the_log() -> None:
    async def test() -> None:
        sentence = "this library uses the model drums; another tells more apart"
        async with driving(Bench(offer=sentence), size=(120, 30)) as drive:
            assert sentence in drive.text
            await drive.press("l")
            assert sentence not in drive.text
            assert any(sentence in entry.text for entry in drive.controllers.state.log.entries)

    run(test)


def test_settings_and_tools_take_the_one_default() -> None:
    assert Settings().model == DEFAULT_MODEL
