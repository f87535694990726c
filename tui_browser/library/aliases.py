"""Find the library's path of a file given by another path: through a symlink, `..` or a hard link."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tui_browser.store.store import Store


def known_as(store: Store, paths: Sequence[bytes]) -> list[bytes | None]:
    """The library's path of the file at each absolute path; None for files outside the library.

    The disk is read only for paths that the library does not contain literally.
    """
    known_paths: dict[bytes, bytes | None] = {}
    roots: list[tuple[bytes, bytes]] | None = None
    by_inode: dict[int, list[tuple[bytes, os.stat_result]]] = {}
    for path in dict.fromkeys(paths):
        known_paths[path] = _literal(store, path)
        if known_paths[path] is not None or (stat := _stat(path)) is None:
            continue
        if roots is None:  # computed once; most lists do not need them
            roots = [(root.path, os.path.realpath(root.path)) for root in store.roots()]
        known_paths[path] = _below_roots(store, os.path.realpath(path), roots)
        if known_paths[path] is None:
            by_inode.setdefault(stat.st_ino, []).append((path, stat))
    if by_inode:
        for known in store.paths_of_inodes(by_inode):
            if (known_stat := _stat(known)) is None:
                continue
            for path, stat in by_inode.get(known_stat.st_ino, ()):
                if known_paths[path] is None and os.path.samestat(stat, known_stat):
                    known_paths[path] = known
    return [known_paths[path] for path in paths]


def _literal(store: Store, path: bytes) -> bytes | None:
    """The normalised path if the library contains it; `..` is resolved on disk, because it may follow a symlink."""
    if b".." in path.split(b"/"):
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    path = os.path.normpath(path)
    return path if store.id_of(path) is not None else None


def _below_roots(store: Store, real: bytes, roots: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """The library's path of a file below a root that is, or contains, a symlink."""
    for root, real_root in roots:
        prefix = real_root.rstrip(b"/") + b"/"
        if real.startswith(prefix):
            path = os.path.join(root, real[len(prefix) :])
            if store.id_of(path) is not None:
                return path
    return None


def _stat(path: bytes) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None
