"""The table `samples`: store, move, mark missing and remove samples, and list them for comparison with the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tui_browser.records import (
    KEYS,
    MISSING,
    PROVISIONAL,
    U64,
    UNCLASSED,
    Clip,
    FileSlices,
    FileStat,
    SampleId,
    SampleState,
    is_provisional,
)
from tui_browser.store import (
    class_heads,
    copies,
    encodings,
    file_facts,
    keepsakes,
    layouts,
    sample_collections,
    slices,
    sound_credits,
    user_annotations,
    written_facts,
)
from tui_browser.store.class_heads import ClassHead
from tui_browser.store.records import UNHEARD, ClipEntry, KnownRow, SameContent, UnfinishedFile
from tui_browser.store.transactions import listed, plain, read_state, signed

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


class _ModelColumns(NamedTuple):
    """The columns of `samples` that follow from the model."""

    class_index: int
    class_p: float
    space: int | None
    encoded: int


@dataclass(slots=True)
class _Batch:
    """Rows to write for a batch of clips, table by table."""

    samples: list[tuple[Any, ...]] = field(default_factory=list)
    encodings: list[tuple[Any, ...]] = field(default_factory=list)
    places: list[tuple[int, float, float]] = field(default_factory=list)
    slices: list[tuple[int, FileSlices | None]] = field(default_factory=list)
    changed: list[tuple[int]] = field(default_factory=list)
    """Known samples whose sound differs from before."""
    added: list[tuple[SampleId, str]] = field(default_factory=list)
    """New samples, and those of which only the head was known, with their content hashes."""
    provisional: list[tuple[str]] = field(default_factory=list)
    """Provisional hashes that were replaced."""
    tagged: list[tuple[SampleId, tuple[str, ...]]] = field(default_factory=list)
    """New samples with the tags that they come with."""
    clips: list[tuple[int, Clip]] = field(default_factory=list)


def put_clips(
    conn: sqlite3.Connection,
    entries: Sequence[ClipEntry],
    *,
    space: str,
    layout: str,
    revision: int,
    completing: bool = False,
) -> int:
    """Store decoded files; the number stored.

    A sample at a known path keeps its id and annotations. Where its sound has changed, its old encodings, slices and
    places are deleted. Where its sound is the same, whatever the entry lacks is kept, and so is its class while
    another space is shown (see `encodings.show_space`); so it is where a clip completes the row of a head. Entries of
    a root that was forgotten meanwhile are skipped; of two entries with one path the last is stored. With
    `completing`, clips that complete no row are skipped, too.
    """
    roots = dict(conn.execute("SELECT path, id FROM roots"))
    latest = {entry.clip.stat.path: entry for entry in entries if entry.root in roots}
    if not latest:
        return 0
    space_id = encodings.space_id(conn, space)
    shown = read_state(conn).space
    if completing:
        latest = {path: entry for path, entry in latest.items() if _completes(conn, entry.clip)}
    head = class_heads.read(conn, space)
    batch = _collect(conn, latest, roots=roots, space=space_id, head=head, shown=shown, revision=revision)
    conn.executemany(_UPSERT, batch.samples)
    conn.executemany("DELETE FROM credits WHERE content_hash = ?", batch.provisional)
    keepsakes.restore(conn, batch.added, revision=revision)
    sample_collections.reattach(conn, [sample for sample, _ in batch.added], revision=revision)
    stated = {clip.content_hash: clip.credit for clip in (entry.clip for entry in latest.values()) if clip.credit}
    sound_credits.put(conn, stated, revision=revision)
    user_annotations.add_first_tags(conn, batch.tagged)
    file_facts.put(conn, batch.clips, added=[sample for sample, _ in batch.added], changed=batch.changed)
    for table in ("encodings", "slices", "places"):
        conn.executemany(f"DELETE FROM {table} WHERE sample = ?", batch.changed)
    copies.forget_sounds(conn, batch.changed)
    marks = [(sample, clip.fingerprint) for sample, clip in batch.clips if clip.fingerprint is not None]
    copies.put_fingerprints(conn, marks, space=space_id)
    written_facts.put(conn, batch.clips)
    conn.executemany("INSERT OR REPLACE INTO encodings VALUES (?, ?, ?, ?, ?)", batch.encodings)
    slices.put(conn, batch.slices, space=space_id)
    conn.executemany("DELETE FROM rejects WHERE path = ?", [(path,) for path in latest])
    if layout and batch.places:
        layouts.add_places(conn, layouts.layout_id(conn, layout, space=space, revision=revision), batch.places)
    if batch.encodings and shown is None:
        encodings.show_space(conn, space, revision=revision)
    return len(batch.samples)


def _collect(
    conn: sqlite3.Connection,
    latest: Mapping[bytes, ClipEntry],
    *,
    roots: Mapping[bytes, int],
    space: int,
    head: ClassHead | None,
    shown: int | None,
    revision: int,
) -> _Batch:
    batch = _Batch()
    switching = shown is not None and shown != space
    next_id = 1 + (conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'samples'").fetchone() or (0,))[0]
    lookup = "SELECT id, content_hash, class, class_p, space, encoded FROM samples WHERE path = ?"
    for path, entry in latest.items():
        clip, encoding = entry.clip, entry.encoding
        known = conn.execute(lookup, (path,)).fetchone()
        sample = next_id if known is None else known[0]
        same_sound = known is not None and known[1] == clip.content_hash
        if known is not None and is_provisional(known[1]) and _completes(conn, clip):
            same_sound = True
            batch.added.append((SampleId(sample), clip.content_hash))
            batch.provisional.append((known[1],))
        if known is None:
            next_id += 1
            batch.added.append((SampleId(sample), clip.content_hash))
            batch.tagged.append((SampleId(sample), clip.tags))
        elif not same_sound:
            batch.changed.append((sample,))
        if encoding is not None:
            cells = encodings.blobs(encoding.embedding, encoding.z, encoding.probabilities)
            model = _ModelColumns(*class_heads.likeliest([(cells[0], cells[2])], head)[0], space, revision)
            if switching and same_sound and known[4] is not None:
                model = _ModelColumns(*known[2:6])
            batch.encodings.append((space, sample, *cells))
            batch.slices.append((sample, clip.slices))
        elif same_sound:
            model = _ModelColumns(*known[2:6])
        else:
            model = _ModelColumns(UNCLASSED, 0.0, None, revision)
        if entry.xy is not None:
            batch.places.append((sample, *entry.xy))
        batch.clips.append((sample, clip))
        batch.samples.append(_sample_cells(sample, roots[entry.root], clip, model, revision))
    return batch


def _completes(conn: sqlite3.Connection, clip: Clip) -> bool:
    """Whether a clip is the whole of a file of which the head is known."""
    query = "SELECT 1 FROM samples WHERE path = ? AND content_hash >= ? AND size = ? AND mtime_ns = ?"
    head = (clip.stat.path, PROVISIONAL, clip.stat.size, clip.stat.mtime_ns)
    return not is_provisional(clip.content_hash) and conn.execute(query, head).fetchone() is not None


def _sample_cells(sample: int, root: int, clip: Clip, model: _ModelColumns, revision: int) -> tuple[Any, ...]:
    """The parameters of `_UPSERT`."""
    stat, d = clip.stat, clip.descriptors
    return (
        sample, root, stat.path, stat.size, stat.mtime_ns, signed(stat.device), signed(stat.inode),
        clip.content_hash, clip.sample_rate, clip.channels, clip.frames, clip.onset_s,
        d.duration_s, d.brightness_hz, d.noisiness, d.pitch_hz, d.attack_s, d.loudness_db,
        int(clip.state), plain(clip.note), model.class_index, model.class_p, model.space, revision, model.encoded,
        clip.bpm, None if clip.key is None else KEYS.index(clip.key), *(clip.level or (None, None)), stat.ctime_ns,
    )  # fmt: skip


def known(conn: sqlite3.Connection, space: str = "", *, width: int = 0) -> dict[bytes, KnownRow]:
    """All samples by path; `encoded_space` is `space` for those encoded in it, whichever space is shown.

    With `width`, a sample whose vector has fewer numbers than that counts as not encoded.
    """
    space_names = {None: "", -1: UNHEARD, **dict(conn.execute("SELECT id, name FROM spaces"))}
    rows = conn.execute(
        "SELECT path, id, size, mtime_ns, device, inode, content_hash, flags, "
        "iif(state = ?, ifnull(space, -1), space), ctime_ns FROM samples",
        (int(SampleState.READY),),
    ).fetchall()
    if {type(row[0]) for row in rows} - {bytes}:
        raise ValueError("a path that is no path")
    samples = {
        path: KnownRow(
            sample, size, mtime, device & U64, inode & U64, content, flags & MISSING != 0, space_names[number], ctime
        )
        for path, sample, size, mtime, device, inode, content, flags, number, ctime in rows
    }
    up_to_date = {number for number, name in space_names.items() if name in ("", UNHEARD, space)}
    if space and {row[8] for row in rows} - up_to_date:
        encoded = encodings.encoded_samples(conn, space)
        samples |= {path: row._replace(encoded_space=space) for path, row in samples.items() if row.id in encoded}
    if narrow := encodings.narrow_samples(conn, space, width) if width else set():
        samples |= {path: row._replace(encoded_space=UNHEARD) for path, row in samples.items() if row.id in narrow}
    return samples


def unfinished(conn: sqlite3.Connection, space: str) -> list[UnfinishedFile]:
    """The present samples of which only the head was read, the newest files first; `space` is that of the model."""
    rows = conn.execute(
        "SELECT id, path, size, mtime_ns, device, inode, ctime_ns, iif(encodings.sample IS NULL, NULL, onset_s) "
        "FROM samples LEFT JOIN encodings ON encodings.sample = id "
        "AND encodings.space = (SELECT id FROM spaces WHERE name = ?) "
        "WHERE content_hash >= ? AND flags & 4 = 0 ORDER BY mtime_ns DESC, samples.id",
        (space, PROVISIONAL),
    ).fetchall()
    return [
        UnfinishedFile(SampleId(sample), FileStat(path, size, mtime_ns, device & U64, inode & U64, ctime_ns), onset_s)
        for sample, path, size, mtime_ns, device, inode, ctime_ns, onset_s in rows
    ]


def unfinished_count(conn: sqlite3.Connection) -> int:
    """The number of those samples."""
    query = "SELECT count(*) FROM samples WHERE content_hash >= ? AND flags & 4 = 0"
    number: int = conn.execute(query, (PROVISIONAL,)).fetchone()[0]
    return number


def by_hash(conn: sqlite3.Connection, hashes: Collection[str]) -> dict[str, list[SameContent]]:
    """The samples with each of these content hashes, oldest first; unknown hashes are omitted."""
    samples: dict[str, list[SameContent]] = {}
    query = "SELECT id, path, flags FROM samples WHERE content_hash = ? ORDER BY id"
    for content in hashes:
        rows = conn.execute(query, (content,)).fetchall()
        if rows:
            samples[content] = [SameContent(sample, path, flags & MISSING != 0) for sample, path, flags in rows]
    return samples


def move_many(conn: sqlite3.Connection, moves: Sequence[tuple[SampleId, FileStat, bytes]], *, revision: int) -> int:
    """Move samples to a new path, stat and root; paths may be swapped. The number moved.

    A sample that does not move and whose path is taken by another is removed: its file was overwritten.
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
    written_facts.follow_names(conn, [(sample, stat.path) for sample, stat, _ in going])
    conn.executemany("DELETE FROM rejects WHERE path = ?", [(stat.path,) for _, stat, _ in going])
    return len(going)


