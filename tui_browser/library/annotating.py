"""The change that says the same of several samples."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.errors import BrowserError, printable
from tui_browser.records import CLASSES, FAVOURITE, HIDDEN, SampleId
from tui_browser.store.annotation_changes import AnnotationChange


def annotation_change(
    ids: Sequence[SampleId],
    *,
    tags: Sequence[str] = (),
    remove_tags: Sequence[str] = (),
    rating: int | None = None,
    note: str | None = None,
    class_name: str | None = None,
    favourite: bool | None = None,
    hidden: bool | None = None,
) -> AnnotationChange:
    """None leaves a value as it is; a rating of 0, and an empty note or class, take it away.

    Raises BrowserError for a rating that is not from 0 to 5 and for an unknown class.
    """
    if rating is not None and rating not in range(6):
        raise BrowserError("a rating is from 1 to 5", hint="0 takes it away")
    if class_name and class_name not in CLASSES:
        raise BrowserError(f"{printable(class_name)} is no class", hint=f"it is one of {', '.join(CLASSES)}")
    flags = {flag: on for flag, on in ((FAVOURITE, favourite), (HIDDEN, hidden)) if on is not None}
    return AnnotationChange(
        ratings={} if rating is None else dict.fromkeys(ids, rating or None),
        notes={} if note is None else dict.fromkeys(ids, note.strip() or None),
        classes={} if class_name is None else dict.fromkeys(ids, CLASSES.index(class_name) if class_name else None),
        flags={flag: dict.fromkeys(ids, on) for flag, on in flags.items()},
        add_tags={tag.strip(): ids for tag in tags if tag.strip()},
        remove_tags={tag.strip(): ids for tag in remove_tags},
    )
