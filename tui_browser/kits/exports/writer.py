"""Writes a kit into a folder in one of the formats."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

from tui_browser.kits.exports import live_coding
from tui_browser.kits.exports.decent_sampler import preset_xml
from tui_browser.kits.exports.hydrogen import DRUMKIT, drumkit_xml
from tui_browser.kits.exports.plain_folder import copy_slots, write_manifest
from tui_browser.kits.exports.sfz import sfz_text
from tui_browser.kits.exports.supercollider import kit_code
from tui_browser.kits.kit import Kit
from tui_browser.kits.names import identifier
from tui_browser.kits.pads import SOUNDS, write_credits, write_pads, write_text
from tui_browser.records import Credit

FolderFormat = Literal["folder", "sfz", "hydrogen", "decentsampler", "tidal", "strudel", "supercollider"]

_SOUND = r"\d\d-[a-z0-9_]+\.[a-z0-9]+"
OWN_FILES: Mapping[FolderFormat, re.Pattern[str]] = {
    "folder": re.compile(rf"{_SOUND}|manifest\.jsonl|CREDITS\.txt"),
    "sfz": re.compile(rf"{SOUNDS}|[a-z0-9_]+\.sfz|CREDITS\.txt"),
    "hydrogen": re.compile(rf"{_SOUND}|drumkit\.xml|CREDITS\.txt"),
    "decentsampler": re.compile(rf"{SOUNDS}|[a-z0-9_]+\.dspreset|CREDITS\.txt"),
    "tidal": re.compile(rf"{SOUNDS}|[a-z0-9_]+\.tidal|load\.scd|CREDITS\.txt"),
    "strudel": re.compile(rf"{SOUNDS}|[a-z0-9_]+\.js|strudel\.json|CREDITS\.txt"),
    "supercollider": re.compile(rf"{SOUNDS}|[a-z0-9_]+\.scd|CREDITS\.txt"),
}
"""Names that the folder of each format may hold: what `--force` may replace."""


def write_folder(
    kit: Kit,
    kind: FolderFormat,
    folder: str,
    credits_by_hash: Mapping[str, Credit],
    *,
    on_pad: Callable[[], None] = lambda: None,
) -> None:
    """Fill an empty folder with a kit; `on_pad` hears of each sound. Raises BrowserError and OSError."""
    name = identifier(kit.name, fallback="kit")
    if kind == "folder":
        files = copy_slots(kit, folder, on_pad=on_pad)
        write_manifest(folder, kit, files, credits_by_hash)
        write_credits(folder, files, credits_by_hash)
        return
    below = "" if kind == "hydrogen" else SOUNDS
    pads = write_pads(kit, folder, below=below, sound_folders=kind in ("tidal", "strudel"), on_pad=on_pad)
    if kind == "sfz":
        write_text(folder, f"{name}.sfz", sfz_text(kit, pads))
    elif kind == "hydrogen":
        write_text(folder, DRUMKIT, drumkit_xml(kit, pads, credits_by_hash))
    elif kind == "decentsampler":
        write_text(folder, f"{name}.dspreset", preset_xml(kit, pads))
    elif kind == "tidal":
        write_text(folder, f"{name}.tidal", live_coding.tidal_text(kit, pads))
        write_text(folder, "load.scd", live_coding.superdirt_text(kit))
    elif kind == "strudel":
        write_text(folder, f"{name}.js", live_coding.strudel_text(kit, pads))
        write_text(folder, "strudel.json", live_coding.strudel_map(pads))
    else:
        write_text(folder, f"{name}.scd", kit_code(kit, pads))
    write_credits(folder, [(pad.file, pad.slot) for pad in pads], credits_by_hash)