def restat(conn: sqlite3.Connection, stats: Iterable[tuple[SampleId, FileStat]]) -> None:
    """Update size, times, device and inode of files with unchanged sound; snapshots stay the same."""
    conn.executemany(
        "UPDATE samples SET size = ?, mtime_ns = ?, device = ?, inode = ?, ctime_ns = ? WHERE id = ?",
        [
            (stat.size, stat.mtime_ns, signed(stat.device), signed(stat.inode), stat.ctime_ns, sample)
            for sample, stat in stats
        ],
    )


def mark_emptied(conn: sqlite3.Connection, ids: Iterable[SampleId], *, revision: int) -> None:
    """Share what was said of samples whose folder was emptied with the same files elsewhere: they may have moved."""
    keepsakes.share(conn, listed(ids), revision=revision)


def mark_missing(conn: sqlite3.Connection, ids: Iterable[SampleId], on: bool, *, revision: int) -> int:
    """Set or clear the flag MISSING; the number of samples changed."""
    change = "flags | 4" if on else "flags & ~4"
    return conn.execute(
        f"UPDATE samples SET flags = {change}, revision = ? "
        f"WHERE id IN (SELECT value FROM json_each(?)) AND (flags & 4 != 0) = ?",
        (revision, listed(ids), not on),
    ).rowcount


