"""`freesound login`: the key for Freesound, into a file for its owner alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, common_options, complain, pass_common
from tui_browser.errors import FreesoundError, FreesoundKeyError, printable

if TYPE_CHECKING:
    from tui_browser.freesound.key import ApiKey


@click.command(params=common_options())
@click.option("--no-check", is_flag=True, help="Store the key without asking Freesound whether it is valid.")
@click.option("--forget", is_flag=True, help="Delete the stored key.")
@pass_common
def login(common: CommonOptions, no_check: bool, forget: bool) -> None:
    """Store your key for Freesound, for you alone.

    It is asked for, or read from standard input. Get one at https://freesound.org/apiv2/apply.
    """
    from tui_browser.freesound import key

    answer = AnswerWriter(common)
    if forget:
        path = key.forget_key()
        if path is None:
            complain("no key is stored")
            raise SystemExit(1)
        answer.row({"path": path, "stored": False}, path=os.fsencode(path), text=f"deleted: {printable(path)}")
        return
    if sys.stdin.isatty():
        complain(f"get a key at {key.APPLY}")
        typed = click.prompt("Key for Freesound", hide_input=True, err=True, default="", show_default=False)
    else:
        typed = sys.stdin.readline(4096)
    api_key = key.parse_key(typed.strip(), where="what was given")
    checked = False
    if not no_check:
        try:
            _check_key(api_key)
            checked = True
        except FreesoundKeyError:
            raise
        except FreesoundError as error:
            complain(f"the key was not checked: {error}")
    path = key.store_key(api_key)
    text = f"the key is in {printable(path)}" + (", and Freesound accepts it" if checked else "")
    answer.row({"path": path, "stored": True, "checked": checked}, path=os.fsencode(path), text=text)


def _check_key(api_key: ApiKey) -> None:
    from tui_browser.freesound.client import FreesoundClient
    from tui_browser.freesound.web import Web

    web = Web()
    try:
        FreesoundClient(web, api_key).check_key()
    finally:
        web.close()
