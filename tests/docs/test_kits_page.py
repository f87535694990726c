"""docs/kits.md: its commands work one after another, and it tells every option and format of `kit`."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from tests.support.cli import invoke
from tests.support.kits import one_shot_library
from tui_browser.cli.common import common_options
from tui_browser.cli.kit import kit

PAGE = (Path(__file__).parents[2] / "docs" / "kits.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    one_shot_library(tmp_path / "l.db", tmp_path / "lib")
    monkeypatch.setenv("TUI_BROWSER_LIBRARY", str(tmp_path / "l.db"))
    monkeypatch.chdir(tmp_path)
    block = re.findall(r"```sh\n(.*?)```", PAGE, re.S)[0]
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert len(commands) == 8
    for words in commands:
        said = invoke(*words[1:], monkeypatch=monkeypatch, capture=capfdbinary)
        assert said.code == 0, (words, said.err)
    assert (tmp_path / "demo-sfz" / "demo.sfz").exists() and (tmp_path / "demo.h2drumkit").exists()
    assert (tmp_path / "demo-tidal" / "demo.tidal").exists()


def test_every_option_and_format_is_told() -> None:
    common = {name for option in common_options() for name in option.opts}
    for name, command in kit.commands.items():
        assert f"`kit {name}" in PAGE, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert all(word in common or word in PAGE for word in option.opts), option.opts
                choices = option.type.choices if isinstance(option.type, click.Choice) else ()
                assert all(f"| `{choice}` |" in PAGE for choice in choices)
