"""Entry point: a verb, or folders to open the app on."""

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

from tui_browser.cli.common import CommonOptions, common_options, complain, player_option, slow_option
from tui_browser.cli.guard import Guard
from tui_browser.cli.streams import READER_GONE, flush, open_closed
from tui_browser.config.places import has_working_folder
from tui_browser.errors import BrowserError, QueryError, printable
from tui_browser.version import __version__

VERBS = {
    "add": "roots",
    "forget": "roots",
    "roots": "roots",
    "index": "index",
    "watch": "index",
    "status": "status",
    "rejects": "status",
    "search": "find",
    "near": "find",
    "classify": "find",
    "export": "export",
    "layout": "layout",
    "listen": "listen",
    "doctor": "doctor.verb",
    "pick": "pick",
    "locate": "pick",
    "generate": "generate",
    "train": "train",
    "dataset": "train",
}
"""Verb -> the file of this package that holds it; a start of the app imports none of them."""


class ReaderGoneError(Exception):
    """Whoever read the output had enough; click would call that 1, which is "nothing found" here."""


@contextlib.contextmanager
def _until_reader_gone() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error


class VerbOrFolder(click.Group):
    """The first word is a verb; else all words are folders; else the nearest verb is named."""

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
        command: click.Command = getattr(module, cmd_name)
        _take_common(command)
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


def _take_common(command: click.Command) -> None:
    """Let a verb, and the verbs below it, take the common options as well."""
    if not any(parameter.name == "library" for parameter in command.params):
        command.params.extend(common_options())
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _take_common(below)


@click.group(
    cls=VerbOrFolder,
    invoke_without_command=True,
    params=[
        *common_options(),
        player_option(),
        slow_option(),
        click.Option(["--demo"], is_flag=True, help="A small library of synthesised one-shots of its own."),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="[VERB | FOLDER...]",
)
@click.version_option(__version__, package_name="tui-browser")
@click.pass_context
def group(context: click.Context, demo: bool) -> None:
    """A whole sample library as a map of sound.

    Without a verb the app opens on the library, adding FOLDERs first.
    """
    if demo:
        if context.invoked_subcommand is not None:
            raise click.UsageError("--demo stands alone: it opens a library of its own, without folders and verbs")
        from tui_browser.cli.app import open_demo

        context.exit(open_demo(context.ensure_object(CommonOptions)))
    if context.invoked_subcommand is None:
        from tui_browser.cli.app import open_app

        context.exit(open_app(context.ensure_object(CommonOptions), ()))


@click.command(params=[click.Argument(["folders"], nargs=-1), *common_options(), player_option(), slow_option()])
@click.pass_context
def _open(context: click.Context, folders: tuple[str, ...]) -> None:
    from tui_browser.cli.app import open_app

    context.exit(open_app(context.ensure_object(CommonOptions), folders))


def main() -> None:
    """Run the command line and exit with its code (0, 1, 2 or 130; 141 where the reader of the output had enough)."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for one vector, more threads only get in the way
    open_closed()
    guard = Guard(armed=True)
    try:
        code = _code(CommonOptions(guard=guard))
    except OSError:  # standard error cannot be written, so there is nobody to tell
        code = 1
    code = flush(code)
    guard.leave(code)
    sys.exit(code)


def _code(common: CommonOptions) -> int:
    """The exit code of a run, in which what went wrong was told in one sentence."""
    try:
        code = group.main(standalone_mode=False, obj=common, prog_name="tui-browser")
        return code if isinstance(code, int) else 0
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 0
    except ReaderGoneError:
        return READER_GONE
    except click.UsageError as error:
        complain(error.format_message())
        return 2
    except BrowserError as error:
        if common.debug:
            traceback.print_exc()
        complain(error)
        return 2 if isinstance(error, QueryError) else 1
    except (KeyboardInterrupt, click.Abort):
        return 130
    except (OSError, MemoryError) as error:
        if common.debug:
            traceback.print_exc()
        complain(_told(error))
        return 1
    except Exception as error:  # noqa: BLE001 - a defect of ours is one sentence too; --debug shows where
        if common.debug:
            traceback.print_exc()
        complain(f"something went wrong inside ({type(error).__name__}: {error}); --debug shows where")
        return 1


def _told(error: OSError | MemoryError) -> str:
    """What an error of the system says, with the path where it names one."""
    if isinstance(error, MemoryError):
        return str(error) or "out of memory"
    if isinstance(error, FileNotFoundError) and error.filename is None and not has_working_folder():
        return "the working folder is gone (go to another one, or name whole paths)"
    said = error.strerror or str(error) or type(error).__name__
    return said if not isinstance(error.filename, str | bytes) else f"{said}: {printable(error.filename)}"
