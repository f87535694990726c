"""Sidecars of `annotations export` and `annotations import`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain
from tui_browser.cli.step_progress import StepProgress
from tui_browser.errors import BrowserError, counted
from tui_browser.library import annotation_sidecars as sidecars
from tui_browser.library.annotation_file import Line
from tui_browser.store.store import Store


def export_sidecars(common: CommonOptions, folder: bytes | None, *, force: bool) -> None:
    """Write all sidecars; each that cannot be written is named, and then the exit code is 1."""
    answer, outcomes, failed = AnswerWriter(common), Counter[str](), 0
    with Store.open(common.library_path) as store:
        plans = list(sidecars.planned(store, folder))
    with StepProgress(common, "writing", len(plans), "file") as progress:
        for plan in plans:
            try:
                if isinstance(plan, BrowserError):
                    raise plan
                outcome = sidecars.write(plan, force=force)
            except BrowserError as error:
                failed += 1
                progress.clear()
                complain(error)
            else:
                outcomes[outcome] += 1
                if outcome == "written" and (common.json or common.null):
                    paths = {"path": os.fsdecode(plan.path), "sample": os.fsdecode(plan.sample.path)}
                    answer.row(paths, path=plan.path)
            progress.step()
    answer.say(f"{counted(outcomes['written'], 'sidecar')} written, {outcomes['same']:,} as they were")
    if outcomes["differs"]:
        complain(f"{counted(outcomes['differs'], 'sidecar')} said something else and stayed (--force replaces them)")
    if failed or outcomes["differs"]:
        raise SystemExit(1)


def read_sidecars(folders: Sequence[bytes], source: str) -> list[Line | BrowserError]:
    """What all sidecars in and below these folders say; raises BrowserError where there is none."""
    results = list(sidecars.read(sidecars.found(folders)))
    if not results:
        hint = "tui-browser annotations export --sidecars writes some"
        raise BrowserError("there are no sidecars of annotations here", path=source, hint=hint)
    return results
