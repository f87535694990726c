"""Asks for one suggested tag after the other, in the terminal, and plays the sound on a key."""

from __future__ import annotations

import contextlib
import sys

import click

from tui_browser.cli.common import CommonOptions, complain
from tui_browser.config.places import log_file
from tui_browser.config.settings import load_settings
from tui_browser.errors import BrowserError, printable
from tui_browser.playback.player import Player
from tui_browser.workbench.labels.prediction import Suggestion

_KEYS = "y yes, n no, a yes to all of this tag, s no to all of this tag, p play, q end"


def review_suggestions(common: CommonOptions, suggestions: list[Suggestion]) -> list[Suggestion]:
    """The accepted suggestions. Tag by tag, the surest first; ctrl-c ends the program with nothing accepted.

    Keys come from the terminal; where standard input is none, each line is an answer, and its end ends the review.
    """
    order: dict[str, list[Suggestion]] = {}
    for each in suggestions:
        order.setdefault(each.tag, []).append(each)
    accepted: list[Suggestion] = []
    with contextlib.ExitStack() as stack:
        sound = stack.enter_context(contextlib.closing(_Sound(common)))
        sys.stderr.write(f"{_KEYS}\n")
        for tag, of_tag in order.items():
            for number, each in enumerate(of_tag):
                question = f"{printable(tag)}? {each.p:.2f} ({number + 1} of {len(of_tag)}) {printable(each.path)} "
                answer = _answer(question, each, sound)
                if answer in ("y", "a"):
                    accepted += of_tag[number:] if answer == "a" else [each]
                if answer == "q":
                    return accepted
                if answer in ("a", "s"):
                    break
    return accepted


def _answer(question: str, suggestion: Suggestion, sound: _Sound) -> str:
    """One of y, n, a, s, q."""
    while True:
        sys.stderr.write(question)
        sys.stderr.flush()
        key = _key()
        sys.stderr.write(f"{key if key.isprintable() else ''}\n")
        if key in ("p", " "):
            sound.play(suggestion.path)
        elif key in ("y", "n", "a", "s", "q"):
            return key
        else:
            sys.stderr.write(f"{_KEYS}\n")


def _key() -> str:
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip().lower()[:1] if line else "q"
    key = click.getchar()
    return {"\r": "y", "\x1b": "q"}.get(key, key.lower())


class _Sound:
    """Plays samples; the player is started by the first."""

    def __init__(self, common: CommonOptions) -> None:
        self._backend = common.player or load_settings().player
        self._player: Player | None = None
        self._token = 0

    def play(self, path: bytes) -> None:
        try:
            if self._player is None:
                self._player = Player(self._backend, log=log_file("player"), level=True)
            self._token += 1
            self._player.play(path, token=self._token)
        except BrowserError as error:
            complain(error)

    def close(self) -> None:
        if self._player is not None:
            self._player.close()
