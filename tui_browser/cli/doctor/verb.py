"""Verb `doctor`: runs all checks and prints their findings."""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
import textwrap
from collections.abc import Iterable

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common, player_option
from tui_browser.cli.doctor import (
    check_clipboard,
    check_library,
    check_program,
    check_sound,
    check_terminal,
    terminal_query,
)
from tui_browser.cli.doctor.finding import Finding
from tui_browser.ui.terminal import tmux


@click.command()
@click.option("--tone", is_flag=True, help="Play a 440 Hz tone for half a second.")
@click.option(
    "--clipboard", is_flag=True, help="Copy through the terminal and read it back, even if the terminal asks you."
)
@pass_common
def doctor(common: CommonOptions, tone: bool, clipboard: bool) -> None:
    """Check what works on this machine, and what to change.

    Checks sound, clipboard, terminal, keys, model, library and limits. Exits with 1 if something that was asked
    for cannot work. Apart from paths, the output is not private.
    """
    answer = AnswerWriter(common)
    failed = False
    for finding in _findings(common, tone=tone, clipboard=clipboard):
        failed |= finding.state == "fails"
        answer.row(dataclasses.asdict(finding), text=_text(finding))
        sys.stdout.flush()
    raise SystemExit(1 if failed else 0)


def _findings(common: CommonOptions, *, tone: bool, clipboard: bool) -> Iterable[Finding]:
    env = tmux.found(os.environ)
    yield from check_program.versions()
    yield from check_program.extras()
    settings, findings = check_program.settings()
    yield from findings
    if common.player is not None:
        settings = dataclasses.replace(settings, player=common.player)
    answers = terminal_query.ask_terminal()
    yield from check_terminal.terminal(env, answers)
    yield from check_terminal.colours(env, settings)
    yield from check_program.theme(settings)
    yield from check_terminal.braille(env, settings, answers)
    yield from check_terminal.keys(env)
    yield from check_clipboard.multiplexer(env)
    yield from check_clipboard.ssh(env, answers)
    echo = functools.partial(terminal_query.clipboard_echo, ask_person=clipboard)
    yield from check_clipboard.clipboard(env, answers, echo=echo, allowed=clipboard)
    yield from check_sound.sound(settings, tone=tone)
    yield from check_sound.listener(settings, env)
    yield from check_program.formats()
    findings, roots, library_model = check_library.library(common.library_path)
    yield from findings
    yield from check_library.disk(common.library_path)
    yield from check_library.watching(roots)
    yield from check_program.model(common.model or library_model or settings.model)


doctor.params.append(player_option())
_MARKS = {"good": "ok", "limited": "!", "fails": "FAILS"}


def _text(finding: Finding) -> str:
    head = f"{_MARKS[finding.state]:<5} {finding.check:<11} "
    tested = f" ({finding.tested})" if finding.tested else ""
    lines = textwrap.wrap(finding.found + tested, 100, initial_indent=head, subsequent_indent=" " * 18,
                          break_long_words=False, break_on_hyphens=False)  # fmt: skip
    if finding.change:
        lines += textwrap.wrap(f"-> {finding.change}", 100, initial_indent=" " * 18, subsequent_indent=" " * 21,
                               break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return "\n".join(lines)
