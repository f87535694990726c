"""Options that every verb takes, and output: text for people, JSON lines for programs."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.guard import Guard
from tui_browser.cli.standard_streams import text_bytes
from tui_browser.config.places import default_library
from tui_browser.errors import (
    BrowserError,
    ConfigError,
    counted,
    printable,
    printable_lines,
    without_controls,
)
from tui_browser.library.sample_fields import sample_fields as sample_fields  # what most verbs answer with

if TYPE_CHECKING:  # numpy: 130 ms, which --help and a wrong verb need not wait for
    from tui_browser.records import Progress


@dataclass(slots=True)
class CommonOptions:
    """The common options as given, before or after the verb."""

    library: str | None = None
    model: str | None = None
    json: bool = False
    null: bool = False
    quiet: bool = False
    debug: bool = False
    slow: bool = False
    """Whether to send less to the terminal, regardless of the settings."""
    player: str | None = None
    """What plays; None for the setting."""
    control: str | None = None
    """Path of the app's control socket, empty for the usual place; None for the setting."""
    guard: Guard = field(default_factory=Guard)
    """The process in front of the app."""

    @property
    def library_path(self) -> str:
        """The library file with all symlinks resolved, so that one file has one lock and one journal."""
        return os.path.realpath(self.library or default_library())


def common_options() -> list[click.Option]:
    """New click options that write to the context's `CommonOptions`."""
    return [
        _option("--library", metavar="FILE", help="Library file (default: in your data folder)."),
        _option("--model", metavar="NAME|FOLDER", help="Model, by name or folder."),
        _option("--json", is_flag=True, help="Print one JSON object per line."),
        _option("-0", "--null", is_flag=True, help="Print raw paths, each ended by NUL."),
        _option("--quiet", is_flag=True, help="Print no progress and no summary."),
        _option("--debug", is_flag=True, help="Print a traceback with an error."),
    ]


