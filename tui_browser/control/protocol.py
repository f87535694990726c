"""What may be asked through the control socket: one JSON object a line, as a record with checked fields."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tui_browser.config.settings import nearest_hint
from tui_browser.errors import BrowserError, printable

MOST_LINE = 1 << 16
"""Bytes of the longest request."""
MOST_SAMPLE_ID = (1 << 63) - 1
_SHOWN = 60
"""Characters of a wrong word that an error quotes."""

RequestName = Literal["state", "search", "cursor", "play", "stop", "pick", "details", "command", "subscribe"]
EventName = Literal["cursor", "query", "played", "stopped", "picked"]
EVENT_NAMES: Sequence[EventName] = get_args(EventName)
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "state": (), "search": ("query",), "cursor": ("path", "id"), "play": ("path", "id"), "stop": (), "pick": (),
    "details": ("path", "id"), "command": ("id",), "subscribe": ("events",),
}  # fmt: skip
"""Request -> the fields that it takes beside `do`."""


class ControlError(BrowserError):
    """A request that cannot be carried out, or a control socket that cannot be opened or reached."""


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """One request; fields that the request does not take keep their defaults."""

    do: RequestName
    query: str = ""
    path: str | None = None
    """Absolute, with surrogate escapes for what is not UTF-8."""
    sample: int | None = None
    """The id of a sample."""
    command: str = ""
    """The id of a command of the app's table."""
    events: tuple[EventName, ...] = ()

    def as_fields(self) -> dict[str, Any]:
        """The JSON fields of the request."""
        ids = {"id": self.command} if self.do == "command" else {"id": self.sample}
        values = {"query": self.query, "path": self.path, "events": list(self.events) or None, **ids}
        return {"do": self.do} | {key: values[key] for key in _FIELDS[self.do] if values[key] is not None}


def as_line(fields: Mapping[str, Any]) -> bytes:
    """One JSON object in printable ASCII, with its line break."""
    return json.dumps(fields, allow_nan=False).replace("\x7f", "\\u007f").encode("ascii") + b"\n"


def parse_fields(line: bytes) -> dict[str, Any]:
    """The JSON object in a line; raises ControlError."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ControlError("this line is not JSON", hint='a request is {"do": "state"}') from error
    if not isinstance(fields, dict):
        raise ControlError("this line is no JSON object", hint='a request is {"do": "state"}')
    return fields


def parse_request(line: bytes) -> ControlRequest:
    """The request in a line; raises ControlError with the nearest right word."""
    fields = parse_fields(line)
    do = fields.pop("do", None)
    name: RequestName | None = next((known for known in get_args(RequestName) if known == do), None)
    if name is None:
        what = "the request has no 'do'" if do is None else f"no request is called {_shown(do)}"
        raise ControlError(what, hint=nearest_hint(str(do)[:_SHOWN], tuple(_FIELDS)))
    for field in fields:
        if field not in _FIELDS[name]:
            takes = nearest_hint(field[:_SHOWN], _FIELDS[name]) if _FIELDS[name] else "it takes none"
            raise ControlError(f"{name!r} has no field {_shown(field)}", hint=takes)
    path, id = fields.get("path"), fields.get("id")
    if name == "search":
        return ControlRequest(name, query=_text(name, "query", fields.get("query")))
    if name == "command":
        return ControlRequest(name, command=_text(name, "id", id))
    if name == "subscribe":
        return ControlRequest(name, events=_events(fields.get("events")))
    if name == "cursor" and (path is None) == (id is None):
        raise ControlError("'cursor' takes a path or an id", hint='as {"do": "cursor", "path": "/samples/kick.wav"}')
    if path is not None:
        return ControlRequest(name, path=_path(name, path))
    if id is None:
        return ControlRequest(name)
    if type(id) is not int or not 0 <= id <= MOST_SAMPLE_ID:
        raise ControlError(f"'id' of {name!r} cannot be {_shown(id)}", hint="the number of a sample, as 'state' has it")
    return ControlRequest(name, sample=id)


def _text(name: str, field: str, value: object) -> str:
    if not isinstance(value, str):
        given = "missing" if value is None else _shown(value)
        raise ControlError(f"{field!r} of {name!r} cannot be {given}", hint="it must be text in quotes")
    return value


def _path(name: str, value: object) -> str:
    path = _text(name, "path", value)
    try:
        encoded = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        encoded = b"\0"
    if not path.startswith("/") or b"\0" in encoded:
        raise ControlError(f"'path' of {name!r} cannot be {_shown(path)}", hint="it must be an absolute path")
    return path


def _events(value: object) -> tuple[EventName, ...]:
    if value is None:
        return tuple(EVENT_NAMES)
    if not isinstance(value, list) or not value:
        raise ControlError("'events' must be a list", hint=f"of {', '.join(EVENT_NAMES)}")
    for event in value:
        if event not in EVENT_NAMES:
            raise ControlError(f"no event is called {_shown(event)}", hint=nearest_hint(str(event), tuple(EVENT_NAMES)))
    return tuple(dict.fromkeys(value))


def _shown(value: object) -> str:
    """A wrong value as an error quotes it."""
    text = str(value)
    return printable(repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."))
