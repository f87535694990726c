"""A beat as text for live coding: Tidal, and Strudel in the browser.

Names of samples are data: each is written as a string of the language, with escapes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from urllib.parse import quote_from_bytes

from tui_browser.audio.source import open_file, open_source
from tui_browser.config.templates import superdirt_name
from tui_browser.errors import AudioError, printable
from tui_browser.kits.kit import Kit, Slot
from tui_browser.kits.names import comment_text, distinct_identifiers
from tui_browser.kits.pattern import STEPS_A_BAR, STEPS_A_BEAT, Pattern
from tui_browser.kits.tracks import Part

_SUPERDIRT_CURVE = 0.25
"""SuperDirt raises gain to the fourth power."""
_SHORTEST_ONSET_S = 0.0005
_STRUDEL_SERVER = "http://localhost:5432/"


def tidal_text(kit: Kit, parts: Sequence[Part], pattern: Pattern) -> str:
    """The pattern for Tidal, a cycle for each bar; reads the folders of the samples and their heads."""
    names = superdirt_names(kit, parts)
    single = [(part, name) for part, name in zip(parts, names, strict=True) if ":" not in name]
    lines = [f"-- {comment_text(pattern.name)}"]
    folders = sorted({os.path.dirname(part.slot.path) for part, name in zip(parts, names, strict=True) if ":" in name})
    if folders or single:
        lines.append("-- SuperDirt has to know the samples; in SuperCollider:")
    lines += [f"--   ~dirt.loadSoundFiles({_string(folder)});" for folder in folders]
    lines += [f"--   ~dirt.loadSoundFile({_string(part.slot.path)}, \\{name});" for part, name in single]
    lines += [f"setcps ({pattern.bpm:g}/60/4)", ""]
    lines.append(f"d1 $ {_tidal_swing(pattern)}{_slow(pattern)}stack [")
    voices = []
    for part, name in zip(parts, names, strict=True):
        slot, words = part.slot, [f'sound "{_steps(part, partial(_name, name))}"']
        words.append(f'gain "{_steps(part, partial(_tidal_gain, slot.gain))}"')
        words += [f"{effect} {value:.6g}" for effect, value in _effects(slot)]
        voices.append("  " + " # ".join(words))
    return "\n".join(lines) + "\n" + ",\n".join(voices) + "\n  ]\n"


def strudel_text(parts: Sequence[Part], pattern: Pattern) -> str:
    """The pattern for Strudel, a cycle for each bar; `npx @strudel/sampler` serves the samples."""
    folder = served_folder(parts)
    names = distinct_identifiers(part.slot.role for part in parts)
    lines = [
        f"// {comment_text(pattern.name)}",
        "// serve the samples: npx @strudel/sampler, in the folder",
        f"//   {_string(folder)}",
        "samples({",
        *(
            f"  {name}: {_string(_STRUDEL_SERVER.encode() + _url(part.slot.path, folder))},"
            for name, part in zip(names, parts, strict=True)
        ),
        "})",
        f"setcpm({pattern.bpm:g}/4)",
        "stack(",
    ]
    for name, part in zip(names, parts, strict=True):
        slot = part.slot
        line = f'  s("{_steps(part, partial(_name, name))}")'
        line += f'.gain("{_steps(part, partial(_strudel_gain, slot.gain))}")'
        line += "".join(f".{effect}({value:.6g})" for effect, value in _effects(slot))
        lines.append(f"{line},")
    bars = pattern.steps / STEPS_A_BAR
    slow = f".slow({bars:g})" if bars != 1 else ""
    swing = f".swingBy({_swing(pattern):.4g}, {_swung(pattern)})" if pattern.swing > 50 else ""
    return "\n".join(lines) + f"\n){swing}{slow}\n"


def superdirt_names(kit: Kit, parts: Sequence[Part]) -> list[str]:
    """The samples' names in SuperDirt: `folder:number`, or kit and slot for a file that has to be loaded alone.

    Two folders of one name cannot both be loaded, so that the files of the second are loaded alone.
    """
    names: list[str] = []
    folder_of: dict[str, bytes] = {}
    own_names = distinct_identifiers(f"{kit.name} {part.slot.role}" for part in parts)
    for part, own_name in zip(parts, own_names, strict=True):
        name = superdirt_name(part.slot.path)
        folder = os.path.dirname(part.slot.path)
        bank, number, _ = name.partition(":")
        names.append(name if number and folder_of.setdefault(bank, folder) == folder else own_name)
    return names


def served_folder(parts: Sequence[Part]) -> bytes:
    """The folder above all samples."""
    return os.path.commonpath([os.path.dirname(part.slot.path) for part in parts])


def _url(path: bytes, folder: bytes) -> bytes:
    return quote_from_bytes(os.path.relpath(path, folder), safe=b"/").encode()


def _effects(slot: Slot) -> Iterator[tuple[str, float]]:
    """Names and values of what differs from the file as it is, the same in both languages."""
    begin = _begin(slot)
    if begin:
        yield "begin", begin
    if slot.pan:
        yield "pan", 0.5 + slot.pan / 2
    if slot.pitch_semitones:
        yield "speed", slot.speed
    if slot.choke:
        yield "cut", slot.choke


def _begin(slot: Slot) -> float:
    """The onset as a share of the file; 0 where it is at the start, or the file's length is not known."""
    if slot.onset_s < _SHORTEST_ONSET_S:
        return 0.0
    try:
        with open_file(slot.path) as file, open_source(file, slot.path) as source:
            share = slot.onset_s * source.rate / source.frames if source.frames else 0.0
    except AudioError:
        return 0.0
    return share if share < 1.0 else 0.0


def _steps(part: Part, text: Callable[[float], str]) -> str:
    """The steps of a part in mini-notation, a group for each beat."""
    steps = ["~" if velocity <= 0 else text(velocity) for velocity in part.track.velocities]
    beats = [steps[at : at + STEPS_A_BEAT] for at in range(0, len(steps), STEPS_A_BEAT)]
    return "  ".join(" ".join(beat) for beat in beats)


def _name(name: str, _velocity: float) -> str:
    return name


def _tidal_gain(gain: float, velocity: float) -> str:
    return f"{(gain * velocity) ** _SUPERDIRT_CURVE:.4g}"


def _strudel_gain(gain: float, velocity: float) -> str:
    return f"{gain * velocity:.4g}"


def _slow(pattern: Pattern) -> str:
    bars = pattern.steps / STEPS_A_BAR
    return "" if bars == 1 else f"slow {bars:g} $ "


def _swing(pattern: Pattern) -> float:
    """How far the second of two steps is late, in steps."""
    return pattern.swing / 50.0 - 1.0


def _swung(pattern: Pattern) -> int:
    """Pairs of steps in the pattern, which is one cycle before it is slowed down."""
    return pattern.steps // 2


def _tidal_swing(pattern: Pattern) -> str:
    return "" if pattern.swing == 50 else f"swingBy {_swing(pattern):.4g} 8 $ "


def _string(text: bytes | str) -> str:
    """A string of Haskell's, JavaScript's and SuperCollider's, in printable characters."""
    return json.dumps(printable(os.fsdecode(text)) if isinstance(text, bytes) else text, ensure_ascii=False)
