"""Encoded clips as rows to store."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tui_browser.indexing.compare import root_of
from tui_browser.records import Clip, Encoding
from tui_browser.store.records import ClipEntry, StoredEncoding


def encoded_entries(clips: Sequence[Clip], encoding: Encoding, roots: Collection[bytes]) -> list[ClipEntry]:
    """The rows of a batch of clips, from its encoding (B = number of clips)."""
    return [
        ClipEntry(
            clip,
            root_of(clip.stat.path, roots),
            StoredEncoding(
                encoding.embedding[i],
                encoding.z[i],
                None if encoding.probabilities is None else encoding.probabilities[i],
            ),
            None if encoding.xy is None else (float(encoding.xy[i, 0]), float(encoding.xy[i, 1])),
        )
        for i, clip in enumerate(clips)
    ]
