"""`export notebooks --from`: the sounds, tags and layouts of such a folder come into the library."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence

import click
import numpy as np

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, exit_if_failed
from tui_browser.cli.output import refuse_standard_output
from tui_browser.config.settings import load_settings
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.folder.sample_path import is_below
from tui_browser.indexing.indexer import index_library
from tui_browser.library.aliases import known_as
from tui_browser.library.library import open_for_writing
from tui_browser.records import AUDIO_ENDINGS, FAVOURITE, Progress, SampleId
from tui_browser.store.store import Store
from tui_browser.workbench.new_folder import new_folder
from tui_browser.workbench.notebooks.source import NotebookSource, read_notebook_source, restore_sounds


def import_notebooks(common: CommonOptions, folder: str, out: str | None, *, query: str) -> None:
    """Read a folder into the library; its sounds are indexed where they are not known yet.

    Sounds whose files are missing are written as WAVs to the new folder `out`, from `samples.npy`.
    """
    if query:
        raise click.UsageError("--from reads a whole folder, and takes no QUERY")
    source = read_notebook_source(folder)
    paths = list(source.paths)
    missing = [number for number, path in enumerate(paths) if not os.path.isfile(path)]
    if missing and out is not None:
        refuse_standard_output(out, "the sounds need a folder")
        target = os.path.realpath(out)
        with new_folder(target, force=False, is_ours=lambda _: False) as partial:
            for number, path in restore_sounds(source, missing, partial).items():
                paths[number] = os.path.join(os.fsencode(target), os.path.basename(path))
        missing = [number for number, path in enumerate(paths) if not os.path.isfile(path)]
    if len(missing) == len(paths):
        can_write = source.samples is not None
        raise BrowserError(
            "none of the files that the folder names is there",
            path=os.fsdecode(paths[0]),
            hint="--out FOLDER writes the sounds of samples.npy as WAVs" if can_write else "",
        )
    line = ProgressLine(common)
    try:
        with open_for_writing(common.library_path) as store:
            ids = _indexed(store, [path for path in paths if os.path.isfile(path)], common, report=line.show)
            found = {number: ids[path] for number, path in enumerate(paths) if path in ids}
            tagged = _annotate(store, source, found)
            _place(store, source, found)
    finally:
        line.end()
    _tell(common, source, found=len(found), tagged=tagged, missing=[paths[number] for number in missing])
    unread = len(paths) - len(missing) - len(found)
    errors = list(source.refused)
    if unread:
        errors.append(BrowserError(f"{counted(unread, 'file')} could not be indexed (tui-browser rejects lists why)"))
    exit_if_failed(errors)


def _indexed(
    store: Store, paths: Sequence[bytes], common: CommonOptions, *, report: Callable[[Progress], None]
) -> dict[bytes, SampleId]:
    """The sample of each path, indexed first where it is not known."""
    names = dict(zip(paths, known_as(store, paths), strict=True))
    unknown = [path for path, name in names.items() if name is None]
    if unknown:
        folder = _common_folder(unknown)
        covered = any(root.path == folder or is_below(folder, root.path) for root in store.roots())
        settings = load_settings()
        index_library(
            store,
            add=() if covered else [folder],
            only=[folder],
            model=common.model or store.meta("model") or settings.model,
            jobs=settings.jobs or os.cpu_count() or 1,
            layout="auto",
            report=report,
        )
        names = dict(zip(paths, known_as(store, paths), strict=True))
    ids = {path: store.id_of(name) for path, name in names.items() if name is not None}
    return {path: sample for path, sample in ids.items() if sample is not None}


def _common_folder(paths: Sequence[bytes]) -> bytes:
    """The folder that holds all these files; raises BrowserError for one that is far too large to be meant."""
    for path in paths:
        if os.path.splitext(path)[1].lower() not in AUDIO_ENDINGS:
            raise BrowserError("this name is not that of a sound file", path=path)
    folder = os.path.commonpath([os.path.dirname(path) for path in paths])
    home = os.fsencode(os.path.expanduser("~"))
    if folder == b"/" or home == folder or home.startswith(folder + b"/"):
        raise BrowserError(
            "the sounds lie too far apart for one root", path=folder, hint="tui-browser index adds their folders first"
        )
    return folder


def _annotate(store: Store, source: NotebookSource, found: dict[int, SampleId]) -> int:
    """Add tags and favourites; the number of samples that have tags."""
    by_tag: dict[str, list[SampleId]] = {}
    for number, sample in found.items():
        for tag in source.tags[number]:
            by_tag.setdefault(tag, []).append(sample)
    for tag, samples in by_tag.items():
        store.set_tags(samples, add=[tag])
    favourites = [sample for number, sample in found.items() if source.favourites[number]]
    if favourites:
        store.set_flag(favourites, FAVOURITE, True)
    return sum(1 for number in found if source.tags[number])


def _place(store: Store, source: NotebookSource, found: dict[int, SampleId]) -> None:
    """Store the layouts under their names; the one that is shown stays."""
    by_id = {int(sample): number for number, sample in found.items()}
    ids = np.array(sorted(by_id), dtype=np.int64)
    numbers = np.array([by_id[sample] for sample in ids.tolist()], dtype=np.intp)
    for name, places in source.layouts.items():
        with contextlib.suppress(ValueError):
            store.put_layout(name, store.meta("space"), ids, places[numbers], show=False)
    store.pack()


def _tell(common: CommonOptions, source: NotebookSource, *, found: int, tagged: int, missing: Sequence[bytes]) -> None:
    answer = AnswerWriter(common)
    if common.json or common.null:
        fields = {
            "library": common.library_path,
            "samples": found,
            "tagged": tagged,
            "layouts": sorted(source.layouts),
            "missing": [os.fsdecode(path) for path in missing],
            "refused": [str(error) for error in source.refused],
        }
        answer.row(fields, path=os.fsencode(common.library_path))
    answer.say(
        f"{counted(found, 'sample')} from {printable(source.folder)}, {tagged:,} with tags, "
        f"{counted(len(source.layouts), 'layout')} stored"
    )
    if source.layouts:
        answer.say(f"tui-browser layout '{min(source.layouts)}' shows the first one")
    if missing:
        answer.say(f"{counted(len(missing), 'file')} missing (--out FOLDER writes the sounds of samples.npy as WAVs)")
