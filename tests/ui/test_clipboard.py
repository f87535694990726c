import base64
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_browser.ui.clipboard import OSC52_MOST_BYTES, copy

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
def test_nothing_works_and_nothing_raises() -> None:
    def broken(sequence: str) -> None:
        raise RuntimeError("no terminal")

    copied = copy("x\ud800", write_osc52=broken, env={"TMUX": "/nonexistent,1,0", "PATH": "/nonexistent"})
    assert copied.how == ""
    assert [line.split(":")[0] for line in copied.tried] == ["tmux buffer", "terminal (OSC 52)"]
    too_long = copy(b"x" * (OSC52_MOST_BYTES + 1), write_osc52=broken, env=PLAIN)
    assert "more than terminals take" in too_long.tried[0]


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[dict[str, str]]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
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


@pytest.fixture
def display(tmp_path: Path) -> Iterator[dict[str, str]]:
    for program in ("Xvfb", "xclip"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
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
    assert time.monotonic() - begun < 2
    pasted = b""
    while pasted != PATH.encode() and time.monotonic() - begun < 5:  # xclip takes the selection after it has returned
        paste = subprocess.run(
            ["xclip", "-selection", "clipboard", "-o"], env=display, capture_output=True, check=False
        )
        pasted = paste.stdout
    assert pasted == PATH.encode()
