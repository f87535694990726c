"""The slices of a plan as WAVs, with a manifest: rate, channels and depth are those of the recording."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tui_browser.audio.fragment import FrameSpan, copy_spans
from tui_browser.errors import BrowserError
from tui_browser.workbench.new_files import OVERWRITE_HINT, NewFiles
from tui_browser.workbench.slicing.envelope import Report
from tui_browser.workbench.slicing.plan import SlicePlan

MANIFEST_ENDING = b".slices.json"


@dataclass(frozen=True, slots=True)
class Fades:
    """Fades of each slice, in seconds."""

    in_s: float = 0.001
    out_s: float = 0.005


def spans_of(plan: SlicePlan, fades: Fades) -> list[FrameSpan]:
    """The frames of each slice with its fades; start and end of the recording are not faded."""
    spans = []
    for cut in plan.cuts:
        half = (cut.end - cut.start) // 2
        fade_in = min(half, round(fades.in_s * plan.rate)) if cut.start > 0 else 0
        fade_out = min(half, round(fades.out_s * plan.rate)) if cut.end < plan.frames else 0
        spans.append(FrameSpan(cut.start, cut.end, fade_in, fade_out))
    return spans


def slice_rows(plan: SlicePlan, folder: bytes, names: Sequence[bytes], fades: Fades) -> list[dict[str, Any]]:
    """What the manifest and `--json` say of each slice."""
    spans = spans_of(plan, fades)
    return [
        {
            "path": os.fsdecode(os.path.join(folder, name)),
            "source": os.fsdecode(plan.path),
            "number": number,
            "start_s": span.start / plan.rate,
            "end_s": span.end / plan.rate,
            "start_frame": span.start,
            "frames": span.end - span.start,
            "sample_rate": plan.rate,
            "strength": round(cut.strength, 2),
        }
        for number, (name, cut, span) in enumerate(zip(names, plan.cuts, spans, strict=True), start=1)
    ]


def write_slices(
    plan: SlicePlan,
    folder: bytes,
    names: Sequence[bytes],
    *,
    fades: Fades,
    stem: bytes,
    force: bool = False,
    manifest: bool = True,
    hint: str = OVERWRITE_HINT,
    report: Report | None = None,
) -> list[dict[str, Any]]:
    """Write all slices of a recording and their manifest, or nothing; returns their rows.

    `report` gets the share of the slices that is written.

    Raises BrowserError where a file exists and `force` is not given, where the recording cannot be read, or where the
    folder cannot be written.
    """
    rows = slice_rows(plan, folder, names, fades)
    listing = stem[: 255 - len(MANIFEST_ENDING)] + MANIFEST_ENDING
    with NewFiles(folder, [*names, *([listing] if manifest else [])], force=force, hint=hint) as files:
        try:
            copied = copy_spans(plan.path, spans_of(plan, fades), lambda number: files.open(names[number]))
            for done, _ in enumerate(copied, start=1):
                if report is not None:
                    report(done / len(names))
            if manifest:
                with files.open(listing) as file:
                    file.write(_manifest(plan, rows))
        except OSError as error:
            raise BrowserError(f"the slices could not be written: {error.strerror}", path=folder) from error
    return rows


def _manifest(plan: SlicePlan, rows: Sequence[dict[str, Any]]) -> bytes:
    about = {
        "source": os.fsdecode(plan.path),
        "sample_rate": plan.rate,
        "frames": plan.frames,
        "bpm": plan.bpm,
        "slices": [{**row, "path": os.path.basename(row["path"])} for row in rows],
    }
    return json.dumps(about, indent=1).encode("ascii") + b"\n"
