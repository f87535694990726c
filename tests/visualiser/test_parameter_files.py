"""Parameter files: the shipped ones, a person's own beside them, and wrong ones, which are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_browser.errors import ConfigError
from tui_browser.visualiser.parameter_files import SCENES, load_scene, load_scenes, shipped_scene

OWN = """
scene = "lights"
title = "Slow lights"

[[parameter]]
name = "speed"
avg = 0.1
min = 0.05
max = 0.2
"""


@pytest.mark.parametrize("scene", SCENES)
def test_e4_every_shipped_scene_has_ten_parameters(scene: str) -> None:
    file = shipped_scene(scene)
    assert file.scene == scene and len({each.name for each in file.parameters}) == 10


def test_e4_a_file_of_ones_own_is_added_and_takes_the_rest_from_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "slow.toml").write_text(OWN)
    scenes, problems = load_scenes(str(tmp_path))
    assert [each.title for each in scenes] == ["Particles", "Lights", "Kaleidoscope", "Slow lights"]
    assert not problems
    own, shipped = scenes[-1], shipped_scene("lights")
    speed = next(each for each in own.parameters if each.name == "speed")
    assert (speed.avg, speed.min, speed.max) == (0.1, 0.05, 0.2)
    rest = [each for each in shipped.parameters if each.name != "speed"]
    assert [each for each in own.parameters if each.name != "speed"] == rest


def test_a_file_named_as_a_shipped_one_replaces_it(tmp_path: Path) -> None:
    (tmp_path / "lights.toml").write_text(OWN)
    scenes, _ = load_scenes(str(tmp_path))
    assert [each.title for each in scenes] == ["Particles", "Slow lights", "Kaleidoscope"]


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("scene = 'light'", "scene cannot be 'light'", "lights"),
        ("scene = 3", "scene cannot be 3", "one of"),
        ("scene = 'lights'\ntilte = 'x'", "'tilte'", "title"),
        ("scene = 'lights'\ntitle = ''", "title", "characters"),
        ("scene = 'lights'\nparameter = 3", "parameters must be tables", "[[parameter]]"),
        ("scene = 'lights'\n[[parameter]]\nname = 'sped'", "no parameter 'sped'", "speed"),
        ("scene = 'lights'\n[[parameter]]\navg = 1", "no parameter None", "one of"),
        ("scene = 'lights'\n[[parameter]]\nname = 'speed'\navrg = 1", "'avrg'", "avg"),
        ("scene = 'lights'\n[[parameter]]\nname = 'speed'\navg = 'x'", "speed.avg", "number"),
        ("scene = 'lights'\n[[parameter]]\nname = 'speed'\navg = nan", "speed.avg", "number"),
        ("scene = 'lights'\n[[parameter]]\nname = 'speed'\navg = 7", "speed.avg cannot be 7", "0.1 to 0.46"),
        ("scene = 'lights'\n[[parameter]]\nname = 'speed'\nrate = 6", "speed.rate", "0.02 to 5"),
        ("scene = 'lights'\n[[parameter]]\nname = 'speed'\nblur = 7", "speed.blur", "1, 10, 50"),
        ("scene = 'lights'\n[[parameter]]\nname = 'speed'\nstep = -1", "speed.step", "0 for any"),
        ("scene = 'lights'\n[[parameter]]\nname = 'lights'\nstep = 5", "lights.avg", "steps of 5"),
        ("scene = 'lights'\n[[parameter]]\nname = 'speed'\n[[parameter]]\nname = 'speed'", "twice", ""),
        ("scene = ", "not valid TOML", ""),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path: Path, text: str, what: str, hint: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_scene(str(path))
    assert what in caught.value.what and hint in caught.value.hint and str(path) in str(caught.value)
    scenes, problems = load_scenes(str(tmp_path))
    assert len(scenes) == 3 and len(problems) == 1


def test_no_folder_is_no_problem(tmp_path: Path) -> None:
    scenes, problems = load_scenes(str(tmp_path / "none"))
    assert len(scenes) == 3 and not problems
