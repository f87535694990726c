"""Names that Textual matches by convention: a renamed class must not lose its handlers or its style sheet."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget

import tui_browser.ui
from tui_browser.ui.command_screen import CommandScreen
from tui_browser.ui.widgets.map_mouse import MapMouse

NOT_OF_MESSAGES = {"on_event"}


def ui_classes() -> set[type]:
    """Every class that a module of the user interface defines."""
    found: set[type] = set()
    for module in pkgutil.walk_packages(tui_browser.ui.__path__, "tui_browser.ui."):
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if member.__module__.startswith("tui_browser.ui."):
                found |= {member, *(each for each in vars(member).values() if inspect.isclass(each))}
    return found


def subclasses(kind: type[Message]) -> set[type[Message]]:
    below: list[type[Message]] = kind.__subclasses__()
    return {kind}.union(*(subclasses(each) for each in below))


def test_every_handler_belongs_to_a_message() -> None:
    classes = ui_classes()
    importlib.import_module("textual.widgets").Input  # noqa: B018 - lazy: this defines its messages
    known = {each.handler_name for each in subclasses(Message) - {Message}}
    used = {
        (each.__name__, name)
        for each in classes
        if issubclass(each, MessagePump | CommandScreen | MapMouse)
        for name in vars(each)
        if name.startswith("on_") and inspect.isfunction(vars(each)[name])
    }
    assert {(owner, name) for owner, name in used if name not in known | NOT_OF_MESSAGES} == set()


def test_every_style_sheet_names_its_widget() -> None:
    sheets = [each for each in ui_classes() if issubclass(each, Widget) and vars(each).get("DEFAULT_CSS")]
    assert len(sheets) > 10
    assert [each.__name__ for each in sheets if not re.search(rf"\b{each.__name__}\b", each.DEFAULT_CSS)] == []
