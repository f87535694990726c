"""Entry point of the command line: runs a verb, or opens the app."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import click

from tui_browser.cli.common import (
    CommonOptions,
    common_options,
    complain,
    control_option,
    player_option,
    slow_option,
)
from tui_browser.cli.guard import Guard
from tui_browser.cli.standard_streams import READER_GONE, flush_output, open_closed_streams, spare_utf8
from tui_browser.config.places import has_working_folder
from tui_browser.errors import BrowserError, QueryError, printable, printable_lines
from tui_browser.version import __version__

VERBS = {
    "add": "roots",
    "forget": "roots",
    "roots": "roots",
    "index": "index",
    "watch": "index",
    "merge": "shards",
    "status": "status",
    "repair": "repair",
    "rejects": "status",
    "search": "find",
    "near": "near",
    "classify": "find",
    "export": "export",
    "layout": "layout",
    "listen": "listen",
    "ssh": "ssh",
    "doctor": "doctor.verb",
    "pick": "pick",
    "locate": "pick",
    "generate": "generate",
    "morph": "morph",
    "tour": "tour",
    "features": "features",
    "model": "model",
    "train": "train",
    "dataset": "train",
    "slice": "slice",
    "beat": "beat",
    "send": "send",
    "labels": "labels",
    "tag": "tag",
    "collect": "collect",
    "copies": "copies",
    "class": "annotate",
    "rate": "annotate",
    "note": "annotate",
    "hide": "annotate",
    "annotations": "annotations",
    "import-gentle": "phonemes",
    "import-sphinx": "phonemes",
    "freesound": "freesound",
    "kit": "kit",
    "control": "control",
}
"""Verb -> its module in this package; starting the app imports none of them."""


class ReaderGoneError(Exception):
    """The reader of the output closed it; click would exit with 1, which means "nothing found" here."""


@contextlib.contextmanager
def _until_reader_gone() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error


class VerbOrFolder(click.Group):
    """Takes a verb, or folders; for any other word the usage error names the nearest verb."""

    def make_context(self, *args: Any, **settings: Any) -> click.Context:
        with _until_reader_gone():
            return super().make_context(*args, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        with _until_reader_gone():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"tui_browser.cli.{VERBS[cmd_name]}")
        name = cmd_name.replace("-", "_")  # words that Python has a use for end in _ there
        command: click.Command = getattr(module, f"{name}_", None) or getattr(module, name)
        _add_common_options(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word in VERBS:
            return word, self.get_command(ctx, word), args[1:]
        if os.path.isdir(word):
            return "open", _open, args
        nearest = difflib.get_close_matches(word, VERBS, n=1)
        hint = f"; did you mean {nearest[0]}?" if nearest else "; see tui-browser --help"
        raise click.UsageError(f"{printable(word)} is neither a verb nor a folder{hint}")


def _add_common_options(command: click.Command) -> None:
    """Add the common options to a verb and its sub-commands."""
    if not any(parameter.name == "library" for parameter in command.params):
        command.params.extend(common_options())
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            _add_common_options(subcommand)


@click.group(
    cls=VerbOrFolder,
    invoke_without_command=True,
    params=[
        *common_options(),
        player_option(),
        slow_option(),
        control_option(),
        click.Option(["--demo"], is_flag=True, help="Open the app on a small library of synthesised one-shots."),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="[VERB | FOLDER...]",
)
@click.version_option(__version__, package_name="tui-browser")
@click.pass_context
def group(context: click.Context, demo: bool) -> None:
    """Shows a sample library as a map of sound.

    Without a VERB the app opens; FOLDERs are added to the library first.
    """
    if demo:
        if context.invoked_subcommand is not None:
            raise click.UsageError("--demo opens a library of its own, and takes no folder and no verb")
        from tui_browser.cli.app import open_demo

        context.exit(open_demo(context.ensure_object(CommonOptions)))
    if context.invoked_subcommand is None:
        from tui_browser.cli.app import open_app

        context.exit(open_app(context.ensure_object(CommonOptions), ()))


@click.command(
    params=[click.Argument(["folders"], nargs=-1), *common_options(), player_option(), slow_option(), control_option()]
)
@click.pass_context
def _open(context: click.Context, folders: tuple[str, ...]) -> None:
    from tui_browser.cli.app import open_app

    context.exit(open_app(context.ensure_object(CommonOptions), folders))


def main() -> None:
    """Run the command line and exit with 0, 1, 2 or 130, or with 141 if the reader of the output closed it."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more threads are slower for one vector
    open_closed_streams()
    spare_utf8()
    guard = Guard(armed=True)
    try:
        code = _run(CommonOptions(guard=guard))
    except OSError:  # standard error cannot be written
        code = 1
    code = flush_output(code)
    guard.report_exit(code)
    sys.exit(code)


def _run(common: CommonOptions) -> int:
    """Run the verb, print an error as one sentence, and return the exit code."""
    try:
        code = group.main(standalone_mode=False, obj=common, prog_name="tui-browser")
        return code if isinstance(code, int) else 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except ReaderGoneError:
        return READER_GONE
    except click.UsageError as error:
        complain(error.format_message())
        return 2
    except BrowserError as error:
        if common.debug:
            _print_traceback()
        complain(error)
        return 2 if isinstance(error, QueryError) else 1
    except (KeyboardInterrupt, click.Abort):
        return 130
    except (OSError, MemoryError) as error:
        if common.debug:
            _print_traceback()
        complain(_system_error_text(error))
        return 1
    except Exception as error:  # noqa: BLE001 - a bug is one sentence too; --debug shows where
        if common.debug:
            _print_traceback()
        complain(f"internal error ({type(error).__name__}: {error}); --debug shows where")
        return 1


def _print_traceback() -> None:
    """Print the traceback with --debug; its messages may quote a stranger's file."""
    sys.stderr.write(printable_lines(traceback.format_exc()))


def _system_error_text(error: OSError | MemoryError) -> str:
    """The text of an operating system error, with its path if it has one."""
    if isinstance(error, MemoryError):
        return str(error) or "out of memory"
    if isinstance(error, FileNotFoundError) and error.filename is None and not has_working_folder():
        return "the working folder no longer exists (change to another one, or give absolute paths)"
    text = error.strerror or str(error) or type(error).__name__
    return text if not isinstance(error.filename, str | bytes) else f"{text}: {printable(error.filename)}"
