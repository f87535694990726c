"""Path map: the paths of the same files on another machine, such as `/Volumes/samples` or `S:\\`."""

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
    """Rules that replace a path's prefix; the longest matching prefix is used."""

    rules: tuple[tuple[bytes, bytes], ...] = ()
    """(prefix, target), longest prefix first; neither ends in a separator, except a root itself."""

    def __bool__(self) -> bool:
        return bool(self.rules)

    def to_remote(self, path: bytes) -> bytes:
        """The absolute path on the other machine; unchanged when no rule matches."""
        for prefix, target in self.rules:
            below = path[len(prefix) :]
            if path.startswith(prefix) and (not below or below.startswith(b"/") or prefix.endswith(b"/")):
                return _joined(target, below.lstrip(b"/") if prefix.endswith(b"/") else below[1:])
        return path


def parse_path_map(table: Mapping[str, str], *, path: str | None = None) -> PathMap:
    """The rules of a config table of prefix = target; `path` is for error messages. Raises ConfigError."""
    rules = []
    for prefix, target in table.items():
        if not prefix.startswith("/"):
            raise ConfigError(
                f"path_map cannot map {prefix!r}", path=path, hint="the left side is an absolute path on this machine"
            )
        if not target.startswith("/") and not _WINDOWS.match(os.fsencode(target)):
            hint = r"the right side is an absolute path there: /Volumes/samples, 'S:\samples', '\\nas\samples'"
            raise ConfigError(f"path_map cannot map to {target!r}", path=path, hint=hint)
        rules.append((os.fsencode(prefix).rstrip(b"/") or b"/", os.fsencode(target)))
    return PathMap(tuple(sorted(rules, key=lambda rule: -len(rule[0]))))


def is_windows(path: bytes) -> bool:
    """Whether the path is a Windows path: starts with a drive or a share."""
    return _WINDOWS.match(path) is not None


def file_uri(path: bytes) -> str:
    """The `file://` URI of an absolute path, in ASCII; for Windows paths in the form that Windows uses."""
    if not is_windows(path):
        return "file://" + quote_from_bytes(path, safe=b"/")
    slashed = path.replace(b"\\", b"/")
    if slashed.startswith(b"//"):
        return "file:" + quote_from_bytes(slashed, safe=b"/")
    return "file:///" + quote_from_bytes(slashed, safe=b"/:")


def _joined(target: bytes, below: bytes) -> bytes:
    if is_windows(target):
        separator = b"/" if b"/" in target and b"\\" not in target else b"\\"
        below = below.replace(b"/", separator)
        root = target.rstrip(b"\\/")
        return root + separator + below if below or root.endswith(b":") else root
    root = target.rstrip(b"/")
    return root + b"/" + below if below or not root else root
