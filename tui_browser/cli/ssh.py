"""Verb `ssh`: the app on a server and its sound on this machine, by one command."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import click

from tui_browser.cli.common import CommonOptions, complain, pass_common
from tui_browser.cli.guard import Terminal
from tui_browser.cli.listen import listener_options
from tui_browser.cli.ssh_command import (
    NO_PROGRAM,
    NO_PYTHON,
    NOT_PAIRED,
    SSH_FAILED,
    SshCall,
    cancel_command,
    install_command,
    login_command,
    new_remote_socket,
    pair_command,
    parse_call,
    token_name,
)
from tui_browser.config.places import log_file, state_dir
from tui_browser.errors import BrowserError, printable
from tui_browser.playback.remote.pairing import default_socket, own_token, token_file
from tui_browser.playback.remote.shared_listener import SharedListener

_CANCEL_S = 5.0
_SHOWN_LINES = 4


class _SshCommand(click.Command):
    """Hands over to ssh what stands before HOST, and to the app what stands behind; only long options are its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = [word for word in args[:2] if word in ("-h", "--help")]
        at = 0
        while not own and at < len(args) and args[at].startswith("--"):
            at += 2 if args[at] == "--program" else 1
        return super().parse_args(ctx, own or [*args[:at], "--", *args[at:]])


@click.command(cls=_SshCommand, options_metavar="[--program PATH] [SSH OPTIONS]")
@click.option(
    "--program",
    metavar="PATH",
    default="tui-browser",
    show_default=True,
    help="The program on HOST, where it is not on the PATH there.",
)
@click.argument("words", metavar="HOST [ARGS]...", nargs=-1, type=click.UNPROCESSED)
@pass_common
def ssh(common: CommonOptions, program: str, words: tuple[str, ...]) -> None:
    """Run tui-browser on HOST, and play its sounds on this machine.

    SSH OPTIONS go to ssh as they are (-p, -J, -F, -i, -o ...), ARGS to tui-browser on HOST. Starts a listener here
    unless one runs, and pairs HOST with it at the first time. See docs/remote.md.
    """
    call = parse_call(words)
    with closing(SharedListener(listener_options(default_socket()), log=log_file("listen"))) as listener:
        code = _run(call, program=program)
        notes = [note for note in listener.notes if not note.startswith("sounds go to ")]
    if notes and not common.quiet:
        complain("\n".join(notes))
    raise SystemExit(code)


def _run(call: SshCall, *, program: str) -> int:
    """Log in, pairing first where needed; returns the exit code of the app, or 1 with a sentence on what failed."""
    token = own_token()
    if not _was_paired(call, token):
        _pair(call, token)
    code = _log_in(call, token, program=program)
    if code == NOT_PAIRED:
        _pair(call, token)
        code = _log_in(call, token, program=program)
    problem = {
        NO_PROGRAM: f"there is no {printable(program)} on the PATH of {printable(call.host)}",
        NO_PYTHON: f"{printable(call.host)} has no tui-browser, and no Python 3.11 or newer that could run it",
        NOT_PAIRED: f"{printable(call.host)} does not keep this machine's secret",
    }.get(code)
    hint = f"install it there: {install_command(call)}; or say where it is: --program PATH"
    if code == NO_PYTHON:
        hint = "install Python there first, with its module venv"
    if code == NOT_PAIRED:
        hint = "is the home folder there writable?"
    if problem:
        raise BrowserError(problem, hint=hint)
    return code


def _log_in(call: SshCall, token: bytes, *, program: str) -> int:
    """One login, from the first packet of ssh to the end of the app; returns the exit code."""
    local, remote = default_socket(), new_remote_socket()
    with tempfile.TemporaryDirectory(prefix="tui-browser-") as folder:
        log = os.path.join(folder, "ssh.log")
        command = login_command(
            call,
            local=local,
            remote=remote,
            token=token,
            program=program,
            log=log,
            colours=os.environ.get("COLORTERM", ""),
            terminal=os.isatty(0) and os.isatty(1),
        )
        try:
            code = _wait_for(command)
        finally:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(
                    cancel_command(call, local=local, remote=remote),
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    timeout=_CANCEL_S, check=False,
                )  # fmt: skip
        said = _read_log(log)
    if code == SSH_FAILED:
        if (terminal := Terminal.find()) is not None:
            terminal.leave_screen()
            os.close(terminal.descriptor)
        reason = "; ".join(printable(line) for line in said[-_SHOWN_LINES:])
        raise BrowserError(f"ssh to {printable(call.host)} failed", hint=reason or f"ssh {call.host} may tell why")
    if any("forwarding" in line and "failed" in line for line in said):
        complain(
            f"no sound from {printable(call.host)}: its sshd refuses to forward a socket "
            "(AllowStreamLocalForwarding and AllowTcpForwarding in sshd_config; docs/remote.md has a way by a port)"
        )
    return code


def _read_log(path: str) -> list[str]:
    """What ssh said, without the lines that are no trouble."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return []
    return [line for line in lines if line and not line.startswith(("Warning: Permanently added", "debug"))]


def _wait_for(command: Sequence[str], *, stdin: int | None = None) -> int:
    """Run ssh in the foreground of this terminal; returns its exit code, SSH_FAILED where a signal ended it.

    Stops and continues with it (`~^Z`).
    """
    with _signals_passed_on() as send_to:
        try:
            process = subprocess.Popen(command, stdin=stdin)
        except FileNotFoundError as error:
            raise BrowserError("ssh is not installed here", hint="install OpenSSH's client") from error
        send_to.append(process.pid)
        while True:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                break
            os.kill(os.getpid(), signal.SIGSTOP)
            os.kill(process.pid, signal.SIGCONT)
        send_to.clear()
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode if process.returncode >= 0 else SSH_FAILED


@contextlib.contextmanager
def _signals_passed_on() -> Iterator[list[int]]:
    """While entered, ctrl-c is ssh's alone, and a signal that ends this program goes to the listed processes."""
    pids: list[int] = []

    def pass_on(number: int, _frame: Any) -> None:
        for pid in pids:
            os.kill(pid, number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGHUP)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield pids
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- pairing ---------------------------------------------------------------------------------------------------------


def _pair(call: SshCall, token: bytes) -> None:
    """Store this machine's secret on the server, through ssh's standard input; raises BrowserError."""
    sys.stderr.write(f"tui-browser: pairing {printable(call.host)} with this machine\n")
    with open(token_file(), "rb") as secret:
        code = _wait_for(pair_command(call, token=token), stdin=secret.fileno())
    if code:
        hint = "the reason stands above" if code == SSH_FAILED else "is the home folder there writable?"
        raise BrowserError(f"{printable(call.host)} could not be paired with this machine", hint=hint)
    with contextlib.suppress(OSError), open(_paired_file(), "a", encoding="utf-8") as file:
        file.write(f"{_paired_line(call, token)}\n")


def _was_paired(call: SshCall, token: bytes) -> bool:
    """Whether this server was paired before; it says itself if that is no longer so."""
    try:
        with open(_paired_file(), encoding="utf-8") as file:
            return _paired_line(call, token) in file.read().splitlines()
    except (OSError, UnicodeError):
        return False


def _paired_file() -> str:
    return os.path.join(state_dir(), "paired")


def _paired_line(call: SshCall, token: bytes) -> str:
    return " ".join(
        (token_name(token), *(word.encode("unicode_escape").decode() for word in (*call.options, call.host)))
    )
