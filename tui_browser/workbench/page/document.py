"""Puts a page together: markup, style, program and sounds in one document that asks nothing of the network.

Names, tags and queries are text of strangers. They are in the document as JSON only, which the program shows as text;
the policy at its head lets nothing run but this program, and nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from dataclasses import astuple
from importlib import resources
from typing import Any

from tui_browser.workbench.page.chosen import ChosenSounds
from tui_browser.workbench.page.groups import group_entries, page_themes, style_variables
from tui_browser.workbench.page.likeness import TRACKS, drum_likeness, neighbours

MODULES = (
    "colour", "elements", "sounds", "search", "viewport", "places", "pattern", "wav", "map_labels", "marks",
    "audio", "beat_player", "theme", "map_view", "map_pointer", "waveform", "sound_card", "sound_list",
    "legend", "beat_panel", "dialogs", "keys", "main",
)  # fmt: skip
"""Modules of the program, each behind those that it imports."""
_NEIGHBOURS = 16
_IMPORT = re.compile(r"^import\s*\{[^}]*\}\s*from\s*\"\./[a-z_]+\.mjs\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|class|const)", re.MULTILINE)


def asset(name: str) -> str:
    """The text of a file of the page."""
    return resources.files("tui_browser.workbench.page").joinpath("assets", name).read_text(encoding="utf-8")


def program() -> str:
    """All modules as one script: imports and exports are left out, as all share one scope."""
    parts = []
    for name in MODULES:
        text = _EXPORT.sub("", _IMPORT.sub("", asset(f"{name}.mjs")))
        parts.append(f"// {name}\n{text.strip()}\n")
    return '(() => {\n"use strict";\n\n' + "\n".join(parts) + "\n})();\n"


def build_page(chosen: ChosenSounds, excerpts: Sequence[bytes | None], *, title: str, seconds: float) -> bytes:
    """The document; the same sounds give the same bytes."""
    themes = page_themes()
    style = style_variables(themes) + asset("page.css")
    script = program()
    audio, offsets = _audio_text(excerpts)
    groups = group_entries((sound.group for sound in chosen.sounds), chosen.class_names, themes)
    content = _content(chosen, offsets, groups, title=title, seconds=seconds)
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "title": html.escape(title),
        "policy": html.escape(policy, quote=True),
        "style": style,
        "content": json_in_script(content),
        "script": script,
        "audio": audio,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], asset("page.html")).encode()


def json_in_script(content: object) -> str:
    """JSON that can stand in a script element: no `<`, no `&`, no line separator, printable ASCII only."""
    text = json.dumps(content, allow_nan=False, separators=(",", ":"), sort_keys=True)
    for char in "<>&\x7f":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _audio_text(excerpts: Sequence[bytes | None]) -> tuple[str, list[int]]:
    """The excerpts in base64, one behind the other, and where each starts, with the end of the last; equal for none."""
    parts: list[str] = []
    offsets = [0]
    for excerpt in excerpts:
        parts.append(base64.b64encode(excerpt).decode() if excerpt else "")
        offsets.append(offsets[-1] + len(parts[-1]))
    return "".join(parts), offsets


def _content(
    chosen: ChosenSounds, offsets: list[int], groups: list[dict[str, Any]], *, title: str, seconds: float
) -> dict[str, Any]:
    sounds = chosen.sounds
    folders = {folder: at for at, folder in enumerate(sorted({sound.folder for sound in sounds}))}
    known = [sound.credit for sound in sounds if sound.credit is not None]
    credited = sorted(set(known), key=astuple)
    credit_at = {credit: at for at, credit in enumerate(credited)}
    return {
        "title": title,
        "seconds": seconds,
        "groups": groups,
        "folders": list(folders),
        "credits": [astuple(credit) for credit in credited],
        "tracks": list(TRACKS),
        "likeness": drum_likeness(
            chosen.vectors, [s.group for s in sounds], [s.class_p for s in sounds], chosen.class_names
        ),
        "near": neighbours(chosen.vectors, k=_NEIGHBOURS),
        "audio": offsets,
        "name": [sound.name for sound in sounds],
        "folder": [folders[sound.folder] for sound in sounds],
        "group": [sound.group for sound in sounds],
        "sure": [round(sound.class_p, 2) for sound in sounds],
        "x": [round(sound.x, 5) for sound in sounds],
        "y": [round(sound.y, 5) for sound in sounds],
        "length": [round(sound.duration_s, 3) for sound in sounds],
        "bpm": [round(sound.bpm, 1) if sound.bpm else None for sound in sounds],
        "key": [sound.key for sound in sounds],
        "tags": [list(sound.tags) for sound in sounds],
        "credit": [credit_at.get(sound.credit, -1) if sound.credit else -1 for sound in sounds],
    }


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
