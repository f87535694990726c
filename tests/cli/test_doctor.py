"""The doctor: what it says is so, what fails is told by the exit code, and nothing is changed by looking."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.bundles import tiny_bundle
from tests.support.cli import invoke
from tests.support.programs import need
from tui_browser.cli.doctor import check_clipboard, check_library, check_program, check_sound
from tui_browser.cli.doctor import check_terminal as look
from tui_browser.cli.doctor.finding import Finding
from tui_browser.config.places import config_file
from tui_browser.config.settings import Settings
from tui_browser.playback.messages import Ready
from tui_browser.playback.remote.listener import Listener, ListenerOptions
from tui_browser.playback.remote.pairing import own_token
from tui_browser.store.writer_lock import writer_lock

PLAIN = {"PATH": os.environ.get("PATH", os.defpath), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
CHECKS = [
    "versions", "extras", "settings", "terminal", "colours", "theme", "braille", "keys", "clipboard", "sound",
    "listener", "formats", "library", "disk", "watching", "model",
]  # fmt: skip

Run = Callable[..., tuple[int, dict[str, Finding], str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str | Path) -> tuple[int, dict[str, Finding], str]:
        result = invoke("doctor", *words, monkeypatch=monkeypatch, capture=capfd)
        rows = [Finding(**row) for row in result.rows()] if "--json" in words else []
        return result.code, {row.check: row for row in rows}, result.out.decode() + result.err

    return call


def configure(text: str) -> None:
    Path(config_file()).parent.mkdir(parents=True, exist_ok=True)
    Path(config_file()).write_text(text)


def test_a_healthy_place(run: Run, tmp_path: Path) -> None:
    configure('player = "null"')
    torch_before = "torch" in sys.modules
    model = tiny_bundle(tmp_path / "tiny").folder
    library = tmp_path / "new" / "library.db"
    code, found, _ = run("--json", "--library", library, "--model", model)
    assert code == 0
    assert [check for check in CHECKS if check not in found] == []
    assert all(row.state in ("good", "limited") and row.found and row.tested for row in found.values())
    assert found["model"].found.startswith("tiny-") and "classes" in found["model"].found
    assert found["sound"].found == "null"
    assert found["library"].found == f"none yet; it will be {library}"
    assert not library.parent.exists()
    assert ("torch" in sys.modules) == torch_before


def test_the_light_distribution_is_whole_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (info := tmp_path / "tui_browser_listen-1.dist-info").mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tui-browser-listen\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not check_program.is_light(), "torch is here"
    version, find = importlib.metadata.version, importlib.util.find_spec

    def without_torch(name: str) -> str:
        if name in ("torch", "pynndescent"):
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_torch)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    [found], [model] = check_program.versions(), check_program.model(None)
    assert (found.state, model.state) == ("limited", "limited")
    assert "without torch, pynndescent" in found.found and "does not index" in found.found


def test_what_plays_can_be_said_for_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_program, "model", lambda *_: iter(()))
    code, found, _ = run("--json", "--library", tmp_path / "l.db", "--player", "null")
    assert (code, found["sound"].found) == (0, "null")
    code, found, _ = run("--json", "--library", tmp_path / "l.db", "--player", f"remote:{tmp_path}/none.sock")
    assert (code, found["listener"].state) == (1, "fails")
    code, _, said = run("--player", "nul")
    assert code == 2 and "'null'" in said


def test_what_was_asked_for_and_cannot_work_is_exit_1(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('thme = "dark"\n')
    library = tmp_path / "library.db"
    library.write_bytes(b"SQLite format 3\0" + b"\xee" * 5000)
    monkeypatch.setattr(check_sound, "sound", lambda *_, **__: iter(()))
    code, found, _ = run("--json", "--library", library, "--model", "nosuch")
    assert code == 1
    assert {check for check, row in found.items() if row.state == "fails"} == {"settings", "library", "model"}
    assert "theme" in found["settings"].found
    assert all(found[check].change for check in ("settings", "model", "library"))
    code, _, text = run("--library", library, "--model", "nosuch")
    assert code == 1
    assert len(re.findall(r"^FAILS", text, re.MULTILINE)) == 3
    assert "-> " in text and max(map(len, text.splitlines())) <= 160


def test_looking_at_a_library_leaves_it_as_it_is_and_says_who_writes(tmp_path: Path) -> None:
    from tui_browser.library.library import open_for_writing

    path, root = str(tmp_path / "library.db"), tmp_path / "gone"
    root.mkdir()
    with open_for_writing(path) as store:
        store.add_root(os.fsencode(root))
    before = Path(path).read_bytes()
    findings, roots, _ = check_library.library(path)
    assert findings[0].found.endswith("writable") and roots == [os.fsencode(root)]
    root.rmdir()
    with writer_lock(path, wait_s=1.0):
        findings, roots, _ = check_library.library(path)
    assert f"process {os.getpid()} is writing" in findings[0].found and findings[0].state == "good"
    assert (findings[1].check, findings[1].state, roots) == ("folder", "limited", [])
    assert Path(path).read_bytes() == before


def test_a_player_that_was_asked_for_and_is_silent_fails(tmp_path: Path) -> None:
    recorder = f"recorder:{tmp_path / 'heard.wav'}"
    [found] = check_sound.sound(Settings(player=recorder), tone=True)
    assert found.state == "good" and "440 Hz tone was played" in found.tested
    assert (tmp_path / "heard.wav").stat().st_size > 20_000
    [found] = check_sound.sound(Settings(player="recorder:/nonexistent/heard.wav"), tone=True)
    assert found.state == "fails"


@pytest.mark.parametrize(
    ("limits", "change"),
    [
        ({"max_user_watches": 1 << 20, "max_queued_events": 16_384, "max_user_instances": 128}, ""),
        ({"max_user_watches": 8, "max_queued_events": 16_384, "max_user_instances": 128}, "max_user_watches=524288"),
        ({"max_user_watches": 1 << 20, "max_queued_events": 64, "max_user_instances": 128}, "max_queued_events"),
        ({"max_user_watches": 1 << 20, "max_queued_events": 16_384, "max_user_instances": 1}, "max_user_instances"),
        ({"max_user_watches": None, "max_queued_events": None, "max_user_instances": None}, ""),
    ],
)
def test_limits_are_held_against_the_folders_that_there_are(
    limits: dict[str, int | None], change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcdefgh":
        (tmp_path / name).mkdir()
    monkeypatch.setattr(check_library, "_limit", limits.get)
    [found] = check_library.watching([os.fsencode(tmp_path)])
    assert change in found.change and bool(change) == bool(found.change)
    assert found.state == ("limited" if change else "good")
    assert "9 folders" in found.found or limits["max_user_watches"] is None


def test_a_listener_that_answers_is_told_with_its_distance(tmp_path: Path) -> None:
    here = {"SSH_CONNECTION": "1 2 3 4"}
    [found] = check_sound.listener(Settings(), {})
    assert found.state == "good" and "not needed" in found.found
    [found] = check_sound.listener(Settings(), here)
    assert found.state == "limited" and "tui-browser ssh" in found.change
    [found] = check_sound.listener(Settings(), {"TUI_BROWSER_LISTENER": str(tmp_path / "none.sock")})
    assert found.state == "fails" and "no listener answers" in found.found
    terms = ListenerOptions(str(tmp_path / "l.sock"), own_token(), str(tmp_path / "cache"), 1 << 20, "null")
    with closing(Listener(terms, log=str(tmp_path / "log"))) as listener:
        assert listener.next_note(timeout_s=60), "it serves"
        for settings, env in (
            (Settings(player=f"remote:{listener.address}"), {}),
            (Settings(), {"TUI_BROWSER_LISTENER": listener.address}),
        ):
            [found] = check_sound.listener(settings, env)
            assert re.search(rf"answers at {listener.address} within \d+ ms", found.found)
            assert "no device" in found.found and found.state == "fails", "the silent player is none"
        [found] = check_sound.sound(Settings(player=f"remote:{listener.address}"), tone=True)
        assert re.search(r"played after \d+ ms", found.tested)


@pytest.mark.parametrize(
    ("env", "check", "told"),
    [
        ({"TERM_PROGRAM": "vscode"}, look.keys, "ctrl+p"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, look.keys, "shift+up"),
        ({"STY": "1.x"}, check_clipboard.multiplexer, "GNU screen"),
        ({"ZELLIJ": "0"}, check_clipboard.multiplexer, "zellij"),
        ({"ZELLIJ": "0"}, look.keys, "ctrl+g locks zellij"),
        ({"TERMINAL_EMULATOR": "JetBrains-JediTerm"}, look.keys, "esc"),
        ({"SSH_TTY": "/dev/pts/0"}, lambda env: check_clipboard.ssh(env, None), "over SSH"),
        ({"VTE_VERSION": "7000"}, lambda env: check_clipboard.clipboard(env, None), "ignore OSC 52"),
        (
            {"DISPLAY": ":99999", "PATH": "/nonexistent"},
            lambda env: check_clipboard.clipboard(env, None),
            "install xclip",
        ),
        ({"LANG": "C"}, lambda env: look.braille(env, Settings(), None), "LANG=C.UTF-8"),
        ({"NO_COLOR": "1"}, lambda env: look.colours(env, Settings()), "unset NO_COLOR"),
        ({}, lambda env: look.colours(env, Settings()), "COLORTERM"),
    ],
)
def test_what_stands_in_the_way_is_named(
    env: Mapping[str, str], check: Callable[[Mapping[str, str]], Iterator[Finding]], told: str
) -> None:
    [found] = check({**PLAIN, **env})
    assert told in f"{found.found} {found.change}"


def test_what_is_installed_is_not_to_be_installed(tmp_path: Path) -> None:
    for tools, variable, told in (
        ((), "DISPLAY", "install xclip"),
        (("wl-copy",), "DISPLAY", "install xclip"),
        (("xclip",), "DISPLAY", "unset it"),
        (("xsel",), "DISPLAY", "unset it"),
        ((), "WAYLAND_DISPLAY", "install wl-clipboard"),
    ):
        folder = tmp_path / "-".join(("bin", variable, *tools))
        folder.mkdir()
        for tool in tools:
            (folder / tool).symlink_to(need(tool))
        [found] = check_clipboard.clipboard({**PLAIN, variable: ":99999", "PATH": str(folder)}, None)
        assert told in found.change and ("install" in found.change) == ("install" in told)


def test_a_wayland_tool_that_reaches_nothing_is_not_good(tmp_path: Path) -> None:
    need("wl-copy", "wl-paste")
    [found] = check_clipboard.clipboard({**PLAIN, "WAYLAND_DISPLAY": str(tmp_path / "gone")}, None)
    assert "OSC 52" in found.found and "WAYLAND_DISPLAY=" in found.change


def test_a_listener_with_another_secret_names_the_line_that_pairs(tmp_path: Path) -> None:
    terms = ListenerOptions(str(tmp_path / "l.sock"), bytes(32), str(tmp_path / "cache"), 1 << 20, "null")
    own_token()
    with closing(Listener(terms, log=str(tmp_path / "log"))) as listener:
        assert listener.next_note(timeout_s=60), "it serves"
        [found] = check_sound.listener(Settings(player=f"remote:{listener.address}"), {})
    assert found.state == "fails" and "not known here" in found.found
    assert f"tui-browser ssh {socket.gethostname()}" in found.change
    assert f"ssh {socket.gethostname()} 'umask 077; mkdir -p" in found.change
    assert found.change.endswith("< ~/.local/state/tui-browser/listener.token")


@pytest.mark.parametrize(
    ("parent", "env", "attached"),
    [
        (0, {}, True),
        (17, {}, False),
        (0, {"SSH_CONNECTION": "1 2 3 4"}, False),
    ],
)
def test_a_container_alone_keeps_no_key(
    parent: int, env: dict[str, str], attached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dockerenv").touch()
    session = tmp_path / str(os.getsid(0))
    session.mkdir()
    (session / "stat").write_text(f"{os.getsid(0)} (a) b) S {parent} 1 1")
    monkeypatch.setattr(look, "_CONTAINER", str(tmp_path / "dockerenv"))
    monkeypatch.setattr(look, "_PROCESSES", str(tmp_path))
    [found] = look.keys({**PLAIN, **env})
    assert ("docker waits" in found.found) is attached


def test_simpleaudio_tells_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = Ready(backend="simpleaudio", sounds=True, note="")
    monkeypatch.setattr(check_sound._PlayerEvents, "until", lambda *_: ready)
    [found] = check_sound.sound(Settings(player="simpleaudio"), tone=False)
    assert found.state == "limited" and 'player = "auto"' in found.change
    for limit in ("0.4 s", "230 ms", "60 s", "volume"):
        assert limit in found.found


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ((), "escape-time 20"),
        ((("escape-time", "20"),), ""),
        ((("escape-time", "20"), ("set-clipboard", "off")), "set-clipboard external"),
    ],
)
def test_tmux_tells_its_settings(tmp_path: Path, options: tuple[tuple[str, str], ...], change: str) -> None:
    need("tmux")
    socket = str(tmp_path / "tmux")
    env = {**PLAIN, "TMUX": f"{socket},1,0", "HOME": str(tmp_path)}
    subprocess.run(["tmux", "-S", socket, "-f", "/dev/null", "new-session", "-d", "sleep 60"], env=PLAIN, check=True)
    try:
        for name, value in options:
            subprocess.run(["tmux", "set-option", "-s", name, value], env=env, check=True)
        [found] = check_clipboard.multiplexer(env)
        assert found.state == ("limited" if change else "good")
        assert change in found.change and found.found.startswith("tmux ")
        [copies] = check_clipboard.clipboard(env, None)
        assert ("tmux's buffer" in copies.found) == ("off" not in dict(options).values())
    finally:
        subprocess.run(["tmux", "kill-server"], env=env, check=False)
