"""A guest on the map: a file from anywhere, placed among the samples it sounds like, the library unchanged."""

from __future__ import annotations

import numpy as np

from tui_browser.library.ear import Ear
from tui_browser.library.layouts import Placer
from tui_browser.library.messages import Guest
from tui_browser.library.workers import Workers


def locate(path: bytes, workers: Workers, placer: Placer) -> Guest:
    """Where this file belongs on the shown map; raises AudioError when it has no sound."""
    clip, encoding = Ear(workers.bundle, workers=workers).listen(path)
    vector = encoding.embedding[0]
    x, y = 0.5, 0.5
    if placer.shows_own and encoding.xy is not None:
        x, y = map(float, encoding.xy[0])
    else:
        place = placer.among(vector[np.newaxis])[0]
        if np.isfinite(place).all():
            x, y = map(float, place)
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
