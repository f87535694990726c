"""Verb `send`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, exit_if_failed, pass_common
from tui_browser.errors import BrowserError

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.config.templates import TemplateSample
    from tui_browser.library.library import Library


@click.command("send")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--to", "name", metavar="NAME", help="Target of the settings, [send.NAME]; needless if there is one.")
@pass_common
def send(common: CommonOptions, files: tuple[str, ...], name: str | None) -> None:
    """Play or load each FILE in another program, by OSC: SuperDirt, Sonic Pi, or any that reads the message."""
    from tui_browser.config.pathmap import parse_path_map
    from tui_browser.config.places import config_file
    from tui_browser.config.settings import load_settings
    from tui_browser.kits.sending import choose_target, send_sample
    from tui_browser.library.library import Library

    settings = load_settings()
    target = choose_target(settings.send, name, config_path=config_file())
    paths = parse_path_map(settings.path_map)
    answer, errors = AnswerWriter(common), list[BrowserError]()
    with Library.open(common.library_path) as library:
        for file in files:
            path = os.fsencode(os.path.abspath(file))
            try:
                if not os.path.isfile(path):
                    raise BrowserError("this file does not exist", path=path, hint="give the path of a sample")
                send_sample(target, _sample(library, path), paths=paths)
            except BrowserError as error:
                errors.append(error)
                continue
            fields = {"path": os.fsdecode(path), "to": target.name, "host": target.host, "port": target.port}
            answer.row(fields, path=path, text=f"sent to {target.name}: {answer.shown(path)}")
    exit_if_failed(errors)


def _sample(library: Library, path: bytes) -> TemplateSample:
    """What the library knows of a file; the path alone if it does not know it."""
    from tui_browser.config.templates import NUMBER_FIELDS, TemplateSample

    sample = library.id_of(path)
    row = library.sample(sample) if sample is not None else None
    if row is None:
        return TemplateSample(path)
    numbers = {field: getattr(row, field) for field in NUMBER_FIELDS}
    return TemplateSample(path, class_name=row.class_name, key=row.key, tags=row.tags, **numbers)
