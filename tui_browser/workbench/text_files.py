"""The text files of an export: lists with a line a sample, tables with tabs, JSON."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.library.credits_page import CREDITS, credits_text
from tui_browser.records import SampleRow, known_hash
from tui_browser.workbench.clips import Omission

_BREAKS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\ud800-\udfff]")


def one_line(path: bytes) -> str:
    """A path as one line of UTF-8 text: control characters, line breaks and bytes that are not UTF-8 as `\\x1b`."""
    return _BREAKS.sub(lambda found: _escape(ord(found[0])), os.fsdecode(path))


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def write_lines(path: str, lines: Iterable[str]) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def write_table(path: str, table: NDArray[Any], *, digits: int = 5) -> None:
    """Write an (N, C) array with tabs between numbers of this many digits."""
    np.savetxt(path, table, fmt=f"%.{digits}f", delimiter="\t")


def write_json(path: str, value: object, *, indent: int | None = None) -> None:
    """Write JSON in ASCII, so that names with any bytes survive; numbers must be finite."""
    with open(path, "w", encoding="ascii") as file:
        json.dump(value, file, allow_nan=False, indent=indent)
        file.write("\n")


def metadata(row: SampleRow, **more: Any) -> dict[str, Any]:
    """What other programs may want to know of a sample; `path` is exact (surrogate escapes)."""
    name = os.path.splitext(os.path.basename(row.path))[0]
    return {
        "id": row.id,
        "name": one_line(name),
        "path": os.fsdecode(row.path),
        "tags": list(row.tags),
        "class": row.class_name,
        "class_p": row.class_p,
        "favourite": row.favourite,
        "duration_s": row.duration_s,
        "sample_rate": row.sample_rate,
        "bpm": row.bpm,
        "key": row.key,
        "x": row.x,
        "y": row.y,
        "content_hash": known_hash(row.content_hash),
        **credit(row),
        **more,
    }


def credit(row: SampleRow) -> dict[str, str | None]:
    """Licence, author and source of a sample; null where unknown."""
    if row.credit is None:
        return {"license": None, "author": None, "source_url": None}
    known = {"license": row.credit.licence, "author": row.credit.author, "source_url": row.credit.source}
    return {name: value or None for name, value in known.items()}


def write_credits(folder: str, rows: Iterable[SampleRow]) -> None:
    """Write CREDITS.txt, whom to name for what, where that is known of a sample."""
    if text := credits_text((os.path.basename(row.path), row.credit) for row in rows if row.credit is not None):
        write_lines(os.path.join(folder, os.fsdecode(CREDITS)), text.splitlines())


def write_report(path: str, *, written: int, omitted: Iterable[Omission], settings: Mapping[str, Any]) -> None:
    """Write what was exported, what was left out and why, and the settings."""
    left_out = [{"path": os.fsdecode(item.path), "reason": item.reason} for item in omitted]
    write_json(path, {"samples": written, "omitted": left_out, **settings}, indent=1)
