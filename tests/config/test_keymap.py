import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.config.keymap import resolve_keys, spell
from tui_browser.errors import ConfigError

DEFAULTS = {
    "play": ("space", "p"),
    "paste": ("v",),
    "walk_left": ("left", "h"),
    "choose": ("enter",),
    "open": ("enter",),
}
SCREENS = {"choose": ("pick",), "open": ("map",)}


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("esc", "escape"), ("shift+h", "H"), ("Ctrl+P", "ctrl+p"), ("plus", "+"), ("ctrl++", "ctrl++"), ("+", "+"),
        (" ", "space"), ("?", "?"), ("H", "H"), ("F1", "f1"), ("shift+Left", "shift+left"), ("é", "é"),
        ("shift+ctrl+up", "ctrl+shift+up"),
    ],
)  # fmt: skip
def test_one_spelling(written: str, key: str) -> None:
    assert spell(written) == key
    assert spell(spell(written)) == key


@pytest.mark.parametrize(("key", "near"), [("ctlr+p", "ctrl"), ("spce", "space"), ("", "space"), ("\x1b", "ctrl+p")])
def test_what_is_no_key_is_named(key: str, near: str) -> None:
    with pytest.raises(ConfigError, match="no key is called") as caught:
        spell(key, path="config.toml")
    assert near in caught.value.hint
    assert caught.value.path == "config.toml"


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_a_named_error(text: str) -> None:
    try:
        key = spell(text)
    except ConfigError:
        return
    assert spell(key) == key


def test_own_keys_replace_the_commands() -> None:
    resolved = resolve_keys(DEFAULTS, {"play": ["P", "P"], "walk_left": []}, screens=SCREENS)
    assert resolved == {**DEFAULTS, "play": ("P",), "walk_left": ()}
    assert list(resolved) == list(DEFAULTS)


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'play'"):
        resolve_keys(DEFAULTS, {"paly": ["P"]}, screens=SCREENS)


def test_a_key_means_one_thing_on_one_screen() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_keys(DEFAULTS, {"paste": ["P", "space"]}, screens=SCREENS, path="config.toml")
    assert "'play'" in str(caught.value)
    assert "'paste'" in str(caught.value)
    assert "config.toml" in str(caught.value)
    assert resolve_keys(DEFAULTS, {"paste": ["space"], "play": ["v"]}, screens=SCREENS)["play"] == ("v",)
    with pytest.raises(ConfigError, match="enter"):
        resolve_keys(DEFAULTS, {})  # without screens both act everywhere
    with pytest.raises(ConfigError, match="'escape'"):
        resolve_keys({"a": ("esc",), "b": ("escape",)}, {}, screens={"b": ("map",)})
