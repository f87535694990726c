"""Verb `morph`."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, exit_if_failed, pass_common
from tui_browser.errors import BrowserError, counted, printable

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.generate.generator import GeneratedSound

_ENDINGS = ("", ".wav", ".wave")
_EVERY_S = 1.0
"""Seconds between two lines of progress where standard error is no terminal."""


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--steps", type=int, default=8, metavar="K", help="Number of sounds, A and B as the model has them included (8)."
)
@click.option("--out", required=True, metavar="PATH", help="WAV to write; PATH a.wav becomes a-1.wav, a-2.wav ...")
@click.option("--one", is_flag=True, help="Write one WAV with all steps, each at the start of an equal part.")
@click.option("--seed", type=int, default=0, metavar="S", help="Random seed of the noise in the sounds (0).")
@click.option("--lineage", is_flag=True, help="Write a JSON beside each WAV that says how it was generated.")
@pass_common
def morph(
    common: CommonOptions, first: str, second: str, steps: int, out: str, one: bool, seed: int, lineage: bool
) -> None:
    """Walk from the sound A to the sound B in K equal steps.

    A and B are audio files, or JSON files that --lineage wrote.
    """
    from tui_browser.config.settings import load_settings
    from tui_browser.generate.generator import Generator, lineage_path
    from tui_browser.generate.morph import StepsError, morph_weights
    from tui_browser.generate.plan import FilesRefused
    from tui_browser.generate.request import GenerationRequest, RequestError
    from tui_browser.generate.sound_files import check_output_paths, numbered_paths
    from tui_browser.indexing.file_encoder import load_model

    if os.path.splitext(out)[1].lower() not in _ENDINGS or not os.path.basename(out):
        raise click.UsageError(f"--out {printable(out)} has to end in .wav, the only format")
    request = GenerationRequest(
        paths=(os.fsencode(os.path.abspath(first)), os.fsencode(os.path.abspath(second))), seed=seed
    )
    try:
        morph_weights(steps)
        request.check()
        names = numbered_paths(os.fsencode(os.path.abspath(out)), 1 if one else steps)
        check_output_paths([*names, *(lineage_path(name) for name in names if lineage)])
        progress, sounds = _StepsLine(common, steps), []
        with Generator(load_model(common.model or load_settings().model)) as generator:
            try:
                for sound in generator.morph(request, steps=steps):
                    sounds.append(sound)
                    progress.show(len(sounds))
            finally:
                progress.end()
        if one:
            _save_joined(common, names[0], sounds, lineage=lineage)
        else:
            _save_each(common, names, sounds, lineage=lineage)
    except (RequestError, StepsError) as error:
        raise click.UsageError(str(error)) from error
    except FilesRefused as error:
        exit_if_failed(error.errors)


def _save_each(common: CommonOptions, names: list[bytes], sounds: list[GeneratedSound], *, lineage: bool) -> None:
    """Write the steps; where one cannot be written, those before it are removed again."""
    from tui_browser.generate.generator import lineage_path
    from tui_browser.generate.sound_files import RATE

    answer, written = AnswerWriter(common), list[bytes]()
    try:
        for name, sound in zip(names, sounds, strict=True):
            written.append(name)
            sound.save(name, lineage=lineage)
    except BaseException as error:
        if isinstance(error, BrowserError):
            written.pop()  # another program's file may have this name
        _remove([*written, *(lineage_path(name) for name in written if lineage)])
        raise
    for step, (name, sound) in enumerate(zip(names, sounds, strict=True), start=1):
        fields = {
            "path": os.fsdecode(name), "step": step, "steps": len(sounds), **sound.lineage.to_json(),
            "duration_s": len(sound.sound) / RATE, "sample_rate": RATE, "channels": 1, "frames": len(sound.sound),
            "lineage": os.fsdecode(lineage_path(name)) if lineage else None,
        }  # fmt: skip
        text = f"{step} of {len(sounds)}\t{len(sound.sound) / RATE:.2f} s\t{printable(name)}"
        answer.row(fields, path=name, text=text)


def _save_joined(common: CommonOptions, name: bytes, sounds: list[GeneratedSound], *, lineage: bool) -> None:
    from tui_browser.generate.generator import lineage_path
    from tui_browser.generate.morph import join
    from tui_browser.generate.sound_files import RATE, wav_bytes, write_new

    joined = join([sound.sound for sound in sounds], [sound.lineage for sound in sounds])
    write_new(name, wav_bytes(joined.sound))
    if lineage:
        write_new(lineage_path(name), joined.to_bytes())
    fields = {
        "path": os.fsdecode(name), "steps": len(sounds), "part_s": joined.part_s,
        "sources": [os.fsdecode(source.path) for source in sounds[0].lineage.sources],
        "duration_s": len(joined.sound) / RATE, "sample_rate": RATE, "channels": 1, "frames": len(joined.sound),
        "lineage": os.fsdecode(lineage_path(name)) if lineage else None,
    }  # fmt: skip
    text = f"{counted(len(sounds), 'step')} of {joined.part_s:.2f} s\t{printable(name)}"
    AnswerWriter(common).row(fields, path=name, text=text)


def _remove(paths: list[bytes]) -> None:
    for path in paths:
        if os.path.exists(path):
            os.unlink(path)


class _StepsLine:
    """Progress on standard error: one line that is rewritten on a terminal, elsewhere a line each second."""

    def __init__(self, common: CommonOptions, steps: int) -> None:
        self._silent = common.quiet
        self._steps = steps
        self._tty = sys.stderr.isatty()
        self._first_s = self._last_s = 0.0
        self._width = 0

    def show(self, done: int) -> None:
        now = time.monotonic()
        self._first_s = self._first_s or now  # the model is loaded before the first one
        left_s = (now - self._first_s) / max(1, done - 1) * (self._steps - done)
        line = f"made {done} of {self._steps}" + (f" · {left_s:.0f} s left" if 1 < done < self._steps else "")
        if self._silent:
            return
        if self._tty:
            sys.stderr.write(f"\r{line.ljust(self._width)}")
            sys.stderr.flush()
            self._width = len(line)
        elif now - self._last_s >= _EVERY_S or done == self._steps:
            self._last_s = now
            sys.stderr.write(line + "\n")

    def end(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
