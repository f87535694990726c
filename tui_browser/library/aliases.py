"""Other names of one file: what the library calls a file that somebody else names through a symlink, `..` or a link."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tui_browser.store.store import Store


def known_as(store: Store, paths: Sequence[bytes]) -> list[bytes | None]:
    """The path under which the library has the file at each absolute path; None for those that it has not.

    A path that the library knows as it stands is taken as it stands; only for others the disk is looked at.
    """
    found: dict[bytes, bytes | None] = {}
    roots: list[tuple[bytes, bytes]] | None = None
    by_inode: dict[int, list[tuple[bytes, os.stat_result]]] = {}
    for path in dict.fromkeys(paths):
        found[path] = _exact(store, path)
        if found[path] is not None or (info := _stat(path)) is None:
            continue
        if roots is None:  # most lists name every file as the library does
            roots = [(root.path, os.path.realpath(root.path)) for root in store.roots()]
        found[path] = _below_roots(store, os.path.realpath(path), roots)
        if found[path] is None:
            by_inode.setdefault(info.st_ino, []).append((path, info))
    if by_inode:
        for known in store.paths_of_inodes(by_inode):
            if (there := _stat(known)) is None:
                continue
            for path, info in by_inode.get(there.st_ino, ()):
                if found[path] is None and os.path.samestat(info, there):
                    found[path] = known
    return [found[path] for path in paths]


def _exact(store: Store, path: bytes) -> bytes | None:
    """The path as the library writes it; `..` behind a symlink leads elsewhere than the letters say."""
    if b".." in path.split(b"/"):
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    path = os.path.normpath(path)
    return path if store.id_of(path) is not None else None


def _below_roots(store: Store, real: bytes, roots: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """What the library calls a file where one of its roots was reached through a symlink."""
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
