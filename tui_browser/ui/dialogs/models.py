"""The models: shipped, trained, imported; what each can do, and the choice of another one."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from tui_browser.config.write_setting import write_setting
from tui_browser.errors import printable
from tui_browser.service.messages import Request, UseModel
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.dialogs.prompt import Prompt
from tui_browser.ui.keys.command import MODELS
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line

if TYPE_CHECKING:  # the app's start pays for nothing of a model
    from tui_browser.model.model_list import ModelFacts

_FACT_LINES = 7


class ModelsScreen(CommandDialog):
    """A list of models; the index service moves the library. The result is a sentence on a move, or None."""

    NAME = MODELS
    DEFAULT_CSS = """
    ModelsScreen > Vertical { max-width: 100; }
    ModelsScreen VerticalScroll { height: auto; max-height: 12; scrollbar-size-vertical: 1; background: $surface; }
    """

    def __init__(self, library: LibraryLike, *, request: Callable[[Request], None]) -> None:
        super().__init__()
        self._library = library
        self._request = request
        self._models: list[ModelFacts] | None = None
        self._used = ""
        self._at = 0
        self._worker: LatestWorker | None = None
        self._notice = ""

    def box(self) -> ComposeResult:
        paint = self.host.paint
        yield Note(paint, [[("Models", paint.role("accent", on="surface", bold=True))], []])
        with VerticalScroll(can_focus=False):
            yield Note(paint, [[("looking at the models ...", paint.role("muted", on="surface"))]], id="models")
        yield Note(paint, [[]] * (_FACT_LINES + 2), id="facts")
        yield Hints(paint, self.host.keys, screen=MODELS)

    def on_mount(self) -> None:
        self._worker = LatestWorker(self.app, "models", failed=lambda error: self._show_notice(str(error)))
        library = self._library
        self._worker.submit(lambda: (_known_models(library.model), library.space), lambda found: self._take(*found))

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def available(self) -> Collection[str]:
        return ("model",) if self._models else ()

    def _take(self, models: list[ModelFacts], used: str) -> None:
        self._models, self._used = models, used
        self._at = next((at for at, facts in enumerate(models) if facts.space == used != ""), 0)
        self.redraw()

    def redraw(self) -> None:
        if not self.is_mounted or self._models is None:
            return
        note = self.query_one("#models", Note)
        note.write([self._line(at, facts, note.size.width) for at, facts in enumerate(self._models)])
        self.query_one("#facts", Note).write(self._facts())
        self.query_one(VerticalScroll).scroll_to(y=max(0, self._at - 5), animate=False)

    def _line(self, at: int, facts: ModelFacts, width: int) -> Line:
        paint = self.host.paint
        on = "selection" if at == self._at else "surface"
        mark = (">" if paint.ascii else "▸") if at == self._at else " "
        text, muted = paint.role("muted" if facts.refusal else "text", on=on), paint.role("muted", on=on)
        used = "in use" if facts.space == self._used != "" else ""
        name = formatting.cut_end(printable(facts.name), 24, ellipsis=paint.ellipsis)
        about = "cannot be used" if facts.refusal else facts.abilities
        room = width - 2 - cell_len(name) - 2 - cell_len(used) - 1
        about = formatting.cut_end(about, max(0, room), ellipsis=paint.ellipsis)
        gap = " " * max(1, width - 2 - cell_len(name) - 2 - cell_len(about) - cell_len(used))
        accent = paint.role("accent", on=on)
        return [(f"{mark} ", text), (name, text), (f"  {about}", muted), (gap, muted), (used, accent)]

    def _facts(self) -> list[Line]:
        """All about the model under the cursor."""
        paint = self.host.paint
        muted, text = paint.role("muted", on="surface"), paint.role("text", on="surface")
        width = self.query_one("#facts", Note).size.width
        if not self._models:
            rows = [("", "no models here: tui-browser model import, or tui-browser train")]
        else:
            rows = _rows(self._models[self._at])
        lines: list[Line] = [[]]
        for name, value in rows[:_FACT_LINES]:
            shown = formatting.cut_end(printable(value), max(0, width - 12), ellipsis=paint.ellipsis)
            lines.append([(f"{name:<12}", muted), (shown, text)])
        lines += [[]] * (1 + _FACT_LINES - len(lines))
        return [*lines, [(self._notice, paint.role("warning", on="surface"))]]

    def _show_notice(self, text: str) -> None:
        self._notice = text
        self.redraw()

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_model_up(self) -> None:
        self._go(self._at - 1)

    def do_model_down(self) -> None:
        self._go(self._at + 1)

    def _go(self, at: int) -> None:
        self._notice = ""
        self._at = max(0, min(len(self._models or ()) - 1, at))
        self.redraw()

    def do_model_use(self) -> None:
        facts = (self._models or [])[self._at]
        if facts.refusal:
            self._show_notice("this model cannot be used")
        elif facts.space == self._used:
            self._show_notice("the library uses it already")
        else:
            self._use(facts.folder)

    def do_model_folder(self) -> None:
        prompt = Prompt("Folder of a model", "tab completes, enter uses it, esc cancels", complete=complete_folder)
        self.app.push_screen(prompt, lambda text: self._use(text) if text else None)

    def pasted(self, text: str) -> None:
        self._use(text)

    def _use(self, folder: str) -> None:
        if self._worker is not None:
            self._worker.submit(lambda: _remember(folder), self._move)

    def _move(self, found: tuple[str, str]) -> None:
        name, reference = found
        self._request(UseModel(reference))
        notice = f"moving to {name}; the old map stays meanwhile"
        if self.app.screen is self:
            self.dismiss(notice)
        else:
            self._show_notice(notice)


def _known_models(used: str | None) -> list[ModelFacts]:
    from tui_browser.indexing.library_model import known_models  # soundfile: 30 ms, in the worker's thread

    return known_models(more=[used] if used else [])


def _remember(typed: str) -> tuple[str, str]:
    """Check a model and write it to the settings; its name and how to call it. Raises BrowserError."""
    from tui_browser.indexing.file_encoder import model_reference
    from tui_browser.indexing.library_model import usable_model

    bundle = usable_model(os.path.abspath(os.path.expanduser(typed.strip())))
    reference = model_reference(bundle)
    write_setting("model", reference)
    return printable(bundle.name), reference


def _rows(facts: ModelFacts) -> list[tuple[str, str]]:
    kinds = {"shipped": "comes with the program", "own": "yours", "imported": "imported from another program"}
    rows = [("", f"{kinds[facts.origin]}, {facts.size / 1e6:.1f} MB")]
    if facts.refusal:
        return [*rows, ("cannot be used", ""), ("", facts.refusal), ("folder", facts.folder)]
    classes = ", ".join(facts.classes) if facts.classes else "none: nothing is coloured by class"
    return [
        *rows,
        ("classes", classes),
        ("sounds", "makes new ones" if facts.makes_sounds else "makes none"),
        ("dimensions", f"{facts.z_dim} of the latent, which can be axes of the map"),
        ("licence", facts.licence),
        ("trained by", facts.trained_by),
        ("folder", facts.folder),
    ]
