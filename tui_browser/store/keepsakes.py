"""The table `keepsakes`: annotations of removed files, by sound and path, until the sound comes back.

A file that moves may vanish hours before it appears elsewhere, or appear before it vanishes, and several files may
have one sound. Whatever the order, each gets its own annotations back: paths decide, compared from the name upward.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from tui_browser.records import FAVOURITE, HEARD, HIDDEN, SampleId
from tui_browser.store import sample_collections
from tui_browser.store.path_likeness import common_parts
from tui_browser.store.records import Keepsake, LostFile
from tui_browser.store.transactions import listed, plain
from tui_browser.store.values import checked_path, text_list

_FLAGS = FAVOURITE | HEARD | HIDDEN
_SURE_PARTS = 2
"""A copy that has annotations of its own is the continuation of a file with this many parts of the path in common."""
_OWN = f"""
SELECT id, content_hash, path, flags & {_FLAGS}, corrected_class,
    (SELECT json_group_array(tag) FROM tags WHERE sample = samples.id), ratings.rating, sample_notes.note
FROM samples LEFT JOIN ratings ON ratings.sample = id LEFT JOIN sample_notes ON sample_notes.sample = id
"""
_HAS_ANY = f"""(flags & {_FLAGS} OR corrected_class IS NOT NULL OR id IN (SELECT sample FROM tags)
    OR rating IS NOT NULL OR sample_notes.note IS NOT NULL)"""
_IS_COLLECTED = "id IN (SELECT sample FROM collection_items)"
_MOST_COPIES = 1000
"""Copies of one sound that are looked at; a library of silent files may have any number."""


def keep(conn: sqlite3.Connection, chosen: str, *, revision: int) -> None:
    """Keep the annotations of samples about to be removed; `chosen` are ids as from `transactions.listed`.

    A file of the same sound that stays, and is the same file at another path, gets them at once.
    """
    query = f"{_OWN} WHERE id IN (SELECT value FROM json_each(?)) AND ({_HAS_ANY} OR {_IS_COLLECTED})"
    rows = conn.execute(query, (chosen,)).fetchall()
    kept: dict[LostFile, Keepsake | None] = {}
    served: set[SampleId] = set()
    for sample, content_hash, path, *cells in rows:
        keepsake = _keepsake(cells)
        heir, certain = _heir(conn, LostFile(content_hash, path), sample, keepsake, chosen, served)
        if heir is not None:
            served.add(heir)
            # Hidden is not handed on: who hides one of two copies and deletes it wants to see the other.
            _give(conn, heir, keepsake._replace(flags=keepsake.flags & ~HIDDEN), revision=revision)
            if certain:
                sample_collections.hand_over(conn, sample, heir, revision=revision)
        if (heir is None or not certain) and keepsake != Keepsake():
            kept[LostFile(content_hash, path)] = keepsake
    put(conn, kept)


def share(conn: sqlite3.Connection, chosen: str, *, revision: int) -> None:
    """Give what was said of files that are away, in an emptied folder, to those that are the same at another path."""
    rows = conn.execute(f"{_OWN} WHERE id IN (SELECT value FROM json_each(?)) AND {_HAS_ANY}", (chosen,)).fetchall()
    served: set[SampleId] = set()
    for sample, content_hash, path, *cells in rows:
        keepsake = _keepsake(cells)
        heir, certain = _heir(conn, LostFile(content_hash, path), sample, keepsake, chosen, served)
        if heir is not None and certain:
            served.add(heir)
            _give(conn, heir, keepsake._replace(flags=keepsake.flags & ~HIDDEN), revision=revision)


def _heir(
    conn: sqlite3.Connection,
    lost: LostFile,
    sample: SampleId,
    keepsake: Keepsake,
    chosen: str,
    served: set[SampleId],
) -> tuple[SampleId | None, bool]:
    """The sample that is this file at another path, and whether that is certain: a file of another name is a guess."""
    copies = conn.execute(
        f"{_OWN} WHERE content_hash = ? AND flags & 4 = 0 AND id NOT IN (SELECT value FROM json_each(?)) LIMIT ?",
        (lost.content_hash, chosen, _MOST_COPIES),
    ).fetchall()
    query = "SELECT id, path FROM samples WHERE content_hash = ? AND id != ? LIMIT ?"
    others = conn.execute(query, (lost.content_hash, sample, _MOST_COPIES)).fetchall() if copies else []
    best: tuple[int, SampleId | None] = (-1, None)
    for copy, _, path, *cells in copies:
        parts = common_parts(path, lost.path)
        is_new = _says_no_more(_keepsake(cells), keepsake)
        plausible = is_new and (parts > 0 or copy > sample)
        if copy in served or parts <= best[0] or not (plausible or (parts >= _SURE_PARTS and copy > sample)):
            continue
        if not any(common_parts(other, path) > parts for number, other in others if number != copy):
            best = parts, copy  # else it is a copy of that other file
    return best[1], best[0] > 0


def _says_no_more(copy: Keepsake, other: Keepsake) -> bool:
    """Whether nothing was said of a copy but what was said of the other too; having been heard says nothing."""
    return (
        not (copy.flags & ~HEARD & ~other.flags)
        and set(copy.tags) <= set(other.tags)
        and copy.corrected_class in (None, other.corrected_class)
        and copy.rating in (None, other.rating)
        and copy.note in (None, other.note)
    )


def restore(conn: sqlite3.Connection, arrived: Iterable[tuple[SampleId, str]], *, revision: int) -> None:
    """Give new samples, as id and content hash, what was said of their files before these were removed or went away."""
    newcomers = dict(arrived)
    waiting = {each: kept for each in set(newcomers.values()) if (kept := _waiting(conn, each))}
    if not waiting:
        return
    query = "SELECT id, path FROM samples WHERE id IN (SELECT value FROM json_each(?))"
    paths = dict(conn.execute(query, (listed(newcomers),)))
    beside = {each: _paths_beside(conn, each, newcomers) for each in waiting}
    pairs = [
        (common_parts(paths[sample], lost.path), -number, lost, sample)
        for number, (sample, content_hash) in enumerate(newcomers.items())
        for lost in list(waiting.get(content_hash, ()))[:_MOST_COPIES]
    ]
    removed = {each: read(conn, content_hash=each) for each in waiting}
    served: set[SampleId] = set()
    for parts, _, lost, sample in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
        left = waiting[lost.content_hash]
        if sample in served or lost not in left:
            continue
        if not parts and lost not in removed[lost.content_hash]:
            continue  # its drive is away, and the newcomer has another name
        if any(common_parts(path, paths[sample]) > parts for path in beside[lost.content_hash]):
            continue  # a copy of that file, which is still there, and not the lost one
        served.add(sample)
        nameless = [each for each in left if each in removed[lost.content_hash]]
        for each in [lost] if parts else nameless:  # a file of another name may be any of them
            _give(conn, sample, left.pop(each), revision=revision)
            put(conn, {each: None})


def _waiting(conn: sqlite3.Connection, content_hash: str) -> dict[LostFile, Keepsake]:
    """What was said of removed files of this sound, and of those on drives that are away, which keep it too."""
    query = f"{_OWN} WHERE content_hash = ? AND flags & 4 != 0 AND {_HAS_ANY} LIMIT ?"
    away = conn.execute(query, (content_hash, _MOST_COPIES))
    found = {LostFile(sound, path): _keepsake(cells) for _, sound, path, *cells in away}
    return found | read(conn, content_hash=content_hash)


def _paths_beside(conn: sqlite3.Connection, content_hash: str, without: Collection[SampleId]) -> list[bytes]:
    query = "SELECT id, path FROM samples WHERE content_hash = ? AND flags & 4 = 0 LIMIT ?"
    return [path for sample, path in conn.execute(query, (content_hash, _MOST_COPIES)) if sample not in without]


def _give(conn: sqlite3.Connection, sample: SampleId, kept: Keepsake, *, revision: int) -> None:
    """Add annotations to those of a sample; where both have a value, the sample's stays."""
    conn.execute(
        "UPDATE samples SET flags = flags | ?, corrected_class = coalesce(corrected_class, ?), revision = ? "
        "WHERE id = ?",
        (kept.flags & _FLAGS, kept.corrected_class, revision, sample),
    )
    conn.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(sample, tag) for tag in kept.tags])
    if kept.rating is not None:
        conn.execute("INSERT OR IGNORE INTO ratings VALUES (?, ?)", (sample, kept.rating))
    if kept.note is not None:
        conn.execute("INSERT OR IGNORE INTO sample_notes VALUES (?, ?)", (sample, kept.note))


