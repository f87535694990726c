"""The forms in which a kit and its beat are written, with the verbs that write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BeatFormat:
    """A form in which the kit or the beat is written."""

    label: str
    help: str
    ending: str
    """Of the suggested name; empty for a folder."""
    words: tuple[str, ...]
    """The verb with its options; empty for the pattern's text, which needs none."""
    of_beat: bool = True
    """Whether the pattern belongs to it."""


def _kit(kind: str, help: str, ending: str = "") -> BeatFormat:
    return BeatFormat(f"kit for {kind}", help, ending, ("kit", "export", "--format", kind), of_beat=False)


RENDERED = "wav"
FORMATS: Mapping[str, BeatFormat] = {
    RENDERED: BeatFormat("WAV of the beat", "the pattern once, and what rings on", ".wav", ("beat", "render")),
    "loop": BeatFormat("WAV that loops", "ends on the bar, without a seam", ".wav", ("beat", "render", "--loop")),
    "stems": BeatFormat("WAV with stems", "each part as a file beside the mix", ".wav", ("beat", "render", "--stems")),
    "midi": BeatFormat("MIDI", "notes with swing and velocities", ".mid", ("beat", "export", "--format", "midi")),
    "tidal": BeatFormat("Tidal pattern", "text for TidalCycles", ".tidal", ("beat", "export", "--format", "tidal")),
    "strudel": BeatFormat("Strudel pattern", "text for Strudel", ".strudel", ("beat", "export", "--format", "strudel")),
    "text": BeatFormat("pattern as text", "for this list and `--pattern` of the command line", ".txt", ()),
    "folder": _kit("folder", "copies of the files, with a manifest"),
    "sfz": _kit("sfz", "a folder for SFZ samplers"),
    "hydrogen": _kit("hydrogen", "a drumkit that Hydrogen imports", ".h2drumkit"),
    "decentsampler": _kit("decentsampler", "a folder for DecentSampler"),
    "cue-wav": _kit("cue-wav", "all sounds in one WAV with cue points", ".wav"),
    "kit tidal": _kit("tidal", "a folder of sounds for SuperDirt"),
    "kit strudel": _kit("strudel", "a folder with a sample map"),
    "supercollider": _kit("supercollider", "a folder with a dictionary of sounds"),
}
