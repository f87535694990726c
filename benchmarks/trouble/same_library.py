"""What two libraries say of the same folders, field by field."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tui_browser.errors import printable
from tui_browser.records import SampleRow
from tui_browser.store.store import Store

_NEAR = 2e-3
"""Vectors and probabilities of one sound differ in their last bits with the batch in which it was encoded."""
_FIELDS = (
    "root", "onset_s", "duration_s", "sample_rate", "channels", "frames", "size", "mtime_ns", "content_hash",
    "class_name", "loudness_db", "brightness_hz", "noisiness", "pitch_hz", "attack_s", "state", "note", "bpm", "key",
    "level", "credit",
)  # fmt: skip
"""All that follows from a file; not its id and place, which follow from the past, and not what a person said."""
_ENCODED = ("class_p", "embedding", "z", "slices")


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """What a library says of the files on disk; missing samples are left out."""

    samples: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    rejects: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    missing: frozenset[bytes] = frozenset()
    twice: tuple[bytes, ...] = ()
    """Paths with two rows."""


def library_facts(path: str) -> LibraryFacts:
    """Read everything that a fresh index would find again."""
    with Store.open(path) as store:
        table = store.encodings(store.meta("space"))
        at = {int(sample): row for row, sample in enumerate(table.ids)}
        facts = LibraryFacts(rejects={r.stat.path: (r.reason, r.code.value) for r in store.rejects()})
        missing, twice = set(), []
        for row in store.rows():
            if row.missing:
                missing.add(row.path)
                continue
            if row.path in facts.samples:
                twice.append(row.path)
            fields = {name: getattr(row, name) for name in _FIELDS}
            encoded = at.get(row.id)
            fields["class_p"] = row.class_p
            fields["embedding"] = None if encoded is None else table.embedding[encoded]
            fields["z"] = None if encoded is None else table.z[encoded]
            fields["slices"] = _slices(store, row)
            facts.samples[row.path] = fields
    return LibraryFacts(facts.samples, facts.rejects, frozenset(missing), tuple(twice))


def _slices(store: Store, row: SampleRow) -> Any:
    slices = store.slices(row.id)
    vectors = [store.slice_vector(row.id, number) for number in range(len(slices))]
    flat = [value for each in slices for value in (each.onset_s, each.length_s)]
    return np.concatenate([flat, *(vector for vector in vectors if vector is not None)]) if slices else None


def differences(ours: LibraryFacts, fresh: LibraryFacts) -> list[str]:
    """A sentence for each thing in which a library differs from a fresh one; empty when they are equal."""
    lines = [f"listed twice: {printable(path)}" for path in ours.twice]
    pairs: tuple[tuple[str, Mapping[bytes, object], Mapping[bytes, object]], ...] = (
        ("sample", ours.samples, fresh.samples),
        ("reject", ours.rejects, fresh.rejects),
    )
    for kind, held, wanted in pairs:
        lines += [f"{kind} only in the library: {printable(path)}" for path in held.keys() - wanted.keys()]
        lines += [f"{kind} lacks in the library: {printable(path)}" for path in wanted.keys() - held.keys()]
    for path in ours.samples.keys() & fresh.samples.keys():
        mine, theirs = ours.samples[path], fresh.samples[path]
        for name in mine:
            near = _NEAR if name in _ENCODED else 0.0
            if not _same(mine[name], theirs[name], near):
                lines.append(f"{name} of {printable(path)}: {_brief(mine[name])} for {_brief(theirs[name])}")
    for path in ours.rejects.keys() & fresh.rejects.keys():
        if ours.rejects[path] != fresh.rejects[path]:
            lines.append(f"reject {printable(path)}: {ours.rejects[path]} for {fresh.rejects[path]}")
    lines += [f"missing but on the disk: {printable(path)}" for path in ours.missing if os.path.exists(path)]
    return sorted(lines)


def _same(mine: Any, theirs: Any, near: float) -> bool:
    if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray):
        return mine.shape == theirs.shape and bool(np.allclose(mine, theirs, atol=near, equal_nan=True))
    if isinstance(mine, float) and isinstance(theirs, float):
        return abs(mine - theirs) <= near
    return bool(type(mine) is type(theirs) and mine == theirs)


def _brief(value: Any) -> str:
    return f"{len(value)} numbers" if isinstance(value, np.ndarray) else repr(value)[:80]
