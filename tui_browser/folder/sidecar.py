"""The JSON beside a sound file, which says who made the sound and what may be done with it.

`kick.wav` has `kick.json`. It counts as a sidecar if it is an object that names a licence; JSON of other programs, and
the lineage of generated sounds, do not. It may come from a stranger: it is read without waiting and with a limit, and
its texts are cut and made printable.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from tui_browser.errors import printable
from tui_browser.records import Credit
from tui_browser.safe_files import read_bounded
from tui_browser.search.licences import licence_of

SIDECAR_ENDING = b".json"
"""In place of the sound's own ending."""
MOST_BYTES = 256 << 10
MOST_TAGS = 50
_LONGEST = 300
"""Characters of a text; longer ones are cut."""
_SCHEMES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class CreditFile:
    """What the JSON beside a file says."""

    credit: Credit
    tags: tuple[str, ...] = ()


def sidecar_path(path: bytes) -> bytes:
    """Where the sidecar of a sound file is."""
    return os.path.splitext(path)[0] + SIDECAR_ENDING


def read_sidecar(path: bytes) -> CreditFile | None:
    """The sidecar of a sound file; None where there is none, or none that can be read."""
    try:
        content = read_bounded(os.fsdecode(sidecar_path(path)), MOST_BYTES)
        return parse_sidecar(json.loads(content), name=os.path.basename(path))
    except (OSError, ValueError, RecursionError):
        return None


def parse_sidecar(fields: Any, *, name: bytes) -> CreditFile | None:
    """What a JSON object says of the file called `name`; None where it names another ending or no licence."""
    if not isinstance(fields, dict):
        return None
    file = fields.get("file")
    if isinstance(file, str) and os.path.splitext(file)[1].lower() != os.fsdecode(os.path.splitext(name)[1]).lower():
        return None
    stated = _text(fields, "license", "licence")
    if not stated:
        return None
    licence = licence_of(stated)
    source = _text(fields, "url", "source")
    credit = Credit(
        licence=licence.name,
        licence_url=licence.url,
        author=_text(fields, "author", "username"),
        title=_text(fields, "name", "title"),
        source=source if source.startswith(_SCHEMES) else "",
        ai_preference=_text(fields, "gen_ai_preference"),
    )
    tags = fields.get("tags")
    tag_list = [_cut(tag) for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return CreditFile(credit, tuple(dict.fromkeys(filter(None, tag_list)))[:MOST_TAGS])


def _text(fields: dict[str, Any], *names: str) -> str:
    """The first of these fields that holds a text; empty without one."""
    return next((_cut(value) for name in names if isinstance(value := fields.get(name), str) and value.strip()), "")


def _cut(text: str) -> str:
    return printable(text.strip()[:_LONGEST].encode("utf-8", "replace"))
