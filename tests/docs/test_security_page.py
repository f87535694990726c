"""Each promise of docs/security.md names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PROMISES = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", (TOP / "docs" / "security.md").read_text())


def test_every_promise_has_a_test() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", (TOP / "docs" / "security.md").read_text(), re.MULTILINE)
    promises = [row for row in rows if row[1] not in ("test", "---") and len(row[0].split("|")) == 1]
    assert len(promises) > 20 and all("::test_" in test for _, test in promises)


@pytest.mark.parametrize(("file", "name"), PROMISES, ids=[name for _, name in PROMISES])
def test_the_test_of_a_promise_exists(file: str, name: str) -> None:
    assert f"def {name}(" in (TOP / file).read_text()
