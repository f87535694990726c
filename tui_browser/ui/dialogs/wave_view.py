"""A recording's waveform in a dialog: its slices as numbered ticks, a region, a cursor, a view that zooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.timer import Timer

from tui_browser.errors import counted
from tui_browser.records import Slice
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.outline_reader import OutlineReader
from tui_browser.ui.dialogs.wave_actions import WaveActions
from tui_browser.ui.keys.command import WAVE
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.region import between
from tui_browser.ui.state.slice_edit import EditedSlice, SliceEdit
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.slice_picture import slice_picture
from tui_browser.ui.widgets.wave_picture import WavePicture

_HEAD_EVERY_S = 0.05
_AROUND = 12
"""Rows of the screen for other things than the waveform."""
_FAR = 12
"""Share of the view that a far step goes: one of so many."""


class WaveView(CommandDialog):
    """Shows; what is done with slices and the region is in `WaveScreen`."""

    NAME = WAVE
    DEFAULT_CSS = """
    WaveView > Vertical { width: 96%; max-width: 100%; }
    """

    def __init__(self, path: bytes, actions: WaveActions) -> None:
        super().__init__()
        self._path = path
        self._actions = actions
        self._edit: SliceEdit | None = None
        """The recording, its slices, the cursor and the view; the slices stay as they are stored."""
        self._region = actions.kept.get(path)
        self._notice = "reading ..."
        self._outline: OutlineReader
        self._working: LatestWorker
        self._timer: Timer | None = None

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [[]], id="title")
        yield WavePicture(self.host.paint, [[]] * (self._rows() + 2), id="picture")
        yield Note(self.host.paint, [[]] * 2, id="about")
        yield Hints(self.host.paint, self.host.keys, screen=WAVE)

    def on_mount(self) -> None:
        drawing = LatestWorker(self.app, "wave picture", failed=lambda error: self._say(str(error)))
        self._outline = OutlineReader(self._path, drawing, self.redraw)
        self._working = LatestWorker(self.app, "wave", failed=lambda error: self._say(str(error)))
        path, slices = self._path, self._actions.slices

        def read() -> tuple[tuple[int, int], Sequence[Slice]]:
            from tui_browser.audio.waveform import sound_size  # soundfile: 60 ms; paid in the thread

            return sound_size(path), slices()

        self._working.submit(read, lambda answer: self._take(*answer))
        self._timer = self.set_interval(_HEAD_EVERY_S, self._follow, pause=True)

    def _take(self, size: tuple[int, int], slices: Sequence[Slice]) -> None:
        rate, frames = size
        parts = [EditedSlice(round(one.onset_s * rate), round((one.onset_s + one.length_s) * rate)) for one in slices]
        if self._region is not None and (self._region.rate, self._region.frames) != size:
            self._region = None  # another sound lies at this path by now
        self._notice = ""
        self._show(SliceEdit(rate, frames).with_parts(parts))

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    # --- moving ------------------------------------------------------------------------------------------------------

    def do_wave_left(self) -> None:
        self._step(-1)

    def do_wave_right(self) -> None:
        self._step(1)

    def do_wave_far_left(self) -> None:
        self._step(-max(1, self._columns() // _FAR))

    def do_wave_far_right(self) -> None:
        self._step(max(1, self._columns() // _FAR))

    def do_wave_zoom_in(self) -> None:
        self._move(lambda edit: edit.zoomed(2.0))

    def do_wave_zoom_out(self) -> None:
        self._move(lambda edit: edit.zoomed(0.5))

    def do_wave_zoom_all(self) -> None:
        self._move(SliceEdit.with_all_seen)

    def _step(self, columns: int) -> None:
        def moved(edit: SliceEdit) -> SliceEdit:
            first, last = edit.seen
            return edit.at(edit.cursor + columns * max(1, (last - first) // self._columns()))

        self._move(moved)

    def _move(self, change: Callable[[SliceEdit], SliceEdit]) -> None:
        if self._edit is not None:
            self._notice = ""
            self._show(change(self._edit))

    # --- the play head -----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.resume()

    def _follow(self) -> None:
        """Move the play head; rest where the sound has ended."""
        if self._actions.head_s() is None and self._timer is not None:
            self._timer.pause()
        self.redraw()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _show(self, edit: SliceEdit) -> None:
        self._edit = edit
        self.redraw()

    def _say(self, text: str) -> None:
        self._notice = text
        self.redraw()

    def _key(self, command: str) -> str:
        return self.keys.first(command, ascii=self.host.paint.ascii)

    def _rows(self) -> int:
        return max(3, min(16, self.app.size.height - _AROUND))

    def _columns(self) -> int:
        return max(8, self.query_one("#picture", Note).size.width)

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
        size = f"  {edit.frames / edit.rate:.3f} s, {counted(len(edit.parts), 'slice')}"
        self.query_one("#title", Note).write([[*title, (size, muted)]])
        head_s, region = self._actions.head_s(), self._region
        picture = slice_picture(
            edit, self._outline.peaks(edit, columns), paint, columns=columns, rows=self._rows(),
            head=None if head_s is None else round(head_s * edit.rate),
            region=None if region is None else (region.start, region.end),
        )  # fmt: skip
        self.query_one("#picture", Note).write(picture)
        self.query_one("#about", Note).write([[(self._about(edit), text)], [(self._notice, muted)]])

    def _about(self, edit: SliceEdit) -> str:
        """The region, else the slice at the cursor, in words."""
        if self._region is not None:
            return f"region {self._region.text()}"
        if edit.selected is None:
            return f"at {edit.cursor / edit.rate:.3f} s"
        part = edit.parts[edit.selected]
        words = between(edit.rate, edit.frames, part.start, part.end).text()
        return f"slice {edit.selected + 1} of {len(edit.parts)}: {words}"