def slow_option() -> click.Option:
    """The option of verbs that open the app."""

    def keep(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: ARG001  # click names both
        if value:
            context.ensure_object(CommonOptions).slow = True

    help_text = "Send less to the terminal, for slow connections: fewer frames and colours."
    return click.Option(["--slow"], is_flag=True, expose_value=False, callback=keep, help=help_text)


def control_option() -> click.Option:
    """The option of verbs that open the app."""

    def keep(context: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001  # click names both
        if value is None:
            return
        if value and (os.path.isdir(value) or "/" not in value):
            kind = "a folder" if os.path.isdir(value) else "no path"
            hint = "write --control last for the usual place, or the path of a socket, as --control ./app.sock"
            raise click.UsageError(f"--control: {printable(value)} is {kind} ({hint})")
        context.ensure_object(CommonOptions).control = value

    return click.Option(
        ["--control"],
        is_flag=False,
        flag_value="",
        metavar="[PATH]",
        expose_value=False,
        callback=keep,
        help="Open a socket by which editors and scripts drive the app.",
    )


def player_option() -> click.Option:
    """The option of verbs that play sounds."""

    def keep(context: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001  # click names both
        if value is None:
            return
        from tui_browser.config.settings import parse_settings

        try:
            context.ensure_object(CommonOptions).player = parse_settings({"player": value}, path="--player").player
        except ConfigError as error:
            raise click.UsageError(f"--player: {error.what} ({error.hint})") from error

    help_text = "What plays sounds, instead of the setting: auto, null, remote, remote:ADDRESS, recorder:FILE ..."
    return click.Option(["--player"], metavar="PLAYER", expose_value=False, callback=keep, help=help_text)


def _option(*names: str, **settings: Any) -> click.Option:
    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value and parameter.name:
            setattr(context.ensure_object(CommonOptions), parameter.name, value)

    return click.Option(names, expose_value=False, callback=keep, **settings)


pass_common = click.make_pass_decorator(CommonOptions, ensure=True)


class AnswerWriter:
    """Writes results to standard output as text, JSON or raw paths.

    What files, libraries and models hold is data: only JSON and `-0` give it exactly. On a terminal all that is not
    printable is written out, in a file or a pipe what a terminal would obey (see `errors.without_controls`).
    """

    def __init__(self, common: CommonOptions) -> None:
        self._common = common
        self._on_terminal = sys.stdout.isatty()

    def shown(self, name: bytes | str) -> str:
        """A path or a name as part of a line."""
        return printable(name) if self._on_terminal else without_controls(os.fsdecode(name))

    def row(self, fields: Mapping[str, Any], *, path: bytes | None = None, text: str | None = None) -> None:
        """Write one result: as JSON, as its raw path with `-0`, else as `text` or the path."""
        out = sys.stdout.buffer
        if self._common.json:
            out.write(json_line(fields).encode("ascii") + b"\n")
        elif self._common.null and path is not None:
            out.write(path + b"\0")
        elif text is not None:
            out.write(text_bytes(self._safe(text)) + b"\n")
        elif path is not None:
            out.write(text_bytes(self.shown(path)) + b"\n")

    def say(self, text: str) -> None:
        """Write a sentence for people, unless --json, -0 or --quiet is given."""
        if not (self._common.json or self._common.null or self._common.quiet):
            sys.stdout.write(self._safe(text) + "\n")

    def _safe(self, text: str) -> str:
        if self._on_terminal:
            return printable_lines(text)
        return re.sub(r"[^\t\n]+", lambda part: without_controls(part[0]), text)


def json_line(fields: Mapping[str, Any] | Sequence[Any]) -> str:
    """One JSON value in printable ASCII; raises ValueError for a number that is not finite."""
    return json.dumps(fields, allow_nan=False).replace("\x7f", "\\u007f")


def complain(error: BrowserError | str) -> None:
    """Write one sentence to standard error."""
    sys.stderr.write(f"tui-browser: {printable_lines(str(error))}\n")


class ProgressLine:
    """Progress on standard error: one line that is rewritten on a terminal; elsewhere a line for each tenth."""

    def __init__(self, common: CommonOptions) -> None:
        self._silent = common.quiet
        self._tty = sys.stderr.isatty()
        self._width = 0
        self._last = ""

    def show(self, progress: Progress) -> None:
        self.show_text(progress_text(progress), milestone=_milestone(progress))

    def show_text(self, line: str, *, milestone: str) -> None:
        """Show a line of text; where lines are not rewritten, only one for each `milestone`."""
        if self._silent:
            return
        if self._tty:
            sys.stderr.write(f"\r{line.ljust(self._width)}")
            sys.stderr.flush()
            self._width = len(line)
        elif milestone != self._last:
            self._last = milestone
            sys.stderr.write(line + "\n")

    def end(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


def progress_text(progress: Progress) -> str:
    """The progress of a job in one line."""
    phases = {
        "scan": "scanning", "encode": "indexing", "place": "placing", "layout": "fitting the layout",
        "idle": "up to date", "fetch": "fetching", "long": "reading long files:",
    }  # fmt: skip
    line = phases[progress.phase]
    if progress.phase == "layout" and progress.total:
        line += f" {100 * progress.done / progress.total:.0f} %"
    elif progress.total:
        line += f" {progress.done:,} of {counted(progress.total, 'file')}"
    if progress.rate:
        line += f" · {progress.rate:,.0f}/s"
    if progress.seconds_left is not None and progress.done < progress.total:
        line += f" · {time_left(progress.seconds_left)}"
    if progress.rejected:
        line += f" · {progress.rejected:,} rejected"
    return line


def time_left(seconds_left: float) -> str:
    """The time that a job still takes: `12 s left`, `3 min 05 s left`."""
    minutes, seconds = divmod(round(seconds_left), 60)
    return f"{minutes} min {seconds:02d} s left" if minutes else f"{seconds} s left"


def _milestone(progress: Progress) -> str:
    return f"{progress.phase} {10 * progress.done // progress.total if progress.total else 0}"


def exit_if_failed(errors: Sequence[BrowserError]) -> None:
    """Print each error, and exit with 1 if there are any."""
    for error in errors:
        complain(error)
    if errors:
        raise SystemExit(1)
