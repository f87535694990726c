"""Targets of `send`: programs that play samples and listen to OSC, from the tables `[send.NAME]` of the settings."""

from __future__ import annotations

import difflib
import math
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tui_browser.config.templates import FIELDS
from tui_browser.errors import ConfigError

SendKind = Literal["superdirt", "sonic-pi", "generic"]
Argument = str | int | float
LOOPBACK = "127.0.0.1"
DEFAULTS: Mapping[str, tuple[int | None, str, tuple[str, ...]]] = {
    "superdirt": (57120, "/dirt/play", ()),
    "sonic-pi": (4560, "/trigger/sample", ("{path}",)),
    "generic": (None, "/sample", ("{path}",)),
}
"""Kind -> port, address and arguments where the settings name none."""
ADDRESS_FIELDS = ("word", "class", "folder", "stem", "number")
"""Fields that an address may use; what an address cannot hold becomes `_` there."""
_KEYS = ("kind", "host", "port", "address", "arguments")
_ADDRESS = re.compile(r"/[!-~]*\Z")
_MOST_ARGUMENTS = 32


@dataclass(frozen=True, slots=True)
class SendTarget:
    """Where a sample is sent, and how."""

    name: str
    kind: SendKind
    host: str = LOOPBACK
    port: int = 57120
    address: str = "/dirt/play"
    """OSC address, with fields in braces for the kind `generic`."""
    arguments: tuple[Argument, ...] = ()
    """Numbers, and texts with fields in braces; a text that is a number's field alone is sent as a number.

    For SuperDirt they follow the sample's name: `gain`, 1.2 ..."""

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        import ipaddress  # 6 ms, which starting the app need not wait for

        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse_send_targets(table: object, *, path: str) -> dict[str, SendTarget]:
    """The targets of the table `send`; `path` is for error messages. Raises ConfigError."""
    if not isinstance(table, dict) or not all(isinstance(values, dict) for values in table.values()):
        hint = 'write [send.dirt], then lines such as kind = "superdirt"'
        raise ConfigError("setting 'send' must be a table of tables", path=path, hint=hint)
    return {name: _target(name, values, path) for name, values in table.items()}


def _target(name: str, values: Mapping[str, Any], path: str) -> SendTarget:
    for key in values:
        if key not in _KEYS:
            close = difflib.get_close_matches(key.casefold(), _KEYS, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"one of {', '.join(_KEYS)}"
            raise ConfigError(f"send {name!r} has no key {key!r}", path=path, hint=hint)

    def wrong(key: str, hint: str) -> ConfigError:
        given = repr(values[key]) if key in values else "missing"
        return ConfigError(f"{key!r} of send {name!r} cannot be {given}", path=path, hint=hint)

    kind: SendKind | None = next((known for known in get_args(SendKind) if known == values.get("kind")), None)
    if kind is None:
        raise wrong("kind", f"one of {', '.join(get_args(SendKind))}")
    usual_port, usual_address, usual_arguments = DEFAULTS[kind]
    host = values.get("host", LOOPBACK)
    if not isinstance(host, str) or not host or not host.isprintable() or " " in host:
        raise wrong("host", "the name or the address of a machine, in quotes")
    port = values.get("port", usual_port)
    if type(port) is not int or not 1 <= port <= 65_535:
        raise wrong("port", "a number from 1 to 65535")
    address = values.get("address", usual_address)
    if not isinstance(address, str) or not _ADDRESS.match(address):
        raise wrong("address", "it begins with / and has no spaces, as /sample/{word}")
    arguments = values.get("arguments", list(usual_arguments))
    if not isinstance(arguments, list) or len(arguments) > _MOST_ARGUMENTS or not all(map(_is_argument, arguments)):
        raise wrong("arguments", 'a list of texts and numbers, as ["{path}", "{duration_s}", 0.8]')
    _check_fields("address", [address], ADDRESS_FIELDS, wrong)
    _check_fields("arguments", [text for text in arguments if isinstance(text, str)], tuple(FIELDS), wrong)
    return SendTarget(name, kind, host, port, address, tuple(arguments))


def _is_argument(value: object) -> bool:
    """Whether OSC has a type for it: a text, a whole number of 32 bits, a finite number."""
    if type(value) is int:
        return -(1 << 31) <= value < 1 << 31
    return isinstance(value, str) or (type(value) is float and math.isfinite(value))


def _check_fields(key: str, texts: list[str], known: tuple[str, ...], wrong: Any) -> None:
    for text in texts:
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise wrong(key, "write a literal brace twice: {{ or }}") from error
        for _, field, spec, conversion in parts:
            if field is not None and (field not in known or spec or conversion):
                raise wrong(key, f"fields are {', '.join(f'{{{name}}}' for name in known)}")
