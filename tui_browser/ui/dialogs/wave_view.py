"""A recording's waveform, large: its slices as numbered ticks, a region, a cursor, a view that zooms."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.errors import counted
from tui_browser.records import Slice
from tui_browser.ui.dialogs.recording_dialog import RecordingDialog
from tui_browser.ui.dialogs.wave_actions import WaveActions
from tui_browser.ui.keys.command import WAVE
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.region import between
from tui_browser.ui.state.slice_edit import EditedSlice, SliceEdit
from tui_browser.ui.widgets.wave_picture import WavePicture


class WaveView(RecordingDialog):
    """Shows; what is done with slices, which stay as they are stored, and the region is in `WaveScreen`."""

    NAME = WAVE
    MOST_ROWS = 16

    def __init__(self, path: bytes, actions: WaveActions) -> None:
        super().__init__(path, actions.head_s, notice="reading ...")
        self._actions = actions
        self._region = actions.kept.get(path)
        self._working: LatestWorker

    def picture(self) -> WavePicture:
        return WavePicture(self.host.paint, [[]] * (self._rows() + 2), id="picture")

    def opened(self) -> None:
        self._working = self._worker("wave")
        path, slices = self._path, self._actions.slices

        def read() -> tuple[tuple[int, int], Sequence[Slice]]:
            from tui_browser.audio.waveform import sound_size  # soundfile: 60 ms; paid in the thread

            return sound_size(path), slices()

        self._working.submit(read, lambda answer: self._take(*answer))

    def _take(self, size: tuple[int, int], slices: Sequence[Slice]) -> None:
        rate, frames = size
        parts = [EditedSlice(round(one.onset_s * rate), round((one.onset_s + one.length_s) * rate)) for one in slices]
        if self._region is not None and (self._region.rate, self._region.frames) != size:
            self._region = None  # another sound lies at this path by now
        self._notice = ""
        self._show(SliceEdit(rate, frames).with_parts(parts))

    # --- moving ------------------------------------------------------------------------------------------------------

    def do_wave_left(self) -> None:
        self._step(-1)

    def do_wave_right(self) -> None:
        self._step(1)

    def do_wave_far_left(self) -> None:
        self._step_far(-1)

    def do_wave_far_right(self) -> None:
        self._step_far(1)

    def do_wave_zoom_in(self) -> None:
        self._zoom(2.0)

    def do_wave_zoom_out(self) -> None:
        self._zoom(0.5)

    def do_wave_zoom_all(self) -> None:
        self._move(SliceEdit.with_all_seen)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _key(self, command: str) -> str:
        return self.keys.first(command, ascii=self.host.paint.ascii)

    def summary(self, edit: SliceEdit) -> str:
        return f"{edit.frames / edit.rate:.3f} s, {counted(len(edit.parts), 'slice')}"

    def region_frames(self) -> tuple[int, int] | None:
        return None if self._region is None else (self._region.start, self._region.end)

    def about(self, edit: SliceEdit) -> str:
        """The region, else the slice at the cursor, in words."""
        if self._region is not None:
            return f"region {self._region.text()}"
        if edit.selected is None:
            return f"at {edit.cursor / edit.rate:.3f} s"
        part = edit.parts[edit.selected]
        words = between(edit.rate, edit.frames, part.start, part.end).text()
        return f"slice {edit.selected + 1} of {len(edit.parts)}: {words}"
