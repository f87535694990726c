"""Verb `features`: ten features of music, sixty times a second, as a JSON that visualisers read."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import IO, TYPE_CHECKING, Any

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common
from tui_browser.cli.output import as_text, is_stream, open_output
from tui_browser.errors import BrowserError, printable

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.visualiser.features import Features
    from tui_browser.visualiser.motion_model import MotionModel

_READING = 0.2
"""The share of the work that reading a file is."""
_MOST_THREADS = 8


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--out",
    required=True,
    metavar="FILE.json",
    help="JSON to write; with several FILEs x.json becomes x-1.json, x-2.json ...; - is standard output.",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@pass_common
def features(common: CommonOptions, files: tuple[str, ...], out: str, force: bool) -> None:
    """Write ten features of each FILE, sixty times a second, smoothed over seven spans.

    Each feature lies within its own range from 0 to 1. docs/visualiser.md describes the JSON.
    """
    from tui_browser.visualiser.motion_model import load_motion_model

    to_stream = is_stream(out)
    if to_stream and (len(files) > 1 or common.json):
        reason = "several FILEs need a file" if len(files) > 1 else "--json needs standard output for itself"
        raise click.UsageError(f"--out {printable(out)} is a stream for one JSON, and {reason}")
    targets = _targets(out, len(files))
    for target in targets:
        if not to_stream and not force and os.path.lexists(target):
            raise BrowserError("the file exists already", path=target, hint="--force replaces it")
    model, answer, failed = load_motion_model(common.model or ""), AnswerWriter(common), False
    for file, target in zip(files, targets, strict=True):
        source = os.fsencode(os.path.abspath(file))
        progress = _ShareLine(common, source)
        began = time.monotonic()
        try:
            found = _features(source, model, progress)
        except BrowserError as error:
            progress.end()
            complain(error)
            failed = True
            continue
        finally:
            progress.end()
        with open_output(target, force=force, library=common.library_path, binary=False) as sink, as_text(sink) as text:
            _write(text, found)
        if not to_stream:
            _answer(answer, source, target, found, seconds=time.monotonic() - began)
    if failed:
        raise SystemExit(1)


def _targets(out: str, count: int) -> list[str]:
    """One path for each file."""
    if count == 1:
        return [out]
    stem, ending = os.path.splitext(out)
    return [f"{stem}-{number}{ending}" for number in range(1, count + 1)]


def _features(path: bytes, model: MotionModel, progress: _ShareLine) -> Features:
    from threadpoolctl import threadpool_limits

    from tui_browser.errors import AudioError
    from tui_browser.visualiser.features import features_of
    from tui_browser.visualiser.reading import read_mono

    try:
        os.stat(path)
    except OSError as error:
        raise AudioError((error.strerror or "cannot be read").lower(), path=path) from error
    mono = read_mono(path, progress=lambda part: progress.show(_READING * part))
    if not len(mono):
        raise AudioError("there is no sound in it", path=path)
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    with threadpool_limits(1):  # each thread has a piece of its own
        return features_of(
            mono, model, threads=threads, progress=lambda part: progress.show(_READING + (1 - _READING) * part)
        )


def _write(text: IO[str], found: Features) -> None:
    """The JSON in pieces, so that an hour of music is not in memory twice."""
    from tui_browser.visualiser.features import DIGITS
    from tui_browser.visualiser.spectra import FRAME_RATE

    text.write(f'{{"sampleRate": {FRAME_RATE}, "featuresData": {{')
    for number, (blur, track) in enumerate(found.tracks.items()):
        text.write(f'{", " if number else ""}"blur{blur}": [')
        for start in range(0, len(track), 600):
            rows = (track[start : start + 600] / 10**DIGITS).tolist()
            text.write((", " if start else "") + json.dumps(rows, allow_nan=False)[1:-1])
        text.write("]")
    text.write("}}\n")


def _answer(answer: AnswerWriter, source: bytes, target: str, found: Features, *, seconds: float) -> None:
    from tui_browser.visualiser.spectra import FRAME_RATE

    path = os.path.abspath(target)
    fields: dict[str, Any] = {
        "path": os.fsdecode(source),
        "file": path,
        "frames": found.frames,
        "frame_rate": FRAME_RATE,
        "blurs": list(found.tracks),
        "seconds": round(seconds, 3),
    }
    text = f"{found.frames:,} frames\t{seconds:.1f} s\t{answer.shown(path)}"
    answer.row(fields, path=os.fsencode(path), text=text)


class _ShareLine:
    """How much of one file is done: a line that is rewritten on a terminal, elsewhere a line for each quarter."""

    def __init__(self, common: CommonOptions, path: bytes) -> None:
        self._silent = common.quiet
        self._tty = sys.stderr.isatty()
        self._name = printable(os.path.basename(path))
        self._began = time.monotonic()
        self._shown = -1
        self._width = 0

    def show(self, part: float) -> None:
        """Show this share, 0 to 1."""
        step = int(part * (100 if self._tty else 4))
        if self._silent or step == self._shown:
            return
        self._shown = step
        passed_s = time.monotonic() - self._began
        left = f" · {max(0, round(passed_s / part - passed_s))} s left" if part > 0.05 and part < 1 else ""
        line = f"features of {self._name} {100 * part:.0f} %{left}"
        if self._tty:
            sys.stderr.write(f"\r{line.ljust(self._width)}")
            sys.stderr.flush()
            self._width = len(line)
        else:
            sys.stderr.write(line + "\n")

    def end(self) -> None:
        """Clear the line."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
