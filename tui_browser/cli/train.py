"""dataset, train: a model of one's own."""

from __future__ import annotations

import os

import click

from tui_browser.cli.common import Answer, Common, ProgressLine, complain, pass_common, refused
from tui_browser.cli.roots import folder_bytes
from tui_browser.errors import BrowserError, printable


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.option("--out", required=True, metavar="DIR", help="A new folder for the table.")
@click.option("--ratio", default="80,10,10", metavar="T,V,T", help="Shares of training, validation and test.")
@click.option("--seed", type=int, default=0, help="Another number deals the files out in another way.")
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

    if os.path.lexists(out) and not (os.path.isdir(out) and not os.listdir(out)):
        raise BrowserError(
            "the folder of the data set exists already", path=os.path.abspath(out), hint="give a new one"
        )
    dealing = Dealing(shares=_shares(ratio), seed=seed, classes_by=classes, kits=not no_kits)  # type: ignore[arg-type]
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
        what = "no sound of these folders can be used" if examples else "there is no audio file in these folders"
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
