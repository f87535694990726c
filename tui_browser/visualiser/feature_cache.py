"""Features of the sounds heard last, within a fixed number of bytes."""

from __future__ import annotations

from collections import OrderedDict

from tui_browser.visualiser.features import Features

MOST_BYTES = 48 << 20
"""One and a half hours of sound."""

FileKey = tuple[bytes, int, int]
"""Path, modification time (ns) and size: one version of one file."""


class FeatureCache:
    """The least recently used ones go first; the newest always stays."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._held: OrderedDict[FileKey, Features] = OrderedDict()
        self.nbytes = 0

    def get(self, key: FileKey) -> Features | None:
        features = self._held.get(key)
        if features is not None:
            self._held.move_to_end(key)
        return features

    def keep(self, key: FileKey, features: Features) -> None:
        replaced = self._held.pop(key, None)
        self.nbytes += features.nbytes - (replaced.nbytes if replaced is not None else 0)
        self._held[key] = features
        while self.nbytes > self._most_bytes and len(self._held) > 1:
            self.nbytes -= self._held.popitem(last=False)[1].nbytes
