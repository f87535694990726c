"""The one table of commands: what feeds the keys, the footer, `?`, the palette and docs/keys.md.

Each group is a file with its rows and the methods that carry them out; a new group is a new file and its place here.
Importing the table loads neither textual nor a widget.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tui_browser.ui.commands import (
    annotate,
    app,
    beat,
    class_repair,
    collections,
    control,
    copies,
    cursor,
    edits,
    freesound,
    generate,
    jump,
    kit,
    layout,
    legend,
    list_columns,
    log,
    mixer,
    models,
    other_screens,
    place,
    places,
    play,
    project,
    search,
    selection,
    send,
    similar,
    slices,
    sound_tour,
    suggestions,
    view,
    visualise,
    wave,
)
from tui_browser.ui.keys.command import Command
from tui_browser.ui.keys.keys import Keys

_GROUPS = (
    cursor,
    jump,
    play,
    wave,
    project,
    sound_tour,
    search,
    places,
    similar,
    list_columns,
    view,
    selection,
    legend,
    copies,
    edits,
    send,
    control,
    annotate,
    collections,
    class_repair,
    slices,
    suggestions,
    generate,
    place,
    mixer,
    kit,
    beat,
    log,
    layout,
    models,
    visualise,
    freesound,
    app,
    other_screens,
)
COMMANDS: tuple[Command, ...] = tuple(command for group in _GROUPS for command in group.COMMANDS)


def command_keys(own: Mapping[str, Collection[str]] | None = None, *, path: str | None = None) -> Keys:
    """The table with a person's own keys.

    Raises ConfigError for an unknown command, a wrong key, or one key with two meanings on a screen.
    """
    return Keys(COMMANDS, own or {}, path=path)
