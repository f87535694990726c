"""Verbs `dataset` and `train`: a user's own model."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, complain, exit_if_failed, pass_common
from tui_browser.cli.numbers import SEED, FiniteRange
from tui_browser.cli.output import refuse_standard_output
from tui_browser.cli.roots import folder_path
from tui_browser.config.places import has_working_folder
from tui_browser.errors import BrowserError, LibraryError, counted, printable, printable_lines

if TYPE_CHECKING:  # torch: 1.6 s
    from tui_browser.records import Progress
    from tui_browser.training.user.fine_tuning import TrainingStatus
    from tui_browser.training.user.manifest import DatasetEntry

_BAR = 20
_all_authors = click.option(
    "--all-authors", is_flag=True, help="Use sounds whose authors want no model to be trained on them, too."
)


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.option("--out", required=True, metavar="DIR", help="New folder for the data set.")
@click.option("--ratio", default="80,10,10", metavar="T,V,T", help="Shares of training, validation and test files.")
@click.option("--seed", type=SEED, default=0, help="Random seed of the split.")
@click.option(
    "--classes",
    type=click.Choice(["auto", "first", "last"]),
    default="auto",
    help="Folder that names the class: the first one below FOLDER, or the last one above the file.",
)
@_all_authors
@click.option("--no-kits", is_flag=True, help="Split single files, not whole kits (folders).")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Decoder processes (default: one per core).")
@pass_common
def dataset(
    common: CommonOptions, folders: tuple[str, ...], out: str, ratio: str, seed: int, classes: str, no_kits: bool,
    all_authors: bool, jobs: int | None,
) -> None:  # fmt: skip
    """Make a data set for `train` from the sounds in FOLDERs.

    It lists class, kit and split of each sound. The sounds are neither moved nor changed.
    """
    from tui_browser.training.user.dataset import DatasetOptions, make_dataset
    from tui_browser.training.user.manifest import summarise, write_dataset

    refuse_standard_output(out, "a data set needs a folder")
    if os.path.lexists(out) and not (os.path.isdir(out) and not os.listdir(out)):
        raise BrowserError(
            "the folder of the data set exists already", path=os.path.abspath(out), hint="choose a new one"
        )
    options = DatasetOptions(
        shares=_shares(ratio), seed=seed, classes_by=classes, kits=not no_kits,  # type: ignore[arg-type]  # click checked
        all_authors=all_authors, refused=_refused(common),
    )  # fmt: skip
    line = ProgressLine(common)
    try:
        examples = make_dataset(_paths(folders), options, jobs=jobs or os.cpu_count() or 1, report=line.show)
    finally:
        line.end()
    _tell_left_out(examples)
    totals = summarise(examples)
    if not totals["used"]:
        what = (
            "none of the sounds in these folders can be used" if examples else "there is no audio file in these folders"
        )
        raise BrowserError(what, path=folders[0])
    about = {"folders": [os.path.abspath(folder) for folder in folders], "seed": seed, "ratio": ratio, **totals}
    path = write_dataset(out, examples, about)
    classes_text = ", ".join(f"{printable(name or 'no class')} {count:,}" for name, count in totals["classes"].items())
    splits = ", ".join(f"{name} {count:,}" for name, count in totals["splits"].items())
    answer = AnswerWriter(common)
    answer.row({"path": path, **totals}, path=os.fsencode(path), text=f"{printable(path)}: {splits}; {classes_text}")
    for name, share in zip(totals["splits"], options.shares, strict=True):
        if share and not totals["splits"][name]:
            complain(f"no kit is left for {name} (--no-kits splits single files)")


def _refused(common: CommonOptions) -> Collection[str]:
    """Content hashes of the sounds that the library knows as not to be trained on; none without a library."""
    from tui_browser.store.store import Store

    if not os.path.exists(common.library_path):
        return ()
    try:
        with Store.open(common.library_path) as store:
            return store.refusing_training()
    except LibraryError as error:
        complain(f"authors are known by the files beside their sounds alone: {error}")
        return ()


def _tell_left_out(examples: Iterable[DatasetEntry]) -> None:
    """Name the sounds that cannot be used; of those that must not be used, tell how many there are."""
    from tui_browser.training.user.dataset import REFUSED

    refused = 0
    for example in examples:
        refused += example.note == REFUSED
        if example.note and example.note != REFUSED:
            complain(f"left out: {printable(example.path)} ({printable(example.note)})")
    if refused:
        verb = "is" if refused == 1 else "are"
        complain(
            f"{counted(refused, 'sound')} {verb} left out, whose authors want no model to be trained on them "
            "(--all-authors uses them)"
        )


def _paths(folders: tuple[str, ...]) -> list[bytes]:
    paths, errors = [], []
    for folder in folders:
        try:
            paths.append(folder_path(folder))
        except BrowserError as error:
            errors.append(error)
    exit_if_failed(errors)
    return paths


def _shares(text: str) -> tuple[float, float, float]:
    """Parse `80,10,10` or `.9,.1` to three shares of 1."""
    try:
        parts = [float(part) for part in text.split(",")]
    except ValueError:
        parts = []
    if not 2 <= len(parts) <= 3 or not all(0 <= part < 1e6 for part in parts) or parts[0] <= 0:
        raise click.UsageError(f"--ratio {printable(text)}: it takes two or three shares, as in 80,10,10")
    parts += [0.0] * (3 - len(parts))
    whole = sum(parts)
    return parts[0] / whole, parts[1] / whole, parts[2] / whole


@click.command()
@click.argument("folder")
@click.option("--out", required=True, metavar="MODEL", help="Folder of the new model.")
@click.option(
    "--from-scratch", is_flag=True, help="Start from random weights, not from a model (--model, else general)."
)
@click.option("--no-classes", is_flag=True, help="Train no classes, whatever the sub-folders are called.")
@click.option(
    "--steps", type=click.IntRange(0), default=0, help="Most training steps (default: by the number of files)."
)
@click.option("--minutes", type=FiniteRange(min=0), default=0.0, help="Most minutes of training (default: no limit).")
@click.option(
    "--z-dim", type=click.IntRange(0, 512), default=0, help="Dimensions of the latent z (default: as before)."
)
@click.option("--dim", type=click.IntRange(0, 512), default=0, help="Dimensions of the embedding (default: as before).")
@click.option("--rate", type=FiniteRange(min=0, max=1), default=0.0, help="Highest learning rate.")
@click.option(
    "--beta", type=FiniteRange(min=0), default=1.0, help="Weight of the KL loss, which keeps z close to a Gaussian."
)
@click.option("--seed", type=SEED, default=0, help="Random seed.")
@_all_authors
@click.option("--resume", is_flag=True, help="Continue a run that was stopped (the default).")
@click.option("--restart", is_flag=True, help="Start again instead of continuing a stopped run.")
@click.option("--force", is_flag=True, help="Replace MODEL if it exists.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=None, help="Processes that read files (default: one per core)."
)
@pass_common
def train(
    common: CommonOptions, folder: str, out: str, from_scratch: bool, no_classes: bool, steps: int,
    minutes: float, z_dim: int,
    dim: int, rate: float, beta: float, seed: int, all_authors: bool,
    resume: bool, restart: bool, force: bool, jobs: int | None,
) -> None:  # fmt: skip
    """Train your own model.

    FOLDER has a sub-folder for each class, or is the folder of a data set.
    """
    if resume and restart:
        raise click.UsageError("--resume and --restart exclude each other")
    refuse_standard_output(out, "a model needs a folder")
    from tui_browser.training.user.user_model import TrainingOptions, check_output, collect_files, load_base

    model = check_output(out, force=force)
    options = TrainingOptions(
        base=common.model, from_scratch=from_scratch, classes=not no_classes, steps=steps, minutes=minutes,
        z_dim=z_dim, dim=dim, rate=rate, beta=beta, seed=seed, all_authors=all_authors,
    )  # fmt: skip
    base = load_base(options)
    line = ProgressLine(common)
    progress = TrainingProgress(common)
    jobs = jobs or os.cpu_count() or 1
    try:
        material = collect_files(_paths((folder,))[0], options, jobs=jobs, report=line.show, refused=_refused(common))
        line.end()
        _tell_left_out(material.left_out)
        if not has_working_folder():  # torch does not load in a deleted folder; all paths are absolute by now
            os.chdir("/")
        from tui_browser.training.user.train import TrainingCallbacks, train_model

        reports = TrainingCallbacks(views=progress.vary, look=progress.show, say=progress.say)
        made = train_model(
            material, model, options, base, jobs=jobs, force=force, restart=restart, reports=reports
        )  # fmt: skip
    except KeyboardInterrupt:
        line.end()
        progress.end()
        complain("stopped; the same command continues")
        raise
    finally:
        line.end()
        progress.end()
    fields = {
        "path": model, "space": made.bundle.space, "classes": list(material.classes) or None,
        "files": len(material.entries), "left_out": len(material.left_out), "dim": made.bundle.dim,
        "z_dim": made.bundle.z_dim, "steps": made.steps, "resumed_at": made.resumed_at,
        "seconds": round(made.seconds, 1), "cpu_s": round(made.cpu_s, 1), "figures": made.figures,
        "report": os.path.join(model, "report.html"),
    }  # fmt: skip
    AnswerWriter(common).row(fields, path=os.fsencode(model), text=_result_text(fields))


def _result_text(fields: dict[str, Any]) -> str:
    """The text at the end of a training."""
    figures = fields["figures"]
    scores = figures.get("test") or figures.get("validation")
    parts = [counted(fields["files"], "file")]
    parts.append(f"{len(fields['classes'])} classes" if fields["classes"] else "no classes")
    if scores:
        parts.append(f"{100 * scores['accuracy']:.0f} % correct of {scores['files']} held out")
    parts.append(f"{fields['steps']} steps in {fields['seconds']:.0f} s")
    return f"{printable(fields['path'])}: {', '.join(parts)}\nreport: {printable(fields['report'])}"


class TrainingProgress:
    """Training progress on standard error: a bar on a terminal, one line per report elsewhere."""

    def __init__(self, common: CommonOptions) -> None:
        self._silent = common.quiet
        self._tty = sys.stderr.isatty()
        self._width = 0

    def say(self, text: str) -> None:
        if not self._silent:
            self.end()
            sys.stderr.write(f"{printable_lines(text)}\n")

    def vary(self, progress: Progress) -> None:
        """Show how many files are augmented."""
        line = f"augmenting {progress.done:,} of {progress.total:,}"
        if self._tty:
            self._rewrite(line)
        elif not self._silent and (progress.done == progress.total or progress.done % 100 == 0):
            sys.stderr.write(f"{line}\n")

    def show(self, status: TrainingStatus) -> None:
        """Show step, loss, learning rate and time left."""
        if self._silent:
            return
        minutes, seconds = divmod(round(status.seconds_left), 60)
        left = f"{minutes} min {seconds:02d} s left" if minutes else f"{seconds} s left"
        validation = "" if status.validation_loss is None else f" · validation {status.validation_loss:.3f}"
        loss = f"loss {status.loss:.3f}{validation}"
        line = f"step {status.step} of {status.steps} · {loss} · rate {status.rate:.1e} · {left}"
        if not self._tty:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
            return
        done = round(_BAR * status.step / status.steps)
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
