"""Handing samples on: copied as a path, or in another program's words, and shown whatever became of it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tui_browser.config.pathmap import PathMap, path_map
from tui_browser.config.templates import Subject, Template, templates, write
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.library.messages import Guest
from tui_browser.records import FEATURES, KEYS
from tui_browser.ui import clipboard
from tui_browser.ui.clipboard import Copied
from tui_browser.ui.lane import Lane
from tui_browser.ui.world import World

MOST_AT_ONCE = 5_000
"""Samples that are written as one text; more are better exported."""
_FITS = 160
"""Letters that the status line shows in full on any screen."""
_FILE = "the file itself"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to hand samples on, for a person to choose."""

    id: str
    label: str
    help: str
    """What it would be, where that is one line."""
    refusal: str = ""
    """Why it cannot be chosen; empty when it can."""


class Handing:
    """Writes and copies in a thread; tells and shows on the UI thread."""

    def __init__(
        self,
        lane: Lane,
        *,
        own: Mapping[str, str],
        maps: Mapping[str, str],
        write_osc52: Callable[[str], None],
        say: Callable[[str], None],
        show: Callable[[str, Copied], None],
    ) -> None:
        """`own` are a person's templates, `maps` the path map; `write_osc52` is called from the lane's thread.

        `show` shows a text in full with what was tried.
        """
        self._lane = lane
        self._templates = templates(own)
        self._maps: PathMap = path_map(maps)
        self._write_osc52 = write_osc52
        self._say = say
        self._show = show

    def copy_path(self, path: bytes) -> None:
        """The absolute path, as the other machine names it where the path map says so."""
        there = self._maps.there(path)
        work = functools.partial(clipboard.copy, there, write_osc52=self._write_osc52, env=os.environ)
        self._lane.ask(work, functools.partial(self._copied, os.fsdecode(there)))

    def copy_paths(self, paths: Sequence[bytes]) -> None:
        """Several of them, one a line."""
        text = b"\n".join(self._maps.there(path) for path in paths) + b"\n"
        work = functools.partial(clipboard.copy, text, write_osc52=self._write_osc52, env=os.environ)
        self._lane.ask(work, functools.partial(self._copied, os.fsdecode(text)))

    def export(self, paths: Sequence[bytes], folder: str) -> None:
        """Copy these files into a folder, byte by byte, nothing overwritten."""
        target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
        self._say(f"copying {counted(len(paths), 'file')} into {printable(target)}")
        self._lane.ask(functools.partial(exported, paths, target), self._say)

    def offer(self, one: Subject, *, many: int, called: str, ask: Callable[[list[Way]], None]) -> None:
        """Work out what the sample is in each way of writing, then `ask` which it shall be; `many` are `called` so."""
        self._lane.ask(functools.partial(self._ways, one, many, called), ask)

    def take(self, choice: str, one: Subject, many: Callable[[], list[Subject]]) -> None:
        """Copy in the way that was chosen; `choice` is its id, `many` makes all that was found."""
        if choice == _FILE:
            work = functools.partial(clipboard.copy_files, [one.path], env=os.environ)
            self._lane.ask(work, functools.partial(self._file_copied, one.path))
            return
        number, _, several = choice.partition(" ")
        template = self._templates[int(number)]

        def copy() -> tuple[str, Copied]:
            text = write(template, many() if several else [one], paths=self._maps)
            return text, clipboard.copy(text, write_osc52=self._write_osc52, env=os.environ)

        self._lane.ask(copy, lambda done: self._copied(*done))

    def _ways(self, one: Subject, found: int, called: str) -> list[Way]:
        templates = [each for each in self._templates if each.mapped or self._maps]
        ways = [
            Way(f"{self._templates.index(each)}", each.name, _preview(each, write(each, [one], paths=self._maps)))
            for each in templates
        ]
        if clipboard.has_display(os.environ):
            ways.append(Way(_FILE, _FILE, "to paste into a DAW or a file manager"))
        if found > 1:
            refusal = f"more than {MOST_AT_ONCE:,} samples: use tui-browser export" if found > MOST_AT_ONCE else ""
            ways += [
                Way(f"{self._templates.index(each)} all", f"{each.name}, all {found:,} {called}", each.help, refusal)
                for each in templates
            ]
        return ways

    def _copied(self, text: str, copied: Copied) -> None:
        if not copied.how or (len(text) > _FITS and not copied.sure):
            self._show(text, copied)
        lines = text.rstrip("\r\n").count("\n") + 1
        size = f"{counted(lines, 'line')}, {counted(len(text), 'character')}"
        told = printable(text) if lines == 1 and len(text) <= 4 * _FITS else size
        doubt = f" ({copied.doubt})" if copied.doubt else ""
        self._say(f"copied ({copied.how}): {told}{doubt}" if copied.how else f"no clipboard took it: {told}")

    def _file_copied(self, path: bytes, copied: Copied) -> None:
        if copied.how:
            self._say(f"copied the file itself: {printable(path)}")
        else:
            self._show(os.fsdecode(path), copied)


def exported(paths: Sequence[bytes], target: bytes) -> str:
    """Copy the files into the folder `target`; what came of it. Raises BrowserError where nothing can be written."""
    from tui_browser.library.copies import Copies  # soundfile: 60 ms; paid in the thread

    failed = 0
    try:
        os.makedirs(target, exist_ok=True)
        copies = Copies(target)
        for path in paths:
            try:
                copies.add(path)
            except BrowserError:
                failed += 1
    except OSError as error:
        raise BrowserError("the copies could not be written", path=target, hint=error.strerror or "") from error
    lost = f"; {counted(failed, 'file')} could not be read" if failed else ""
    return f"{counted(copies.count, 'file')} copied ({copies.size / 1e6:,.1f} MB) into {printable(target)}{lost}"


def _preview(template: Template, text: str) -> str:
    return printable(text.split("\n")[0]) if template.text else template.help


def subject(world: World, row: int) -> Subject:
    """What is known of a sample, for templates."""
    snapshot = world.snapshot
    index, features = int(snapshot.classes[row]), snapshot.features[row]
    known = dict(zip(FEATURES, map(float, features), strict=True))
    key = known.pop("key")
    classed = index < len(snapshot.class_names)
    return Subject(
        path=snapshot.names[row],
        class_name=snapshot.class_names[index] if classed else None,
        class_p=float(snapshot.class_p[row]) if classed else None,
        x=float(snapshot.xy[row, 0]),
        y=float(snapshot.xy[row, 1]),
        tags=snapshot.tags.get(world.id_at(row), ()),
        key=KEYS[int(key)] if key == key else None,
        **known,
    )


def guest_subject(guest: Guest) -> Subject:
    """The same of a guest."""
    return Subject(
        path=guest.path,
        class_name=guest.class_name,
        class_p=guest.class_p,
        duration_s=guest.duration_s,
        loudness_db=guest.loudness_db,
        x=guest.xy[0],
        y=guest.xy[1],
    )
