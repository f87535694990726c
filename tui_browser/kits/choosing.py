"""Chooses the samples of a kit: by class nearest to the centre of a region, or at random with a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import CONFIDENT_P, KINDS, MISSING, UNCLASSED, FloatArray, Snapshot

ROUND = (
    "kick", "snare", "hat_closed", "hat_open", "clap", "tom", "rim", "cymbal", "shaker", "cowbell",
    "perc_hand", "perc_metal", "perc_wood", "other",
)  # fmt: skip
"""Classes in the order in which a kit takes them; of classes of one's own it takes one, too."""
_LAST = tuple(name for name in KINDS if name not in ROUND)
"""Classes that a kit takes only once it has no more of the main drums."""
_DOUBLED = ("kick", "snare", "tom", "clap", "hat_closed", "cymbal")
"""Classes of which a large kit takes more than one."""
CHOKED = {"hat_closed": 1, "hat_open": 1}
"""Choke groups that a new kit has: a closed hat stops an open one."""

Rows = NDArray[np.intp]


def roles_for(counts: dict[str, int], slots: int) -> list[str]:
    """Names of the slots of a new kit, given how many samples there are of each class.

    One of each drum, of percussion and of each class of one's own first, then more of the main drums, then what is
    left, with bass, voices and loops; fewer than `slots` where there are not so many samples.
    """
    left = {name: counts.get(name, 0) for name in ROUND}
    left |= {name: count for name, count in counts.items() if name not in left and name not in _LAST}
    first = list(left)
    left |= {name: counts[name] for name in _LAST if name in counts}
    taken: dict[str, int] = dict.fromkeys(left, 0)
    roles: list[str] = []
    order = first if any(left[name] for name in first) else list(left)
    while len(roles) < slots and any(left.values()):
        for name in order:
            if left[name] and len(roles) < slots:
                left[name] -= 1
                taken[name] += 1
                roles.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
        doubled = [name for name in order if name in _DOUBLED]
        order = doubled if any(left[name] for name in doubled) else list(left)
    return roles


def usable_rows(snapshot: Snapshot, rows: Rows) -> Rows:
    """Those of the rows that can be in a kit: on the map, classified, and their files are there."""
    placed = np.isfinite(snapshot.xy[rows]).all(axis=1)
    known = snapshot.classes[rows] != UNCLASSED
    present = (snapshot.flags[rows] & MISSING) == 0
    return np.asarray(rows[placed & known & present], dtype=np.intp)


def class_counts(snapshot: Snapshot, rows: Rows) -> dict[str, int]:
    """How many of the rows belong to each class."""
    counts = np.bincount(snapshot.classes[rows], minlength=len(snapshot.class_names))
    return {name: int(counts[at]) for at, name in enumerate(snapshot.class_names) if counts[at]}


def centre_of(xy: FloatArray) -> FloatArray:
    """(2,) the median of places (n, 2): the middle of a region, which single places far off do not move."""
    return np.asarray(np.median(xy, axis=0), dtype=np.float32)


def ranked(
    snapshot: Snapshot,
    rows: Rows,
    class_name: str,
    *,
    random: np.random.Generator | None,
    around: int | None = None,
    reach: int | None = None,
) -> Rows:
    """The rows of a class, best first: nearest to the centre of all `rows`, or in random order.

    Rows whose class is in doubt come after all others. `around` is a row whose place is the centre, and which comes
    first; with `reach`, only so many rows are ordered at random, the best ones.
    """
    own = rows[snapshot.classes[rows] == snapshot.class_names.index(class_name)]
    if random is None or reach is not None:
        centre = centre_of(snapshot.xy[rows]) if around is None else snapshot.xy[around]
        own = own[np.argsort(np.linalg.norm(snapshot.xy[own] - centre, axis=1), kind="stable")]
        own = _sure_first(snapshot, own, around)[:reach]
    if random is not None:
        own = own[random.permutation(len(own))]
    return _sure_first(snapshot, own, around if random is None else None)


def _sure_first(snapshot: Snapshot, rows: Rows, around: int | None) -> Rows:
    """The rows in their order, those whose class is in doubt behind all others but `around`."""
    doubtful = (snapshot.class_p[rows] < CONFIDENT_P) & (rows != (-1 if around is None else around))
    return np.asarray(rows[np.argsort(doubtful, kind="stable")], dtype=np.intp)


def next_similar(distances: FloatArray, at: int | None, *, steps: int, taken: Sequence[int]) -> int | None:
    """Of candidates at these distances from an anchor, the place of the one that follows `at` by `steps`.

    `at` is the place of the present one, None where it is the anchor itself; candidates at the places `taken` are
    skipped. None where no other candidate is left. Goes round at the end.
    """
    order = [int(place) for place in np.argsort(distances, kind="stable") if int(place) not in taken or place == at]
    free = [place for place in order if place != at]
    if not free:
        return None
    if at is None or at not in order:
        return free[(steps - 1 if steps > 0 else steps) % len(free)]
    position = (order.index(at) + steps) % len(order)
    return order[position] if order[position] != at else free[0]
