"""All rows of a library file, to compare two libraries of the same files field by field."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Any

ORDER = frozenset({"id", "root", "revision", "encoded", "layout", "space", "ctime_ns", "added_s"})
"""Columns that tell when and in which order rows came, and whether a file had just changed when it was read; roots,
spaces and layouts are compared by name."""
NOT_ROWS = frozenset({"packs", "pack_parts", "state", "notes", "sqlite_sequence", "removed", "spaces", "layouts"})


def library_rows(path: Path | str, *, without: Collection[str] = ()) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Every row of every table with what a file, a sound or a person says, by table, path and what else names it."""
    with closing(sqlite3.connect(path)) as conn:
        conn.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        conn.row_factory = sqlite3.Row
        samples = dict(conn.execute("SELECT id, path FROM samples").fetchall())
        names = {
            "space": dict(conn.execute("SELECT id, name FROM spaces").fetchall()),
            "layout": dict(conn.execute("SELECT id, name FROM layouts").fetchall()),
            "root": dict(conn.execute("SELECT id, path FROM roots").fetchall()),
        }
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        tables = [row["name"] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in sorted(set(tables) - NOT_ROWS):
            for row in conn.execute(f"SELECT * FROM {table}"):
                fields = dict(row)
                named = {key: names[key].get(fields[key], fields[key]) for key in names if key in fields}
                sample = samples.get(fields.pop("sample", None), fields.get("path"))
                kept = {key: value for key, value in fields.items() if key not in ORDER and key not in without}
                key = (
                    table,
                    sample,
                    *(named.get(name) for name in sorted(names)),
                    kept.get("tag"),
                    kept.get("content_hash"),
                )
                assert key not in rows, key
                rows[key] = kept
        return rows


def differences(one: Path | str, other: Path | str, *, without: Collection[str] = ()) -> list[object]:
    """What only one of two libraries has, and the fields in which their rows differ; empty when they are equal."""
    left, right = library_rows(one, without=without), library_rows(other, without=without)
    found: list[object] = [("only in one", key) for key in left.keys() - right.keys()]
    found += [("only in the other", key) for key in right.keys() - left.keys()]
    for key in left.keys() & right.keys():
        fields = [name for name in left[key] if left[key][name] != right[key].get(name)]
        found += [(key, name, left[key][name], right[key].get(name)) for name in fields]
    return found