def read(conn: sqlite3.Connection, *, content_hash: str | None = None) -> dict[LostFile, Keepsake]:
    """All annotations of removed files, or those of one sound."""
    where, values = ("", ()) if content_hash is None else ("WHERE content_hash = ?", (content_hash,))
    rows = conn.execute(
        f"SELECT content_hash, path, flags, corrected_class, tags, rating, note FROM keepsakes {where} "
        "ORDER BY content_hash, path",
        values,
    )
    return {LostFile(str(sound), checked_path(path) if path else b""): _keepsake(cells) for sound, path, *cells in rows}


def put(conn: sqlite3.Connection, wanted: Mapping[LostFile, Keepsake | None]) -> dict[LostFile, Keepsake | None]:
    """Write or delete (None) annotations of files that are not here; the earlier ones that differ."""
    before: dict[LostFile, Keepsake | None] = {}
    for lost, kept in wanted.items():
        earlier = read(conn, content_hash=plain(lost.content_hash)).get(lost)
        if earlier == kept:
            continue
        before[lost] = earlier
        key = (plain(lost.content_hash), lost.path)
        conn.execute("DELETE FROM keepsakes WHERE content_hash = ? AND path = ?", key)
        if kept is not None:
            note = None if kept.note is None else plain(kept.note)
            tags = json.dumps(list(map(plain, kept.tags)))
            conn.execute(
                "INSERT INTO keepsakes (content_hash, path, flags, corrected_class, tags, rating, note) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*key, kept.flags & _FLAGS, kept.corrected_class, tags, kept.rating, note),
            )
    return before


def _keepsake(cells: Sequence[Any]) -> Keepsake:
    flags, corrected_class, tags, rating, note = cells
    return Keepsake(flags, corrected_class, text_list(tags), rating, note)
