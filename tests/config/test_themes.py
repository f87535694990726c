import itertools
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from tui_browser.config.appearance import choose_appearance, supports_utf8, terminal_colours
from tui_browser.config.places import shipped
from tui_browser.config.settings import Settings
from tui_browser.config.themes import CLASS_KEYS, ROLES, Theme, load_theme, theme_names
from tui_browser.errors import ConfigError

SHIPPED = ("16-colours", "colour-blind", "dark", "light", "mono")
TRUE = ("colour-blind", "dark", "light")

# Full dichromacy on linear RGB, after Machado, Oliveira and Fernandes (2009).
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(colours: Iterable[str]) -> np.ndarray:
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours]) / 255
    return np.asarray(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4))


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = np.clip(rgb, 0, 1) @ to_xyz.T / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def least_distance(rgb: np.ndarray) -> float:
    points = lab(rgb)
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(points, 2))


def contrast(colour: str, ground: str) -> float:
    a, b = (float(linear([c])[0] @ [0.2126, 0.7152, 0.0722]) + 0.05 for c in (colour, ground))
    return max(a, b) / min(a, b)


def shipped_theme(name: str) -> Theme:
    return load_theme(name, folders=[shipped("themes")])


def test_the_shipped_themes_are_found() -> None:
    assert theme_names(folders=[shipped("themes")]) == list(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_theme_is_whole_and_its_fallback_exists(name: str) -> None:
    theme = shipped_theme(name)
    assert set(theme.roles) == set(ROLES)
    assert len(theme.class_colours) == len(theme.class_letters) == len(CLASS_KEYS) == 12
    assert len(theme.ramp) >= 7
    assert shipped_theme(theme.fallback).depth in ("16", "none")
    assert theme.class_letter(0) == "K"
    assert theme.class_letter(255) == "?"
    assert theme.class_colour(255) == theme.class_colours[-1]


@pytest.mark.parametrize("name", SHIPPED)
def test_textual_takes_every_colour(name: str) -> None:
    from textual.color import Color

    theme = shipped_theme(name)
    for colour in (*theme.roles.values(), *theme.class_colours, *theme.ramp):
        Color.parse(colour)


@pytest.mark.parametrize("name", TRUE)
def test_class_colours_can_be_told_apart_and_read(name: str) -> None:
    theme = shipped_theme(name)
    assert least_distance(linear(theme.class_colours[:-1])) > 25
    assert least_distance(linear(theme.class_colours)) > 15
    assert min(contrast(colour, theme.roles["background"]) for colour in theme.class_colours) >= 3
    assert contrast(theme.roles["text"], theme.roles["background"]) >= 7
    assert contrast(theme.roles["text"], theme.roles["selection"]) >= 4.5
    for role in ("muted", "warning", "error", "accent"):
        for ground in ("background", "surface", "panel"):
            assert contrast(theme.roles[role], theme.roles[ground]) >= 4, (role, ground)
    # What the filter leaves out is seen, but never taken for a class.
    ground = theme.roles["ground"]
    assert 1.3 <= contrast(ground, theme.roles["background"]) < 3
    assert min(np.linalg.norm(lab(linear([ground])) - lab(linear([c]))) for c in theme.class_colours) > 15


@pytest.mark.parametrize("name", TRUE)
def test_families_within_other_stand_apart_from_the_classes_and_from_each_other(name: str) -> None:
    theme = shipped_theme(name)
    hues = (*theme.class_colours[:-1], *theme.family_colours)
    least = 15 if name == "colour-blind" else 25
    assert least_distance(linear(hues)) > least and least_distance(linear((*hues, theme.class_colours[-1]))) > 14
    assert min(contrast(colour, theme.roles["background"]) for colour in theme.family_colours) >= 3
    ground = lab(linear([theme.roles["ground"]]))
    assert min(np.linalg.norm(ground - lab(linear([colour]))) for colour in theme.family_colours) > 15


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_families_can_be_told_apart_with_each_deficiency_in_the_colour_blind_theme(kind: str) -> None:
    theme = shipped_theme("colour-blind")
    hues = linear((*theme.class_colours[:-1], *theme.family_colours))
    assert least_distance(np.clip(hues @ np.array(DEFICIENCIES[kind]).T, 0, 1)) > 14.9


def test_of_sixteen_colours_families_take_those_that_no_class_has_and_monochrome_has_none() -> None:
    sixteen = shipped_theme("16-colours")
    assert not set(sixteen.family_colours) & set(sixteen.class_colours) and len(set(sixteen.family_colours)) == 3
    assert set(shipped_theme("mono").family_colours) == {"ansi_default"}


def test_a_family_is_looked_up_behind_the_classes_and_has_the_colour_of_other_where_a_theme_names_none(
    tmp_path: Path,
) -> None:
    dark = shipped_theme("dark")
    assert dark.class_colour(12) == dark.family_colours[0] and dark.class_letter(21) == dark.class_letters[10]
    assert dark.class_colour(22) == dark.class_colours[-1] and dark.class_letter(11) == dark.class_letter(22) == "?"
    bare = Path(shipped("themes"), "dark.toml").read_text()
    begin, end = bare.index("[families]"), bare.index("[class_letters]")
    folders = own(tmp_path, "bare", bare[:begin] + bare[end:])
    assert set(load_theme("bare", folders=folders).family_colours) == {dark.class_colours[10]}
    mine = load_theme("mine", folders=own(tmp_path, "mine", 'inherits = "dark"\n[families]\nvoice = "#ff0000"\n'))
    assert mine.family_colours[:3] == (dark.family_colours[0], "#ff0000", dark.family_colours[2])


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_the_colour_blind_theme_holds_for_each_deficiency(kind: str) -> None:
    seen = np.clip(linear(shipped_theme("colour-blind").class_colours) @ np.array(DEFICIENCIES[kind]).T, 0, 1)
    assert least_distance(seen[:-1]) > 22
    assert least_distance(seen) > 12


@pytest.mark.parametrize("name", TRUE)
def test_the_ramp_goes_one_way_in_lightness(name: str) -> None:
    lightness = lab(linear(shipped_theme(name).ramp))[:, 0]
    steps = np.diff(lightness)
    assert (steps > 3).all() or (steps < -3).all()


def test_sixteen_colours_are_distinct_names_and_mono_has_none() -> None:
    sixteen, mono = shipped_theme("16-colours"), shipped_theme("mono")
    assert len(set(sixteen.class_colours)) == 12
    everything = (*mono.roles.values(), *mono.class_colours, *mono.ramp)
    assert set(everything) == {"ansi_default"}
    assert "reverse" in mono.styles["cursor"]
    assert mono.styles["ground"] == "dim"


def own(tmp_path: Path, name: str, text: str) -> list[str]:
    (tmp_path / f"{name}.toml").write_text(text)
    return [str(tmp_path), shipped("themes")]


def test_a_persons_theme_inherits_what_it_leaves_out(tmp_path: Path) -> None:
    folders = own(tmp_path, "mine", 'inherits = "light"\n[roles]\naccent = "#123456"\n[classes]\nkick = "ansi_red"\n')
    mine, light = load_theme("mine", folders=folders), shipped_theme("light")
    assert mine.roles["accent"] == "#123456"
    assert mine.class_colours[0] == "ansi_red"
    assert mine.class_colours[1:] == light.class_colours[1:]
    assert (mine.dark, mine.ramp, mine.roles["text"]) == (False, light.ramp, light.roles["text"])


def test_a_persons_theme_may_take_and_inherit_a_shipped_name(tmp_path: Path) -> None:
    folders = own(tmp_path, "dark", 'inherits = "dark"\n[roles]\ncursor = "#00ff00"\n')
    assert load_theme("dark", folders=folders).roles["cursor"] == "#00ff00"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('inherits = "dark"\n[roles]\naccent = "#12345"\n', "roles.accent"),
        ('inherits = "dark"\n[roles]\naccent = "ansi_rde"\n', "ansi_red"),
        ('inherits = "dark"\n[roles]\nacent = "#123456"\n', "'accent'"),
        ('inherits = "dark"\n[classes]\nkik = "#123456"\n', "'kick'"),
        ('inherits = "dark"\n[families]\nvoise = "#123456"\n', "'voice'"),
        ('inherits = "dark"\n[classes]\nkick = 3\n', "classes.kick"),
        ('inherits = "dark"\n[class_letters]\nkick = "S"\n', "class_letters"),
        ('inherits = "dark"\n[class_letters]\nkick = "\\u001b"\n', "class_letters.kick"),
        ('inherits = "dark"\n[styles]\ncursor = "blink"\n', "styles.cursor"),
        ('inherits = "dark"\nramp = ["#000000"]\n', "ramp"),
        ('inherits = "drak"\n', "'dark'"),
        ('inherits = "mine"\n', "mine"),
        ("dark = true\n", "is missing"),
        ("dark = \n", "not valid TOML"),
        ('inherits = "dark"\nrolse = 1\n', "'roles'"),
        ('inherits = "dark"\nroles = 1\n', "roles"),
        ('inherits = "dark"\ndepth = "8"\n', "depth"),
    ],
)
def test_a_wrong_theme_names_its_file_and_key_and_the_default_is_taken(tmp_path: Path, text: str, says: str) -> None:
    folders = own(tmp_path, "mine", text)
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        load_theme("mine", folders=folders)
    assert "mine.toml" in str(caught.value)
    look = choose_appearance(Settings(theme="mine"), {"TERM": "xterm-256color"}, folders=folders)
    assert look.theme.name == "dark"
    assert look.notice == str(caught.value)


