"""The waveform of a recording, large: the key that opens the dialog, and the keys in it, whose methods are there."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.wave_actions import WaveActions
from tui_browser.ui.keys.command import SAMPLE, WAVE, Command, command

_GROUP = "Waveform"

COMMANDS: tuple[Command, ...] = (
    command("wave", "ctrl+w", "Waveform", "the waveform, large: slices by digit; a region to loop, find, copy, write",
            "Hear", needs=SAMPLE),
    *(
        command(id, keys, label, help, _GROUP, screens=(WAVE,), hint=hint)
        for id, keys, label, help, hint in (
            ("wave_slice", "1 2 3 4 5 6 7 8 9", "Slice", "play the slice of this number; 1 and soon 2: the twelfth", 2),
            ("wave_next", "tab )", "Next slice", "play the next slice", 0),
            ("wave_before", "shift+tab (", "Previous slice", "play the previous slice", 0),
            ("wave_hear", "space p", "Loop", "loop the region; without one play from the cursor; stop", 1),
            ("wave_from_cursor", ".", "From here", "play from the cursor on", 0),
            ("wave_in", "i [", "In", "the region begins at the cursor, or at what you hear", 3),
            ("wave_out", "o ]", "Out", "the region ends at the cursor, or at what you hear", 4),
            ("wave_take", "s", "Take slice", "the region is the slice at the cursor", 0),
            ("wave_clear", "d delete x", "No region", "forget the region", 0),
            ("wave_near", "n", "Like it", "find what sounds like the region, or the slice at the cursor", 5),
            ("wave_copy", "y", "Copy", "copy the path with in and out in seconds", 6),
            ("wave_copy_as", "Y", "Copy as", "copy it as a URI, or as a command for a shell", 0),
            ("wave_write", "enter e W", "Write", "write the region, or the slice at the cursor, as a WAV", 7),
            ("wave_left", "left h", "Left", "cursor to the left", 0),
            ("wave_right", "right l", "Right", "cursor to the right", 0),
            ("wave_far_left", "shift+left H", "Far left", "far to the left", 0),
            ("wave_far_right", "shift+right L", "Far right", "far to the right", 0),
            ("wave_zoom_in", "+ =", "Zoom in", "see less of it, but finer", 0),
            ("wave_zoom_out", "-", "Zoom out", "see more of it", 0),
            ("wave_zoom_all", "0", "Whole", "see all of it", 0),
            ("wave_close", "escape q ctrl+w", "Close", "back to the map; the region stays until you quit", 8),
        )
    ),
)  # fmt: skip


class WaveCommands(CommandGroup):
    """Opens the dialog."""

    def do_wave(self) -> None:
        path, sample = self.file_under_cursor()
        if path is None:
            return
        controllers = self.controllers
        playback, slices, regions = controllers.playback, controllers.slices, controllers.regions
        actions = WaveActions(
            slices=lambda: slices.stored(sample),
            hear=lambda start_s, end_s: playback.play(path, start_s=start_s, end_s=end_s, loop=False),
            loops=lambda: self.state.playback.options.loop,
            cut=lambda region: regions.cut(path, region),
            loop=regions.loop,
            stop=playback.stop,
            head_s=lambda: regions.head_s(path),
            near=regions.near,
            copy=lambda form, region, say: regions.copy(path, form, region, say),
            folder=lambda: slices.folder,
            write=lambda region, folder: regions.write(path, region, folder),
            kept=regions.kept,
        )
        self.panel.show_wave(path, actions)
