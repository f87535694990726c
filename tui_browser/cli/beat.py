"""Verb `beat`: patterns, and a kit that plays one, as sound or for other programs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from tui_browser.cli.chosen_beat import ChosenBeat, takes_beat
from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common
from tui_browser.cli.step_progress import StepProgress
from tui_browser.errors import counted

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.records import FloatArray

_SOUND_FORMATS = {".wav": "WAV", ".flac": "FLAC", ".aif": "AIFF", ".aiff": "AIFF"}


@click.group("beat")
def beat() -> None:
    """Play a kit in a pattern, as a sound file or for other programs."""


@beat.command("list")
@pass_common
def list_patterns(common: CommonOptions) -> None:
    """List the patterns to begin with."""
    from tui_browser.kits.patterns import named_pattern, pattern_names

    answer = AnswerWriter(common)
    for name in pattern_names():
        pattern = named_pattern(name)
        fields = {
            "name": name,
            "bpm": pattern.bpm,
            "swing": pattern.swing,
            "steps": pattern.steps,
            "tracks": [track.name for track in pattern.tracks],
        }
        tracks = ", ".join(track.name for track in pattern.tracks)
        answer.row(fields, text=f"{name}\t{pattern.bpm:g} bpm\t{counted(pattern.bars, 'bar')}\t{tracks}")


@beat.command("show")
@click.argument("pattern", metavar="PATTERN")
@pass_common
def show_pattern(common: CommonOptions, pattern: str) -> None:
    """Print PATTERN as text, which --pattern reads from a file."""
    from tui_browser.kits.pattern import pattern_record, pattern_text
    from tui_browser.kits.patterns import find_pattern

    shown = find_pattern(pattern)
    AnswerWriter(common).row(pattern_record(shown), text=pattern_text(shown).rstrip("\n"))


@beat.command("render")
@takes_beat
@click.option("--out", required=True, metavar="FILE", help="Sound file: .wav, .flac, .aif or .aiff.")
@click.option("--stems", is_flag=True, help="Write each part as a file beside FILE as well; their sum is the mix.")
@click.option(
    "--loop", is_flag=True, help="End on the bar, with the tail at the beginning: FILE repeats without a seam."
)
@click.option("--rate", type=click.IntRange(8_000, 192_000), default=44_100, show_default=True, help="Sample rate.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@pass_common
def render(
    common: CommonOptions,
    chosen: ChosenBeat,
    out: str,
    stems: bool,
    loop: bool,
    rate: int,
    force: bool,
) -> None:
    """Render the beat of the kit NAME into a sound file of 24 bits, each sound exactly in time."""
    from tui_browser.kits.render import Beat, BeatOptions, part_names
    from tui_browser.workbench.new_files import NewFiles

    path = os.fsencode(os.path.abspath(out))
    stem, ending = os.path.splitext(path)
    sound_format = _SOUND_FORMATS.get(os.fsdecode(ending).lower())
    if sound_format is None:
        raise click.UsageError(f"--out takes a file that ends in {', '.join(_SOUND_FORMATS)}")
    kit, played = chosen.kit_and_pattern(common)
    options = BeatOptions(bars=chosen.bars, rate=rate, loop=loop)
    with StepProgress(common, "reading", len(kit.slots), "sound") as progress:
        sound = Beat(kit, played, options, report=lambda done, total: progress.at(done, total=total))
    folder = os.path.dirname(path)
    names = [b"%s-%s%s" % (os.path.basename(stem), os.fsencode(part), ending) for part in part_names(sound.parts)]
    names = [os.path.basename(path), *(names if stems else ())]
    with NewFiles(folder, names, force=force) as files, StepProgress(common, "writing", len(names), "file") as progress:
        mix, gains = sound.mix()
        for number, (file_name, samples) in enumerate(zip(names, _parts_after(mix, sound, gains), strict=False)):
            progress.at(number)
            with files.open(file_name) as target:
                _write_sound(target, samples, rate, sound_format)
    answer = AnswerWriter(common)
    roles = ["mix", *(part.slot.role for part in sound.parts)]
    for file_name, role in zip(names, roles, strict=False):
        written = os.path.join(folder, file_name)
        seconds = len(mix) / rate
        fields = {"path": os.fsdecode(written), "part": role, "frames": len(mix), "sample_rate": rate}
        answer.row(fields, path=written, text=f"{role}\t{seconds:.3f} s\t{answer.shown(written)}")
    _tell_without(common, sound.without)


def _parts_after(mix: FloatArray, sound: Any, gains: FloatArray) -> Any:
    yield mix
    for _, samples in sound.stems(gains):
        yield samples


@beat.command("export")
@takes_beat
@click.option(
    "--format", "kind", type=click.Choice(["midi", "tidal", "strudel"]), required=True, help="Form of the beat."
)
@click.option("--out", required=True, metavar="PATH", help="File to write.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@pass_common
def export(
    common: CommonOptions,
    chosen: ChosenBeat,
    kind: str,
    out: str,
    force: bool,
) -> None:
    """Write the beat of the kit NAME as a MIDI file, or as text for Tidal or Strudel."""
    from tui_browser.kits.kit import KitError
    from tui_browser.kits.live_code import strudel_text, tidal_text
    from tui_browser.kits.midi import write_midi
    from tui_browser.kits.tracks import parts_of
    from tui_browser.workbench.new_files import NewFiles

    if chosen.bars is not None and kind != "midi":
        raise click.UsageError("--bars takes --format midi; a pattern for live coding goes on and on")
    kit, played = chosen.kit_and_pattern(common)
    parts, without = parts_of(kit, played)
    if not parts:
        raise KitError(f"kit {kit.name} plays no track of the pattern {played.name}", hint="name its slots like tracks")
    path = os.fsencode(os.path.abspath(out))
    folder, file_name = os.path.split(path)
    with NewFiles(folder, [file_name], force=force) as files, files.open(file_name) as target:
        if kind == "midi":
            write_midi(target, kit, parts, played, bars=chosen.bars)
        else:
            text = tidal_text(kit, parts, played) if kind == "tidal" else strudel_text(parts, played)
            target.write(text.encode())
    answer = AnswerWriter(common)
    answer.row({"path": os.fsdecode(path), "format": kind, "parts": len(parts)}, path=path)
    _tell_without(common, without)


def _write_sound(target: BinaryIO, samples: FloatArray, rate: int, sound_format: str) -> None:
    import soundfile  # 20 ms

    # By its descriptor: libsndfile cannot pass on a ctrl-c out of a Python file.
    soundfile.write(target.fileno(), samples, rate, format=sound_format, subtype="PCM_24", closefd=False)


def _tell_without(common: CommonOptions, without: list[str]) -> None:
    if without and not (common.quiet or common.json or common.null):
        complain(f"the kit has no slot for {', '.join(without)}: left out")
