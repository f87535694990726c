"""The tables `collections` and `collection_items`: named, ordered lists of samples.

An item follows its sample through moves and edits. When the sample is removed, its item keeps the content hash and the
path, and finds the sample again when a file with the same sound comes in.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from tui_browser.errors import LibraryError, printable
from tui_browser.records import SampleId
from tui_browser.store.path_likeness import common_parts
from tui_browser.store.records import CollectionInfo, CollectionItem, CollectionKind, SampleCollection
from tui_browser.store.transactions import listed, plain

MOST_NAME_LETTERS = 200


def delete(conn: sqlite3.Connection, name: str) -> bool:
    """Delete a collection, not its samples; False when there is none."""
    return conn.execute("DELETE FROM collections WHERE name = ?", (plain(name).strip(),)).rowcount > 0


def infos(conn: sqlite3.Connection) -> list[CollectionInfo]:
    """All collections by name."""
    rows = conn.execute(
        "SELECT name, kind, count(position), count(position) - count(sample) FROM collections "
        "LEFT JOIN collection_items ON collection = id GROUP BY id ORDER BY name"
    )
    return [CollectionInfo(_text(name), _kind(kind), items, absent) for name, kind, items, absent in rows]


def read(conn: sqlite3.Connection, name: str) -> SampleCollection | None:
    """The collection of this name, ignoring case; None where there is none."""
    row = conn.execute("SELECT id, name, kind, data FROM collections WHERE name = ?", (plain(name).strip(),)).fetchone()
    if row is None:
        return None
    number, written, kind, data = row
    items = conn.execute(
        "SELECT sample, coalesce(samples.content_hash, item.content_hash), coalesce(samples.path, item.path), data "
        "FROM collection_items AS item LEFT JOIN samples ON samples.id = sample WHERE collection = ? ORDER BY position",
        (number,),
    )
    return SampleCollection(_text(written), _kind(kind), tuple(_item(cells) for cells in items), _mapping(data))


def put(conn: sqlite3.Connection, collection: SampleCollection, *, revision: int) -> None:
    """Put a collection in place of one of the same name, if there is one.

    An item without a sample gets the one with its sound, that at its path first; an item whose sample was removed
    meanwhile keeps what it says of the sound. Raises LibraryError for a name that is none.
    """
    name = collection_name(collection.name)
    delete(conn, name)
    number = conn.execute(
        "INSERT INTO collections (name, kind, data, revision) VALUES (?, ?, ?, ?) RETURNING id",
        (name, collection.kind, _json(collection.data), revision),
    ).fetchone()[0]
    conn.executemany(
        "INSERT INTO collection_items VALUES (?, ?, ?, ?, ?, ?)",
        [(number, position, *_cells(conn, item)) for position, item in enumerate(collection.items)],
    )


def members(
    conn: sqlite3.Connection, earlier: Mapping[str, tuple[SampleId, ...]], *, since: int
) -> dict[str, tuple[SampleId, ...]]:
    """Samples of each collection in order; those unchanged since revision `since` are as in `earlier`."""
    kept: dict[str, tuple[SampleId, ...]] = {}
    for number, cell, revision in conn.execute("SELECT id, name, revision FROM collections ORDER BY name").fetchall():
        name = _text(cell)
        if revision <= since and name in earlier:
            kept[name] = earlier[name]
            continue
        query = (
            "SELECT sample FROM collection_items JOIN samples ON samples.id = sample "
            "WHERE collection = ? ORDER BY position"
        )
        kept[name] = tuple(row[0] for row in conn.execute(query, (number,)))
    return kept


def as_fields(collection: SampleCollection) -> dict[str, Any]:
    """The collection as JSON."""
    return {
        "name": collection.name,
        "kind": collection.kind,
        "data": dict(collection.data),
        "items": [
            {
                "sample": item.sample,
                "content_hash": item.content_hash,
                "path": os.fsdecode(item.path),
                "data": dict(item.data),
            }
            for item in collection.items
        ],
    }


def from_fields(fields: Mapping[str, Any]) -> SampleCollection:
    """The inverse of `as_fields`; raises an error of Python for other fields. Ids of samples may be left out."""
    items = [
        CollectionItem(
            each.get("sample"), str(each["content_hash"]), os.fsencode(each["path"]), _checked_mapping(each["data"])
        )
        for each in fields["items"]
    ]
    return SampleCollection(
        collection_name(fields["name"]), _kind(fields["kind"]), tuple(items), _checked_mapping(fields["data"])
    )


def detach(conn: sqlite3.Connection, chosen: str, *, revision: int) -> None:
    """Keep the sounds of samples about to be removed; `chosen` are ids as from `transactions.listed`."""
    touched = conn.execute(
        """
        UPDATE collection_items SET sample = NULL,
            content_hash = (SELECT samples.content_hash FROM samples WHERE id = sample),
            path = (SELECT samples.path FROM samples WHERE id = sample)
        WHERE sample IN (SELECT value FROM json_each(?)) RETURNING collection
        """,
        (chosen,),
    ).fetchall()
    _touch(conn, {row[0] for row in touched}, revision=revision)


def hand_over(conn: sqlite3.Connection, sample: SampleId, heir: SampleId, *, revision: int) -> None:
    """Put another sample in place of one that is about to be removed."""
    rows = conn.execute("UPDATE collection_items SET sample = ? WHERE sample = ? RETURNING collection", (heir, sample))
    _touch(conn, {row[0] for row in rows.fetchall()}, revision=revision)


def reattach(conn: sqlite3.Connection, arrived: Iterable[SampleId], *, revision: int) -> None:
    """Give new samples the items of their sounds: of several copies, each those of the path most like its own."""
    absent = conn.execute(
        """
        SELECT samples.id, samples.path, collection, position, item.path
        FROM samples JOIN collection_items AS item USING (content_hash)
        WHERE samples.id IN (SELECT value FROM json_each(?)) AND item.sample IS NULL AND content_hash != ''
        ORDER BY samples.id, collection, position
        """,
        (listed(arrived),),
    ).fetchall()
    taken: dict[tuple[int, int], int] = {}
    served: dict[tuple[int, int], bytes] = {}
    """The earlier path whose items a sample has got, by collection and sample."""
    by_likeness = sorted(absent, key=lambda row: (row[1] != row[4], -common_parts(row[1], row[4])))
    for sample, _, collection, position, item_path in by_likeness:
        if (collection, position) not in taken and served.setdefault((collection, sample), item_path) == item_path:
            taken[collection, position] = sample
    conn.executemany(
        "UPDATE collection_items SET sample = ? WHERE collection = ? AND position = ?",
        [(sample, *item) for item, sample in taken.items()],
    )
    _touch(conn, {collection for collection, _ in taken}, revision=revision)


def collection_name(name: str) -> str:
    """The name as it is stored; raises LibraryError for one that is empty, too long or has unprintable letters."""
    cleaned = plain(name).strip()
    if not cleaned or not cleaned.isprintable() or len(cleaned) > MOST_NAME_LETTERS:
        raise LibraryError(
            f"{printable(cleaned[:40]) or 'nothing'} is no name for a collection",
            hint=f"a name has 1 to {MOST_NAME_LETTERS} printable letters",
        )
    return cleaned


def _touch(conn: sqlite3.Connection, collections: Iterable[int], *, revision: int) -> None:
    conn.executemany("UPDATE collections SET revision = ? WHERE id = ?", [(revision, each) for each in collections])


def _cells(conn: sqlite3.Connection, item: CollectionItem) -> tuple[SampleId | None, str, bytes, str]:
    """The columns of an item from `sample` on."""
    if item.sample is not None:
        query, key = "SELECT id, content_hash, path FROM samples WHERE id = ?", (item.sample,)
        row = conn.execute(query, key).fetchone()
    elif item.content_hash:
        query = "SELECT id, content_hash, path FROM samples WHERE content_hash = ? ORDER BY path != ?, id LIMIT 1"
        row = conn.execute(query, (item.content_hash, item.path)).fetchone()
    else:
        row = None
    return (*(row or (None, plain(item.content_hash), item.path)), _json(item.data))


def _item(cells: Sequence[Any]) -> CollectionItem:
    sample, content_hash, path, data = cells
    if type(path) is not bytes or b"\0" in path:
        raise ValueError(f"the path {str(path)[:40]!r} of a collection is no path")
    return CollectionItem(sample, _text(content_hash), path, _mapping(data))


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(dict(data), allow_nan=False)


def _mapping(cell: Any) -> Mapping[str, Any]:
    return _checked_mapping(json.loads(cell))


def _checked_mapping(data: Any) -> Mapping[str, Any]:
    if type(data) is not dict:
        raise ValueError("data of a collection that is no object")
    return data


def _text(cell: Any) -> str:
    if type(cell) is not str:
        raise ValueError("a text of a collection that is no text")
    return printable(cell)


def _kind(cell: Any) -> CollectionKind:
    for kind in get_args(CollectionKind):
        if cell == kind:
            known: CollectionKind = kind
            return known
    raise ValueError("a collection of an unknown kind")
