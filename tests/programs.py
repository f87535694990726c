"""Programs that a test needs beside Python: where one is absent the test is skipped and says which."""

from __future__ import annotations

import os
import shutil

import pytest

_SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where servers lie, which is on the PATH of few people."""


def need(*names: str) -> str:
    """Skip the test, or those that use the fixture, unless all these programs are here; the path of the first."""
    found = [shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM}") for name in names]
    missing = [name for name, path in zip(names, found, strict=True) if path is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    return str(found[0])
