import dataclasses
import json
import os
import sys
import tomllib
from operator import methodcaller
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.config import places
from tui_browser.config.settings import Settings, documented_settings, load_settings, parse_settings
from tui_browser.config.state import SavedState, SavedView, load_state, remember, save_state
from tui_browser.errors import ConfigError


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return str(path)


def test_no_file_is_the_defaults(tmp_path: Path) -> None:
    assert load_settings(str(tmp_path / "none.toml")) == Settings()


def test_every_setting_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'theme = "light"\nplayer = "recorder:/tmp/a b.wav"\nmodel = "/m"\njobs = 3\nauto_play_delay_ms = 0\n'
        "level = false\ntails = true\nmouse = false\nhover = false\nclick_copies = true\n"
        'neighbours = "exact"\nslow = true\nplain_textual = true\nmotion = false\ncolour = "16"\nascii = true\n'
        'breathe = true\nlist_columns = ["name", "bpm"]\nproject_bpm = 92.5\nproject_key = "F# minor"\n'
        "control = true\n"
        '[keys]\nplay = "p"\nwalk_left = ["h", "left"]\n',
    )
    settings = load_settings(path)
    assert settings == Settings(
        theme="light", player="recorder:/tmp/a b.wav", model="/m", jobs=3, neighbours="exact", auto_play_delay_ms=0,
        level=False, tails=True, mouse=False, hover=False, click_copies=True, slow=True, plain_textual=True,
        motion=False, breathe=True, colour="16", ascii=True, list_columns=("name", "bpm"),
        project_bpm=92.5, project_key="F#m", control=True, keys={"play": ("p",), "walk_left": ("h", "left")},
    )  # fmt: skip
    given_values = [getattr(settings, f.name) != f.default for f in dataclasses.fields(settings)]
    assert all(given_values), "a new setting belongs into this test"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('list_columns = ["name", "lenght"]', "length"),
        ('list_columns = ["bpm"]', "name among them"),
        ('list_columns = "name"', "must be a list"),
        ('them = "dark"', "'theme'"),
        ('color = "16"', "'colour'"),
        ('colour = "truecolour"', "'truecolor'"),
        ('player = "miniaudo"', "'miniaudio'"),
        ('player = "recorder:"', "recorder:FILE"),
        ("jobs = true", "a whole number"),
        ("jobs = -1", "0 to 256"),
        ("auto_play_delay_ms = 5000", "0 to 2000"),
        ("project_bpm = 5", "0, or 30 to 300"),
        ('project_bpm = "90"', "a number"),
        ('project_key = "H"', "a note, with m for minor"),
        ('mouse = "no"', "true or false"),
        ("theme = 1", "text in quotes"),
        ("keys = 1", "[keys]"),
        ("[keys]\nplay = 1", "'play'"),
        ("[keys]\nplay = [1]", "'play'"),
        ("colour = []", "'colour'"),
        ("mouse =", "not valid TOML"),
    ],
)
def test_a_wrong_setting_names_the_file_the_key_and_the_nearest(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert says in str(caught.value)
    assert path in str(caught.value)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"theme = '\xff'")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_settings(str(path))


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=4), st.integers(), st.booleans(), st.none())))
def test_whatever_stands_in_the_table_is_settings_or_a_named_error(table: dict[str, object]) -> None:
    try:
        assert isinstance(parse_settings(table, path="c.toml"), Settings)
    except ConfigError as error:
        assert error.path == "c.toml"


def test_every_setting_has_its_text_and_its_default_is_allowed() -> None:
    documents = documented_settings()
    assert [key for key, _, _ in documents] == [f.name for f in dataclasses.fields(Settings)]
    assert all(len(text) > 10 for _, _, text in documents)
    lines = [f"{key} = {json.dumps(default)}" for key, default, _ in documents if type(default) is not MappingProxyType]
    assert parse_settings(tomllib.loads("\n".join(lines)), path="defaults") == Settings()


