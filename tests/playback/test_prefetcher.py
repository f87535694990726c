import threading
import time

from tui_browser.errors import AudioError
from tui_browser.playback.prefetcher import Prefetcher


def until(done: list[bytes], expected: list[bytes]) -> None:
    end = time.monotonic() + 10
    while len(done) < len(expected) and time.monotonic() < end:
        time.sleep(0.002)
    assert done == expected


def test_a_newer_request_replaces_the_last_one() -> None:
    done: list[bytes] = []
    started, go_on = threading.Event(), threading.Event()

    def work(path: bytes) -> None:
        done.append(path)
        started.set()
        assert go_on.wait(10)
        if path == b"b":
            raise AudioError("damaged")

    prefetcher = Prefetcher()
    try:
        prefetcher.run_each([b"a", b"never"], work)
        assert started.wait(10)
        prefetcher.run_each([b"b", b"c"], work)
        prefetcher.run_first(lambda: done.append(b"first"))
        go_on.set()
        until(done, [b"a", b"first", b"b", b"c"])  # a job that fails ends nothing
    finally:
        prefetcher.close()


def test_no_job_starts_while_it_is_paused() -> None:
    done: list[bytes] = []
    prefetcher = Prefetcher()
    with prefetcher.paused():
        prefetcher.run_each([b"a"], done.append)
        time.sleep(0.05)
        assert done == []
    until(done, [b"a"])
    before = threading.active_count()
    with prefetcher.paused():
        prefetcher.run_each([b"b"], done.append)
        prefetcher.close()
    assert threading.active_count() == before - 1
    assert done == [b"a"]
