import pytest

from tui_browser.config.project import Project, parse_key_name, parse_project
from tui_browser.config.settings import Settings, parse_settings
from tui_browser.config.state import SavedState, load_state, save_state
from tui_browser.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "project"),
    [
        ("120 Am", Project(120, "Am")),
        ("92.5", Project(92.5)),
        ("92,5 bpm", Project(92.5)),
        ("174bpm, F# minor", Project(174, "F#m")),
        ("Bb", Project(0, "A#")),
        ("e♭ major", Project(0, "D#")),
        ("  ", Project()),
    ],
)
def test_tempo_and_key_as_people_type_them(text: str, project: Project) -> None:
    assert parse_project(text) == project
    assert parse_project(project.text) == project


@pytest.mark.parametrize("text", ["fast", "1200", "10", "999", "120 H", "120 120", "Am 120", "\x1b[31m"])
def test_what_is_no_project_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_project(text)
    assert refused.value.hint


def test_the_settings_take_both(tmp_path: object) -> None:
    path = f"{tmp_path}/config.toml"
    assert parse_settings({"project_bpm": 90, "project_key": "bb minor"}, path=path) == Settings(
        project_bpm=90.0, project_key="A#m"
    )
    for wrong in ({"project_bpm": 5}, {"project_bpm": True}, {"project_bpm": "90"}, {"project_key": "H"}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            parse_settings(wrong, path=path)


def test_what_was_set_in_the_app_is_kept(tmp_path: object) -> None:
    path, kept = f"{tmp_path}/state.json", SavedState(project_bpm=92.5, project_key="F#m")
    assert save_state(kept, path) and load_state(path) == kept
    save_state(SavedState(project_bpm=-1.0, project_key="no key"), path)
    assert load_state(path) == SavedState()


def test_names_of_keys() -> None:
    assert [parse_key_name(name) for name in ("a", "Cb", "B#", "abm", "G minor")] == ["A", "B", "C", "G#m", "Gm"]
