"""The keys of the mixer; the methods are in the dialog."""

from __future__ import annotations

from tui_browser.ui.keys.command import MIX, Command, command

_GROUP = "Mixer"

COMMANDS: tuple[Command, ...] = tuple(
    command(id, keys, label, help, _GROUP, screens=(MIX,), hint=hint)
    for id, keys, label, help, hint in (
        ("mix_up", "up k", "Up", "previous slider", 0),
        ("mix_down", "down j tab", "Down", "next slider", 0),
        ("mix_less", "left h", "Less", "less of this sound", 0),
        ("mix_more", "right l", "More", "more of this sound", 0),
        ("mix_far_less", "shift+left H", "Much less", "much less of it", 0),
        ("mix_far_more", "shift+right L", "Much more", "much more of it", 0),
        ("mix_zero", "0", "Zero", "none of it", 0),
        ("mix_negate", "-", "Subtract", "subtract this sound, or add it again", 3),
        ("mix_alike", "=", "Alike", "all sounds alike", 4),
        ("mix_again", "enter .", "Again", "make the mix again; with variance it is another one", 5),
        ("mix_hear", "space p", "Hear", "hear it again", 1),
        ("mix_before", "u B", "Before", "the sound made before", 6),
        ("mix_after", "ctrl+r O", "After", "the sound made after", 7),
        ("mix_keep", "W", "Save", "save the sound in a folder, with its lineage", 2),
        ("mix_close", "escape q G", "Close", "back to the map; while a sound is made: cancel", 8),
    )
)
