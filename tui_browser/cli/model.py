"""Verb `model`: list, use, import."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, complain, pass_common
from tui_browser.errors import BrowserError, BundleError, counted, printable

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.model.model_list import ModelFacts


@click.group()
def model() -> None:
    """Models that hear your sounds: list them, choose one, import one."""


@model.command("list")
@pass_common
def list_models(common: CommonOptions) -> None:
    """List the models and what they can do; * marks the one of the library, or of the settings."""
    from tui_browser.indexing.library_model import known_models

    answer = AnswerWriter(common)
    used, name = _used(common)
    for facts in known_models(more=[each for each in (common.model, name) if each]):
        is_used = facts.space == used != ""
        what = f"cannot be used: {facts.refusal}" if facts.refusal else facts.abilities
        mark = "*" if is_used else " "
        lines = f"{mark} {printable(facts.name):<16}\t{printable(what)}\t{_origin(facts)}\t{facts.size / 1e6:.1f} MB"
        answer.row(_fields(facts, used=is_used), path=os.fsencode(facts.folder), text=lines)


def _used(common: CommonOptions) -> tuple[str, str]:
    """Space and name of the library's model; of an empty one, of that in the settings, or nothing where it fails."""
    from tui_browser.config.settings import load_settings
    from tui_browser.indexing.file_encoder import load_model
    from tui_browser.library.library import Library

    with Library.open(common.library_path) as library:
        if library.space:
            return library.space, library.model or ""
    try:
        return load_model(load_settings().model).space, ""
    except BrowserError:
        return "", ""


def _origin(facts: ModelFacts) -> str:
    licence = f", licence: {printable(facts.licence)}" if facts.licence else ""
    by = f" by {printable(facts.trained_by)}" if facts.trained_by else ""
    return f"{facts.origin}, trained{by}{licence}" if by else facts.origin


def _fields(facts: ModelFacts, *, used: bool) -> dict[str, object]:
    return {
        "name": facts.name,
        "folder": facts.folder,
        "origin": facts.origin,
        "used": used,
        "space": facts.space or None,
        "classes": None if facts.classes is None else list(facts.classes),
        "makes_sounds": facts.makes_sounds,
        "has_map": facts.has_map,
        "dim": facts.dim,
        "z_dim": facts.z_dim,
        "licence": facts.licence or None,
        "trained_by": facts.trained_by or None,
        "size": facts.size,
        "refusal": facts.refusal or None,
    }


@model.command()
@click.argument("name", metavar="NAME|FOLDER")
@click.option("--later", is_flag=True, help="Only remember it; the app or the next index run moves the library.")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Decoder processes (default: one per core).")
@pass_common
def use(common: CommonOptions, name: str, later: bool, jobs: int | None) -> None:
    """Use a model from now on: it is remembered in the settings, and the library moves to it.

    The old map stays until every sample is encoded anew. An interrupted move goes on with the next index run, or in the
    app.
    """
    from tui_browser.config.settings import load_settings
    from tui_browser.config.write_setting import write_setting
    from tui_browser.indexing.file_encoder import model_reference
    from tui_browser.indexing.indexer import index_library
    from tui_browser.indexing.library_model import drop_wanted, usable_model, want_model
    from tui_browser.library.library import open_for_writing

    bundle = usable_model(name)
    write_setting("model", model_reference(bundle))
    answer = AnswerWriter(common)
    moved = 0
    if os.path.exists(common.library_path):
        line = ProgressLine(common)
        try:
            with open_for_writing(common.library_path) as store:
                if store.counts().space in ("", bundle.space):
                    drop_wanted(store)
                else:
                    want_model(store, bundle)
                    if not later:
                        moved = index_library(
                            store,
                            model=None,
                            jobs=jobs or load_settings().jobs or os.cpu_count() or 1,
                            layout="auto",
                            report=line.show,
                            tell=complain,
                        ).samples
        finally:
            line.end()
    fields = {"name": bundle.name, "folder": bundle.folder, "space": bundle.space, "samples": moved}
    if common.json or common.null:
        answer.row(fields, path=os.fsencode(bundle.folder))
    has_moved = f"; the library has moved to it, {counted(moved, 'sample')}" if moved else ""
    answer.say(f"{printable(bundle.name)}: remembered{has_moved}")


