"""Verb `listen`: the laptop's end of sound over SSH."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import closing
from types import FrameType

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common
from tui_browser.config.places import cache_dir, log_file
from tui_browser.config.settings import load_settings
from tui_browser.playback.remote.listener import Listener, ListenerOptions
from tui_browser.playback.remote.login_lines import pairing_commands, write_login_check
from tui_browser.playback.remote.pairing import default_socket, own_token

CACHE_MB = 256
_SERVER = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.@:-]*")


@click.command()
@click.argument("server", default="SERVER")
@click.option("--socket", metavar="PATH", help="Listen at this socket (default: in your state folder).")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Listen at this port of 127.0.0.1 instead; 0 is a free port."
)
@click.option(
    "--cache",
    "cache_mb",
    type=click.IntRange(1, 1 << 20),
    default=CACHE_MB,
    show_default=True,
    help="MB of sounds to cache.",
)
@pass_common
def listen(common: CommonOptions, server: str, socket: str | None, port: int | None, cache_mb: int) -> None:
    """Play on this machine what tui-browser plays on SERVER.

    Runs until ctrl-c. Prints the commands that connect SERVER, whose name is only used in them. See docs/remote.md.
    """
    if not _SERVER.fullmatch(server):
        raise click.UsageError("SERVER has to be a host, as in ssh HOST or ssh USER@HOST")
    if socket is not None and port is not None:
        raise click.UsageError("--socket and --port exclude each other")
    address = f"127.0.0.1:{port}" if port is not None else os.path.abspath(socket) if socket else default_socket()
    options = listener_options(address, cache_mb=cache_mb)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    with closing(Listener(options, log=log_file("listen"))) as listener:
        write_login_check(listener.address)
        _print_commands(AnswerWriter(common), listener.address, server)
        _print_notes(AnswerWriter(common), listener)


def listener_options(address: str, *, cache_mb: int = CACHE_MB) -> ListenerOptions:
    """The options of this person's listener at `address`; raises PlayerError if its secret cannot be used."""
    return ListenerOptions(
        address=address,
        token=own_token(),
        cache_folder=os.path.join(cache_dir(), "listen"),
        cache_bytes=cache_mb << 20,
        player=_player(load_settings().player),
    )


def _player(chosen: str) -> str:
    """The back end of the listener; simpleaudio and other listeners cannot play a sound that still arrives."""
    return chosen if chosen == "null" or chosen.startswith("recorder:") else "miniaudio"


def _print_commands(answer: AnswerWriter, address: str, server: str) -> None:
    commands = pairing_commands(address, server=server)
    text = "\n".join(
        (
            f"All that follows in one command: tui-browser ssh {server}",
            "Once for each server, to pair it with this machine:",
            f"  {commands.pair}",
            "Log in with sound:",
            f"  {commands.login}",
            "Or put this into ~/.ssh/config, and log in as usual:",
            *(f"  {line}" for line in commands.config),
            "Then start tui-browser there. This listener only plays sounds; ctrl-c ends it.",
        )
    )
    facts = {"address": address, "pair": commands.pair, "login": commands.login, "config": list(commands.config)}
    answer.row(facts, text=text)
    sys.stdout.flush()


def _print_notes(answer: AnswerWriter, listener: Listener) -> None:
    while True:
        note = listener.next_note()
        if note is not None:
            answer.row({"said": note}, text=note)
            sys.stdout.flush()


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
