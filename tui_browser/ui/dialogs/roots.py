"""The folders of the library: state, counts, add, forget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from tui_browser.errors import counted, printable
from tui_browser.records import Root
from tui_browser.service.messages import AddRoot, ForgetRoot, Request, Rescan
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.confirm import Confirm
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.dialogs.prompt import Prompt
from tui_browser.ui.keys.command import ROOTS
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.terminal.paste import Dropped, NoPath, dropped
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line

_PATH_CELLS = 30
"""Cells of a path in the status line, which leaves room for the progress beside it."""


class RootsScreen(CommandDialog):
    """A list of roots; the index service adds and forgets them. The result is a sentence on an added root, or None."""

    NAME = ROOTS
    DEFAULT_CSS = """
    RootsScreen > Vertical { max-width: 110; }
    RootsScreen VerticalScroll { height: auto; max-height: 20; scrollbar-size-vertical: 1; background: $surface; }
    """

    def __init__(self, library: LibraryLike, *, request: Callable[[Request], None]) -> None:
        super().__init__()
        self._library = library
        self._request = request
        self._roots: list[Root] | None = None
        self._rejects = 0
        self._at = 0
        self._worker: LatestWorker | None = None
        self._notice = ""

    def box(self) -> ComposeResult:
        paint = self.host.paint
        yield Note(paint, [[("Folders of the library", paint.role("accent", on="surface", bold=True))], []])
        with VerticalScroll(can_focus=False):
            yield Note(paint, [], id="roots")
        yield Note(paint, [[], []], id="notice")
        yield Hints(paint, self.host.keys, screen=ROOTS)

    def on_mount(self) -> None:
        self._worker = LatestWorker(self.app, "roots", failed=lambda error: self._show_notice(str(error)))
        self.renew()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def available(self) -> Collection[str]:
        return ("root",) if self._roots else ()

    def renew(self) -> None:
        """Load the list again: the library has changed."""
        library = self._library
        if self._worker is not None:
            self._worker.submit(lambda: (library.roots(), len(library.rejects())), lambda answer: self._take(*answer))

    def _take(self, roots: list[Root], rejects: int) -> None:
        self._roots, self._rejects = roots, rejects
        self._at = min(self._at, max(0, len(roots) - 1))
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted or self._roots is None:
            return
        paint, width = self.host.paint, self.query_one("#roots", Note).size.width
        muted = paint.role("muted", on="surface")
        lines: list[Line] = [self._line(at, root, width) for at, root in enumerate(self._roots)]
        if not lines:
            key = (self.host.keys.first("root_add"), paint.role("accent", on="surface"))
            lines = [[("no folders yet: ", muted), key, (" adds one, or paste its path", muted)]]
        self.query_one("#roots", Note).write(lines)
        notice = self._notice
        if not notice and self._rejects:
            notice = f"{counted(self._rejects, 'file')} could not be read (tui-browser rejects)"
        self.query_one("#notice", Note).write([[], [(notice, muted)]])

    def _line(self, at: int, root: Root, width: int) -> Line:
        paint = self.host.paint
        here = at == self._at
        on = "selection" if here else "surface"
        mark = (">" if paint.ascii else "▸") if here else " "
        count = formatting.samples(root.samples)
        state = "does not answer  " if root.present is None else "" if root.present else "missing  "
        room = width - 2 - cell_len(count) - cell_len(state) - 1
        path = formatting.cut_start(printable(root.path), room, ellipsis=paint.ellipsis)
        gap = " " * max(1, width - 2 - cell_len(path) - cell_len(state) - cell_len(count))
        return [
            (f"{mark} ", paint.role("text", on=on)),
            (path, paint.role("text" if root.present else "muted", on=on)),
            (gap, paint.role("text", on=on)),
            (state, paint.role("warning", on=on)),
            (count, paint.role("muted", on=on)),
        ]

    def _show_notice(self, text: str) -> None:
        self._notice = text
        self._draw()

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_root_up(self) -> None:
        self._at = max(0, self._at - 1)
        self._draw()

    def do_root_down(self) -> None:
        self._at = min(max(0, len(self._roots or ()) - 1), self._at + 1)
        self._draw()

    def do_root_add(self) -> None:
        prompt = Prompt("Add a folder", "tab completes, enter adds, esc cancels", complete=complete_folder)
        self.app.push_screen(prompt, lambda text: self._add(text) if text else None)

    def do_root_rescan(self) -> None:
        self._request(Rescan())
        self._show_notice("scanning all folders")

    def do_root_forget(self) -> None:
        root = (self._roots or [])[self._at]

        def answered(yes: bool | None) -> None:
            if yes:
                self._request(ForgetRoot(root.path))
                self._show_notice(f"forgetting {printable(root.path)}")

        name = printable(root.path)
        lines = (f"{formatting.samples(root.samples)} and their tags leave the library", "no file on disk is deleted")
        self.app.push_screen(Confirm(f"Forget {name}?", *lines, yes="forget", no="keep"), answered)

    def pasted(self, text: str) -> None:
        self._add(text)

    def _add(self, text: str) -> None:
        if self._worker is None:
            return
        typed = text.strip()
        if typed and not typed.startswith(("/", "~", "file:", "'", '"')):
            typed = f"./{typed}"
        self._worker.submit(lambda: _folders(typed), self._take_folders)

    def _take_folders(self, paths: Sequence[Dropped]) -> None:
        """Add the folders and close, since the map shows the progress; or say why there are none."""
        refused = [drop for drop in paths if drop.kind != "folder"]
        added = [drop for drop in paths if drop.kind == "folder"]
        for drop in added:
            self._request(AddRoot(drop.path))
        if refused:
            what = "is a file, not a folder" if refused[0].kind == "file" else "does not exist"
            self._show_notice(f"{printable(refused[0].path)} {what}")
        elif added:
            path = formatting.cut_start(printable(added[0].path), _PATH_CELLS, ellipsis=self.host.paint.ellipsis)
            notice = f"adding {path}" if len(added) == 1 else f"adding {len(added)} folders"
            if self.app.screen is self:
                self.dismiss(notice)
            else:
                self._show_notice(notice)


def _folders(text: str) -> list[Dropped]:
    import os

    if text.startswith("./"):
        text = os.path.abspath(text)
    try:
        whole = os.fsencode(os.path.expanduser(text))
        if os.path.isdir(whole):
            return [Dropped(os.path.normpath(os.path.abspath(whole)), "folder")]
    except ValueError as error:
        raise NoPath("this is no path", hint=str(error)) from error
    return dropped(text)
