"""Where a sound that is not in the library lies on the shown map: a file from anywhere, or a generated sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui_browser.generate.sound_encoder import HeardSound
from tui_browser.layouts.shown import Placer
from tui_browser.records import Encoding, FloatArray
from tui_browser.service.messages import Guest
from tui_browser.store.class_heads import ClassHead

_NOWHERE = (0.5, 0.5)


def guest_of(
    path: bytes, heard: HeardSound, classes: Sequence[str] | None, placer: Placer, head: ClassHead | None
) -> tuple[Guest, bool]:
    """The sound as a guest, its class by the library's `head` if it has one, and whether it has a place on the map."""
    encoding = heard.encoding
    probabilities = {}
    p = encoding.probabilities
    if p is not None and classes is not None:
        if head is not None and head.fits(encoding.embedding.shape[1], p.shape[1]):
            p = head.probabilities(encoding.embedding, p)
        probabilities = dict(zip(classes, map(float, p[0]), strict=True))
    class_name = max(probabilities, key=lambda name: probabilities[name]) if probabilities else None
    xy = _place(encoding, placer)
    placed = bool(np.isfinite(xy).all())
    guest = Guest(
        path=path,
        vector=encoding.embedding[0],
        xy=(float(xy[0]), float(xy[1])) if placed else _NOWHERE,
        class_name=class_name,
        class_p=probabilities[class_name] if class_name is not None else 0.0,
        probabilities=probabilities,
        duration_s=heard.duration_s,
        loudness_db=heard.loudness_db,
        features=heard.features,
    )
    return guest, placed


def _place(encoding: Encoding, placer: Placer) -> FloatArray:
    """Position (2,), NaN where the map is empty: by the map head or on latent axes, else among its neighbours."""
    own = encoding.xy[0] if placer.shows_own and encoding.xy is not None else placer.on_axes(encoding.z[0])
    place: FloatArray = placer.among(encoding.embedding)[0] if own is None else own
    return place
