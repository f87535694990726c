"""The slices of a recording on its waveform: add, move and delete them, hear them, write them out."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace

from textual import events

from tui_browser.errors import counted, printable
from tui_browser.ui.dialogs.chooser import Chooser
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.dialogs.prompt import Prompt
from tui_browser.ui.dialogs.recording_dialog import RecordingDialog
from tui_browser.ui.dialogs.slice_actions import SliceActions
from tui_browser.ui.keys.command import SLICES, Choice
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.slice_edit import EditedSlice, SliceEdit
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.slice_picture import frame_at
from tui_browser.workbench.slicing.plan import Cut, SliceOptions, SlicePlan
from tui_browser.workbench.slicing.planner import SlicePlanner

_Slices = tuple[EditedSlice, ...]

WAYS: dict[str, tuple[str, str, SliceOptions]] = {
    "hits": ("hits", "the strongest, until they fill half of the recording", SliceOptions()),
    "all": ("all hits", "each ends where its sound has decayed", SliceOptions(keep_percent=100.0)),
    "next": ("hit to hit", "each goes on to the next", SliceOptions(to_next=True, keep_percent=100.0)),
    "silence": ("silence", "what stands between pauses", SliceOptions(by="silence")),
    "beat": ("beats", "one beat each, by the tempo that is heard", SliceOptions(by="beat")),
    "bar": ("bars", "four beats each", SliceOptions(by="beat", beats=4.0)),
    "second": ("seconds", "one second each", SliceOptions(by="length", length_s=1.0)),
    "none": ("nothing", "no slices: set them by hand", SliceOptions(by="length", length_s=1e9)),
}
"""Ways to cut, by id: name, help and options."""


class SlicesScreen(RecordingDialog):
    """Stays open until it is closed; the result is None."""

    NAME = SLICES

    def __init__(self, path: bytes, actions: SliceActions) -> None:
        super().__init__(path, actions.head_s, notice="finding hits ...")
        self._actions = actions
        self._way = "hits"
        self._undone: list[_Slices] = []
        self._done: list[_Slices] = []
        self._planner: SlicePlanner | None = None
        self._planning: LatestWorker

    def opened(self) -> None:
        self._planning = self._worker("slices")
        kept = self._actions.kept.get(self._path)
        if kept is not None:
            self._edit, self._notice = kept, ""
        else:
            self._plan("hits")

    def on_unmount(self) -> None:
        if self._planner is not None:
            threading.Thread(target=self._planner.close, name="slices", daemon=True).start()

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Note) and event.widget.id == "picture" and self._edit is not None:
            self._show(self._edit.at(frame_at(event.x, self._edit, self._columns())))

    # --- moving ------------------------------------------------------------------------------------------------------

    def do_slice_left(self) -> None:
        self._step(-1)

    def do_slice_right(self) -> None:
        self._step(1)

    def do_slice_far_left(self) -> None:
        self._step_far(-1)

    def do_slice_far_right(self) -> None:
        self._step_far(1)

    def do_slice_next(self) -> None:
        self._go_beside(1)

    def do_slice_before(self) -> None:
        self._go_beside(-1)

    def do_slice_zoom_in(self) -> None:
        self._zoom(2.0)

    def do_slice_zoom_out(self) -> None:
        self._zoom(0.5)

    def do_slice_zoom_all(self) -> None:
        self._move(SliceEdit.with_all_seen)

    def _go_beside(self, by: int) -> None:
        edit = self._edit
        moved = edit.beside(by) if edit is not None else None
        if moved is None:
            self._say("this is the last slice" if by > 0 else "this is the first slice")
        else:
            self._show(moved)

    # --- changing ----------------------------------------------------------------------------------------------------

    def do_slice_add(self) -> None:
        self._change(SliceEdit.added, "there is no room for a slice here")

    def do_slice_delete(self) -> None:
        self._change(SliceEdit.deleted, "the cursor is in no slice")

    def do_slice_start_back(self) -> None:
        self._change(lambda edit: edit.start_moved(-self._frames_a_column(edit)), "it cannot begin earlier")

    def do_slice_start_on(self) -> None:
        self._change(lambda edit: edit.start_moved(self._frames_a_column(edit)), "it cannot begin later")

    def do_slice_end_back(self) -> None:
        self._change(lambda edit: edit.end_moved(-self._frames_a_column(edit)), "it cannot end earlier")

    def do_slice_end_on(self) -> None:
        self._change(lambda edit: edit.end_moved(self._frames_a_column(edit)), "it cannot end later")

    def do_slice_undo(self) -> None:
        self._restore(self._done, self._undone, "nothing to undo")

    def do_slice_redo(self) -> None:
        self._restore(self._undone, self._done, "nothing to redo")

    def _change(self, change: Callable[[SliceEdit], SliceEdit | None], refusal: str) -> None:
        edit = self._edit
        if edit is None:
            return
        changed = change(edit)
        if changed is None:
            self._say(refusal if edit.selected is not None or "room" in refusal else "the cursor is in no slice")
            return
        self._done.append(edit.parts)
        self._undone.clear()
        self._show(changed)

    def _restore(self, source: list[_Slices], other: list[_Slices], refusal: str) -> None:
        if self._edit is None or not source:
            self._say(refusal)
            return
        other.append(self._edit.parts)
        self._show(replace(self._edit, parts=source.pop()))

    # --- sound -------------------------------------------------------------------------------------------------------

    def do_slice_hear(self) -> None:
        edit = self._edit
        if edit is None:
            return
        if self._actions.head_s() is not None:
            self._actions.stop()
            return
        part = edit.parts[edit.selected] if edit.selected is not None else None
        start, end = (edit.cursor, None) if part is None else (part.start, part.end)
        self._actions.hear(start / edit.rate, None if end is None else end / edit.rate)
        self._watch()

    # --- cutting and writing -----------------------------------------------------------------------------------------

    def do_slice_by(self) -> None:
        choices = [Choice(id, name, help) for id, (name, help, _) in WAYS.items()]
        self.app.push_screen(Chooser("Cut by", choices), lambda way: self._plan(way) if way else None)

    def _plan(self, way: str) -> None:
        self._way, options = way, WAYS[way][2]
        self._say(f"finding {WAYS[way][0]} ...")
        self._planning.submit(lambda: self._running_planner().plan(options), self._take_plan)

    def _running_planner(self) -> SlicePlanner:
        """The process that cuts; called in the thread of `_planning` alone."""
        if self._planner is None:
            self._planner = SlicePlanner(self._path)
        return self._planner

    def _take_plan(self, plan: SlicePlan) -> None:
        parts = () if self._way == "none" else tuple(EditedSlice(cut.start, cut.end, cut.strength) for cut in plan.cuts)
        edit = self._edit or SliceEdit(plan.rate, plan.frames)
        if self._edit is not None:
            self._done.append(edit.parts)
            self._undone.clear()
        tempo = f" at {plan.bpm:.1f} bpm" if plan.bpm is not None else ""
        dropped = f"; {plan.dropped:,} weaker left out" if plan.dropped else ""
        self._notice = f"cut by {WAYS[self._way][0]}{tempo}{dropped}"
        self._show(replace(edit, rate=plan.rate, frames=plan.frames, parts=parts), quiet=False)

    def do_slice_write(self) -> None:
        edit = self._edit
        if edit is None or not edit.parts:
            self._say("there are no slices to write")
            return
        title = f"Write {counted(len(edit.parts), 'slice')} into"
        prompt = Prompt(
            title, "tab completes, enter writes them there, esc cancels", value=self._actions.folder(),
            complete=complete_folder,
        )  # fmt: skip
        self.app.push_screen(prompt, lambda folder: self._write(edit, folder) if folder else None)

    def _write(self, edit: SliceEdit, folder: str) -> None:
        self._actions.remember_folder(folder)
        target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
        cuts = tuple(Cut(part.start, part.end, part.strength) for part in edit.parts)
        plan = SlicePlan(self._path, edit.rate, edit.frames, cuts)
        self._say("writing ...")
        self._planning.submit(
            lambda: self._running_planner().write(plan, target),
            lambda count: self._say(f"{counted(count, 'slice')} written into {printable(target)}"),
        )

    def do_slice_close(self) -> None:
        self._actions.stop()
        self.dismiss(None)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _show(self, edit: SliceEdit, *, quiet: bool = True) -> None:
        """Another state, which the dialog begins with when it is opened again."""
        self._actions.kept[self._path] = edit
        if quiet:
            self._notice = ""
        super()._show(edit)

    def summary(self, edit: SliceEdit) -> str:
        return f"{counted(len(edit.parts), 'slice')}, {edit.share:.0%} of {edit.frames / edit.rate:.1f} s"

    def about(self, edit: SliceEdit) -> str:
        """The slice at the cursor in words."""
        at = edit.selected
        if at is None:
            return f"at {edit.cursor / edit.rate:.3f} s, in no slice"
        part = edit.parts[at]
        span = f"{part.start / edit.rate:.3f} s to {part.end / edit.rate:.3f} s"
        return f"slice {at + 1} of {len(edit.parts)}: {span}, {(part.end - part.start) / edit.rate:.3f} s long"
