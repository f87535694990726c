"""Where another machine sees the same files: `/srv/samples` here, `/Volumes/samples` or `S:\\` there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

from tui_browser.errors import ConfigError

_WINDOWS = re.compile(rb"(?:[A-Za-z]:|\\\\[^\\/]+)(?:[\\/]|\Z)")


@dataclass(frozen=True, slots=True)
class PathMap:
    """Prefixes and what stands in their place; the longest that fits counts."""

    rules: tuple[tuple[bytes, bytes], ...] = ()
    """(prefix, target), longest prefix first; neither ends in a separator, except a root itself."""

    def __bool__(self) -> bool:
        return bool(self.rules)

    def to_remote(self, path: bytes) -> bytes:
        """The absolute path as the other machine names it, otherwise byte for byte the same."""
        for prefix, target in self.rules:
            rest = path[len(prefix) :]
            if path.startswith(prefix) and (not rest or rest.startswith(b"/") or prefix.endswith(b"/")):
                rest = rest.lstrip(b"/") if prefix.endswith(b"/") else rest[1:]
                return _joined(target, rest)
        return path


def parse_path_map(table: Mapping[str, str], *, path: str | None = None) -> PathMap:
    """The rules of a config table, prefix to target; `path` is only named in errors. Raises ConfigError."""
    rules = []
    for prefix, target in table.items():
        if not prefix.startswith("/"):
            raise ConfigError(
                f"path_map cannot map {prefix!r}", path=path, hint="the left side is a folder here, from / on"
            )
        if not target.startswith("/") and not _WINDOWS.match(os.fsencode(target)):
            hint = r"the right side is a whole path there: /Volumes/samples, 'S:\samples', '\\nas\samples'"
            raise ConfigError(f"path_map cannot map to {target!r}", path=path, hint=hint)
        rules.append((_bare(os.fsencode(prefix)), os.fsencode(target)))
    return PathMap(tuple(sorted(rules, key=lambda rule: -len(rule[0]))))


def is_windows(path: bytes) -> bool:
    """Whether it is a path of Windows: a drive or a share first."""
    return _WINDOWS.match(path) is not None


def file_uri(path: bytes) -> str:
    """The `file://` address of an absolute path, in ASCII; paths of Windows become what Windows writes."""
    if not is_windows(path):
        return "file://" + quote_from_bytes(path, safe=b"/")
    slashed = path.replace(b"\\", b"/")
    if slashed.startswith(b"//"):
        return "file:" + quote_from_bytes(slashed, safe=b"/")
    return "file:///" + quote_from_bytes(slashed, safe=b"/:")


def _bare(path: bytes) -> bytes:
    return path.rstrip(b"/") or b"/"


def _joined(target: bytes, rest: bytes) -> bytes:
    if is_windows(target):
        separator = b"/" if b"/" in target and b"\\" not in target else b"\\"
        rest = rest.replace(b"/", separator)
        root = target.rstrip(b"\\/")
        return root + separator + rest if rest or root.endswith(b":") else root
    root = target.rstrip(b"/")
    return root + b"/" + rest if rest or not root else root
