"""The samples: written by the batch, compared with the disk, moved, marked missing, removed."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence

from tui_browser.records import KEYS, MISSING, U64, UNCLASSED, FileStat, SampleId, State
from tui_browser.store import keepsakes, layouts, slices, vectors
from tui_browser.store.changes import listed, plain, read_state, signed
from tui_browser.store.values import UNHEARD, Item, Known, SameContent

_UPSERT = """
INSERT INTO samples (id, root, path, size, mtime_ns, device, inode, content_hash, sample_rate, channels, frames,
    onset_s, duration_s, brightness_hz, noisiness, pitch_hz, attack_s, loudness_db, state, note,
    class, class_p, space, revision, encoded, bpm, key, level_db, peak_db, ctime_ns)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET root = excluded.root, size = excluded.size, mtime_ns = excluded.mtime_ns,
    device = excluded.device, inode = excluded.inode, content_hash = excluded.content_hash,
    sample_rate = excluded.sample_rate, channels = excluded.channels, frames = excluded.frames,
    onset_s = excluded.onset_s, duration_s = excluded.duration_s, brightness_hz = excluded.brightness_hz,
    noisiness = excluded.noisiness, pitch_hz = excluded.pitch_hz, attack_s = excluded.attack_s,
    loudness_db = excluded.loudness_db, state = excluded.state, note = excluded.note, class = excluded.class,
    class_p = excluded.class_p, space = excluded.space, revision = excluded.revision, encoded = excluded.encoded,
    bpm = excluded.bpm, key = excluded.key, level_db = excluded.level_db, peak_db = excluded.peak_db,
    ctime_ns = excluded.ctime_ns, flags = samples.flags & ~4
