"""A waveform, large: its slices by digit, and a free region that loops, is searched by, copied and written."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import on

from tui_browser.errors import counted, printable
from tui_browser.ui.dialogs.chooser import Chooser
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.dialogs.prompt import Prompt
from tui_browser.ui.dialogs.wave_actions import WaveActions
from tui_browser.ui.dialogs.wave_view import WaveView
from tui_browser.ui.keys.command import WAVE, Choice
from tui_browser.ui.state.region import REGION_FORMATS, RegionFormat, WaveRegion, between, with_in, with_out
from tui_browser.ui.widgets.slice_picture import frame_at
from tui_browser.ui.widgets.wave_picture import WavePicture

_NEXT_DIGIT_S = 0.8
"""A digit that comes so soon after another one makes a number with it."""


class WaveScreen(WaveView):
    """Stays open until it is closed, or a search has begun; the result is None."""

    def __init__(self, path: bytes, actions: WaveActions) -> None:
        super().__init__(path, actions)
        self._looping: WaveRegion | None = None
        """The region that is repeated."""
        self._number, self._typed_at = "", 0.0

    # --- slices ------------------------------------------------------------------------------------------------------

    def intercept(self, key: str) -> bool:
        """Digits that follow each other soon are one number: 1 plays the first slice, 1 2 then the twelfth."""
        command = self.keys.command(key, screen=WAVE)
        follows = bool(self._number) and time.monotonic() - self._typed_at < _NEXT_DIGIT_S
        if not (key == "0" and follows) and (command is None or command.id != "wave_slice" or not key.isdecimal()):
            self._number = ""
            return False
        self._number, self._typed_at = (self._number if follows else "") + key, time.monotonic()
        self.do_wave_slice()
        return True

    def do_wave_slice(self) -> None:
        if self._edit is not None and self._number:
            self._play_slice(int(self._number) - 1)

    def do_wave_next(self) -> None:
        self._play_beside(1)

    def do_wave_before(self) -> None:
        self._play_beside(-1)

    def _play_beside(self, by: int) -> None:
        edit = self._edit
        if edit is None or not edit.parts:
            self._say("this sound has no slices")
            return
        moved = edit.beside(by)
        if moved is None or moved.selected is None:
            self._say("this is the last slice" if by > 0 else "this is the first slice")
        else:
            self._play_slice(moved.selected)

    def _play_slice(self, place: int) -> None:
        edit = self._edit
        if edit is None:
            return
        if not 0 <= place < len(edit.parts):
            self._say(f"there are {counted(len(edit.parts), 'slice')}" if edit.parts else "this sound has no slices")
            return
        part = edit.parts[place]
        self._notice = ""
        self._show(edit.at(part.start))
        if self._actions.loops():
            self._loop(between(edit.rate, edit.frames, part.start, part.end))
        else:
            self._hear(part.start / edit.rate, part.end / edit.rate)

    # --- the region --------------------------------------------------------------------------------------------------

    def do_wave_in(self) -> None:
        self._set_at(with_in)

    def do_wave_out(self) -> None:
        self._set_at(with_out)

    def do_wave_take(self) -> None:
        edit = self._edit
        part = edit.parts[edit.selected] if edit is not None and edit.selected is not None else None
        if edit is None or part is None:
            self._say("the cursor is in no slice")
        else:
            self._set_region(between(edit.rate, edit.frames, part.start, part.end))

    def do_wave_clear(self) -> None:
        self._set_region(None)

    def _set_at(self, change: Callable[[WaveRegion | None, int, int, int], WaveRegion]) -> None:
        """Set a point at the play head while the recording sounds, else at the cursor."""
        edit = self._edit
        if edit is None or not edit.frames:
            return
        head_s = self._actions.head_s()
        at = edit.cursor if head_s is None else round(head_s * edit.rate)
        self._set_region(change(self._region, edit.rate, edit.frames, at))

    def _set_region(self, region: WaveRegion | None) -> None:
        """Another region; one that sounds goes on with the new points."""
        self._region, self._notice = region, ""
        if region is None:
            self._actions.kept.pop(self._path, None)
        else:
            self._actions.kept[self._path] = region
            if self._looping is not None and self._looping != region:
                self._loop(region)
        self.redraw()

    @on(WavePicture.Dragged)
    def _dragged(self, event: WavePicture.Dragged) -> None:
        edit, columns = self._edit, self._columns()
        if edit is None or not edit.frames:
            return
        first, last = sorted((event.first, event.last))
        region = between(edit.rate, edit.frames, *(frame_at(at, edit, columns) for at in (max(0, first), last + 1)))
        if event.done:
            self._edit = edit.at(region.start)
            self._set_region(region)
        else:
            self._region = region
            self.redraw()

    @on(WavePicture.Clicked)
    def _clicked(self, event: WavePicture.Clicked) -> None:
        self._move(lambda edit: edit.at(frame_at(event.column, edit, self._columns())))
        if event.twice and self._edit is not None and self._edit.selected is not None:
            self.do_wave_take()

    # --- sound -------------------------------------------------------------------------------------------------------

    def do_wave_hear(self) -> None:
        edit = self._edit
        if edit is None:
            return
        if self._actions.head_s() is not None:
            self._looping = None
            self._actions.stop()
        elif self._region is not None:
            self._loop(self._region)
        else:
            self._hear(edit.cursor / edit.rate, None)
        self.redraw()

    def do_wave_from_cursor(self) -> None:
        if self._edit is not None:
            self._hear(self._edit.cursor / self._edit.rate, None)

    def _hear(self, start_s: float, end_s: float | None) -> None:
        self._looping = None
        self._actions.hear(start_s, end_s)
        self._watch()

    def _loop(self, region: WaveRegion) -> None:
        self._looping = region
        self._working.submit(lambda: self._actions.cut(region), lambda file: self._start(file, region))

    def _start(self, file: bytes, region: WaveRegion) -> None:
        if self.is_mounted and self._looping == region:
            self._actions.loop(file, region)
            self._watch()

    # --- handing on --------------------------------------------------------------------------------------------------

    def _chosen(self) -> WaveRegion | None:
        """The region, else the slice at the cursor; None, which is said, where there is neither."""
        edit = self._edit
        if edit is None:
            return None
        if self._region is None and edit.selected is not None:
            part = edit.parts[edit.selected]
            return between(edit.rate, edit.frames, part.start, part.end)
        if self._region is None:
            self._say(f"no region: {self._key('wave_in')} and {self._key('wave_out')} set its ends, or drag over it")
        return self._region

    def do_wave_near(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._say("searching ...")
            self._working.submit(lambda: self._actions.cut(chosen), self._search)

    def _search(self, file: bytes) -> None:
        if self.is_mounted:
            self._actions.stop()
            self.dismiss(None)
            self._actions.near(file)

    def do_wave_copy(self) -> None:
        self._copy(REGION_FORMATS[0])

    def do_wave_copy_as(self) -> None:
        if self._chosen() is not None:
            formats = {each.id: each for each in REGION_FORMATS}
            choices = [Choice(each.id, each.label) for each in REGION_FORMATS]
            self.app.push_screen(Chooser("Copy as", choices), lambda id: self._copy(formats[id]) if id else None)

    def _copy(self, form: RegionFormat) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._actions.copy(form, chosen, self._say)

    def do_wave_write(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        prompt = Prompt(
            f"Write {chosen.text()}, as a WAV into", "tab completes, enter writes it there, esc cancels",
            value=self._actions.folder(), complete=complete_folder,
        )  # fmt: skip
        self.app.push_screen(prompt, lambda folder: self._write(chosen, folder) if folder else None)

    def _write(self, region: WaveRegion, folder: str) -> None:
        self._say("writing ...")
        written = lambda path: self._say(f"WAV written: {printable(path)}")  # noqa: E731
        self._working.submit(lambda: self._actions.write(region, folder), written)

    def do_wave_close(self) -> None:
        self._actions.stop()
        self.dismiss(None)
