"""What all tests of the app on fakes share."""

from __future__ import annotations

import pytest
from textual import _wait


@pytest.fixture(autouse=True)
def pilot_polls_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pilot asks every 4 ms whether the app is idle, not every 20: each key asks four times."""
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.004)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0004)
