"""The words of `tui-browser ssh`, taken apart as ssh takes them, and what runs on the server in any shell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from tests.support.programs import need
from tui_browser.cli.ssh_command import (
    NO_PROGRAM,
    NO_PYTHON,
    NOT_PAIRED,
    SshCall,
    install_command,
    login_command,
    pair_command,
    parse_call,
    token_name,
)

TOKEN = bytes(range(32))


@pytest.mark.parametrize(
    ("words", "options", "host", "arguments"),
    [
        (["studio"], (), "studio", ()),
        (["me@studio", "pick", "-0"], (), "me@studio", ("pick", "-0")),
        (["-p", "2222", "-J", "a,b", "studio", "-p"], ("-p", "2222", "-J", "a,b"), "studio", ("-p",)),
        (["-4Cp2222", "studio"], ("-4Cp2222",), "studio", ()),
        (["-4Cp", "2222", "studio"], ("-4Cp", "2222"), "studio", ()),
        (["-vvoUser=-x", "-F", "-", "studio"], ("-vvoUser=-x", "-F", "-"), "studio", ()),
        (["-i", "key", "ssh://me@studio:22", "/srv/a b"], ("-i", "key"), "ssh://me@studio:22", ("/srv/a b",)),
    ],
)
def test_options_of_ssh_end_at_the_host(
    words: list[str], options: tuple[str, ...], host: str, arguments: tuple[str, ...]
) -> None:
    assert parse_call(words) == SshCall(options, host, arguments)


@pytest.mark.parametrize("words", [[], ["-p"], ["-p", "22"], ["-N", "studio"], ["-4fC", "studio"], ["-v", ""]])
def test_no_host_and_no_terminal_are_wrong_usage(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        parse_call(words)


def test_no_secret_stands_in_a_command_line() -> None:
    call = SshCall((), "studio", ())
    words = login_command(
        call, local="/l", remote="/r", token=TOKEN, program="tui-browser", log="/log", colours="", terminal=True
    )
    everything = " ".join([*words, *pair_command(call, token=TOKEN), install_command(call)])
    assert TOKEN.hex() not in everything and TOKEN.hex()[:16] not in everything
    assert token_name(TOKEN) != token_name(TOKEN[::-1])


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh", "fish", "tcsh"])
def test_every_login_shell_runs_it(shell: str, tmp_path: Path) -> None:
    """sshd gives the line to the shell of whoever logs in, which reads it by its own rules."""
    path = need(shell)
    (tmp_path / "bin").mkdir()
    script = tmp_path / ".local" / "bin" / "tui-browser"
    script.parent.mkdir(parents=True)
    script.write_text('#!/bin/sh\nprintf "%s|" "$TUI_BROWSER_LISTENER" "$COLORTERM" "$@"\nexit 7\n')
    script.chmod(0o755)
    env = {"HOME": str(tmp_path), "SHELL": path, "PATH": "/usr/bin:/bin"}

    def run(words: list[str], *, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([path, "-c", words[-1]], env=env, input=stdin, capture_output=True, cwd="/", check=False)

    def log_in(program: str) -> subprocess.CompletedProcess[bytes]:
        call = SshCall((), "studio", ("a b", "$HOME", "it's", "*", "-0"))
        words = login_command(
            call, local="/l", remote=str(tmp_path / "r"), token=TOKEN, program=program, log="/log",
            colours="truecolor", terminal=False,
        )  # fmt: skip
        return run(words)

    assert log_in("tui-browser").returncode == NOT_PAIRED
    stored = run(pair_command(SshCall((), "studio", ()), token=TOKEN), stdin=b"secret\n")
    assert stored.returncode == 0, stored.stderr
    kept = tmp_path / ".local/state/tui-browser/listeners" / token_name(TOKEN)
    assert kept.read_bytes() == b"secret\n" and kept.stat().st_mode & 0o777 == 0o600
    (tmp_path / "r").touch()
    done = log_in("tui-browser")
    assert done.stdout.decode() == f"{tmp_path}/r|truecolor|a b|$HOME|it's|*|-0|", done.stderr
    assert done.returncode == 7 and not (tmp_path / "r").exists()
    wanted = NO_PROGRAM if shutil.which("python3", path="/usr/bin:/bin:/usr/local/bin") else NO_PYTHON
    assert log_in("nothing").returncode in (wanted, NO_PYTHON)
