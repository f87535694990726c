import base64
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.programs import need
from tui_browser.config.pathmap import file_uri
from tui_browser.ui.terminal import tmux as tmuxes
from tui_browser.ui.terminal.clipboard import copy, copy_files
from tui_browser.ui.terminal.osc52 import OSC52_MOST_BYTES

PATH = "/srv/my samples/Käse 'kick' $(x)\t.wav"
PLAIN = {"PATH": os.environ.get("PATH", os.defpath)}

linux_only = pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has a clipboard")


@linux_only
@pytest.mark.parametrize(
    "env",
    [
        {},
        {"DISPLAY": ":0", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"},
        {"WAYLAND_DISPLAY": "wayland-0", "SSH_TTY": "/dev/pts/1"},
    ],
)
def test_without_a_display_and_over_ssh_the_terminal_is_asked(env: dict[str, str]) -> None:
    written: list[str] = []
    copied = copy(PATH, write_osc52=written.append, env={**PLAIN, **env})
    assert written == [f"\x1b]52;c;{base64.b64encode(PATH.encode()).decode()}\x07"]
    assert (copied.how, copied.sure, copied.tried) == ("terminal (OSC 52)", False, ())


@linux_only
@pytest.mark.parametrize("name", [b"/a/\xff\xfe kick.wav", b"/a/new\nline\x1b[2J.wav"])
def test_the_very_bytes_of_a_name_are_copied(name: bytes) -> None:
    for text in (name, os.fsdecode(name)):
        written: list[str] = []
        copy(text, write_osc52=written.append, env={**PLAIN, "DISPLAY": ":0", "SSH_TTY": "x"})
        assert written[0].isascii()
        assert base64.b64decode(written[0].removeprefix("\x1b]52;c;").removesuffix("\x07")) == name


def test_a_name_that_no_clipboard_holds_goes_to_the_terminal() -> None:
    written: list[str] = []
    copied = copy(b"/\xff.wav", write_osc52=written.append, env={**PLAIN, "DISPLAY": ":99999"})
    assert len(written) == 1
    assert copied.how == "terminal (OSC 52)"
    assert "not UTF-8" in copied.tried[0]


def test_a_display_that_is_gone_is_passed_over_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    written: list[str] = []
    env = {**PLAIN, "DISPLAY": ":99999", "PATH": "/nonexistent" if sys.platform == "linux" else ""}
    copied = copy(PATH, write_osc52=written.append, env=env)
    if sys.platform == "linux":
        assert len(written) == 1
        assert copied.tried[0].startswith("clipboard: ")
    assert capfd.readouterr() == ("", "")


@linux_only
@pytest.mark.parametrize("tools", [["xclip"], ["xsel"], ["wl-copy"], ["wl-copy", "xclip", "xsel"]])
def test_a_tool_that_reaches_no_display_has_copied_nothing(tools: list[str], tmp_path: Path) -> None:
    """The real tools, on a display that is gone."""
    for tool in tools:
        need(tool)
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    env = {"PATH": str(tmp_path), "DISPLAY": ":99999", "WAYLAND_DISPLAY": "/nonexistent/wayland-9"}
    written: list[str] = []
    copied = copy(PATH, write_osc52=written.append, env=env)
    assert copied.how == "terminal (OSC 52)" and not copied.sure and len(written) == 1
    for tool in tools:
        assert f"{tool}: it failed" in copied.tried[0]


@linux_only
def test_the_next_tool_is_tried_where_one_fails(display: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "wl-copy"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    env = {**display, "WAYLAND_DISPLAY": "gone", "PATH": f"{tmp_path}:{display['PATH']}"}
    assert copy(PATH, write_osc52=lambda _: None, env=env).how == "clipboard"


@linux_only
def test_nothing_works_and_nothing_raises() -> None:
    def broken(sequence: str) -> None:
        raise RuntimeError("no terminal")

    copied = copy("x\ud800", write_osc52=broken, env={"TMUX": "/nonexistent,1,0", "PATH": "/nonexistent"})
    assert copied.how == ""
    assert [line.split(":")[0] for line in copied.tried] == ["tmux buffer", "terminal (OSC 52)"]
    too_long = copy(b"x" * (OSC52_MOST_BYTES + 1), write_osc52=broken, env=PLAIN)
    assert "terminals take 74,000 at most" in too_long.tried[0]


@linux_only
@pytest.mark.parametrize(
    ("env", "size", "told"),
    [
        ({"ZELLIJ": "0"}, 766, "zellij take 765 at most"),
        ({"STY": "1.pts", "TERM": "screen"}, OSC52_MOST_BYTES + 1, "terminals take 74,000 at most"),
    ],
)
def test_what_a_multiplexer_would_drop_is_not_sent_and_told(env: dict[str, str], size: int, told: str) -> None:
    written: list[str] = []
    copied = copy(b"x" * size, write_osc52=written.append, env={**PLAIN, **env})
    assert (copied.how, written) == ("", [])
    assert told in copied.tried[0]
    copied = copy(b"x" * (size - 1), write_osc52=written.append, env={**PLAIN, **env})
    assert "through" in copied.how
    assert len(written) == 1


@linux_only
@pytest.mark.parametrize(
    ("env", "size", "doubt"),
    [
        ({"TERM": "linux"}, 9, "has no clipboard"),
        ({"VTE_VERSION": "7006"}, 9, "ignore OSC 52"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, 9, "ignores OSC 52"),
        ({"TERM": "xterm-256color"}, 6001, "no more than 6,000 bytes"),
        ({"TERM": "xterm-256color"}, 6000, ""),
    ],
)
def test_a_copy_that_may_not_arrive_says_why(env: dict[str, str], size: int, doubt: str) -> None:
    copied = copy(b"x" * size, write_osc52=lambda _: None, env={**PLAIN, **env})
    assert not copied.sure
    assert copied.doubt.endswith(doubt) and bool(copied.doubt) == bool(doubt)


@given(st.binary(max_size=60).map(lambda name: b"/" + name.replace(b"\0", b"")))
def test_a_file_address_is_ascii_and_names_the_very_file(path: bytes) -> None:
    uri = file_uri(path)
    assert uri.isascii() and not any(char in uri for char in " '\"()&;$`\\")
    assert unquote_to_bytes(uri.removeprefix("file://")) == path


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[dict[str, str]]:
    need("tmux")
    socket = str(tmp_path / "tmux")
    env = {**PLAIN, "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(tmp_path)}
    subprocess.run(["tmux", "-S", socket, "-f", "/dev/null", "new-session", "-d", "sleep 60"], env=env, check=True)
    yield {**env, "TMUX": f"{socket},1,0"}
    subprocess.run(["tmux", "-S", socket, "kill-server"], env=env, check=False)


@linux_only
@pytest.mark.parametrize("name", [PATH.encode(), b"/a/\xff\xfe kick.wav", b"/a/" + b"long/" * 700 + b".wav"])
def test_inside_tmux_its_buffer_holds_the_path(tmux: dict[str, str], name: bytes) -> None:
    written: list[str] = []
    copied = copy(name, write_osc52=written.append, env=tmux)
    assert copied.how == "tmux buffer and terminal (OSC 52)"
    assert copied.sure
    assert len(written) == 1
    assert subprocess.run(["tmux", "show-buffer"], env=tmux, capture_output=True, check=True).stdout == name


@linux_only
def test_a_tmux_in_a_tmux_hands_the_path_to_both(tmux: dict[str, str], tmp_path: Path) -> None:
    inner = str(tmp_path / "inner")
    words = ["tmux", "-S", inner, "-f", "/dev/null", "new-session", "sleep 60"]
    subprocess.run(["tmux", "new-window", *words], env=tmux, check=True)
    env = {**tmux, "TMUX": f"{inner},1,0"}
    try:
        _until(lambda: tmuxes.outer(env)[0], "the inner tmux")
        copied = copy(PATH, write_osc52=lambda _: None, env=env)
        assert copied.how == "tmux buffer and outer tmux and terminal (OSC 52)"
        for each in (env, tmux):
            assert subprocess.run(["tmux", "show-buffer"], env=each, capture_output=True, check=True).stdout == (
                PATH.encode()
            )
    finally:
        subprocess.run(["tmux", "kill-server"], env=env, check=False)


@linux_only
@pytest.mark.parametrize("words", [["env", "-u", "TMUX"], ["sh", "-c", 'unset TMUX; "$@"', "sh"]])
def test_a_tmux_that_was_begun_after_unset_tmux_knows_the_one_around(
    tmux: dict[str, str], tmp_path: Path, words: list[str]
) -> None:
    inner = str(tmp_path / "inner")
    command = [*words, "tmux", "-S", inner, "-f", "/dev/null", "new-session", "sleep 60"]
    shell = ["sh", "-c", '"$@"; true', "sh", *command]  # a shell stays between both, as where a person typed it
    subprocess.run(["tmux", "new-window", *shell], env=tmux, check=True)
    env = {**tmux, "TMUX": f"{inner},1,0"}
    try:
        _until(lambda: tmuxes.outer(env)[0], "the inner tmux")
        copied = copy(PATH, write_osc52=lambda _: None, env=env)
        assert (copied.how, copied.doubt) == ("tmux buffer and outer tmux and terminal (OSC 52)", "")
        assert subprocess.run(["tmux", "show-buffer"], env=tmux, capture_output=True).stdout == PATH.encode()
    finally:
        subprocess.run(["tmux", "kill-server"], env=env, check=False)


@linux_only
def test_the_app_finds_the_tmux_that_it_was_told_to_forget(tmux: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import os, sys; from tui_browser.ui.terminal.clipboard import copy; "
        "print(copy(b'here', write_osc52=lambda _: None, env=os.environ).how, file=open(sys.argv[1], 'w'))"
    )
    command = ["sh", "-c", 'env -u TMUX "$@"; sleep 60', "sh", sys.executable, "-c", code, str(tmp_path / "how")]
    env = {**tmux, "PYTHONPATH": os.getcwd()}
    subprocess.run(["tmux", "new-window", "-e", f"PYTHONPATH={os.getcwd()}", *command], env=env, check=True)
    _until(lambda: (tmp_path / "how").exists() and (tmp_path / "how").read_text(), "the copy")
    assert (tmp_path / "how").read_text().startswith("tmux buffer")
    assert subprocess.run(["tmux", "show-buffer"], env=tmux, capture_output=True).stdout == b"here"


@linux_only
def test_a_tmux_that_cannot_be_asked_is_doubted(tmux: dict[str, str], tmp_path: Path) -> None:
    copied = copy(PATH, write_osc52=lambda _: None, env={**PLAIN, "TERM": "tmux-256color"})
    assert "set-clipboard on" in copied.doubt and copied.how == "terminal (OSC 52)"
    # the client of this tmux is on a terminal of another one, of which nothing is known: over ssh, or as another user
    pid, outer = pty.fork()
    if pid == 0:
        words = ["tmux", "-S", tmux["TMUX"].split(",")[0], "attach"]
        os.execvpe("tmux", words, {**tmux, "TERM": "screen-256color", "TMUX": ""})
    try:
        _until(lambda: tmuxes.outer(tmux)[1], "the client")
        assert "set-clipboard on" in copy(PATH, write_osc52=lambda _: None, env=tmux).doubt
    finally:
        os.kill(pid, signal.SIGTERM)
        os.close(outer)
        os.waitpid(pid, 0)


@linux_only
def test_a_session_taken_up_over_ssh_is_no_desktop(tmux: dict[str, str], tmp_path: Path) -> None:
    """The shell was started at the desk and still has its DISPLAY; tmux knows better."""
    subprocess.run(["tmux", "set-environment", "SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22"], env=tmux, check=True)
    subprocess.run(["tmux", "set-environment", "-r", "DISPLAY"], env=tmux, check=True)
    written: list[str] = []
    copied = copy(PATH, write_osc52=written.append, env={**tmux, "DISPLAY": ":99999"})
    assert copied.how == "tmux buffer and terminal (OSC 52)"
    assert (copied.tried, len(written)) == ((), 1)
    assert "desktop" in copy_files([b"/a.wav"], env={**tmux, "DISPLAY": ":99999"}).tried[0]


def _until(holds: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.05)


@linux_only
@pytest.mark.parametrize("size", [40, 20_000])
def test_gnu_screen_passes_all_of_it_on(tmp_path: Path, size: int) -> None:
    need("screen", "sh", "cat")
    data = (PATH.encode() * (size // 30 + 1))[:size]
    written: list[str] = []
    copied = copy(data, write_osc52=written.append, env={**PLAIN, "STY": "1.pts", "TERM": "screen"})
    assert copied.how == "terminal (OSC 52, through screen)"
    (tmp_path / "sequence").write_text(written[0])
    (tmp_path / "sockets").mkdir(mode=0o700)
    pid, outer = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "SCREENDIR": str(tmp_path / "sockets"), "LANG": "C.UTF-8"}
        command = f"cat '{tmp_path}/sequence'; printf done; read wait"
        os.execvp("screen", ["screen", "-S", "test", "-c", "/dev/null", "sh", "-c", command])
    seen, deadline = b"", time.monotonic() + 20
    try:
        while b"done" not in seen and time.monotonic() < deadline:
            if select.select([outer], [], [], 0.5)[0]:
                seen += os.read(outer, 1 << 16)
                if b"Press Space" in seen:
                    os.write(outer, b" ")
    finally:
        env = {**PLAIN, "SCREENDIR": str(tmp_path / "sockets")}
        subprocess.run(["screen", "-S", "test", "-X", "quit"], env=env, stdout=subprocess.DEVNULL, check=False)
        os.kill(pid, signal.SIGTERM)
        os.close(outer)
        os.waitpid(pid, 0)
    arrived = re.search(rb"\x1b\]52;c;([^\x07\x1b]*)\x07", seen)
    assert arrived is not None, seen
    assert base64.b64decode(arrived[1]) == data


@pytest.fixture
def display(tmp_path: Path) -> Iterator[dict[str, str]]:
    need("Xvfb", "xclip")
    read, write = os.pipe()
    with open(os.devnull, "w") as nowhere:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "64x64x8", "-nolisten", "tcp"],
            pass_fds=[write], stdout=nowhere, stderr=nowhere,
        )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    if not number:
        server.wait()
        pytest.skip("Xvfb does not start")
    yield {**PLAIN, "DISPLAY": f":{number}", "HOME": str(tmp_path)}
    server.terminate()
    server.wait()


@linux_only
def test_on_a_desktop_the_clipboard_holds_the_path(display: dict[str, str]) -> None:
    written: list[str] = []
    begun = time.monotonic()
    copied = copy(PATH, write_osc52=written.append, env=display)
    assert (copied.how, copied.sure, copied.tried, written) == ("clipboard", True, (), [])
    pasted = b""
    while pasted != PATH.encode() and time.monotonic() - begun < 20:  # xclip takes the selection after it has returned
        paste = subprocess.run(
            ["xclip", "-selection", "clipboard", "-o"], env=display, capture_output=True, check=False
        )
        pasted = paste.stdout
    assert pasted == PATH.encode()


@linux_only
def test_on_a_desktop_the_clipboard_holds_the_files_themselves(display: dict[str, str]) -> None:
    paths = [os.fsencode(PATH), b"/a/\xff kick.wav"]
    assert copy_files(paths, env=display).sure

    def pasted() -> bytes:
        words = ["xclip", "-selection", "clipboard", "-o", "-t", "text/uri-list"]
        return subprocess.run(words, env=display, capture_output=True, check=False).stdout

    _until(lambda: pasted().count(b"\n") == 2, "the files on the clipboard")
    lines = pasted().split(b"\r\n")
    assert [unquote_to_bytes(line.removeprefix(b"file://")) for line in lines[:2]] == paths
    words = ["xclip", "-selection", "clipboard", "-o", "-t", "TARGETS"]
    assert b"text/uri-list" in subprocess.run(words, env=display, capture_output=True, check=False).stdout


@linux_only
def test_files_need_a_desktop_and_a_tool_and_say_so() -> None:
    assert copy_files([b"/a.wav"], env=PLAIN).how == ""
    gone = copy_files([b"/a.wav"], env={"DISPLAY": ":99999", "WAYLAND_DISPLAY": "x", "PATH": "/nonexistent"})
    assert gone.tried == ("wl-copy: not installed", "xclip: not installed")


@pytest.fixture
def wayland(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A Wayland desktop that nobody sees."""
    need("sway", "wl-copy", "wl-paste")
    folder = Path(tempfile.mkdtemp(prefix="wl-", dir="/tmp"))  # a socket's path has to be short
    (folder / "config").touch()
    env = {**PLAIN, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "WLR_BACKENDS": "headless",
           "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}  # fmt: skip
    user: dict[str, Any] = {}
    if os.getuid() == 0:  # sway refuses root
        folder.chmod(0o755)
        os.chown(folder, 65_534, 65_534)
        user = {"user": 65_534, "group": 65_534, "extra_groups": []}
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(["sway", "-c", str(folder / "config")], env=env, stdout=log, stderr=log, **user)
    try:
        deadline = time.monotonic() + 20
        while not (found := [path for path in folder.glob("wayland-*") if path.suffix != ".lock"]):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"sway does not start here: {(tmp_path / 'log').read_text()[-300:]}")
            time.sleep(0.05)
        yield {**PLAIN, "WAYLAND_DISPLAY": str(found[0]), "XDG_RUNTIME_DIR": str(folder), "HOME": str(tmp_path)}
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


@linux_only
def test_on_wayland_the_clipboard_holds_the_path_and_the_files(wayland: dict[str, str]) -> None:
    def pasted(*words: str) -> bytes:
        done = subprocess.run(["wl-paste", "-n", *words], env=wayland, capture_output=True, check=False, timeout=20)
        return done.stdout

    assert copy(PATH, write_osc52=lambda _: None, env=wayland).how == "clipboard"
    _until(lambda: pasted() == PATH.encode(), "the path on the clipboard")
    paths = [os.fsencode(PATH), b"/a/\xff kick.wav"]
    assert copy_files(paths, env=wayland).sure
    _until(lambda: pasted("-t", "text/uri-list").count(b"\r\n") == 2, "the files on the clipboard")
    lines = pasted("-t", "text/uri-list").split(b"\r\n")
    assert [unquote_to_bytes(line.removeprefix(b"file://")) for line in lines[:2]] == paths
