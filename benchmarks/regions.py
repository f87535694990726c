"""regions: how many regions of the class `other` carry a name on the map, and how many of the names are true."""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Table, show
from tui_browser.library.library import Library
from tui_browser.map.groups import groups
from tui_browser.map.labels import MapLabels
from tui_browser.map.sound_words import TOPICS, lexicon
from tui_browser.map.viewport import Viewport
from tui_browser.records import DRUM_CLASSES, OTHER, Snapshot

LEAST = 30
"""Samples of a region that is counted."""
SIZE = 60
"""Samples of a region on average."""
FITS = {
    "perc_hand": "percussion", "perc_metal": "bells percussion foley", "perc_wood": "percussion foley",
    "bass": "bass strings", "keys": "keys", "pluck": "strings percussion", "mallet": "bells percussion",
    "strings": "strings", "brass": "winds", "wind": "winds", "synth": "keys bass effects", "voice": "voice",
    "fx": "effects foley", "foley": "foley effects bells", "loop_drum": "loops percussion",
    "loop_tonal": "loops keys strings bass",
}  # fmt: skip
"""Topics that a kind of the file of kinds may be called by."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the map where samples of the class `other` lie together."""

    samples: int
    names: tuple[str, ...]
    """What is written on the map there once it fills half of a screen, from its middle outwards."""
    kind: str
    """What most of its samples are; empty where nobody knows."""
    true: bool
    """Whether one of the names says that."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("libraries", nargs="+", metavar="LIBRARY", help="library files with a map")
    parser.add_argument("--kinds", metavar="FILE", help="what samples are: a table with `path` (its end) and `kind`")
    parser.add_argument("--each", action="store_true", help="print every region")
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    table = Table(f"Regions of `{OTHER}` with {LEAST} samples or more that carry a name")
    kinds: dict[str, str] = {}
    if args.kinds:
        with open(args.kinds, newline="", encoding="utf-8") as file:
            kinds = {row["path"]: row["kind"] for row in csv.DictReader(file, delimiter="\t")}
    for path in args.libraries:
        with Library.open(path) as library:
            found = regions(library.snapshot(vectors=False), kinds)
        if args.each:
            for region in found:
                told = "; ".join(region.names)
                print(f"{region.samples:5}  {region.kind:12} {told:40} {'' if region.true else 'not true'}")
        named = [region for region in found if region.names]
        judged = [region for region in named if region.kind]
        true = f", {sum(region.true for region in judged)} of {len(judged)} true" if kinds else ""
        table.add(
            os.path.basename(path),
            100 * len(named) / max(1, len(found)),
            "%",
            note=f"{len(named)} of {len(found)} regions{true}",
        )
    show([table], markdown=args.markdown)
    return 0


def regions(snapshot: Snapshot, kinds: Mapping[str, str]) -> list[Region]:
    """The regions of a library's map, the fullest first; `kinds` by the last parts of paths."""
    other = snapshot.class_names.index(OTHER)
    rows = np.flatnonzero(np.isfinite(snapshot.xy).all(axis=1) & (snapshot.classes == other))
    labels = MapLabels(snapshot.xy, snapshot.classes, snapshot.names, class_names=snapshot.class_names)
    cluster = groups(snapshot.xy[rows], count=int(np.clip(len(rows) // SIZE, 1, 250)))
    found = []
    for number in range(int(cluster.max(initial=0)) + 1):
        members = rows[cluster == number]
        if len(members) >= LEAST:
            known = [_kind(snapshot.names[row], kinds) for row in members.tolist()] if kinds else []
            found.append(_region(labels, snapshot.xy[members].astype(np.float64), [kind for kind in known if kind]))
    return sorted(found, key=lambda region: -region.samples)


def _kind(path: bytes, kinds: Mapping[str, str]) -> str:
    parts = os.fsdecode(path).split("/")
    kind = next((kinds[end] for at in range(len(parts)) if (end := "/".join(parts[at:])) in kinds), "")
    return kind if kind in FITS else ""


def _region(labels: MapLabels, places: NDArray[np.float64], known: list[str]) -> Region:
    low, high = np.percentile(places, (5, 95), axis=0)
    view = Viewport(106, 41)
    wide = max(float((high - low).max()), 1 / 64)
    x, y = ((low + high) / 2).tolist()
    view = view.zoom(max(1.0, 0.5 / wide), about=(x, y))
    view = view.pan(*_off_centre(view, (x, y)))
    margin = np.maximum((high - low) * 0.25, 0.02 * wide)
    within = []
    for label in labels.seen(view):
        at = np.array(view.cell_centre(label.column + len(label.text) // 2, label.row))
        if label.class_index == DRUM_CLASSES.index(OTHER) and (at > low - margin).all() and (at < high + margin).all():
            within.append((float(((at - (low + high) / 2) ** 2).sum()), label.text))
    texts = [text for _, text in sorted(within) if text != OTHER]
    kind = max(sorted(set(known)), key=known.count) if known else ""
    true = not kind or any(set(FITS[kind].split()) & set(_topics(text)) for text in texts)
    return Region(len(places), tuple(texts), kind, true)


def _off_centre(view: Viewport, place: tuple[float, float]) -> tuple[int, int]:
    """Cells to pan by until this place is in the middle."""
    dots = view.to_dots(np.array([place]))[0]
    return int(dots[0] // 2) - view.columns // 2, int(dots[1] // 4) - view.rows // 2


def _topics(text: str) -> list[str]:
    """The topics that a label of the map speaks of."""
    words = lexicon()
    of = {label: _topic(TOPICS[topic]) for label, topic in zip(words.labels, words.topics, strict=True)}
    of |= {topic: _topic(topic) for topic in TOPICS}
    return [of[text]] if text in of else [of[part] for part in text.split(", ") if part in of]


def _topic(name: str) -> str:
    return name.split(",")[0]
