"""Sends a sample to another program by OSC: one UDP packet to SuperDirt, Sonic Pi, or whoever reads the message.

Nothing is sent to a target that the settings do not name. Names of files go through as data: in an argument exactly,
in an address with `_` for what an address cannot hold.
"""

from __future__ import annotations

import math
import os
import re
import socket
import string
from collections.abc import Mapping

from tui_browser.config.pathmap import PathMap
from tui_browser.config.send_targets import Argument, SendTarget
from tui_browser.config.templates import NUMBER_FIELDS, Template, TemplateSample, render, superdirt_name
from tui_browser.errors import BrowserError, printable

_REFUSAL_S = 0.05
"""How long a program on this machine may take to refuse: a system says so at once."""
_NOT_IN_ADDRESS = re.compile(r"[^!-~]|[#*,/?\[\]{}]")
_ONE_FIELD = re.compile(r"\{(\w+)\}\Z")


class SendError(BrowserError):
    """A sample that could not be sent."""


class ReceiverError(SendError):
    """A target that no sample reaches: nothing listens there, or no way leads there."""


def choose_target(targets: Mapping[str, SendTarget], name: str | None, *, config_path: str) -> SendTarget:
    """The target of this name, or the only one; raises SendError."""
    if not targets:
        hint = f'write [send.dirt] and kind = "superdirt" into {printable(config_path)}'
        raise SendError("sending is off: the settings name no target", hint=hint)
    if name is None and len(targets) == 1:
        return next(iter(targets.values()))
    if name is None or name not in targets:
        what = "the settings name several targets" if name is None else f"no target is called {name}"
        raise SendError(what, hint=f"--to {', --to '.join(targets)}")
    return targets[name]


def osc_message(target: SendTarget, sample: TemplateSample, *, paths: PathMap | None = None) -> bytes:
    """The OSC message that plays or loads a sample at a target; may read the sample's folder. Raises SendError."""
    from pythonosc.osc_message_builder import BuildError, OscMessageBuilder  # 15 ms

    path = os.fsdecode(paths.to_remote(sample.path) if paths and not target.is_local else sample.path)
    builder = OscMessageBuilder(address=_address(target, sample))
    own = [_argument(argument, sample, None if target.is_local else paths) for argument in target.arguments]
    for argument in [*(_dirt_event(sample) if target.kind == "superdirt" else ()), *own]:
        builder.add_arg(argument)
    try:
        return bytes(builder.build().dgram)
    except UnicodeEncodeError as error:
        raise _not_utf8(path) from error
    except BuildError as error:
        if any(isinstance(value, str) and not _is_utf8(value) for value in own):
            raise _not_utf8(path) from error
        raise SendError(f"the message cannot be built: {error}", path=path) from error


def send_sample(target: SendTarget, sample: TemplateSample, *, paths: PathMap | None = None) -> None:
    """Send a sample; raises SendError, ReceiverError where the target cannot be reached.

    UDP has no answer; only on this machine it is noticed that nothing listens.
    """
    message = osc_message(target, sample, paths=paths)
    where = f"{target.host}:{target.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as udp:
            udp.connect(address)
            udp.send(message)
            if target.is_local:
                udp.settimeout(_REFUSAL_S)
                udp.recv(1)
    except TimeoutError:
        return
    except ConnectionRefusedError as error:
        hint = f"start it, or change the port of [send.{target.name}]"
        raise ReceiverError(f"nothing listens at {where} for {target.name}", hint=hint) from error
    except OSError as error:
        hint = f"look at host and port of [send.{target.name}]"
        raise ReceiverError(f"{where} cannot be reached: {error.strerror or error}", hint=hint) from error


def _dirt_event(sample: TemplateSample) -> list[Argument]:
    """The event that Tidal would send for one sound: cycles, then the sample by its name in SuperDirt."""
    name, _, number = superdirt_name(sample.path).partition(":")
    return ["cps", 0.5, "cycle", 0.0, "delta", 1.0, "s", name, "n", float(number or 0)]


def _address(target: SendTarget, sample: TemplateSample) -> str:
    parts = []
    for literal, field, _, _ in string.Formatter().parse(target.address):
        parts.append(literal)
        if field is not None:
            parts.append(_NOT_IN_ADDRESS.sub("_", render(Template("", f"{{{field}}}"), [sample])))
    return "".join(parts)


def _argument(argument: Argument, sample: TemplateSample, paths: PathMap | None) -> Argument:
    if not isinstance(argument, str):
        return argument
    text = render(Template("", argument), [sample], paths=paths) if argument else ""
    alone = _ONE_FIELD.match(argument)
    if alone is None or alone[1] not in NUMBER_FIELDS:
        return text
    value = getattr(sample, alone[1])
    return 0.0 if value is None or not math.isfinite(value) else float(value)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_utf8(path: str) -> SendError:
    return SendError("OSC carries only names in UTF-8", path=path, hint="send a copy with another name")
