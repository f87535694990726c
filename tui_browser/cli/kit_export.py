"""Verb `kit export`: a kit for samplers, drum machines, editors and live coding."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, cast

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common
from tui_browser.cli.output import is_stream, open_output, refuse_standard_output
from tui_browser.cli.step_progress import StepProgress
from tui_browser.errors import BrowserError, counted

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.kits.exports.writer import FolderFormat
    from tui_browser.kits.kit import Kit
    from tui_browser.records import Credit

_FORMATS = ("folder", "sfz", "hydrogen", "decentsampler", "cue-wav", "tidal", "strudel", "supercollider")
_ARCHIVE = ".h2drumkit"


@click.command()
@click.argument("name", default="", metavar="[NAME]")
@click.option("--kit", "file", metavar="FILE", help="A kit as a JSON file, instead of NAME.")
@click.option("--format", "kind", type=click.Choice(_FORMATS), required=True, help="Form of the kit.")
@click.option("--out", required=True, metavar="PATH", help="Folder to write; a file with cue-wav or .h2drumkit.")
@click.option("--force", is_flag=True, help="Replace an earlier export at PATH.")
@pass_common
def export(common: CommonOptions, name: str, file: str | None, kind: str, out: str, force: bool) -> None:
    """Write the kit NAME with its sounds for other programs.

    cue-wav writes one WAV with a cue point a slot, hydrogen a drumkit folder, or one file if PATH ends in .h2drumkit;
    the others write a folder. CREDITS.txt names authors and licences where they are known.
    """
    from tui_browser.cli.files import warn_of_roots
    from tui_browser.library.library import Library

    if bool(name) == bool(file):
        raise click.UsageError("give the NAME of a kit, or --kit FILE")
    is_archive = kind == "hydrogen" and out.lower().endswith(_ARCHIVE)
    is_file = kind == "cue-wav" or is_archive
    if not is_file:
        refuse_standard_output(out, "this export needs a folder")
    exported, credits_by_hash = _load(common, name, file)
    with StepProgress(common, "exporting", len(exported.slots), "sound") as progress:
        if kind == "cue-wav":
            _write_cue_wav(common, exported, out, credits_by_hash, progress, force=force)
        elif is_archive:
            _write_archive(common, exported, out, credits_by_hash, progress, force=force)
        else:
            _write_folder(exported, cast("FolderFormat", kind), out, credits_by_hash, progress, force=force)
    if is_file and is_stream(out):  # it holds the data only
        return
    path, answer = os.path.abspath(out), AnswerWriter(common)
    fields = {"path": path, "format": kind, "kit": exported.name, "slots": len(exported.slots)}
    text = f"kit {answer.shown(exported.name)}: {counted(len(exported.slots), 'sound')} in {answer.shown(path)}"
    if common.json or common.null or not common.quiet:
        answer.row(fields, path=os.fsencode(path), text=text)
    with Library.open(common.library_path) as library:
        warn_of_roots(os.fsencode(path), library.root_paths())


def _load(common: CommonOptions, name: str, file: str | None) -> tuple[Kit, dict[str, Credit]]:
    """The kit, and the credits of its sounds by their hashes; raises BrowserError if a sound is not there."""
    from tui_browser.folder.sample_path import link_refusal, refusal
    from tui_browser.kits.kit import KitError
    from tui_browser.kits.kit_collection import absent_slots, load_kit
    from tui_browser.kits.kit_file import read_kit
    from tui_browser.library.library import Library
    from tui_browser.store.store import Store

    with Store.open(common.library_path) as store:
        kit = load_kit(store, name) if file is None else read_kit(file)
        if file is None and (absent := absent_slots(store, name)):
            raise KitError(
                f"the sounds of {', '.join(absent)} in kit {kit.name} are not in the library any more",
                hint="kit set, kit reroll or kit swap gives these slots others",
            )
        library = Library(common.library_path, store)
        roots = library.root_paths()
        credits_by_hash: dict[str, Credit] = {}
        for slot in kit.slots:
            reason = refusal(slot.path, roots) or link_refusal(slot.path, roots)
            if file is None and reason:  # a row that a stranger wrote
                raise BrowserError(f"not exported: {reason}", path=slot.path)
            sample = library.id_of(slot.path)
            row = library.sample(sample) if sample is not None else None
            if row is not None and row.credit is not None:
                credits_by_hash[slot.content_hash] = row.credit
    return kit, credits_by_hash


def _write_folder(
    kit: Kit,
    kind: FolderFormat,
    out: str,
    credits_by_hash: dict[str, Credit],
    progress: StepProgress,
    *,
    force: bool,
) -> None:
    from tui_browser.kits.exports.writer import OWN_FILES, write_folder
    from tui_browser.workbench.new_folder import new_folder

    own = OWN_FILES[kind]
    with new_folder(out, force=force, is_ours=lambda entry: own.fullmatch(entry) is not None) as folder:
        write_folder(kit, kind, folder, credits_by_hash, on_pad=progress.step)


def _write_archive(
    common: CommonOptions,
    kit: Kit,
    out: str,
    credits_by_hash: dict[str, Credit],
    progress: StepProgress,
    *,
    force: bool,
) -> None:
    from tui_browser.kits.exports.hydrogen import write_archive
    from tui_browser.kits.exports.writer import write_folder

    with (
        open_output(out, force=force, library=common.library_path) as file,
        tempfile.TemporaryDirectory(prefix="tui-browser-") as folder,
    ):
        write_folder(kit, "hydrogen", folder, credits_by_hash, on_pad=progress.step)
        write_archive(folder, kit, file)


def _write_cue_wav(
    common: CommonOptions,
    kit: Kit,
    out: str,
    credits_by_hash: dict[str, Credit],
    progress: StepProgress,
    *,
    force: bool,
) -> None:
    """Write the WAV, and beside it, where authors or licences are known, NAME.CREDITS.txt."""
    from tui_browser.kits.exports.cue_wav import cue_wav
    from tui_browser.library.credits_page import credits_text

    known = [
        (slot.path, credits_by_hash[slot.content_hash]) for slot in kit.slots if slot.content_hash in credits_by_hash
    ]
    text = credits_text((os.path.basename(path), credit) for path, credit in known)
    with open_output(out, force=force, library=common.library_path) as file:
        wav, _ = cue_wav(kit, on_pad=progress.step)
        file.write(wav)
        if text and not is_stream(out):
            credits_path = f"{os.path.splitext(out)[0]}.CREDITS.txt"
            with open_output(credits_path, force=force, library=common.library_path, binary=False) as credits_file:
                credits_file.write(text.encode())
