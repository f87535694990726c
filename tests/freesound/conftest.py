from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.freesound_server import FakeFreesound, fake_freesound
from tui_browser.freesound.web import TimeLimits, Web

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
PATIENT = TimeLimits(connect_s=10.0, read_s=10.0, answer_s=20.0, preview_s=20.0)
"""Limits that a busy machine keeps."""
SILENCE = TimeLimits(connect_s=10.0, read_s=0.3, answer_s=20.0, preview_s=20.0)
DRIP = TimeLimits(connect_s=10.0, read_s=10.0, answer_s=0.5, preview_s=0.2)
"""Limits that silence and a drip break soon."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFreesound]:
    """The local service, which this process and its children ask in place of the real one."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("FREESOUND_API_KEY", raising=False)
    with fake_freesound() as fake:
        monkeypatch.setenv("TUI_BROWSER_FREESOUND_URL", fake.url)
        yield fake


@pytest.fixture
def web() -> Iterator[Web]:
    opened = Web(limits=PATIENT)
    yield opened
    opened.close()
