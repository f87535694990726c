"""Encoded clips as rows to store."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tui_browser.indexing.compare import root_of
from tui_browser.records import Clip
from tui_browser.store.records import ClipEntry, StoredEncoding


def encoded_entries(clips: Iterable[Clip], roots: Collection[bytes]) -> list[ClipEntry]:
    """The rows of clips with their encodings."""
    entries = []
    for clip in clips:
        coded = clip.encoding
        assert coded is not None  # the caller encoded it
        stored = StoredEncoding(coded.embedding, coded.z, coded.probabilities)
        entries.append(ClipEntry(clip, root_of(clip.stat.path, roots), stored, coded.xy))
    return entries
