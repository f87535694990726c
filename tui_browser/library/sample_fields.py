"""A sample as JSON fields, as every verb and the control socket give it."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # numpy: 130 ms, which --help and a wrong verb need not wait for
    from tui_browser.records import Credit, SampleRow


def sample_fields(row: SampleRow) -> dict[str, Any]:
    """The JSON fields of a sample; all are always there, null where unknown."""
    from tui_browser.records import FAMILY_OF, known_hash  # loaded with the library already

    return {
        "id": row.id,
        "path": os.fsdecode(row.path),
        "root": os.fsdecode(row.root),
        "onset_s": row.onset_s,
        "duration_s": row.duration_s,
        "sample_rate": row.sample_rate,
        "channels": row.channels,
        "frames": row.frames,
        "size": row.size,
        "mtime_ns": row.mtime_ns,
        "content_hash": known_hash(row.content_hash),
        "class": row.class_name,
        "class_p": row.class_p,
        "class_family": FAMILY_OF.get(row.class_name or ""),
        "x": row.x,
        "y": row.y,
        "loudness_db": row.loudness_db,
        "bpm": row.bpm,
        "key": row.key,
        "tags": list(row.tags),
        "favourite": row.favourite,
        "tom": row.tom,
        **credit_fields(row.credit),
        "rating": row.rating,
        "note": row.user_note,
        "collections": list(row.collections),
        "corrected_class": row.corrected_class,
        "hidden": row.hidden,
        **fact_fields(row),
    }


def fact_fields(row: SampleRow) -> dict[str, Any]:
    """The JSON fields of what is written of a sound and what is heard; `bpm_source` says which of both `bpm` is."""
    from tui_browser.search.chosen_facts import kind_of, ranked_facts, source_of

    loop = next((each.loop for each in ranked_facts(row.facts) if each.loop is not None), None)
    return {
        "bpm_source": source_of(row.facts, "bpm", row.bpm, heard=row.bpm_heard),
        "bpm_heard": row.bpm_heard,
        "key_source": source_of(row.facts, "key", row.key, heard=row.key_heard),
        "key_heard": row.key_heard,
        "kind": kind_of(loop, row.bpm),
        "facts": [{name: value for name, value in asdict(each).items() if value is not None} for each in row.facts],
    }


def credit_fields(credit: Credit | None) -> dict[str, str | None]:
    """The JSON fields of a credit; null where unknown."""
    if credit is None:
        return {"license": None, "author": None, "source_url": None}
    return {"license": credit.licence or None, "author": credit.author or None, "source_url": credit.source or None}
