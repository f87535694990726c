"""Where the control socket is: private, found again, replaced after a crash, never taken from a running app."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from tui_browser.control import socket_file
from tui_browser.control.client import ControlClient
from tui_browser.control.protocol import ControlError
from tui_browser.control.socket_file import MOST_APPS, VARIABLE, open_control, usual_paths


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime folder of the test's own."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.delenv(VARIABLE, raising=False)
    return folder


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


def crashed(path: str) -> None:
    """What an app leaves behind that was killed."""
    left = socket.socket(socket.AF_UNIX)
    left.bind(path)
    left.close()


def test_the_socket_and_its_folder_are_for_their_owner(runtime: Path) -> None:
    before = os.umask(0)
    try:
        opened = open_control("")
    finally:
        os.umask(before)
    assert opened.path == str(runtime / "tui-browser" / "control.sock")
    assert mode(opened.path) == mode(f"{opened.path}.lock") == 0o600
    assert mode(os.path.dirname(opened.path)) == 0o700
    opened.close()
    assert not os.path.exists(opened.path)


def test_a_folder_that_others_may_read_is_narrowed(runtime: Path) -> None:
    (runtime / "tui-browser").mkdir(mode=0o755)
    open_control("").close()
    assert mode(runtime / "tui-browser") == 0o700


def test_a_link_in_the_place_of_the_folder_is_refused(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "strangers").mkdir()
    (runtime / "tui-browser").symlink_to(tmp_path / "strangers")
    with pytest.raises(ControlError, match="it is no folder but a link"):
        open_control("")


def test_what_a_crashed_app_left_is_replaced(runtime: Path) -> None:
    open_control("").close()
    crashed(usual_paths()[0])
    opened = open_control("")
    assert opened.path == usual_paths()[0] and opened.is_first
    with ControlClient() as client:
        assert client.path == opened.path
    opened.close()


def test_a_second_app_takes_the_next_name_and_the_first_is_found_first() -> None:
    first, second = open_control(""), open_control("")
    try:
        assert (first.path, second.path) == tuple(usual_paths()[:2])
        assert not second.is_first
        with ControlClient() as client:
            assert client.path == first.path
        with ControlClient(second.path) as client:
            assert client.path == second.path
        first.close()
        with ControlClient() as client:
            assert client.path == second.path
    finally:
        second.close()


def test_beyond_the_last_name_one_sentence_says_so() -> None:
    opened = [open_control("") for _ in range(MOST_APPS)]
    try:
        with pytest.raises(ControlError, match="8 apps have a control socket already"):
            open_control("")
    finally:
        for each in opened:
            each.close()


def test_a_named_socket_of_a_running_app_is_not_taken(tmp_path: Path) -> None:
    opened = open_control(str(tmp_path / "a.sock"))
    with pytest.raises(ControlError, match="another program has this control socket"):
        open_control(str(tmp_path / "a.sock"))
    opened.close()


def test_a_socket_that_another_program_listens_at_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "agent"
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(path))
        agent.listen()
        with pytest.raises(ControlError, match="another program has this control socket"):
            open_control(str(path))
    assert path.is_socket()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine"
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ControlError, match="there is something else of this name"):
        open_control(str(path))
    assert os.path.lexists(path)


def test_a_path_that_is_too_long_for_a_socket(tmp_path: Path) -> None:
    path = str(tmp_path / ("long" * 30))
    with pytest.raises(ControlError, match=r"path has \d+ bytes, and a socket may have 10[37]"):
        open_control(path)
    with pytest.raises(ControlError, match="a socket may have"):
        ControlClient(path)


def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(ControlError, match="other users can write to its folder"):
        open_control(str(shared / "a.sock"))
    shared.chmod(0o1777)  # as /tmp: nobody can replace what is ours
    open_control(str(shared / "a.sock")).close()


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="cannot be opened: No such file"):
        open_control(str(tmp_path / "none" / "a.sock"))


def test_where_the_system_has_no_runtime_folder_a_private_one_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runtime-7" / "tui-browser"
    monkeypatch.setattr(socket_file, "runtime_dir", lambda: str(folder))
    opened = open_control("")
    assert mode(folder.parent) == mode(folder) == 0o700
    opened.close()


def test_without_an_app_one_sentence_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ControlError, match=r"no app with a control socket runs .*--control"):
        ControlClient()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "a.sock"))
    with pytest.raises(ControlError, match="no app listens at this control socket"):
        ControlClient()
