"""A guest on the map: a file from anywhere, placed among the samples it sounds like, the library unchanged."""

from __future__ import annotations

import numpy as np

from tui_browser.atlas.place import place_by_neighbours
from tui_browser.library.ear import Ear
from tui_browser.library.layouts import HEAD
from tui_browser.library.messages import Guest
from tui_browser.library.workers import Workers
from tui_browser.records import Snapshot


def locate(path: bytes, workers: Workers, snapshot: Snapshot) -> Guest:
    """Where this file belongs on the snapshot's map; raises AudioError when it has no sound."""
    clip, encoding = Ear(workers.bundle, workers=workers).listen(path)
    vector = encoding.embedding[0]
    x, y = 0.5, 0.5
    if snapshot.layout == HEAD and encoding.xy is not None:
        x, y = map(float, encoding.xy[0])
    elif snapshot.vectors is not None:
        placed = np.isfinite(snapshot.vectors).all(axis=1) & np.isfinite(snapshot.xy).all(axis=1)
        if placed.any():
            x, y = map(float, place_by_neighbours(vector[np.newaxis], snapshot.vectors[placed], snapshot.xy[placed])[0])
    names = workers.bundle.classes or ()
    chances = encoding.probabilities[0] if encoding.probabilities is not None else None
    best = int(np.argmax(chances)) if chances is not None else 0
    return Guest(
        path=path,
        vector=vector,
        xy=(x, y),
        class_name=None if chances is None else names[best],
        class_p=0.0 if chances is None else float(chances[best]),
        probabilities={} if chances is None else {name: float(p) for name, p in zip(names, chances, strict=True)},
        duration_s=clip.descriptors.duration_s,
        loudness_db=clip.descriptors.loudness_db,
    )
