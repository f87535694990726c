"""Cutting a recording into slices: the key that opens the dialog, and the keys in it, whose methods are there."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.slice_actions import SliceActions
from tui_browser.ui.keys.command import SAMPLE, SLICES, Command, command

_GROUP = "Slices of a recording"

COMMANDS: tuple[Command, ...] = (
    command("slice", "%", "Slices", "cut a recording into samples, heard and adjusted", "Keep", needs=SAMPLE),
    *(
        command(id, keys, label, help, _GROUP, screens=(SLICES,), hint=hint)
        for id, keys, label, help, hint in (
            ("slice_left", "left h", "Left", "cursor to the left", 0),
            ("slice_right", "right l", "Right", "cursor to the right", 0),
            ("slice_far_left", "shift+left H", "Far left", "far to the left", 0),
            ("slice_far_right", "shift+right L", "Far right", "far to the right", 0),
            ("slice_next", "tab n )", "Next", "to the next slice", 3),
            ("slice_before", "shift+tab N (", "Previous", "to the previous slice", 0),
            ("slice_hear", "space p", "Hear", "hear the slice at the cursor, or the sound from there; stop it", 1),
            ("slice_add", "a", "Add", "a slice begins here; inside a slice it is split", 4),
            ("slice_delete", "d delete x", "Delete", "delete the slice at the cursor", 5),
            ("slice_start_back", "[", "Start earlier", "the slice begins earlier", 6),
            ("slice_start_on", "]", "Start later", "the slice begins later", 0),
            ("slice_end_back", "{", "End earlier", "the slice ends earlier", 7),
            ("slice_end_on", "}", "End later", "the slice ends later", 0),
            ("slice_zoom_in", "+ =", "Zoom in", "see less of the recording, but finer", 0),
            ("slice_zoom_out", "-", "Zoom out", "see more of it", 0),
            ("slice_zoom_all", "0", "Whole", "see all of it", 0),
            ("slice_by", "c", "Cut by", "cut by hits, beats, silence or equal lengths", 8),
            ("slice_undo", "u", "Undo", "undo the last change", 9),
            ("slice_redo", "ctrl+r", "Redo", "redo it", 0),
            ("slice_write", "enter W", "Write", "write the slices into a folder", 2),
            ("slice_close", "escape q", "Close", "back to the map; the slices stay as they are until you quit", 10),
        )
    ),
)  # fmt: skip


class SliceCommands(CommandGroup):
    """Opens the dialog."""

    def do_slice(self) -> None:
        path, _ = self.file_under_cursor()
        if path is None:
            return
        playback, slices = self.controllers.playback, self.controllers.slices

        def head_s() -> float | None:
            sounding = self.state.playback
            if sounding.path != path:
                return None
            return sounding.start_s if sounding.at_s is None else sounding.at_s

        actions = SliceActions(
            hear=lambda start_s, end_s: playback.play(path, start_s=start_s, end_s=end_s),
            stop=playback.stop,
            head_s=head_s,
            folder=lambda: slices.folder,
            remember_folder=slices.remember_folder,
            kept=slices.edits,
        )
        self.panel.show_slices(path, actions)