@pytest.mark.parametrize("name", ["../dark", "nothing", "", "/etc/passwd"])
def test_a_theme_that_is_not_there(name: str) -> None:
    with pytest.raises(ConfigError):
        load_theme(name, folders=[shipped("themes"), "/nonexistent"])


@pytest.mark.parametrize(
    ("env", "colours", "theme"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor", "light"),
        ({"TERM": "xterm-kitty"}, "truecolor", "light"),
        ({"TERM": "tmux-256color"}, "256", "light"),
        ({"TERM": "xterm"}, "16", "16-colours"),
        ({"TERM": "linux"}, "16", "16-colours"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none", "mono"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none", "mono"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256", "light"),
    ],
)
def test_the_terminal_decides_the_depth(env: dict[str, str], colours: str, theme: str) -> None:
    look = choose_appearance(Settings(), env, remembered="light", folders=[shipped("themes")])
    assert (look.colours, look.theme.name, look.notice) == (colours, theme, "")
    assert terminal_colours(env) == colours


def test_a_setting_goes_before_the_terminal_and_the_memory() -> None:
    look = choose_appearance(Settings(theme="dark", colour="none", ascii=True), {"TERM": "foot"}, remembered="light")
    assert (look.theme.name, look.ascii) == ("mono", True)
    assert choose_appearance(Settings(theme="dark"), {"TERM": "foot"}, remembered="light").theme.name == "dark"


@pytest.mark.parametrize(
    ("env", "utf8"),
    [
        ({}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),  # as Python leaves it in the C locale
        ({"LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "en_US.ISO-8859-1"}, False),
        ({"LANG": "en_US.UTF-8", "TERM": "linux"}, False),
    ],
)
def test_the_locale_decides_on_ascii(env: dict[str, str], utf8: bool) -> None:
    assert supports_utf8(env) is utf8
    assert choose_appearance(Settings(), {"TERM": "foot", **env}, folders=[shipped("themes")]).ascii is not utf8
