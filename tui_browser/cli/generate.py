"""generate: new sounds, at random, from files, or from a place on the map."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import Answer, Common, complain, pass_common, refused
from tui_browser.cli.number import Finite, number_list
from tui_browser.cli.output import is_stream, stream
from tui_browser.errors import printable

if TYPE_CHECKING:  # numpy: 130 ms that a wrong word or --help need not wait for
    from tui_browser.encode.bundle import Bundle
    from tui_browser.library.door import Library
    from tui_browser.library.generating import Made

_ENDINGS = ("", ".wav", ".wave")


def _place(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """Two numbers with a comma between them; a usage error for anything else."""
    numbers = number_list(context, parameter, value)
    if numbers is not None and len(numbers) != 2:
        raise click.BadParameter(f"{printable(value or '')} is not two numbers with a comma between", context)
    return numbers


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    help="The WAV to write, never one that is there already; - is standard output.",
)
@click.option("--seed", type=int, metavar="S", help="The same seed gives the same sound.")
@click.option("--class", "class_name", metavar="C", help="Kick, snare, clap ...: without FILE, a sound of this class.")
@click.option("--variance", type=Finite(), default=0.0, metavar="V", help="How far to stray, from 0 (the default) on.")
@click.option("--weights", callback=number_list, metavar="W,W,...", help="How much each FILE counts, in their order.")
@click.option("--raw", is_flag=True, help="Weights as they are, also negative ones, not divided by their sum.")
@click.option("--at", callback=_place, metavar="X,Y", help="What lies at this place of the library's map, 0 to 1.")
@click.option("--count", type=int, default=1, metavar="N", help="So many: --out a.wav becomes a-1.wav, a-2.wav ...")
@click.option("--lineage", is_flag=True, help="A JSON beside each WAV tells how it was made.")
@pass_common
def generate(
    common: Common,
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
    """New sounds: at random, or from FILEs.

    Without FILE a sound is drawn from what the model knows; one FILE is made again, or varied; several are mixed.
    A FILE may also be the JSON that --lineage wrote: alone it makes that sound once more.
    """
    from tui_browser.library.generating import Studio, lineage_path
    from tui_browser.library.order import Order, OrderError
    from tui_browser.library.plans import Refused
    from tui_browser.library.saving import numbered, refuse_taken, wav_bytes

    streamed = is_stream(out)
    if streamed and (count > 1 or lineage):
        what = "several sounds" if count > 1 else "a lineage"
        raise click.UsageError(f"--out {printable(out)} takes one WAV, and {what} would be files beside it")
    if not streamed and (os.path.splitext(out)[1].lower() not in _ENDINGS or not os.path.basename(out)):
        raise click.UsageError(f"--out {printable(out)} does not end in .wav, and no other format is written")
    order = Order(
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
        order.check()
        names = numbered(os.fsencode(os.path.abspath(out)), count)
        if not streamed:
            refuse_taken([*names, *(lineage_path(name) for name in names if lineage)])
        with contextlib.ExitStack() as stack:
            sink = stack.enter_context(stream(out, binary=True)) if streamed else None
            bundle, library = _model(common, stack, at=at is not None)
            studio = stack.enter_context(Studio(bundle))
            answer = Answer(common)
            for name, made in zip(names, studio.make(order, library=library), strict=True):
                if sink is not None:
                    sink.write(wav_bytes(made.sound))
                    if not common.quiet:
                        complain(f"seed {made.lineage.seed}")
                    continue
                made.save(name, lineage=lineage)
                _tell(answer, name, made, lineage=lineage)
    except OrderError as error:
        raise click.UsageError(str(error)) from error
    except Refused as error:
        refused(error.errors)


def _model(common: Common, stack: contextlib.ExitStack, *, at: bool) -> tuple[Bundle, Library | None]:
    """The model that is asked for, and the library where a place on its map is: that of the library, then."""
    from tui_browser.config.settings import load_settings
    from tui_browser.library.door import Library
    from tui_browser.library.ear import load_model

    if not at:
        return load_model(common.model or load_settings().model), None
    library = stack.enter_context(Library.open(common.library_path))
    return load_model(common.model or library.model), library


def _tell(answer: Answer, name: bytes, made: Made, *, lineage: bool) -> None:
    from tui_browser.library.generating import lineage_path
    from tui_browser.library.saving import RATE

    fields = {
        "path": os.fsdecode(name),
        **made.lineage.to_json(),
        "duration_s": len(made.sound) / RATE,
        "sample_rate": RATE,
        "channels": 1,
        "frames": len(made.sound),
        "lineage": os.fsdecode(lineage_path(name)) if lineage else None,
    }
    text = f"seed {made.lineage.seed}\t{len(made.sound) / RATE:.2f} s\t{printable(name)}"
    answer.row(fields, path=name, text=text)
