"""doctor: what will work here, how that is known, and for each thing that will not the one thing to change."""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
import textwrap
from collections.abc import Iterable

import click

from tui_browser.cli import checklibrary, checksound, checkup, clipboardcheck, terminalcheck, terminaltalk
from tui_browser.cli.common import Answer, Common, pass_common, player_option
from tui_browser.cli.findings import Finding


@click.command()
@click.option("--tone", is_flag=True, help="Play half a second of a 440 Hz tone.")
@click.option("--clipboard", is_flag=True, help="Copy through the terminal and back, though it may ask you.")
@pass_common
def doctor(common: Common, tone: bool, clipboard: bool) -> None:
    """What works here: sound, clipboard, terminal, keys, model, library, limits; and what to change.

    Exit code 1 where something that was asked for cannot work. Nothing in it is private beyond paths.
    """
    answer = Answer(common)
    failed = False
    for finding in _findings(common, tone=tone, clipboard=clipboard):
        failed |= finding.state == "fails"
        answer.row(dataclasses.asdict(finding), text=_text(finding))
        sys.stdout.flush()
    raise SystemExit(1 if failed else 0)


def _findings(common: Common, *, tone: bool, clipboard: bool) -> Iterable[Finding]:
    env = os.environ
    yield from checkup.versions()
    chosen, about = checkup.settings()
    yield from about
    if common.player is not None:
        chosen = dataclasses.replace(chosen, player=common.player)
    answers = terminaltalk.ask_terminal()
    yield from terminalcheck.terminal(env, answers)
    yield from terminalcheck.colours(env, chosen)
    yield from checkup.theme(chosen)
    yield from terminalcheck.braille(env, chosen, answers)
    yield from terminalcheck.keys(env)
    yield from clipboardcheck.multiplexer(env)
    yield from clipboardcheck.ssh(env, answers)
    echo = functools.partial(terminaltalk.clipboard_echo, ask_person=clipboard)
    yield from clipboardcheck.clipboard(env, answers, echo=echo, allowed=clipboard)
    yield from checksound.sound(chosen, tone=tone)
    yield from checksound.listener(chosen, env)
    yield from checkup.formats()
    about, roots, heard_by = checklibrary.library(common.library_path)
    yield from about
    yield from checklibrary.disk(common.library_path)
    yield from checklibrary.watching(roots)
    yield from checkup.model(common.model or heard_by or chosen.model)


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
