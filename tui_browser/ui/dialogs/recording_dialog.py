"""A recording's waveform in a dialog: its slices, a cursor, a view that zooms, and a play head while it sounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.timer import Timer

from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.outline_reader import OutlineReader
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.slice_edit import SliceEdit
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.slice_picture import slice_picture

_HEAD_EVERY_S = 0.05
_AROUND = 12
"""Rows of the screen for other things than the waveform."""
_FAR = 12
"""Share of the view that a far step goes: one of so many."""


class RecordingDialog(CommandDialog):
    """Moves, zooms and draws; what is done with the recording is up to the dialog that builds on it."""

    MOST_ROWS: ClassVar[int] = 12
    """Rows of the waveform on a large screen."""
    DEFAULT_CSS = """
    RecordingDialog > Vertical { width: 96%; max-width: 100%; }
    """

    def __init__(self, path: bytes, head_s: Callable[[], float | None], *, notice: str) -> None:
        """`head_s` says where in the recording the sound is; None while it is silent."""
        super().__init__()
        self._path = path
        self._head_s = head_s
        self._edit: SliceEdit | None = None
        """The recording, its slices, the cursor and the view; None until they are read."""
        self._notice = notice
        self._outline: OutlineReader
        self._timer: Timer | None = None

    def picture(self) -> Note:
        """The widget of the waveform."""
        return Note(self.host.paint, [[]] * (self._rows() + 2), id="picture")

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [[]], id="title")
        yield self.picture()
        yield Note(self.host.paint, [[]] * 2, id="about")
        yield Hints(self.host.paint, self.host.keys, screen=self.NAME)

    def on_mount(self) -> None:
        self._outline = OutlineReader(self._path, self._worker(f"{self.NAME} picture"), self.redraw)
        self.opened()

    def opened(self) -> None:
        """The dialog is there: read what it shows."""

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def _worker(self, name: str) -> LatestWorker:
        return LatestWorker(self.app, name, failed=lambda error: self._say(str(error)))

    # --- moving ------------------------------------------------------------------------------------------------------

    def _step(self, columns: int) -> None:
        self._move(lambda edit: edit.at(edit.cursor + columns * self._frames_a_column(edit)))

    def _step_far(self, by: int) -> None:
        self._step(by * max(1, self._columns() // _FAR))

    def _zoom(self, factor: float) -> None:
        self._move(lambda edit: edit.zoomed(factor))

    def _move(self, change: Callable[[SliceEdit], SliceEdit]) -> None:
        if self._edit is not None:
            self._notice = ""
            self._show(change(self._edit))

    # --- the play head -----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Move the play head from now on, until the sound has ended."""
        if self._timer is None:
            self._timer = self.set_interval(_HEAD_EVERY_S, self._follow)

    def _follow(self) -> None:
        if self._head_s() is None and self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.redraw()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _show(self, edit: SliceEdit) -> None:
        self._edit = edit
        self.redraw()

    def _say(self, text: str) -> None:
        self._notice = text
        self.redraw()

    def _rows(self) -> int:
        return max(3, min(self.MOST_ROWS, self.app.size.height - _AROUND))

    def _columns(self) -> int:
        return max(8, self.query_one("#picture", Note).size.width)

    def _frames_a_column(self, edit: SliceEdit) -> int:
        first, last = edit.seen
        return max(1, (last - first) // self._columns())

    def summary(self, edit: SliceEdit) -> str:
        """What the title says beside the name."""
        raise NotImplementedError

    def about(self, edit: SliceEdit) -> str:
        """The line below the waveform."""
        raise NotImplementedError

    def region_frames(self) -> tuple[int, int] | None:
        """First and last frame of a region to mark."""
        return None

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        paint, edit, columns = self.host.paint, self._edit, self._columns()
        name = formatting.cut_middle(formatting.file_name(self._path), max(8, columns // 2), ellipsis=paint.ellipsis)
        title = [(name, paint.role("accent", on="surface", bold=True))]
        muted, text = paint.role("muted", on="surface"), paint.role("text", on="surface")
        if edit is None:
            self.query_one("#title", Note).write([title])
            self.query_one("#about", Note).write([[(self._notice, muted)], []])
            return
        self.query_one("#title", Note).write([[*title, (f"  {self.summary(edit)}", muted)]])
        peaks, head_s = self._outline.peaks(edit, columns), self._head_s()
        picture = slice_picture(
            edit, peaks, paint, columns=columns, rows=self._rows(),
            head=None if head_s is None else round(head_s * edit.rate), region=self.region_frames(),
        )  # fmt: skip
        self.query_one("#picture", Note).write(picture)
        self.query_one("#about", Note).write([[(self.about(edit), text)], [(self._notice, muted)]])
