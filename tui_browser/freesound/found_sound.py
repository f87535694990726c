"""A sound as Freesound describes it; the answer comes from outside, so that every value is checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tui_browser.errors import printable
from tui_browser.search.licences import Licence, licence_of

FIELDS = "id,name,username,license,duration,type,filesize,tags,previews,url,md5,gen_ai_preference"
"""What is asked of each sound."""
PREVIEW_KINDS = ("preview-hq-ogg", "preview-hq-mp3", "preview-lq-ogg", "preview-lq-mp3")
"""Best first."""
_SOON_S = 15.0
"""A longer sound is listened to in low quality, which begins sooner."""
_LONGEST, _MOST_TAGS = 300, 50
_MOST_ID = 1 << 53


@dataclass(frozen=True, slots=True)
class FoundSound:
    """One result of a search."""

    id: int
    name: str
    author: str
    license: str
    """As Freesound writes it: the address of the licence, or its name."""
    duration_s: float | None
    tags: tuple[str, ...]
    url: str
    previews: tuple[tuple[str, str], ...]
    """(kind, address), best first."""
    ai_preference: str = ""
    md5: str = ""
    """Of the original, which needs another login to be fetched."""
    type: str = ""
    """Of the original."""
    filesize: int | None = None
    """Of the original."""

    @property
    def licence(self) -> Licence:
        return licence_of(self.license)

    def preview(self, *, to_keep: bool) -> tuple[str, str] | None:
        """Kind and address of the preview to keep, or to listen to; None without one."""
        if not self.previews:
            return None
        if to_keep or self.duration_s is None or self.duration_s <= _SOON_S:
            return self.previews[0]
        return next((each for each in self.previews if "-lq-" in each[0]), self.previews[0])


def parse_sound(fields: Any) -> FoundSound | None:
    """The sound in a result; None for `null`, which a result may be, and for what is no sound."""
    if not isinstance(fields, dict):
        return None
    number = fields.get("id")
    if type(number) is not int or not 0 < number < _MOST_ID:
        return None
    previews = fields.get("previews")
    addresses = previews if isinstance(previews, dict) else {}
    tags = fields.get("tags")
    return FoundSound(
        id=number,
        name=_text(fields, "name") or f"sound {number}",
        author=_text(fields, "username"),
        license=_text(fields, "license"),
        duration_s=_number(fields.get("duration")),
        tags=tuple(_cut(tag) for tag in tags if isinstance(tag, str))[:_MOST_TAGS] if isinstance(tags, list) else (),
        url=_address(fields.get("url")),
        previews=tuple((kind, address) for kind in PREVIEW_KINDS if (address := _address(addresses.get(kind)))),
        ai_preference=_text(fields, "gen_ai_preference"),
        md5=_text(fields, "md5"),
        type=_text(fields, "type"),
        filesize=size if type(size := fields.get("filesize")) is int and 0 <= size < _MOST_ID else None,
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return _cut(value) if isinstance(value, str) else ""


def _cut(text: str) -> str:
    return printable(text.strip()[:_LONGEST].encode("utf-8", "replace"))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        return None
    return float(value)


def _address(value: Any) -> str:
    """An address of the web; empty for anything else."""
    if not isinstance(value, str) or len(value) > 2000 or not value.isprintable() or " " in value:
        return ""
    return value if value.startswith(("https://", "http://")) else ""