@model.command("import")
@click.argument("files", nargs=-1, required=True, metavar="ENCODER.json DECODER.json | FOLDER")
@click.option("--out", metavar="FOLDER", help="Folder of the new model (default: with your models, under --name).")
@click.option("--name", help="Name of the new model where no --out is given (default: of the folder).")
@click.option(
    "--hop", type=click.Choice(["128", "256"]), default="128",
    help="Samples between two frames of the spectrogram that the model was trained on (default: 128).",
)  # fmt: skip
@click.option(
    "--reference", type=click.Choice(["loudest", "one"]), default="loudest",
    help="What 0 dB is: the loudest cell (default), or a magnitude of 1 in a sound whose peak is 1.",
)  # fmt: skip
@click.option("--latent", metavar="OUTPUT", help="Output of the encoder that is the latent (default: mu or mean).")
@click.option("--licence", default="", help="Licence of the model, as its maker gives it; shown with the model.")
@click.option("--trained-by", default="", help="Who trained it; shown with the model.")
@click.option("--force", is_flag=True, help="Replace a model that is there.")
@pass_common
def import_model(
    common: CommonOptions, files: tuple[str, ...], out: str | None, name: str | None, hop: str, reference: str,
    latent: str | None, licence: str, trained_by: str, force: bool,
) -> None:  # fmt: skip
    """Import an autoencoder that was trained for Audio Intellimixer.

    Its encoder and decoder are TensorFlow.js layers-models: a model.json each, with its shards of weights beside it. Of
    a FOLDER, the encoder and the decoder in it, or in folders in it, are found by what they take and give.
    """
    from tui_browser.config.places import shipped
    from tui_browser.model.model_list import model_facts
    from tui_browser.model.tfjs.find_models import find_autoencoder
    from tui_browser.model.tfjs.importer import ImportOptions, import_autoencoder

    if len(files) > 2:
        raise click.UsageError("import takes an encoder and a decoder, or one folder with both")
    if out is not None and name is not None:
        raise click.UsageError("--out and --name exclude each other")
    encoder, decoder = files if len(files) == 2 else find_autoencoder(files[0], latent=latent)
    target = out or os.path.join(_own_models(), _new_name(name, files, encoder))
    bundle = import_autoencoder(
        os.path.abspath(encoder), os.path.abspath(decoder), target,
        options=ImportOptions(int(hop), reference, latent, licence, trained_by), force=force,
    )  # fmt: skip
    answer = AnswerWriter(common)
    fields = {"name": bundle.name, "folder": bundle.folder, "space": bundle.space, "z_dim": bundle.z_dim,
              "dim": bundle.dim, "makes_sounds": bundle.has_decoder}  # fmt: skip
    known = os.path.dirname(bundle.folder) == os.path.abspath(_own_models())
    to_use = bundle.name if known else bundle.folder
    abilities = model_facts(bundle.folder, shipped=shipped("models")).abilities
    text = f"{printable(bundle.folder)}: {abilities}"
    answer.row(fields, path=os.fsencode(bundle.folder), text=None if common.quiet else text)
    answer.say(f"tui-browser model use {printable(to_use)} moves your library to it")


def _own_models() -> str:
    from tui_browser.config.places import data_dir

    return os.path.join(data_dir(), "models")


def _new_name(name: str | None, files: tuple[str, ...], encoder: str) -> str:
    """The name of a new model: `name`, else that of the folder where encoder and decoder lie."""
    if name is None:
        parts = [os.path.dirname(os.path.abspath(file)) for file in files] if len(files) == 2 else [files[0]]
        name = next(_candidates(os.path.abspath(os.path.commonpath([os.path.abspath(part) for part in parts]))), "")
    if not name or name in (".", "..") or "/" in name or not name.isprintable():
        raise BundleError("this cannot be the name of a model", path=name or encoder, hint="choose one with --name")
    return name


def _candidates(folder: str) -> Iterator[str]:
    """Names of this folder and of those around it."""
    while (base := os.path.basename(folder)) != "":
        yield base
        folder = os.path.dirname(folder)
