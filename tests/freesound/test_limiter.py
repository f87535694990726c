"""60 requests a minute and 2,000 a day, over restarts and for several processes."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.freesound.test_client import FakeClock
from tui_browser.errors import FreesoundError
from tui_browser.freesound.limiter import RequestLimiter


def used(path: Path, clock: FakeClock, ages_s: list[float]) -> None:
    path.write_text(json.dumps(sorted(clock.now() - age for age in ages_s)))


def test_f4_the_minute_is_kept_over_a_restart(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "state" / "requests.json"
    for _ in range(60):
        RequestLimiter(str(path), clock=clock).acquire()
        clock.time += 0.5
    assert clock.slept == 0
    RequestLimiter(str(path), clock=clock).acquire()
    assert clock.slept == pytest.approx(30)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_f4_the_day_is_kept_over_a_restart_and_its_end_is_told(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "requests.json"
    used(path, clock, [79_200.0 - at for at in range(2_000)])  # 22 hours ago
    limiter = RequestLimiter(str(path), clock=clock)
    with pytest.raises(FreesoundError, match=r"2,000 requests .* in 2 h 01 min"):
        limiter.acquire()
    assert clock.slept == 0
    clock.time += 7_201
    limiter.acquire()
    assert clock.slept == 0


def test_two_at_once_share_the_minute(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "requests.json"
    one, other = (RequestLimiter(str(path), clock=clock) for _ in range(2))
    for _ in range(30):
        one.acquire()
        other.acquire()
    other.acquire()
    assert clock.slept == pytest.approx(60, abs=0.5)


def test_a_clock_that_is_put_back_locks_nobody_out(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "requests.json"
    used(path, clock, [-90_000.0 - at for at in range(2_000)])
    RequestLimiter(str(path), clock=clock).acquire()
    assert clock.slept == 0


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'["x", null, true, 1e999]', b"[" * 100_000])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "requests.json"
    path.write_bytes(content)
    RequestLimiter(str(path), clock=FakeClock()).acquire()
    assert len(json.loads(path.read_bytes())) == 1


def test_a_folder_that_cannot_be_written_does_not_lift_the_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    clock = FakeClock()
    limiter = RequestLimiter(str(tmp_path / "file" / "requests.json"), clock=clock)
    for _ in range(61):
        limiter.acquire()
    assert clock.slept == pytest.approx(60, abs=0.5)
