"""Verb `near`: what sounds most like a file, several files, a region, standard input or a recording."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common, sample_fields
from tui_browser.cli.hearing import hear
from tui_browser.cli.no_result import exit_without_result, tell_unfinished
from tui_browser.cli.numbers import SECONDS, FiniteRange
from tui_browser.config.places import log_file
from tui_browser.errors import AudioError, BrowserError
from tui_browser.library.library import Library
from tui_browser.library.likeness import ASPECTS, PLAIN, SoundTarget, Weights, blended, parse_weights

if TYPE_CHECKING:
    from tui_browser.indexing.file_encoder import FileEncoder
    from tui_browser.library.neighbour_search import FoundNeighbour
    from tui_browser.records import SampleRow

_RECORDING = "the recording"
_BARS = 5
_DOUBTFUL = 0.3
"""Confidence below which neighbours are hardly like the sound."""


def _weights(context: click.Context, parameter: click.Parameter, value: str | None) -> Weights:
    try:
        return PLAIN if value is None else parse_weights(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("-k", "k", type=click.IntRange(min=1), default=10, help="Number of samples.")
@click.option("--onset", type=SECONDS, default=None, help="Use the sound of FILE from this second to the next onset.")
@click.option("--from", "from_s", type=SECONDS, default=None, help="Use FILE from this second on ...")
@click.option("--to", "to_s", type=SECONDS, default=None, help="... to this one.")
@click.option("--not", "unlike", multiple=True, metavar="FILE", help="Lead away from this sound; may be repeated.")
@click.option("--record", "seconds", type=FiniteRange(min=0.2, max=30), help="Record so many seconds for a sound.")
@click.option("--among", default="", metavar="QUERY", help="Only samples that match QUERY, as for search.")
@click.option(
    "--weigh", "weights", callback=_weights, metavar="ASPECT=W,...", help=f"How much each counts: {', '.join(ASPECTS)}."
)
@click.option("--why", is_flag=True, help="Show how alike each sample is in each aspect.")
@click.option("--self", "keep_self", is_flag=True, help="List FILE itself too.")
@pass_common
def near(
    common: CommonOptions,
    files: tuple[str, ...],
    k: int,
    onset: float | None,
    from_s: float | None,
    to_s: float | None,
    unlike: tuple[str, ...],
    seconds: float | None,
    among: str,
    weights: Weights,
    why: bool,
    keep_self: bool,
) -> None:
    """List the samples that sound most like FILE, or like several FILEs together.

    For -, audio is read from standard input.
    """
    _check(files, unlike, seconds=seconds, part=(onset, from_s, to_s))
    answer = AnswerWriter(common)
    with Library.open(common.library_path, hear=hear) as library, contextlib.ExitStack() as stack:
        if not len(library):
            raise BrowserError(
                "the library is empty", path=common.library_path, hint="tui-browser index FOLDER fills it"
            )
        sounds = _TargetReader(library, common, stack)
        liked = [sounds.read(file, onset, from_s, to_s) for file in files]
        if seconds is not None:
            liked.append(sounds.record(seconds))
        left_out = [sounds.read(file) for file in unlike]
        target = blended(liked, left_out)
        found = library.neighbours(
            target, k=k, leave_out=() if keep_self else sounds.paths, among=among, weights=weights
        )
        for rank, (row, neighbour) in enumerate(found, start=1):
            _write(answer, row, neighbour, rank, why=why)
        waiting = 0 if found else library.status()["waiting"]
        tell_unfinished(common, library)
    if not found:
        sentence = "no other sample matches" if among else "the library has no other sample with a sound"
        exit_without_result(common, "no sample is encoded yet (tui-browser index continues)" if waiting else sentence)
    if found[0][1].confidence < _DOUBTFUL and not (common.json or common.null or common.quiet):
        sys.stderr.write("tui-browser: nothing here is really like this sound; these are the least unlike\n")


def _check(
    files: Sequence[str],
    unlike: Sequence[str],
    *,
    seconds: float | None,
    part: tuple[float | None, float | None, float | None],
) -> None:
    onset, from_s, to_s = part
    if not files and seconds is None:
        raise click.UsageError("near takes a FILE, - for standard input, or --record SECONDS")
    if [*files, *unlike].count("-") > 1:
        raise click.UsageError("standard input is one sound: give - once")
    if any(value is not None for value in part) and (len(files) != 1 or seconds is not None):
        raise click.UsageError("--onset, --from and --to are places in one FILE")
    if onset is not None and (from_s is not None or to_s is not None):
        raise click.UsageError("--onset ends at the next onset by itself: leave --from and --to out, or use only these")
    if to_s is not None and to_s <= (from_s or 0.0):
        raise click.UsageError("--to lies before --from")


class _TargetReader:
    """Sounds by name, as the library has them or as they are heard now."""

    def __init__(self, library: Library, common: CommonOptions, stack: contextlib.ExitStack) -> None:
        self.paths: list[bytes] = []
        """What was read, as the library calls it; for a whole file or a part of it."""
        self._library = library
        self._common = common
        self._stack = stack
        self._encoder: FileEncoder | None = None

    def read(
        self, file: str, onset: float | None = None, from_s: float | None = None, to_s: float | None = None
    ) -> SoundTarget:
        with _as_file(file) as path:
            path = self._library.known_as([path])[0] or path
            self.paths.append(path)
            whole = onset is None and from_s is None and to_s is None
            stored = self._library.target_of(path) if whole else None
            if stored is not None:
                return stored
            if onset is not None or whole:
                return self._hearing().target(path, start_s=onset)
            return self._hearing().target(path, start_s=from_s or 0.0, end_s=1e9 if to_s is None else to_s)

    def record(self, seconds: float) -> SoundTarget:
        from tui_browser.playback.recorder import Recorder

        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tui-browser-"))
        path = os.path.join(folder, "recording.wav")
        hearing = self._hearing()  # torch loads while one sings
        with Recorder(path, seconds=seconds, log=log_file("recorder")) as recorder:
            if not self._common.quiet:
                sys.stderr.write(f"recording {seconds:g} s; ctrl-c gives up\n")
            recorder.finish()
        try:
            return hearing.target(os.fsencode(path))
        except AudioError as error:
            raise AudioError(error.what, path=_RECORDING, hint=error.hint) from error

    def _hearing(self) -> FileEncoder:
        if self._encoder is None:
            from tui_browser.indexing.file_encoder import FileEncoder

            encoder = FileEncoder.for_library(self._library, self._common.model)
            self._encoder = self._stack.enter_context(encoder)
        return self._encoder


def _write(answer: AnswerWriter, row: SampleRow, neighbour: FoundNeighbour, rank: int, *, why: bool) -> None:
    alike = neighbour.alike.tolist()
    fields: dict[str, Any] = {
        **sample_fields(row),
        "distance": neighbour.distance,
        "rank": rank,
        "confidence": round(alike[0], 3),
    }
    columns = [f"{neighbour.distance:.3f}", answer.shown(row.path)]
    if neighbour.part is not None:
        columns.append(f"at {row.onset_s:.3f} s")
    columns.append(f"{100 * alike[0]:.0f} %")
    if why:
        fields["aspects"] = {
            name: None if math.isnan(value) else round(value, 3) for name, value in zip(ASPECTS, alike, strict=True)
        }
        columns += [f"{name} {_bar(value)}" for name, value in zip(ASPECTS[1:], alike[1:], strict=True)]
    answer.row(fields, path=row.path, text="\t".join(columns))


def _bar(value: float) -> str:
    """A small bar in letters that every terminal and log has."""
    if math.isnan(value):
        return "?".ljust(_BARS)
    return ("#" * round(value * _BARS)).ljust(_BARS, ".")


@contextlib.contextmanager
def _as_file(file: str) -> Iterator[bytes]:
    """The absolute path of FILE; standard input is copied to a temporary file."""
    if file != "-":
        yield os.fsencode(os.path.abspath(file))
        return
    with tempfile.NamedTemporaryFile(prefix="tui-browser-", suffix=".audio") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        path = os.fsencode(copy.name)
        try:
            yield path
        except AudioError as error:  # a person does not know the temporary file
            raise AudioError(error.what, path="standard input", hint=error.hint) from error
