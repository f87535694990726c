"""Copies of sounds: fingerprints of samples, comparisons of two sounds, and the groups that follow from both.

All of it can be found again. Comparisons belong to sounds and are kept when files move; groups are those of the last
search, and samples with the same content hash are copies without any search.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.fingerprint import SIZE
from tui_browser.records import FAVOURITE, HIDDEN, MISSING, PROVISIONAL, SampleId
from tui_browser.store.transactions import listed
from tui_browser.store.values import check_numbers, checked_path, shown_text

_SHARED = (
    f"SELECT content_hash FROM samples WHERE content_hash < '{PROVISIONAL}' GROUP BY content_hash HAVING count(*) > 1"
)
"""SQL for the hashes of several samples; two long files of which only the same head is known may differ."""
COPIES = f"SELECT id FROM samples JOIN ({_SHARED}) USING (content_hash) UNION SELECT sample FROM copies"
"""SQL for the ids of all samples that have a copy."""


class CopyFile(NamedTuple):
    """What decides which of several copies stays, and how their files are compared."""

    id: SampleId
    path: bytes
    content_hash: str
    sample_rate: int
    channels: int
    duration_s: float
    onset_s: float
    size: int
    device: int
    inode: int
    missing: bool
    annotated: bool
    """Whether a person has said anything of this sample."""


class Comparison(NamedTuple):
    """The second of two sounds as a copy of the first."""

    first: str
    """Content hashes, the lower one first."""
    second: str
    agreement: float
    gain_db: float
    shift_s: float


class CopyMember(NamedTuple):
    """A sample in a group of copies."""

    sample: int
    keeper: int
    """The sample that stays; for that one itself the same id."""
    kind: int
    """0 for the keeper, else an index into `COPY_KINDS` from 1."""
    agreement: float
    gain_db: float
    shift_s: float


def put_fingerprints(conn: sqlite3.Connection, fingerprints: Iterable[tuple[int, bytes]], *, space: int) -> None:
    """Store fingerprints in place of older ones."""
    conn.executemany(
        "INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?)",
        [(sample, space, fingerprint) for sample, fingerprint in fingerprints],
    )


def forget_sounds(conn: sqlite3.Connection, samples: Sequence[tuple[int]]) -> None:
    """The sounds of these samples have changed: what was known of their copies does not hold."""
    for table in ("copies", "fingerprints"):
        conn.executemany(f"DELETE FROM {table} WHERE sample = ?", samples)


def fingerprints(conn: sqlite3.Connection, space: int | None) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Ids (N,) and fingerprints (N, SIZE) of a space, one sample for each sound, by id."""
    rows = conn.execute(
        "SELECT min(sample), data FROM fingerprints JOIN samples ON sample = id WHERE fingerprints.space = ? "
        "AND length(data) = ? AND content_hash < ? GROUP BY content_hash ORDER BY 1",
        (space, SIZE, PROVISIONAL),
    ).fetchall()
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    table = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.uint8).reshape(-1, SIZE)
    return ids, table


def without_fingerprint(conn: sqlite3.Connection, space: int | None) -> list[SampleId]:
    """The encoded samples that have none in this space: they were decoded by an older version."""
    rows = conn.execute(
        "SELECT id FROM samples WHERE samples.space = ? AND flags & ? = 0 AND NOT EXISTS "
        "(SELECT 1 FROM fingerprints WHERE sample = id AND fingerprints.space = ?) ORDER BY id",
        (space, MISSING, space),
    )
    return [SampleId(row[0]) for row in rows]


def same_hashes(conn: sqlite3.Connection) -> list[tuple[SampleId, str]]:
    """The samples that share their content hash with others, by hash and id."""
    rows = conn.execute(
        f"SELECT id, content_hash FROM samples WHERE content_hash IN ({_SHARED}) ORDER BY content_hash, id"
    )
    return [(SampleId(sample), shown_text(content)) for sample, content in rows]


_FILES = f"""
SELECT id, path, content_hash, sample_rate, channels, ifnull(duration_s, 0), onset_s, size, device, inode,
    flags & {MISSING} != 0,
    flags & {FAVOURITE | HIDDEN} != 0 OR corrected_class IS NOT NULL
        OR EXISTS (SELECT 1 FROM tags WHERE sample = samples.id)
        OR EXISTS (SELECT 1 FROM ratings WHERE sample = samples.id)
        OR EXISTS (SELECT 1 FROM sample_notes WHERE sample = samples.id)
        OR EXISTS (SELECT 1 FROM collection_items WHERE sample = samples.id)
FROM samples WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id
"""


def files(conn: sqlite3.Connection, ids: Collection[int]) -> list[CopyFile]:
    """What is known of the files of these samples, by id."""
    found = []
    for row in conn.execute(_FILES, (listed(ids),)):
        check_numbers(row[3:10])
        cells: list[Any] = [row[0], checked_path(row[1]), shown_text(row[2]), *row[3:10], bool(row[10]), bool(row[11])]
        found.append(CopyFile(*cells))
    return found


def comparisons(conn: sqlite3.Connection) -> dict[tuple[str, str], Comparison]:
    """All comparisons by their two sounds."""
    rows = conn.execute("SELECT first, second, agreement, gain_db, shift_s FROM comparisons")
    return {(row[0], row[1]): Comparison(*row) for row in rows}


def put_comparisons(conn: sqlite3.Connection, compared: Iterable[Comparison]) -> None:
    conn.executemany("INSERT OR REPLACE INTO comparisons VALUES (?, ?, ?, ?, ?)", compared)


def put_groups(conn: sqlite3.Connection, members: Iterable[CopyMember], *, revision: int) -> None:
    """Replace all groups; samples whose group is another change."""
    new = {member.sample: member for member in members}
    old = {row[0]: CopyMember(*row) for row in conn.execute("SELECT * FROM copies")}
    changed = {sample for sample in old.keys() | new.keys() if old.get(sample) != new.get(sample)}
    conn.executemany("DELETE FROM copies WHERE sample = ?", [(sample,) for sample in changed & old.keys()])
    conn.executemany(
        "INSERT INTO copies SELECT ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM samples WHERE id = ?)",
        [(*new[sample], sample) for sample in sorted(changed & new.keys())],
    )
    conn.executemany("UPDATE samples SET revision = ? WHERE id = ?", [(revision, sample) for sample in changed])


def groups(conn: sqlite3.Connection) -> list[CopyMember]:
    """The members of all groups of the last search, group by group, the keeper first."""
    rows = conn.execute("SELECT * FROM copies ORDER BY keeper, kind, sample").fetchall()
    for row in rows:
        check_numbers(row)
    return [CopyMember(*row) for row in rows]


def stacks(conn: sqlite3.Connection) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids (C,) of samples with copies, ascending, and the number (C,) of the stack that each belongs to."""
    keeper = dict(conn.execute("SELECT sample, keeper FROM copies").fetchall())
    stack_of: dict[int, int] = dict(keeper)
    by_sound: dict[str, list[int]] = {}
    for sample, content in same_hashes(conn):
        by_sound.setdefault(content, []).append(sample)
    for samples in by_sound.values():
        stack = next((keeper[sample] for sample in samples if sample in keeper), samples[0])
        stack_of |= dict.fromkeys(samples, stack)
    ids = np.array(sorted(stack_of), dtype=np.int64)
    return ids, np.array([stack_of[sample] for sample in ids.tolist()], dtype=np.int64)
