"""Copies samples to the clipboard, as paths or in another program's format, and files into a folder."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tui_browser.config.pathmap import PathMap, parse_path_map
from tui_browser.config.templates import Template, TemplateSample, available_templates, render
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.folder.sample_path import link_refusal, refusal
from tui_browser.records import Credit
from tui_browser.ui.controllers.events import ClipboardUncertain, Emit
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.terminal import clipboard
from tui_browser.ui.terminal.clipboard import Copied

MOST_AT_ONCE = 5_000
"""Samples in one text; more are better exported."""
_FITS = 160
"""Characters that the status line shows in full on any screen."""
_FILE = "the file itself"


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """A format to choose from."""

    id: str
    label: str
    help: str
    """The text that would be copied, where it is one line."""
    refusal: str = ""
    """Why it cannot be chosen; empty when it can."""


class CopyController:
    """Writes and copies in a thread; shows the result on the UI thread."""

    def __init__(
        self,
        presenter: Presenter,
        worker: LatestWorker,
        *,
        own_templates: Mapping[str, str],
        path_maps: Mapping[str, str],
        write_osc52: Callable[[str], None],
        emit: Emit,
    ) -> None:
        """`write_osc52` sends a sequence to the terminal and is called from the worker's thread."""
        self._presenter = presenter
        self._worker = worker
        self._templates = available_templates(own_templates)
        self._path_map: PathMap = parse_path_map(path_maps)
        self._write_osc52 = write_osc52
        self._emit = emit

    def copy_path(self, path: bytes) -> None:
        """Copy the absolute path, as another machine names it where the path map says so."""
        mapped = self._path_map.to_remote(path)
        work = functools.partial(clipboard.copy, mapped, write_osc52=self._write_osc52, env=os.environ)
        self._worker.submit(work, functools.partial(self._copied, os.fsdecode(mapped)))

    def copy_paths(self, paths: Sequence[bytes]) -> None:
        """Copy several paths, one a line."""
        text = b"\n".join(self._path_map.to_remote(path) for path in paths) + b"\n"
        work = functools.partial(clipboard.copy, text, write_osc52=self._write_osc52, env=os.environ)
        self._worker.submit(work, functools.partial(self._copied, os.fsdecode(text)))

    def copy_text(self, render: Callable[[bytes], bytes], path: bytes, *, say: Callable[[str], None]) -> None:
        """Copy what `render` makes of the path, as another machine names it; `say` tells what came of it."""
        text = render(self._path_map.to_remote(path))
        work = functools.partial(clipboard.copy, text, write_osc52=self._write_osc52, env=os.environ)
        self._worker.submit(work, lambda copied: self._copied(os.fsdecode(text), copied, say=say))

    def export(
        self, paths: Sequence[bytes], folder: str, *, roots: Sequence[bytes], credits_of: Mapping[bytes, Credit]
    ) -> None:
        """Copy these files into a folder, byte by byte, nothing overwritten, with a list of their credits."""
        target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
        self._presenter.say(f"copying {counted(len(paths), 'file')} into {printable(target)}")
        self._worker.submit(functools.partial(exported, paths, target, roots, credits_of), self._presenter.say)

    def list_formats(
        self, sample: TemplateSample, *, many: int, described: str, then: Callable[[list[CopyFormat]], None]
    ) -> None:
        """Work out what the sample is in each format; `many` samples that are `described` so may be copied as well."""
        self._worker.submit(functools.partial(self._formats, sample, many, described), then)

    def copy_as(self, format_id: str, sample: TemplateSample, many: Callable[[], list[TemplateSample]]) -> None:
        """Copy in the format that was chosen; `many` makes all samples that may be copied together."""
        if format_id == _FILE:
            work = functools.partial(clipboard.copy_files, [sample.path], env=os.environ)
            self._worker.submit(work, functools.partial(self._file_copied, sample.path))
            return
        number, _, several = format_id.partition(" ")
        template = self._templates[int(number)]

        def copy() -> tuple[str, Copied]:
            text = render(template, many() if several else [sample], paths=self._path_map)
            return text, clipboard.copy(text, write_osc52=self._write_osc52, env=os.environ)

        self._worker.submit(copy, lambda result: self._copied(*result))

    def _formats(self, sample: TemplateSample, many: int, described: str) -> list[CopyFormat]:
        numbered = [(at, each) for at, each in enumerate(self._templates) if each.mapped or self._path_map]
        formats = [
            CopyFormat(f"{at}", each.name, _preview(each, render(each, [sample], paths=self._path_map)))
            for at, each in numbered
        ]
        if clipboard.has_display(os.environ):
            formats.append(CopyFormat(_FILE, _FILE, "to paste into a DAW or a file manager"))
        if many > 1:
            refusal = f"more than {MOST_AT_ONCE:,} samples: use tui-browser export" if many > MOST_AT_ONCE else ""
            formats += [
                CopyFormat(f"{at} all", f"{each.name}, all {many:,} {described}", each.help, refusal)
                for at, each in numbered
            ]
        return formats

    def _copied(self, text: str, copied: Copied, *, say: Callable[[str], None] | None = None) -> None:
        if not copied.how or (len(text) > _FITS and not copied.sure):
            self._emit(ClipboardUncertain(text, copied))
        lines = text.rstrip("\r\n").count("\n") + 1
        size = f"{counted(lines, 'line')}, {counted(len(text), 'character')}"
        shown = printable(text) if lines == 1 and len(text) <= 4 * _FITS else size
        doubt = f" ({copied.doubt})" if copied.doubt else ""
        (say or self._presenter.say)(
            f"copied ({copied.how}): {shown}{doubt}" if copied.how else f"no clipboard took it: {shown}"
        )

    def _file_copied(self, path: bytes, copied: Copied) -> None:
        if copied.how:
            self._presenter.say(f"copied the file itself: {printable(path)}")
        else:
            self._emit(ClipboardUncertain(os.fsdecode(path), copied))


def exported(paths: Sequence[bytes], target: bytes, roots: Sequence[bytes], credits_of: Mapping[bytes, Credit]) -> str:
    """Copy the files into the folder `target`; returns a sentence on the result.

    Raises BrowserError where nothing can be written.
    """
    from tui_browser.library.copy_folder import CopyFolder  # soundfile: 60 ms; paid in the thread

    unreadable = 0
    try:
        os.makedirs(target, exist_ok=True)
        copies = CopyFolder(target)
        with copies.manifest():
            for path in paths:
                if refusal(path, roots) or link_refusal(path, roots):  # a row that a stranger wrote
                    unreadable += 1
                    continue
                try:
                    name = copies.add(path)
                except BrowserError:
                    unreadable += 1
                    continue
                if path in credits_of:
                    copies.credit(name, credits_of[path])
    except OSError as error:
        raise BrowserError("the copies could not be written", path=target, hint=error.strerror or "") from error
    note = f"; {counted(unreadable, 'file')} could not be read" if unreadable else ""
    return f"{counted(copies.count, 'file')} copied ({copies.size / 1e6:,.1f} MB) into {printable(target)}{note}"


def _preview(template: Template, text: str) -> str:
    return printable(text.split("\n")[0]) if template.text else template.help
