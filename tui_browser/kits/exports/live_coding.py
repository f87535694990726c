"""A kit for live coding: sample maps and a first pattern for Tidal (with SuperDirt) and Strudel.

Both know a sound by the name of its folder and share the mini-notation of patterns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tui_browser.kits.kit import Kit, Slot
from tui_browser.kits.names import comment_text
from tui_browser.kits.pads import SOUNDS, Pad

STRUDEL_BASE = "http://localhost:5432/"
"""Where the map of a Strudel kit expects the folder: the address that Strudel's own server for samples uses."""
_RHYTHMS = {
    "kick": "{0}*4",
    "snare": "~ {0} ~ {0}",
    "clap": "~ {0} ~ {0}",
    "hat_closed": "{0}*8",
    "hat_open": "[~ {0}]*4",
    "shaker": "{0}*16",
    "rim": "~ ~ {0} ~ ~ {0} ~ ~",
    "tom": "~ ~ ~ ~ ~ ~ {0} {0}",
}
_SELDOM = "~ ~ ~ {0}"


def rhythm(pad: Pad) -> str:
    """A bar of mini-notation for this slot, to begin with; a second slot of a class plays seldom."""
    return _RHYTHMS.get(pad.slot.role, _SELDOM).format(pad.sound)


def tidal_text(kit: Kit, pads: Sequence[Pad]) -> str:
    """A pattern of the kit for Tidal. SuperDirt raises its gain to the fourth power, so the level is a root here."""
    lines = [f"-- {comment_text(kit.name)}: run load.scd in SuperCollider first.", "", "d1 $ stack ["]
    parts = []
    for pad in pads:
        effects = "".join(f" # {name} {_number(value)}" for name, value in _effects(pad.slot, gain=0.25))
        parts.append(f'  sound "{rhythm(pad)}"{effects}')
    return "\n".join([*lines, ",\n".join(parts), "  ]", ""])


def superdirt_text(kit: Kit) -> str:
    """SuperCollider code that loads the sounds beside it into SuperDirt, wherever the folder lies."""
    return (
        f"// {comment_text(kit.name)}: SuperDirt has to run (SuperDirt.start).\n"
        f'~dirt.loadSoundFiles(thisProcess.nowExecutingPath.dirname +/+ "{SOUNDS}/*");\n'
    )


def strudel_map(pads: Sequence[Pad]) -> str:
    """The sample map for Strudel as JSON: the files of each sound, below `_base`."""
    return json.dumps({"_base": STRUDEL_BASE, **{pad.sound: [pad.file] for pad in pads}}, indent=2) + "\n"


def strudel_text(kit: Kit, pads: Sequence[Pad]) -> str:
    """A pattern of the kit for Strudel, which loads its sample map."""
    lines = [f"// {comment_text(kit.name)}: serve this folder first (npx @strudel/sampler).", ""]
    lines += [f"samples('{STRUDEL_BASE}strudel.json')", "", "stack("]
    parts = []
    for pad in pads:
        effects = "".join(f".{name}({_number(value)})" for name, value in _effects(pad.slot, gain=1.0))
        parts.append(f'  s("{rhythm(pad)}"){effects}')
    return "\n".join([*lines, ",\n".join(parts), ")", ""])


def _effects(slot: Slot, *, gain: float) -> Iterator[tuple[str, float]]:
    """Names and values of what differs from a sound as it is; `gain` is the exponent of the level."""
    if slot.level_db:
        yield "gain", slot.gain**gain
    if slot.pan:
        yield "pan", (slot.pan + 1) / 2
    if slot.pitch_semitones:
        yield "speed", slot.speed
    if slot.choke:
        yield "cut", slot.choke


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
