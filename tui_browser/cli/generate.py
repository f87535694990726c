"""Verb `generate`."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, exit_if_failed, pass_common
from tui_browser.cli.numbers import FiniteRange, number_list
from tui_browser.cli.output import is_stream, open_stream
from tui_browser.errors import printable

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.generate.generator import GeneratedSound
    from tui_browser.library.library import Library
    from tui_browser.model.bundle import Bundle

_ENDINGS = ("", ".wav", ".wave")


def _place(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """Parse two numbers separated by a comma; a usage error for anything else."""
    numbers = number_list(context, parameter, value)
    if numbers is not None and len(numbers) != 2:
        raise click.BadParameter(f"{printable(value or '')} is not two numbers separated by a comma", context)
    return numbers


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    help="WAV to write, which must not exist yet; - is standard output.",
)
@click.option("--seed", type=int, metavar="S", help="Random seed; the same seed gives the same sound.")
@click.option("--class", "class_name", metavar="C", help="Without FILE, the class of the sound: kick, snare, clap ...")
@click.option(
    "--variance",
    type=FiniteRange(),
    default=0.0,
    metavar="V",
    help="Variance of the noise on the latent, from 0 (default).",
)
@click.option(
    "--weights", callback=number_list, metavar="W,W,...", help="Weight of each FILE in the mix, in their order."
)
@click.option("--raw", is_flag=True, help="Use weights, also negative ones, without dividing by their sum.")
@click.option("--at", callback=_place, metavar="X,Y", help="Mix the samples around this place of the map, each 0 to 1.")
@click.option(
    "--count", type=int, default=1, metavar="N", help="Number of sounds: --out a.wav becomes a-1.wav, a-2.wav ..."
)
@click.option("--lineage", is_flag=True, help="Write a JSON beside each WAV that says how it was generated.")
@pass_common
def generate(
    common: CommonOptions,
    files: tuple[str, ...],
    out: str,
    seed: int | None,
    class_name: str | None,
    variance: float,
    weights: tuple[float, ...] | None,
    raw: bool,
    at: tuple[float, float] | None,
    count: int,
    lineage: bool,
) -> None:
    """Generate new sounds.

    Without FILE a sound is drawn from the model's prior. One FILE is generated again, or varied; several are mixed.
    A FILE may also be the JSON that --lineage wrote; alone, it gives the same sound again.
    """
    from tui_browser.generate.generator import Generator, lineage_path
    from tui_browser.generate.plan import FilesRefused
    from tui_browser.generate.request import GenerationRequest, RequestError
    from tui_browser.generate.sound_files import check_output_paths, numbered_paths, wav_bytes

    to_stream = is_stream(out)
    if to_stream and (count > 1 or lineage):
        option = "--count" if count > 1 else "--lineage"
        raise click.UsageError(f"--out {printable(out)} is a stream for one WAV: {option} needs a file")
    if not to_stream and (os.path.splitext(out)[1].lower() not in _ENDINGS or not os.path.basename(out)):
        raise click.UsageError(f"--out {printable(out)} has to end in .wav, the only format")
    request = GenerationRequest(
        paths=tuple(os.fsencode(os.path.abspath(file)) for file in files),
        weights=weights,
        raw=raw,
        variance=variance,
        class_name=class_name,
        at=at,
        count=count,
        seed=seed,
    )
    try:
        request.check()
        names = numbered_paths(os.fsencode(os.path.abspath(out)), count)
        if not to_stream:
            check_output_paths([*names, *(lineage_path(name) for name in names if lineage)])
        with contextlib.ExitStack() as stack:
            sink = stack.enter_context(open_stream(out, binary=True)) if to_stream else None
            bundle, library = _model(common, stack, at=at is not None)
            generator = stack.enter_context(Generator(bundle))
            answer = AnswerWriter(common)
            for path, sound in zip(names, generator.make(request, library=library), strict=True):
                if sink is not None:
                    sink.write(wav_bytes(sound.sound))
                    if not common.quiet:
                        complain(f"seed {sound.lineage.seed}")
                    continue
                sound.save(path, lineage=lineage)
                _write_row(answer, path, sound, lineage=lineage)
    except RequestError as error:
        raise click.UsageError(str(error)) from error
    except FilesRefused as error:
        exit_if_failed(error.errors)


def _model(common: CommonOptions, stack: contextlib.ExitStack, *, at: bool) -> tuple[Bundle, Library | None]:
    """The model, and with `at` the library, whose model is then the default."""
    from tui_browser.config.settings import load_settings
    from tui_browser.indexing.file_encoder import load_model
    from tui_browser.library.library import Library

    if not at:
        return load_model(common.model or load_settings().model), None
    library = stack.enter_context(Library.open(common.library_path))
    return load_model(common.model or library.model), library


def _write_row(answer: AnswerWriter, path: bytes, sound: GeneratedSound, *, lineage: bool) -> None:
    from tui_browser.generate.generator import lineage_path
    from tui_browser.generate.sound_files import RATE

    fields = {
        "path": os.fsdecode(path),
        **sound.lineage.to_json(),
        "duration_s": len(sound.sound) / RATE,
        "sample_rate": RATE,
        "channels": 1,
        "frames": len(sound.sound),
        "lineage": os.fsdecode(lineage_path(path)) if lineage else None,
    }
    text = f"seed {sound.lineage.seed}\t{len(sound.sound) / RATE:.2f} s\t{printable(path)}"
    answer.row(fields, path=path, text=text)
