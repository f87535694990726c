"""listen: the laptop's side of sound over SSH."""

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
from tui_browser.playback.remote.pairing import default_socket, own_token, pairing_commands

_SERVER = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.@:-]*")


@click.command()
@click.argument("server", default="SERVER")
@click.option("--socket", metavar="PATH", help="Wait at this socket (default: in your state folder).")
@click.option("--port", type=click.IntRange(0, 65_535), help="Wait at this port of 127.0.0.1 instead; 0 is a free one.")
@click.option(
    "--cache", "cache_mb", type=click.IntRange(1, 1 << 20), default=256, show_default=True, help="MB of sounds to keep."
)
@pass_common
def listen(common: CommonOptions, server: str, socket: str | None, port: int | None, cache_mb: int) -> None:
    """Play here what tui-browser on SERVER plays, until ctrl-c; prints what to type for that.

    SERVER is only written into the lines that are printed. See docs/remote.md.
    """
    if not _SERVER.fullmatch(server):
        raise click.UsageError("SERVER is a host, as in ssh HOST or ssh USER@HOST")
    if socket is not None and port is not None:
        raise click.UsageError("either --socket or --port")
    address = f"127.0.0.1:{port}" if port is not None else os.path.abspath(socket) if socket else default_socket()
    options = ListenerOptions(
        address=address,
        token=own_token(),
        cache_folder=os.path.join(cache_dir(), "listen"),
        cache_bytes=cache_mb << 20,
        player=_player(load_settings().player),
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    with closing(Listener(options, log=log_file("listen"))) as listener:
        _say_lines(AnswerWriter(common), listener.address, server)
        _say_on(AnswerWriter(common), listener)


def _player(chosen: str) -> str:
    """The way out here: the device, unless the settings say otherwise; other ways cannot play what still comes in."""
    return chosen if chosen == "null" or chosen.startswith("recorder:") else "miniaudio"


def _say_lines(answer: AnswerWriter, address: str, server: str) -> None:
    typed = pairing_commands(address, server=server)
    text = "\n".join(
        (
            "Once for each server, so that it may play here:",
            f"  {typed.pair}",
            "Log in with sound:",
            f"  {typed.login}",
            "or, for good, put this into ~/.ssh/config and log in as ever:",
            *(f"  {line}" for line in typed.config),
            "Then start tui-browser there. It plays sounds and does nothing else; ctrl-c ends it.",
        )
    )
    facts = {"address": address, "pair": typed.pair, "login": typed.login, "config": list(typed.config)}
    answer.row(facts, text=text)
    sys.stdout.flush()


def _say_on(answer: AnswerWriter, listener: Listener) -> None:
    while True:
        said = listener.next_note()
        if said is not None:
            answer.row({"said": said}, text=said)
            sys.stdout.flush()


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
