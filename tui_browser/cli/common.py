"""Options that every verb takes, and how a verb answers: text for people, JSON lines for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.guard import Guard
from tui_browser.config.places import default_library
from tui_browser.errors import BrowserError, ConfigError, NotYet, counted, printable

if TYPE_CHECKING:  # numpy: 130 ms that a wrong word or --help need not wait for
    from tui_browser.records import Progress, SampleRow


@dataclass(slots=True)
class Common:
    """The common options as given, before or after the verb."""

    library: str | None = None
    model: str | None = None
    json: bool = False
    null: bool = False
    quiet: bool = False
    debug: bool = False
    slow: bool = False
    """Whether to send less to the terminal, whatever the settings say."""
    player: str | None = None
    """What plays, where it was said; None for what the settings say."""
    guard: Guard = field(default_factory=Guard)
    """Stands before the app when it opens."""

    @property
    def library_path(self) -> str:
        """The one path of the library file, whichever symlinks lead to it: one file is one lock and one journal."""
        return os.path.realpath(self.library or default_library())


def common_options() -> list[click.Option]:
    """Fresh click options that write into the context's `Common`."""
    return [
        _option("--library", metavar="FILE", help="The library file (default: in your data folder)."),
        _option("--model", metavar="NAME|FOLDER", help="A model bundle, by name or folder."),
        _option("--json", is_flag=True, help="One JSON object a line on standard output."),
        _option("-0", "--null", is_flag=True, help="Paths raw, each ended by NUL."),
        _option("--quiet", is_flag=True, help="No progress, no summary."),
        _option("--debug", is_flag=True, help="A traceback with an error."),
    ]


def slow_option() -> click.Option:
    """For what opens the app."""

    def keep(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: ARG001  # click names both
        if value:
            context.ensure_object(Common).slow = True

    told = "Send less over a slow line: fewer frames and colours."
    return click.Option(["--slow"], is_flag=True, expose_value=False, callback=keep, help=told)


def player_option() -> click.Option:
    """For verbs that sound."""

    def keep(context: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001  # click names both
        if value is None:
            return
        from tui_browser.config.settings import parse_settings

        try:
            context.ensure_object(Common).player = parse_settings({"player": value}, path="--player").player
        except ConfigError as error:
            raise click.UsageError(f"--player: {error.what} ({error.hint})") from error

    told = "What plays, in place of the settings: auto, null, remote, remote:ADDRESS, recorder:FILE ..."
    return click.Option(["--player"], metavar="WAY", expose_value=False, callback=keep, help=told)


def _option(*names: str, **settings: Any) -> click.Option:
    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value and parameter.name:
            setattr(context.ensure_object(Common), parameter.name, value)

    return click.Option(names, expose_value=False, callback=keep, **settings)


pass_common = click.make_pass_decorator(Common, ensure=True)


class Answer:
    """Writes rows to standard output in the form that was asked for."""

    def __init__(self, common: Common) -> None:
        self._common = common

    def row(self, fields: Mapping[str, Any], *, path: bytes | None = None, text: str | None = None) -> None:
        """One result: as JSON, as its raw path with `-0`, else as `text` or the path."""
        out = sys.stdout.buffer
        if self._common.json:
            out.write(json.dumps(fields, allow_nan=False).encode("ascii") + b"\n")
        elif self._common.null and path is not None:
            out.write(path + b"\0")
        elif text is not None:
            out.write(text.encode("utf-8", "surrogateescape") + b"\n")
        elif path is not None:
            out.write((printable(path).encode() if sys.stdout.isatty() else path) + b"\n")

    def say(self, text: str) -> None:
        """A sentence for people: not under --json, -0 or --quiet."""
        if not (self._common.json or self._common.null or self._common.quiet):
            sys.stdout.write(text + "\n")


def complain(error: BrowserError | str) -> None:
    """One sentence on standard error."""
    sys.stderr.write(f"tui-browser: {error}\n")


def sample_fields(row: SampleRow) -> dict[str, Any]:
    """The JSON of a sample: every field always there, null where unknown."""
    return {
        "id": row.id,
        "path": os.fsdecode(row.path),
        "root": os.fsdecode(row.root),
        "onset_s": row.onset_s,
        "duration_s": row.duration_s,
        "sample_rate": row.sample_rate,
        "channels": row.channels,
        "frames": row.frames,
        "size": row.size,
        "mtime_ns": row.mtime_ns,
        "content_hash": row.content_hash,
        "class": row.class_name,
        "class_p": row.class_p,
        "x": row.x,
        "y": row.y,
        "loudness_db": row.loudness_db,
        "bpm": row.bpm,
        "key": row.key,
        "tags": list(row.tags),
        "favourite": row.favourite,
        "tom": row.tom,
    }


def not_yet(verb: str) -> click.Command:
    """A verb whose name is fixed and which this version answers with one sentence."""

    def answer(rest: tuple[str, ...]) -> None:  # noqa: ARG001 - whatever was said, the answer is the same
        raise NotYet(f"{verb} is not in this version", hint="tui-browser --help lists what is")

    parameters: list[click.Parameter] = [click.Argument(["rest"], nargs=-1, type=click.UNPROCESSED)]
    settings = {"ignore_unknown_options": True, "allow_interspersed_args": False}
    return click.Command(verb, params=parameters, callback=answer, context_settings=settings, hidden=True)


class ProgressLine:
    """Progress on standard error: one line that is rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, common: Common) -> None:
        self._silent = common.quiet
        self._tty = sys.stderr.isatty()
        self._width = 0
        self._last = ""

    def show(self, progress: Progress) -> None:
        if self._silent:
            return
        line = describe(progress)
        if self._tty:
            sys.stderr.write(f"\r{line.ljust(self._width)}")
            sys.stderr.flush()
            self._width = len(line)
        elif _milestone(progress) != self._last:
            self._last = _milestone(progress)
            sys.stderr.write(line + "\n")

    def end(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


def describe(progress: Progress) -> str:
    """One line that says how far a job is."""
    words = {
        "scan": "scanning", "encode": "indexing", "place": "placing", "layout": "fitting the layout",
        "idle": "up to date",
    }  # fmt: skip
    line = words[progress.phase]
    if progress.phase == "layout" and progress.total:
        line += f" {100 * progress.done / progress.total:.0f} %"
    elif progress.total:
        line += f" {progress.done:,} of {counted(progress.total, 'file')}"
    if progress.rate:
        line += f" · {progress.rate:,.0f}/s"
    if progress.seconds_left is not None and progress.done < progress.total:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        line += f" · {minutes} min {seconds:02d} s left" if minutes else f" · {seconds} s left"
    if progress.rejected:
        line += f" · {progress.rejected:,} rejected"
    return line


def _milestone(progress: Progress) -> str:
    return f"{progress.phase} {10 * progress.done // progress.total if progress.total else 0}"


def refused(errors: Sequence[BrowserError]) -> None:
    """Name each refused input and exit with 1 when there were any."""
    for error in errors:
        complain(error)
    if errors:
        raise SystemExit(1)