"""
assert MISSING == 4


def put_clips(conn: sqlite3.Connection, items: Sequence[Item], *, space: str, layout: str, revision: int) -> int:
    """Store decoded files; how many were stored.

    A path that is known keeps its id and all that a person made. Where its sound is another than before, encodings
    and places of the old one go; where it is the same, what an item does not bring is kept, and its class while
    another space than this is shown (see `vectors.show_space`). Items of a root that has been forgotten meanwhile
    are left out, and of two items of one path the last counts.
    """
    roots = dict(conn.execute("SELECT path, id FROM roots"))
    latest = {item[0].stat.path: item for item in items if item[1] in roots}
    if not latest:
        return 0
    space_id = vectors.space_id(conn, space)
    shown = read_state(conn).space
    moving = shown is not None and shown != space_id
    next_id = 1 + (conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'samples'").fetchone() or (0,))[0]
    lookup = "SELECT id, content_hash, class, class_p, space, encoded FROM samples WHERE path = ?"
    rows, encodings, places, stale, hits = [], [], [], [], []
    arrived: list[tuple[SampleId, str]] = []
    for path, (clip, root, embedding, z, probabilities, xy) in latest.items():
        old = conn.execute(lookup, (path,)).fetchone()
        sample = next_id if old is None else old[0]
        next_id += old is None
        if old is None:
            arrived.append((SampleId(sample), clip.content_hash))
        same = old is not None and old[1] == clip.content_hash
        if old is not None and not same:
            stale.append((sample,))
        model: tuple[int, float, int | None, int]
        if embedding is not None:
            model = (*vectors.likeliest(probabilities), space_id, revision)
            if moving and same and old[4] is not None:
                model = old[2:6]
            encodings.append((space_id, sample, *vectors.blobs(embedding, z, probabilities)))
            hits.append((sample, clip.slices))
        else:
            model = old[2:6] if same else (UNCLASSED, 0.0, None, revision)
        if xy is not None:
            places.append((sample, *xy))
        stat, d = clip.stat, clip.descriptors
        where = (sample, roots[root], path, stat.size, stat.mtime_ns, signed(stat.device), signed(stat.inode))
        facts = (clip.content_hash, clip.sample_rate, clip.channels, clip.frames, clip.onset_s)
        measures = (d.duration_s, d.brightness_hz, d.noisiness, d.pitch_hz, d.attack_s, d.loudness_db)
        rows.append(
            (
                *where,
                *facts,
                *measures,
                int(clip.state),
                plain(clip.note),
                *model[:3],
                revision,
                model[3],
                clip.bpm,
                None if clip.key is None else KEYS.index(clip.key),
                *(clip.level or (None, None)),
                stat.ctime_ns,
            )
        )
    conn.executemany(_UPSERT, rows)
    keepsakes.give_back(conn, arrived)
    conn.executemany("DELETE FROM encodings WHERE sample = ?", stale)
    conn.executemany("DELETE FROM slices WHERE sample = ?", stale)
    conn.executemany("DELETE FROM places WHERE sample = ?", stale)
    conn.executemany("INSERT OR REPLACE INTO encodings VALUES (?, ?, ?, ?, ?)", encodings)
    slices.put(conn, hits, space=space_id)
    conn.executemany("DELETE FROM rejects WHERE path = ?", [(path,) for path in latest])
    if layout and places:
        layouts.add_places(conn, layouts.layout_id(conn, layout, space=space, revision=revision), places)
    if encodings and shown is None:
        vectors.show_space(conn, space, revision=revision)
    return len(rows)


def known(conn: sqlite3.Connection, space: str = "") -> dict[bytes, Known]:
    """Every sample by its path; those that the model of `space` has heard say so, whichever space is shown."""
    there = {None: "", -1: UNHEARD, **dict(conn.execute("SELECT id, name FROM spaces"))}
    rows = conn.execute(
        "SELECT path, id, size, mtime_ns, device, inode, content_hash, flags, "
        "iif(state = ?, ifnull(space, -1), space), ctime_ns FROM samples",
        (int(State.READY),),
    ).fetchall()
    found = {
        path: Known(sample, size, mtime, device & U64, inode & U64, content, flags & MISSING != 0, there[number], ctime)
        for path, sample, size, mtime, device, inode, content, flags, number, ctime in rows
    }
    if space and {row[8] for row in rows} - {number for number, name in there.items() if name in ("", UNHEARD, space)}:
        heard = vectors.heard(conn, space)
        found |= {path: row._replace(encoded_space=space) for path, row in found.items() if row.id in heard}
    return found


def by_hash(conn: sqlite3.Connection, hashes: Collection[str]) -> dict[str, list[SameContent]]:
    """The samples of each of these content hashes, oldest first; hashes of none are left out."""
    found: dict[str, list[SameContent]] = {}
    query = "SELECT id, path, flags FROM samples WHERE content_hash = ? ORDER BY id"
    for content in hashes:
        rows = conn.execute(query, (content,)).fetchall()
        if rows:
            found[content] = [SameContent(sample, path, flags & MISSING != 0) for sample, path, flags in rows]
    return found


def move_many(conn: sqlite3.Connection, moves: Sequence[tuple[SampleId, FileStat, bytes]], *, revision: int) -> int:
    """Give samples a new path, stat and root, swaps included; how many there were to move.

    A sample that is not moved itself and whose path another one takes is removed: its file was overwritten.
    """
    roots = dict(conn.execute("SELECT path, id FROM roots"))
    exists = "SELECT 1 FROM samples WHERE id = ?"
    going = [move for move in moves if move[2] in roots and conn.execute(exists, (move[0],)).fetchone()]
    conn.executemany("UPDATE samples SET path = ? WHERE id = ?", [(b"\0%d" % sample, sample) for sample, _, _ in going])
    taken = [conn.execute("SELECT id FROM samples WHERE path = ?", (stat.path,)).fetchone() for _, stat, _ in going]
    remove(conn, [row[0] for row in taken if row], revision=revision)
    conn.executemany(
        "UPDATE samples SET path = ?, root = ?, size = ?, mtime_ns = ?, device = ?, inode = ?, ctime_ns = ?, "
        "revision = ?, flags = flags & ~4 WHERE id = ?",
        [
            (
                stat.path,
                roots[root],
                stat.size,
                stat.mtime_ns,
                signed(stat.device),
                signed(stat.inode),
                stat.ctime_ns,
                revision,
                sample,
            )
            for sample, stat, root in going
        ],
    )
    conn.executemany("DELETE FROM rejects WHERE path = ?", [(stat.path,) for _, stat, _ in going])
    return len(going)


def restat(conn: sqlite3.Connection, stats: Iterable[tuple[SampleId, FileStat]]) -> None:
    """Note what the system says now of files whose sound is as it was: nothing that a snapshot shows changes."""
    conn.executemany(
        "UPDATE samples SET size = ?, mtime_ns = ?, device = ?, inode = ?, ctime_ns = ? WHERE id = ?",
        [
            (stat.size, stat.mtime_ns, signed(stat.device), signed(stat.inode), stat.ctime_ns, sample)
            for sample, stat in stats
        ],
    )


def mark_missing(conn: sqlite3.Connection, ids: Iterable[SampleId], on: bool, *, revision: int) -> int:
    """Note that the files of these samples are gone for now, or back; how many that changed."""
    change = "flags | 4" if on else "flags & ~4"
    return conn.execute(
        f"UPDATE samples SET flags = {change}, revision = ? "
        f"WHERE id IN (SELECT value FROM json_each(?)) AND (flags & 4 != 0) = ?",
        (revision, listed(ids), not on),
    ).rowcount


def missing_below(conn: sqlite3.Connection, folder: bytes) -> list[SampleId]:
    """The samples at this path and below it whose files are not there now."""
    base = folder.rstrip(b"/")
    rows = conn.execute(
        "SELECT id FROM samples WHERE flags & 4 != 0 AND (path = ? OR (path >= ? AND path < ?))",
        (folder, base + b"/", base + b"0"),
    )
    return [SampleId(row[0]) for row in rows]


def remove(conn: sqlite3.Connection, ids: Iterable[SampleId], *, revision: int) -> int:
    """Drop samples whose files are gone; how many there were. What a person said of them is kept by their sound."""
    chosen = listed(ids)
    keepsakes.keep(conn, chosen)
    conn.execute(
        "INSERT INTO removed SELECT id, ? FROM samples WHERE id IN (SELECT value FROM json_each(?))",
        (revision, chosen),
    )
    return conn.execute("DELETE FROM samples WHERE id IN (SELECT value FROM json_each(?))", (chosen,)).rowcount


def mtimes(conn: sqlite3.Connection) -> list[tuple[int, int]]:
    """Id and mtime_ns of each sample's file, by id."""
    return conn.execute("SELECT id, mtime_ns FROM samples ORDER BY id").fetchall()
