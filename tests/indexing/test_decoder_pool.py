"""The decoder pool: slow is not hung, and a decoder that ends takes one file with it, with the right reason."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tui_browser import child
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import RejectCode
from tui_browser.indexing.decoder_pool import DecodeOutcome, DecoderPool, Heartbeat, HeartbeatSender
from tui_browser.records import FileStat, Reject

FILE = FileStat(b"/r/a.wav", 1, 1, 1, 1)


def slow_main(conn: Connection, *_: Any) -> None:
    """A decoder that takes far longer than it may rest, and reads all the while."""
    while True:
        stats = conn.recv()
        for _beat in range(35):
            time.sleep(0.2)
            conn.send(Heartbeat(True, 0.0))
        conn.send([Reject(stat, "read to its end") for stat in stats])


def hung_main(conn: Connection, *_: Any) -> None:
    """A decoder that waits for its drive for ever."""
    conn.recv()
    time.sleep(1000)


def endless_main(conn: Connection, *_: Any) -> None:
    """A decoder that turns in a circle."""
    conn.recv()
    for second in range(1000):
        time.sleep(0.1)
        conn.send(Heartbeat(False, 10.0 * second))


def killed_main(conn: Connection, *_: Any) -> None:
    """A decoder that the system ends."""
    conn.recv()
    os.kill(os.getpid(), signal.SIGKILL)


def crashing_main(conn: Connection, *_: Any) -> None:
    """A decoder with a bug."""
    conn.recv()
    os.kill(os.getpid(), signal.SIGSEGV)


def outcomes_of(
    main: str, monkeypatch: pytest.MonkeyPatch, *files: FileStat, patience_s: float = 1.0
) -> list[DecodeOutcome]:
    start = child.start
    monkeypatch.setattr(child, "start", lambda target, *args, **more: start(f"{__name__}:{main}", *args, **more))
    pool = DecoderPool(DEFAULT_FRONT_END, jobs=1, patience_s=patience_s, heartbeat_s=0.1)
    outcomes: list[DecodeOutcome] = []
    try:
        pool.put(files)
        until = time.monotonic() + 60
        while pool.pending and time.monotonic() < until:
            outcomes += pool.drain(timeout_s=0.1)
    finally:
        pool.close()
    return outcomes


@pytest.mark.parametrize(
    ("main", "code", "word"),
    [
        ("slow_main", RejectCode.CONTENT, "read to its end"),
        ("hung_main", RejectCode.TIME_LIMIT, "nothing could be read from it for 1 s"),
        ("endless_main", RejectCode.CONTENT, "did not finish"),
        ("killed_main", RejectCode.MEMORY, "memory"),
        ("crashing_main", RejectCode.CONTENT, "crashed"),
    ],
)
def test_how_a_decoder_ends_is_told(main: str, code: RejectCode, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patience_s = 1.0 if code is RejectCode.TIME_LIMIT else 5.0  # long enough for a busy machine to start a process
    (outcome,) = outcomes_of(main, monkeypatch, FILE, patience_s=patience_s)
    assert isinstance(outcome, Reject)
    assert outcome.code is code and word in outcome.reason


def test_a_drive_that_does_not_answer_is_given_up_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [FileStat(b"/r/%d.wav" % number, 1, 1, 1, number) for number in range(100)]
    began = time.monotonic()
    outcomes = outcomes_of("hung_main", monkeypatch, *files)
    assert {outcome.stat.path for outcome in outcomes} == {stat.path for stat in files}
    assert all(isinstance(one, Reject) and one.code is RejectCode.TIME_LIMIT for one in outcomes)
    assert time.monotonic() - began < 30


def test_a_worker_that_reads_tells_so_and_one_that_waits_does_not(tmp_path: Path) -> None:
    ours, theirs = Pipe()
    path = tmp_path / "a"
    path.write_bytes(bytes(4000))
    with theirs, ours:
        heartbeats = HeartbeatSender(theirs, 0.05)
        with heartbeats, open(path, "rb", buffering=0) as file:
            until = time.monotonic() + 10
            while not ours.poll(0) and time.monotonic() < until:
                if not file.read(10):
                    file.seek(0)
                time.sleep(0.01)
        assert ours.recv().reads
        time.sleep(0.2)
        while ours.poll(0):
            ours.recv()
        with heartbeats:
            time.sleep(0.4)
        beats = []
        while ours.poll(0):
            beats.append(ours.recv())
        assert len(beats) > 2 and not any(beat.reads for beat in beats[1:])  # the first may see what was read before
        heartbeats.close()
