"""Render training sounds of kinds that recordings are short of.

`python -m tui_browser.training.rendered.make --pool FOLDER --font FILE [FILE...] --out FOLDER`

The folder has the form of a pool: pool.tsv with a column `kind`, and the sounds in pool/. Notes and phrases come from
the sound fonts by fluidsynth, speech from espeak-ng, breaks from one-shots of the pool. The same seed gives the same
sounds with the same programs; a run that was killed goes on where it was.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from tui_browser.errors import BrowserError
from tui_browser.records import CLASSES, OTHER, FloatArray
from tui_browser.training.pool import Pool, read_pool
from tui_browser.training.rendered.loops import drum_loop, tonal_loops
from tui_browser.training.rendered.notes import RATE, draw_notes, play_apart
from tui_browser.training.rendered.programmes import PROGRAMMES, Programme
from tui_browser.training.rendered.speech import speak

_COLUMNS = ("path", "class", "kind", "kit", "source", "licence", "author")
_ESPEAK = ("espeak-ng", "output of espeak-ng, free of its licence", "espeak-ng")


@dataclass(frozen=True, slots=True)
class RenderedSound:
    """A sound and its row in pool.tsv."""

    name: str
    """Of the file, without its ending."""
    sound: FloatArray
    rate: int
    kind: str
    kit: str
    source: str
    licence: str
    author: str


def main(argv: list[str] | None = None) -> int:
    """Render what is missing in the folder; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tui_browser.training.rendered.make", description=__doc__)
    parser.add_argument("--pool", required=True, help="folder with pool.tsv and pool/: one-shots for the breaks")
    parser.add_argument("--font", nargs="+", required=True, help="sound fonts (SF2 or SF3) that may be trained on")
    parser.add_argument("--font-licence", default="MIT")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--notes", type=int, default=12, help="sounds of each programme of each font")
    parser.add_argument("--speech", type=int, default=500)
    parser.add_argument("--loops", type=int, default=350, help="of breaks, and of phrases of each font")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    try:
        pool = read_pool(args.pool)
        groups: dict[str, Callable[[], Iterator[RenderedSound]]] = {}
        for font in args.font:
            name = os.path.basename(font).partition(".")[0]
            for programme in PROGRAMMES:
                groups[f"{name}-{programme.number:03}"] = partial(_notes, args, font, name, programme)
            groups[f"{name}-phrases"] = partial(_phrases, args, font, name)
        groups["speech"] = partial(_speech, args)
        groups["breaks"] = partial(_breaks, args, pool)
        for group, make in groups.items():
            if not os.path.exists(table := os.path.join(args.out, "pool", group, "rows.tsv")):
                _write_group(args.out, group, table, make())
                print(group, flush=True)
        _write_table(args.out, list(groups))
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _rng(args: argparse.Namespace, *parts: str) -> np.random.Generator:
    return np.random.default_rng([args.seed, *(byte for part in parts for byte in part.encode())])


def _notes(args: argparse.Namespace, font: str, name: str, programme: Programme) -> Iterator[RenderedSound]:
    notes = draw_notes(_rng(args, name, str(programme.number)), programme, args.notes)
    for number, (note, sound) in enumerate(zip(notes, play_apart(font, notes), strict=True)):
        label = f"{number:02}_{'-'.join(map(str, note.keys))}_v{note.velocity}"
        yield RenderedSound(
            label, sound, RATE, programme.kind, f"{name}_{programme.number:03}", name, args.font_licence, name
        )


def _phrases(args: argparse.Namespace, font: str, name: str) -> Iterator[RenderedSound]:
    sounds = tonal_loops(_rng(args, name, "phrases"), font, args.loops)
    for number, sound in enumerate(sounds):
        yield RenderedSound(f"{number:03}", sound, RATE, "loop_tonal", f"{name}_phrases", name, args.font_licence, name)


def _speech(args: argparse.Namespace) -> Iterator[RenderedSound]:
    rng = _rng(args, "speech")
    for number in range(args.speech):
        sound, rate = speak(rng)
        yield RenderedSound(f"{number:03}", sound, rate, "voice", "espeak", *_ESPEAK)


def _breaks(args: argparse.Namespace, pool: Pool) -> Iterator[RenderedSound]:
    rng = _rng(args, "breaks")
    kits: dict[str, dict[str, list[FloatArray]]] = {}
    credit = {}
    for clip in pool.clips:
        if CLASSES[clip.label] != OTHER:
            sound = _one_shot(os.path.join(pool.folder, clip.path))
            kits.setdefault(clip.kit, {}).setdefault(CLASSES[clip.label], []).append(sound)
            credit[clip.kit] = (clip.source, clip.licence, clip.author)
    able = sorted(kit for kit, classes in kits.items() if len(classes) >= 3)
    for number in range(args.loops):
        kit = able[int(rng.integers(len(able)))]
        yield RenderedSound(f"{number:03}", drum_loop(rng, kits[kit]), RATE, "loop_drum", kit, *credit[kit])


def _one_shot(path: str) -> FloatArray:
    import soundfile
    import soxr

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    mono = mono if rate == RATE else soxr.resample(mono, rate, RATE)
    return np.asarray(mono / max(1e-6, float(np.abs(mono).max())), dtype=np.float32)


def _write_group(out: str, group: str, table: str, sounds: Iterator[RenderedSound]) -> None:
    import soundfile

    folder = os.path.join(out, "pool", group)
    os.makedirs(folder, exist_ok=True)
    rows: list[tuple[str, ...]] = []
    for each in sounds:
        peak = float(np.abs(each.sound).max(initial=0.0))
        if peak < 1e-4:  # a note outside of what the font can play
            continue
        path = f"{group}/{each.name}.flac"
        longest = each.sound[: int(6 * each.rate)]
        soundfile.write(os.path.join(out, "pool", path), longest / max(peak, 1.0), each.rate, subtype="PCM_16")
        rows.append((path, OTHER, each.kind, each.kit, each.source, each.licence, each.author))
    _write_rows(table, rows)


def _write_table(out: str, groups: list[str]) -> None:
    rows: list[tuple[str, ...]] = []
    for group in groups:
        with open(os.path.join(out, "pool", group, "rows.tsv"), encoding="utf-8", newline="") as lines:
            rows += [tuple(row) for row in csv.reader(lines, delimiter="\t")][1:]
    _write_rows(os.path.join(out, "pool.tsv"), rows)


def _write_rows(path: str, rows: list[tuple[str, ...]]) -> None:
    with open(f"{path}.part", "w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
    os.replace(f"{path}.part", path)


if __name__ == "__main__":
    sys.exit(main())