def missing_below(conn: sqlite3.Connection, folder: bytes) -> list[SampleId]:
    """The missing samples at or below this path."""
    base = folder.rstrip(b"/")
    rows = conn.execute(
        "SELECT id FROM samples WHERE flags & 4 != 0 AND (path = ? OR (path >= ? AND path < ?))",
        (folder, base + b"/", base + b"0"),
    )
    return [SampleId(row[0]) for row in rows]


def remove(conn: sqlite3.Connection, ids: Iterable[SampleId], *, revision: int) -> int:
    """Remove samples and keep their annotations as orphaned; the number removed."""
    chosen = listed(ids)
    keepsakes.keep(conn, chosen, revision=revision)
    sample_collections.detach(conn, chosen, revision=revision)
    conn.execute(
        "INSERT INTO removed SELECT id, ? FROM samples WHERE id IN (SELECT value FROM json_each(?))",
        (revision, chosen),
    )
    return conn.execute("DELETE FROM samples WHERE id IN (SELECT value FROM json_each(?))", (chosen,)).rowcount


def mtimes(conn: sqlite3.Connection) -> list[tuple[int, int]]:
    """Id and mtime_ns of all samples, ordered by id."""
    return conn.execute("SELECT id, mtime_ns FROM samples ORDER BY id").fetchall()
