"""dataset, train: a model of one's own."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.common import Answer, Common, ProgressLine, complain, pass_common, refused
from tui_browser.cli.number import SEED, Finite
from tui_browser.cli.output import refuse_standard_output
from tui_browser.cli.roots import folder_bytes
from tui_browser.config.places import has_working_folder
from tui_browser.errors import BrowserError, counted, printable

if TYPE_CHECKING:  # torch: 1.6 s
    from tui_browser.encode.tuning import Look
    from tui_browser.records import Progress

_BAR = 20


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.option("--out", required=True, metavar="DIR", help="A new folder for the table.")
@click.option("--ratio", default="80,10,10", metavar="T,V,T", help="Shares of training, validation and test.")
@click.option("--seed", type=SEED, default=0, help="Another number deals the files out in another way.")
@click.option(
    "--classes",
    type=click.Choice(["auto", "first", "last"]),
    default="auto",
    help="Which folder names the class: the one below FOLDER, or the one that the file lies in.",
)
@click.option("--no-kits", is_flag=True, help="Deal out single files, not whole kits (folders).")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Decoder processes (default: one a core).")
@pass_common
def dataset(
    common: Common, folders: tuple[str, ...], out: str, ratio: str, seed: int, classes: str, no_kits: bool,
    jobs: int | None,
) -> None:  # fmt: skip
    """A table of the sounds in FOLDERs for `train`: class, kit, split. The sounds stay where they are, as they are."""
    from tui_browser.library.dataset import Dealing, make_dataset
    from tui_browser.library.manifest import counts, write_dataset

    refuse_standard_output(out, "a data set needs a folder")
    if os.path.lexists(out) and not (os.path.isdir(out) and not os.listdir(out)):
        raise BrowserError(
            "the folder of the data set exists already", path=os.path.abspath(out), hint="give a new one"
        )
    dealing = Dealing(shares=_shares(ratio), seed=seed, classes_by=classes, kits=not no_kits)  # type: ignore[arg-type]  # click checked
    line = ProgressLine(common)
    try:
        examples = make_dataset(_paths(folders), dealing, jobs=jobs or os.cpu_count() or 1, report=line.show)
    finally:
        line.end()
    for example in examples:
        if example.note:
            complain(f"left out: {printable(example.path)} ({example.note})")
    found = counts(examples)
    if not found["used"]:
        what = (
            "none of the sounds in these folders can be used" if examples else "there is no audio file in these folders"
        )
        raise BrowserError(what, path=folders[0])
    about = {"folders": [os.path.abspath(folder) for folder in folders], "seed": seed, "ratio": ratio, **found}
    path = write_dataset(out, examples, about)
    named = ", ".join(f"{name or 'no class'} {count:,}" for name, count in found["classes"].items())
    splits = ", ".join(f"{name} {count:,}" for name, count in found["splits"].items())
    answer = Answer(common)
    answer.row({"path": path, **found}, path=os.fsencode(path), text=f"{path}: {splits}; {named}")
    for name, share in zip(found["splits"], dealing.shares, strict=True):
        if share and not found["splits"][name]:
            complain(f"no kit was left for {name} (--no-kits deals out single files)")


def _paths(folders: tuple[str, ...]) -> list[bytes]:
    paths, errors = [], []
    for folder in folders:
        try:
            paths.append(folder_bytes(folder))
        except BrowserError as error:
            errors.append(BrowserError(error.what.replace("a root", "a folder"), path=error.path))
    refused(errors)
    return paths


def _shares(text: str) -> tuple[float, float, float]:
    """`80,10,10` or `.9,.1` as three parts of 1."""
    try:
        parts = [float(part) for part in text.split(",")]
    except ValueError:
        parts = []
    if not 2 <= len(parts) <= 3 or not all(0 <= part < 1e6 for part in parts) or parts[0] <= 0:
        raise click.UsageError(f"--ratio {printable(text)}: two or three shares are needed, as 80,10,10")
    parts += [0.0] * (3 - len(parts))
    whole = sum(parts)
    return parts[0] / whole, parts[1] / whole, parts[2] / whole


@click.command()
@click.argument("folder")
@click.option("--out", required=True, metavar="MODEL", help="The folder of the model to make.")
@click.option("--from-scratch", is_flag=True, help="Begin from nothing, not from a model (--model, else drums).")
@click.option("--no-classes", is_flag=True, help="A model without classes, whatever the sub-folders are called.")
@click.option("--steps", type=click.IntRange(0), default=0, help="At most so many (default: by the number of files).")
@click.option("--minutes", type=Finite(min=0), default=0.0, help="End after so long (default: no limit).")
@click.option("--z-dim", type=click.IntRange(0, 512), default=0, help="Numbers of z (default: as before).")
@click.option("--dim", type=click.IntRange(0, 512), default=0, help="Numbers of a vector (default: as before).")
@click.option("--rate", type=Finite(min=0, max=1), default=0.0, help="Learning rate at its highest.")
@click.option("--beta", type=Finite(min=0), default=1.0, help="How strongly z is held to a Gaussian.")
@click.option("--seed", type=SEED, default=0, help="Another number gives another model.")
@click.option("--resume", is_flag=True, help="Go on with a run that was killed (done by itself as well).")
@click.option("--restart", is_flag=True, help="Begin anew where a killed run could be gone on with.")
@click.option("--force", is_flag=True, help="Replace MODEL when it exists.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=None, help="Processes that read files (default: one a core)."
)
@pass_common
def train(
    common: Common, folder: str, out: str, from_scratch: bool, no_classes: bool, steps: int, minutes: float, z_dim: int,
    dim: int, rate: float, beta: float, seed: int, resume: bool, restart: bool, force: bool, jobs: int | None,
) -> None:  # fmt: skip
    """A model of your own from FOLDER: its sub-folders are the classes, or it is what `dataset` made."""
    if resume and restart:
        raise click.UsageError("--resume and --restart exclude each other")
    refuse_standard_output(out, "a model needs a folder")
    from tui_browser.library.ownmodel import Wish, base_of, check_out, gather

    model = check_out(out, force=force)
    wish = Wish(
        base=common.model, from_scratch=from_scratch, classes=not no_classes, steps=steps, minutes=minutes,
        z_dim=z_dim, dim=dim, rate=rate, beta=beta, seed=seed,
    )  # fmt: skip
    base = base_of(wish)
    line = ProgressLine(common)
    told = Running(common)
    jobs = jobs or os.cpu_count() or 1
    try:
        material = gather(_paths((folder,))[0], wish, jobs=jobs, report=line.show)
        line.end()
        for example in material.left_out:
            complain(f"left out: {printable(example.path)} ({example.note})")
        if not has_working_folder():  # torch does not load in one that is gone; all paths are whole by now
            os.chdir("/")
        from tui_browser.library.owntraining import Reports, train_model

        reports = Reports(views=told.vary, look=told.show, say=told.say)
        made = train_model(
            material, model, wish, base, jobs=jobs, force=force, restart=restart, reports=reports
        )  # fmt: skip
    except KeyboardInterrupt:
        line.end()
        told.end()
        complain("stopped; the same command goes on where it was")
        raise
    finally:
        line.end()
        told.end()
    fields = {
        "path": model, "space": made.bundle.space, "classes": list(material.classes) or None,
        "files": len(material.examples), "left_out": len(material.left_out), "dim": made.bundle.dim,
        "z_dim": made.bundle.z_dim, "steps": made.steps, "resumed_at": made.resumed_at,
        "seconds": round(made.seconds, 1), "cpu_s": round(made.cpu_s, 1), "figures": made.figures,
        "report": os.path.join(model, "report.html"),
    }  # fmt: skip
    Answer(common).row(fields, path=os.fsencode(model), text=_made(fields))


def _made(fields: dict[str, Any]) -> str:
    """What a person reads at the end."""
    figures = fields["figures"]
    of = figures.get("test") or figures.get("validation")
    parts = [counted(fields["files"], "file")]
    parts.append(f"{len(fields['classes'])} classes" if fields["classes"] else "no classes")
    if of:
        parts.append(f"{100 * of['accuracy']:.0f} % right of {of['files']} held out")
    parts.append(f"{fields['steps']} steps in {fields['seconds']:.0f} s")
    return f"{printable(fields['path'])}: {', '.join(parts)}\nreport: {printable(fields['report'])}"


class Running:
    """A run's steps on standard error: a bar on a terminal, a line a look elsewhere."""

    def __init__(self, common: Common) -> None:
        self._silent = common.quiet
        self._tty = sys.stderr.isatty()
        self._width = 0

    def say(self, text: str) -> None:
        if not self._silent:
            self.end()
            sys.stderr.write(f"{text}\n")

    def vary(self, progress: Progress) -> None:
        """How many files have their variations."""
        told = f"varying {progress.done:,} of {progress.total:,}"
        if self._tty:
            self._rewrite(told)
        elif not self._silent and (progress.done == progress.total or progress.done % 100 == 0):
            sys.stderr.write(f"{told}\n")

    def show(self, look: Look) -> None:
        """How far the run is, with loss, rate and time left."""
        if self._silent:
            return
        minutes, seconds = divmod(round(look.seconds_left), 60)
        left = f"{minutes} min {seconds:02d} s left" if minutes else f"{seconds} s left"
        watched = "" if look.watched is None else f" · watched {look.watched:.3f}"
        line = f"step {look.step} of {look.steps} · loss {look.loss:.3f}{watched} · rate {look.rate:.1e} · {left}"
        if not self._tty:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
            return
        done = round(_BAR * look.step / look.steps)
        line = f"{'#' * done}{'-' * (_BAR - done)} {line}"
        self._rewrite(line)

    def _rewrite(self, line: str) -> None:
        if not self._silent:
            sys.stderr.write(f"\r{line.ljust(self._width)}")
            sys.stderr.flush()
            self._width = len(line)

    def end(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