def test_state_comes_back(tmp_path: Path) -> None:
    path = str(tmp_path / "deep" / "state.json")
    state = SavedState(speed=0.5, theme="light").with_library("/a/my.db", SavedView(7, "pitch_hz", auto_play=True))
    assert save_state(state, path)
    assert load_state(path) == state
    assert load_state(path).library("/a/my.db") == SavedView(7, "pitch_hz", auto_play=True)
    assert load_state(path).library("/other.db") == SavedView()
    assert os.listdir(tmp_path / "deep") == ["state.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"libraries": [1]}', b'{"libraries": {"/a": 3}}',
        b'{"auto_play": 1, "theme": [], "libraries": {"/a": {"selected": "x"}}}',
    ],
)  # fmt: skip
def test_a_damaged_state_file_is_the_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    state = load_state(str(path))
    assert (state.speed, state.theme, state.library("/a")) == (1.0, "", SavedView())


def test_auto_play_of_an_older_state_file_is_that_of_the_libraries_in_it_and_looping_is_forgotten(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.json"
    libraries = '{"/a": {"selected": 3}, "/b": {"auto_play": false}}'
    path.write_text(f'{{"auto_play": true, "loop": true, "libraries": {libraries}}}')
    state = load_state(str(path))
    assert state.library("/a") == SavedView(3, auto_play=True)
    assert not state.library("/b").auto_play and not state.library("/new").auto_play


def test_a_state_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert save_state(SavedState(), str(tmp_path / "file" / "state.json")) is False


def test_two_apps_keep_each_others_libraries_and_old_ones_leave(tmp_path: Path) -> None:
    path = str(tmp_path / "state.json")
    for number in range(70):
        remember(methodcaller("with_library", f"/{number}", SavedView(number)), path)
    remember(lambda state: dataclasses.replace(state, volume_db=-6.0), path)
    state = load_state(path)
    assert state.volume_db == -6.0
    assert state.library("/69") == SavedView(69)
    assert state.library("/0") == SavedView()
    assert len(state.libraries) == 64


def test_places_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
        assert places.config_file() == str(tmp_path / "c" / "tui-browser" / "config.toml")
    monkeypatch.setenv("TUI_BROWSER_LIBRARY", "/somewhere/my.db")
    assert places.default_library() == "/somewhere/my.db"
    monkeypatch.delenv("TUI_BROWSER_LIBRARY")
    assert places.default_library() == os.path.join(places.data_dir(), "library.db")
    assert os.path.isdir(places.shipped("themes"))
    assert not os.path.exists(tmp_path / "c"), "asking makes no folder"


def test_a_log_is_set_aside_when_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "cache_dir", lambda: str(tmp_path / "cache"))
    path = places.log_file("player")
    assert path == str(tmp_path / "cache" / "player.log")
    Path(path).write_bytes(b"x" * (2 << 20))
    assert places.log_file("player") == path
    assert os.path.getsize(f"{path}.old") == 2 << 20
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(places, "cache_dir", lambda: str(tmp_path / "file"))
    assert places.log_file("player") is None


def test_a_pipe_a_device_and_a_giant_are_no_settings(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for make in (os.mkfifo, lambda path: os.symlink("/dev/zero", path)):
        make(path)
        with pytest.raises(ConfigError, match="pipe or a device"):
            load_settings(str(path))
        assert load_state(str(path)) == SavedState()
        path.unlink()
    with open(path, "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ConfigError, match="larger than"):
        load_settings(str(path))
    path.write_text("theme = " + "[" * 100_000)
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_settings(str(path))


def test_logs_are_private_and_not_written_through_a_link(own_home: Path) -> None:
    cache = Path(places.cache_dir())
    cache.mkdir(parents=True, mode=0o755)
    log = cache / "service.log"
    log.touch(0o644)
    assert places.log_file("service") == str(log)
    assert [path.stat().st_mode & 0o777 for path in (cache, log)] == [0o700, 0o600]
    (cache / "player.log").symlink_to(own_home / "victim")
    assert places.log_file("player") is None and not (own_home / "victim").exists()
