"""Verb `control`: drives an app that runs, from editors and scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common
from tui_browser.control.client import ControlClient
from tui_browser.control.protocol import EVENT_NAMES, ControlRequest, EventName, RequestName
from tui_browser.errors import counted


@click.group("control")
@click.option("--socket", metavar="PATH", help="Socket of the app; needless if only one app runs.")
@click.pass_context
def control(context: click.Context, socket: str | None) -> None:
    """Ask an app that runs with --control, or with control = true in the settings."""
    context.meta[__name__] = socket


def _client() -> ControlClient:
    return ControlClient(click.get_current_context().meta[__name__])


def _ask(request: ControlRequest) -> dict[str, Any]:
    with _client() as client:
        answer = client.ask(request)
    del answer["ok"]
    return answer


@control.command()
@pass_common
def state(common: CommonOptions) -> None:
    """What the app shows: the sample under the cursor, query, count, mode, what plays."""
    answer = _ask(ControlRequest("state"))
    sample = answer["sample"]
    path = answer["guest"] if sample is None else sample["path"]
    writer = AnswerWriter(common)
    lines = [
        f"cursor    {writer.shown(path) if path is not None else '-'}",
        f"query     {writer.shown(answer['query']) or '-'}",
        f"shown     {answer['count']:,} of {counted(answer['total'], 'sample')}",
        f"selected  {answer['selected']:,}",
        f"playing   {writer.shown(answer['playing']) if answer['playing'] is not None else '-'}",
        f"mode      {answer['mode']}" + (f", keys on the {answer['focus']}" if answer["focus"] else ""),
        f"library   {writer.shown(answer['library'])}",
    ]
    writer.row(answer, path=_raw(path), text="\n".join(lines))


@control.command()
@click.argument("query")
@pass_common
def search(common: CommonOptions, query: str) -> None:
    """Search in the app, and print the best match; an empty QUERY ends the search."""
    answer = _ask(ControlRequest("search", query=query))
    writer = AnswerWriter(common)
    if answer["count"]:
        _write_place(writer, answer)
        return
    if common.json:
        _write_place(writer, answer)
    elif not common.quiet:
        complain("no sample matches")
    raise SystemExit(1)


@control.command()
@click.argument("file", required=False)
@click.option("--id", "sample", type=click.IntRange(min=0), help="The sample with this id, in place of FILE.")
@pass_common
def cursor(common: CommonOptions, file: str | None, sample: int | None) -> None:
    """Move the cursor to FILE, which the library has to know."""
    if (file is None) == (sample is None):
        raise click.UsageError("give FILE or --id")
    _write_place(AnswerWriter(common), _ask(_request("cursor", file, sample)))


@control.command()
@click.argument("file", required=False)
@click.option("--id", "sample", type=click.IntRange(min=0), help="The sample with this id, in place of FILE.")
@pass_common
def play(common: CommonOptions, file: str | None, sample: int | None) -> None:
    """Play the sample under the cursor from its start, or go to FILE and play that."""
    _write_place(AnswerWriter(common), _ask(_request("play", file, sample)))


@control.command()
@pass_common
def stop(common: CommonOptions) -> None:
    """Stop the sound."""
    _ask(ControlRequest("stop"))
    AnswerWriter(common).row({}, text="stopped")


@control.command()
@pass_common
def pick(common: CommonOptions) -> None:
    """Print the selected samples, or the one under the cursor; `tui-browser pick` ends with them."""
    writer = AnswerWriter(common)
    for sample in _ask(ControlRequest("pick"))["samples"]:
        writer.row(sample, path=_raw(sample["path"]))


@control.command()
@click.argument("file", required=False)
@click.option("--id", "sample", type=click.IntRange(min=0), help="The sample with this id, in place of FILE.")
@pass_common
def details(common: CommonOptions, file: str | None, sample: int | None) -> None:
    """All that is known of the sample under the cursor, or of FILE; the cursor stays."""
    fields = _ask(_request("details", file, sample))["sample"]
    writer = AnswerWriter(common)
    known = {name: value for name, value in fields.items() if value not in (None, [], "")}
    lines = [f"{name:<16}{writer.shown(_as_text(value))}" for name, value in known.items()]
    writer.row(fields, path=_raw(fields["path"]), text="\n".join(lines))


@control.command("command")
@click.argument("command_id", metavar="ID")
@pass_common
def command(common: CommonOptions, command_id: str) -> None:
    """Carry out a command of the app by its ID, as its key does; docs/keys.md lists them."""
    answer = _ask(ControlRequest("command", command=command_id))
    writer = AnswerWriter(common)
    writer.row({"id": command_id, **answer}, text=answer["said"] or f"done: {command_id}")


@control.command()
@click.argument("names", metavar="[EVENT...]", nargs=-1, type=click.Choice(list(EVENT_NAMES)))
@pass_common
def events(common: CommonOptions, names: tuple[EventName, ...]) -> None:
    """Print what happens until the app ends: cursor, query, played, stopped, picked; by default all."""
    writer = AnswerWriter(common)
    with _client() as client:
        client.ask(ControlRequest("subscribe", events=names or tuple(EVENT_NAMES)))
        for event in client.events():
            for path in [_raw(event.get("path"))] if common.json else _paths(event):
                writer.row(event, path=path, text=_event_text(writer, event, path))
            sys.stdout.buffer.flush()


def _request(name: RequestName, file: str | None, sample: int | None) -> ControlRequest:
    if file is not None and sample is not None:
        raise click.UsageError("give FILE or --id, not both")
    return ControlRequest(name, path=os.path.abspath(file) if file is not None else None, sample=sample)


def _write_place(writer: AnswerWriter, answer: Mapping[str, Any]) -> None:
    """The answer with the path under the cursor."""
    path = _raw(answer["path"])
    writer.row(answer, path=path, text=None if path is not None else "the cursor is on no sample")


def _paths(event: Mapping[str, Any]) -> list[bytes | None]:
    """The paths of an event, each for a line of its own; None for an event without one."""
    return [_raw(path) for path in event.get("paths", [event.get("path")])]


def _event_text(writer: AnswerWriter, event: Mapping[str, Any], path: bytes | None) -> str:
    kind = event["event"]
    if kind == "query":
        return f"query\t{writer.shown(event['query'])}"
    if kind == "lost":
        return f"lost\t{counted(event['count'], 'event')}"
    return kind if path is None else f"{kind}\t{writer.shown(path)}"


def _raw(path: object) -> bytes | None:
    return os.fsencode(path) if isinstance(path, str) else None


def _as_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
