import itertools
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.config.appearance import choose_appearance, supports_utf8, terminal_colours
from tui_browser.config.places import shipped
from tui_browser.config.settings import Settings
from tui_browser.config.theme_shades import shades_of
from tui_browser.config.themes import CLASS_KEYS, HUED_FAMILIES, ROLES, Theme, load_theme, theme_names
from tui_browser.errors import ConfigError
from tui_browser.records import CLASS_FAMILIES, DRUM_CLASSES, DRUMS

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
    assert len(theme.class_colours) == len(theme.class_letters) == len(CLASS_KEYS) == 28
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
    drums = theme.class_colours[: len(DRUM_CLASSES)]
    assert least_distance(linear(drums)) > 25
    assert least_distance(linear((*drums, theme.class_colours[-1]))) > 15
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


def shades(theme: Theme, family: str) -> np.ndarray:
    return linear(theme.class_colours[CLASS_KEYS.index(name)] for name in CLASS_FAMILIES[family])


def between(ones: np.ndarray, others: np.ndarray) -> float:
    return float(np.linalg.norm(lab(ones)[:, np.newaxis] - lab(others), axis=-1).min())


@pytest.mark.parametrize("name", TRUE)
def test_families_have_hues_that_stand_apart_from_each_other_and_from_drums(name: str) -> None:
    theme = shipped_theme(name)
    drums = linear(theme.class_colours[: len(DRUMS)])
    apart, from_drums = (50, 11) if name == "colour-blind" else (40, 15)
    for one, other in itertools.combinations(HUED_FAMILIES, 2):
        assert between(shades(theme, one), shades(theme, other)) > apart, (one, other)
    assert min(between(shades(theme, family), drums) for family in HUED_FAMILIES) > from_drums


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_families_stand_apart_with_each_deficiency_in_the_colour_blind_theme(kind: str) -> None:
    theme, to = shipped_theme("colour-blind"), np.array(DEFICIENCIES[kind]).T
    seen = {family: np.clip(shades(theme, family) @ to, 0, 1) for family in HUED_FAMILIES}
    assert min(between(seen[one], seen[other]) for one, other in itertools.combinations(seen, 2)) > 20
    drums = np.clip(linear(theme.class_colours[: len(DRUMS)]) @ to, 0, 1)
    for family in HUED_FAMILIES:
        own = seen[family]
        assert between(own, drums) > 6, f"{family} beside a drum: letters tell what colours cannot"
        assert len(own) < 2 or least_distance(own) > 5, f"shades of {family} are told apart by lightness"


def test_of_sixteen_colours_families_take_those_that_no_drum_has_and_monochrome_has_none() -> None:
    sixteen = shipped_theme("16-colours")
    assert not set(sixteen.family_hues.values()) & set(sixteen.class_colours[: len(DRUM_CLASSES)])
    assert len(set(sixteen.family_hues.values())) == 3 and len(set(sixteen.class_letters)) == len(CLASS_KEYS)
    assert set(shipped_theme("mono").class_colours) == {"ansi_default"}


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), st.integers(1, 12), st.booleans())
def test_shades_of_any_hue_can_be_read_and_are_steps_of_lightness(hue: str, count: int, dark: bool) -> None:
    made = shades_of(hue, count, dark=dark)
    ground = "#101418" if dark else "#fbfaf7"
    assert len(set(made)) == count and min(contrast(colour, ground) for colour in made) >= 3
    lightness = np.sort(lab(linear(made))[:, 0])
    assert count == 1 or np.diff(lightness).min() > 2.5
    assert shades_of("ansi_green", 3, dark=dark) == ("ansi_green",) * 3


def test_a_person_names_hues_and_colours_and_letters_of_classes(tmp_path: Path) -> None:
    dark = shipped_theme("dark")
    text = (
        'inherits = "dark"\n[families]\nvoice = "#ff0000"\n[classes]\nbass = "#00ff00"\n[class_letters]\nkick = "b"\n'
    )
    mine = load_theme("mine", folders=own(tmp_path, "mine", text))
    colours = dict(zip(CLASS_KEYS, mine.class_colours, strict=True))
    before = dict(zip(CLASS_KEYS, dark.class_colours, strict=True))
    assert colours["bass"] == "#00ff00" and colours["voice"] != before["voice"] and colours["keys"] == before["keys"]
    letters = dict(zip(CLASS_KEYS, mine.class_letters, strict=True))
    assert letters["kick"] == "b" and letters["bass"] != "b" and len(set(letters.values())) == len(letters)
    child = load_theme("child", folders=own(tmp_path, "child", 'inherits = "mine"\n'))
    assert child.class_colours == mine.class_colours and child.class_letters == mine.class_letters


def test_a_theme_from_before_families_of_classes_is_taken_and_its_old_keys_are_named(tmp_path: Path) -> None:
    """Without hues the kinds are shades of `other`; keys of kinds that were told by words in paths mean nothing."""
    whole = Path(shipped("themes"), "dark.toml").read_text()
    begin, end = whole.index("[families]"), whole.index("[class_letters]")
    bare = load_theme("bare", folders=own(tmp_path, "bare", whole[:begin] + whole[end:]))
    assert set(bare.family_hues.values()) == {bare.class_colours[10]} and not bare.notice
    old = '[families]\nbass = "#8a7800"\nwinds = "#00fce4"\nvoice = "#fc2a84"\n'
    folders = own(tmp_path, "mine", f'inherits = "dark"\n{old}')
    mine = load_theme("mine", folders=folders)
    assert mine.family_hues["voice"] == "#fc2a84" and "families.bass, families.winds" in mine.notice
    look = choose_appearance(Settings(theme="mine"), {"TERM": "xterm-256color"}, folders=folders)
    assert look.theme.name == "mine" and look.notice == mine.notice


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_the_colour_blind_theme_holds_for_each_deficiency(kind: str) -> None:
    theme = shipped_theme("colour-blind")
    colours = (*theme.class_colours[: len(DRUM_CLASSES)], theme.class_colours[-1])
    seen = np.clip(linear(colours) @ np.array(DEFICIENCIES[kind]).T, 0, 1)
    assert least_distance(seen[:-1]) > 22
    assert least_distance(seen) > 12


@pytest.mark.parametrize("name", TRUE)
def test_the_ramp_goes_one_way_in_lightness(name: str) -> None:
    lightness = lab(linear(shipped_theme(name).ramp))[:, 0]
    steps = np.diff(lightness)
    assert (steps > 3).all() or (steps < -3).all()


def test_sixteen_colours_are_distinct_names_and_mono_has_none() -> None:
    sixteen, mono = shipped_theme("16-colours"), shipped_theme("mono")
    assert len({*sixteen.class_colours[: len(DRUM_CLASSES)], sixteen.class_colours[-1]}) == 12
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
