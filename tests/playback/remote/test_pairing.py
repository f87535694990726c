import os
import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from tui_browser.config.places import state_dir
from tui_browser.errors import PlayerError
from tui_browser.playback.levels import LevelCache
from tui_browser.playback.prefetcher import Prefetcher
from tui_browser.playback.remote import login_lines, pairing
from tui_browser.playback.remote.remote_output import open_remote


def test_the_secret_is_made_once_and_for_its_owner_alone() -> None:
    token = pairing.own_token()
    assert len(token) == 32 and pairing.own_token() == token
    assert os.stat(pairing.token_file()).st_mode & 0o777 == 0o600
    os.chmod(pairing.token_file(), 0o644)
    with pytest.raises(PlayerError, match="open to others"):
        pairing.own_token()


def test_secrets_that_others_can_read_or_that_are_none_are_passed_over(tmp_path: Path) -> None:
    folder = Path(state_dir()) / "listeners"
    folder.mkdir(parents=True)
    for name, text, mode in (
        ("good", "ab" * 32 + "\n", 0o600),
        ("open", "cd" * 32, 0o644),
        ("short", "ab" * 31, 0o600),
        ("binary", "\0\n", 0o600),
    ):
        (folder / name).write_text(text)
        (folder / name).chmod(mode)
    os.mkfifo(folder / "pipe", 0o600)
    (folder / "folder").mkdir()
    assert pairing.known_tokens() == [bytes.fromhex("ab" * 32)]


def test_the_lines_show_no_secret_and_name_a_fresh_socket_for_each_login() -> None:
    token = pairing.own_token().hex()
    line = login_lines.pairing_commands("/home/me/listen.sock", server="me@studio")
    everything = "\n".join((line.pair, line.login, *line.config))
    assert token not in everything
    words = shlex.split(line.login)
    assert words[:3] == ["ssh", "-o", "LogLevel=FATAL"] and words[-1] == "me@studio"
    forward = words[words.index("-R") + 1]
    names = {subprocess.check_output(["sh", "-c", f'echo "{forward}"']) for _ in range(20)}
    assert len(names) == 20 and all(re.fullmatch(rb"/tmp/tui-browser-\w+\.sock:/home/me/.*\n", name) for name in names)
    assert line.config[0].startswith("Match originalhost studio exec ")
    assert shlex.quote(pairing.token_file()) in line.pair
    port = login_lines.pairing_commands("127.0.0.1:4711")
    assert ":127.0.0.1:4711" in port.login
    login_lines.write_login_check("127.0.0.1:4711")
    script = Path(login_lines.login_check_file())
    assert "test -S" not in script.read_text() and script.stat().st_mode & 0o777 == 0o700


def test_a_state_folder_that_ssh_could_not_name_is_avoided(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pairing.default_socket() == os.path.join(state_dir(), "listen.sock")
    for awkward in ("/tmp/Application Support", "/tmp/" + 60 * "long/"):
        monkeypatch.setenv("XDG_STATE_HOME", awkward)
        assert pairing.default_socket() == f"/tmp/tui-browser-{os.getuid()}/listen.sock"


def test_only_ones_own_sockets_count_newest_first_and_dead_ones_are_cleared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pairing, "SOCKET_FOLDER", str(tmp_path))
    alive = []
    for second in (3, 1, 2):
        each = socket.socket(socket.AF_UNIX)
        each.bind(str(tmp_path / f"tui-browser-{second}.sock"))
        os.utime(tmp_path / f"tui-browser-{second}.sock", (second, second))
        alive.append(each)
    (tmp_path / "tui-browser-9.sock").write_text("no socket")
    (tmp_path / "tui-browser-8.sock").symlink_to(tmp_path / "tui-browser-1.sock")
    found = pairing.listener_sockets()
    assert [os.path.basename(path) for path in found] == [f"tui-browser-{n}.sock" for n in (3, 2, 1)]
    alive[0].listen()
    pairing.open_socket_to_listener(found[0], timeout_s=5).close()
    for dead in found[1:]:
        with pytest.raises(ConnectionRefusedError):
            pairing.open_socket_to_listener(dead, timeout_s=5)
    assert pairing.listener_sockets() == found[:1]
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "tui-browser-7.sock"))
    pairing.remove_dead_sockets()
    assert pairing.listener_sockets() == found[:1], "the living stay"
    stranger = str(tmp_path / "other.sock")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(stranger)
    with pytest.raises(ConnectionRefusedError):
        pairing.open_socket_to_listener(stranger, timeout_s=5)
    assert os.path.exists(stranger), "only what sshd left behind is removed"
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert pairing.listener_sockets() == []
    for each in alive:
        each.close()


@pytest.mark.parametrize("address", ["nonsense", "host:", "", "1:2:x"])
def test_an_address_that_is_none_is_an_error(address: str) -> None:
    with pytest.raises(OSError):
        pairing.open_socket_to_listener(address, timeout_s=1)


@pytest.mark.parametrize(
    ("choice", "env", "listener"),
    [
        ("auto", {}, None),
        ("auto", {"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, None),
        ("miniaudio", {"TUI_BROWSER_LISTENER": "/x"}, None),
        ("null", {"SSH_TTY": "/dev/pts/1"}, None),
        ("auto", {"TUI_BROWSER_LISTENER": "/x/named.sock"}, "/x/named.sock"),
        ("remote", {"TUI_BROWSER_LISTENER": "/x/named.sock"}, "/x/named.sock"),
        ("remote:/x/given.sock", {"TUI_BROWSER_LISTENER": "/x/named.sock"}, "/x/given.sock"),
    ],
)
def test_who_hears_through_a_listener(
    choice: str, env: dict[str, str], listener: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pairing, "SOCKET_FOLDER", str(tmp_path))
    prefetcher = Prefetcher()
    output, note = open_remote(choice, lambda: None, LevelCache(), prefetcher, env=env)
    prefetcher.close()
    assert (output is None) is (listener is None)
    assert ("tui-browser ssh" in note) is (bool(env.get("SSH_CONNECTION")))
    if output is not None:
        output.close()
        assert not output.sounds and listener is not None and listener in output.note


def test_every_start_over_ssh_clears_what_earlier_logins_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pairing, "SOCKET_FOLDER", str(tmp_path))
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "tui-browser-old.sock"))
    prefetcher = Prefetcher()
    for env, remain in (({}, 1), ({"SSH_CONNECTION": "1 2 3 4"}, 0)):
        address = {"TUI_BROWSER_LISTENER": str(tmp_path / "other.sock")}  # so that no other one is looked for
        output, _ = open_remote("auto", lambda: None, LevelCache(), prefetcher, env=env | address)
        assert output is not None
        output.close()
        assert len(pairing.listener_sockets()) == remain
    prefetcher.close()
