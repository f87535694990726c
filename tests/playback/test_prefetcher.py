import threading

from tui_browser.errors import AudioError
from tui_browser.playback.prefetcher import Prefetcher


def test_the_newest_wish_takes_the_place_of_the_last_one() -> None:
    done: list[bytes] = []
    begun, go_on = threading.Event(), threading.Event()

    def work(path: bytes) -> None:
        done.append(path)
        begun.set()
        assert go_on.wait(10)
        if path == b"b":
            raise AudioError("damaged")

    ahead = Prefetcher()
    try:
        ahead.ask([b"a", b"never"], work)
        assert begun.wait(10)
        ahead.ask([b"b", b"c"], work)
        ahead.ask_first(lambda: done.append(b"first"))
        go_on.set()
        assert ahead.wait(10)
        assert done == [b"a", b"first", b"b", b"c"], "one that fails ends nothing"
    finally:
        ahead.close()


def test_nothing_is_begun_while_somebody_waits() -> None:
    done: list[bytes] = []
    ahead = Prefetcher()
    with ahead.held():
        ahead.ask([b"a"], done.append)
        assert not ahead.wait(0.05)
        assert done == []
    assert ahead.wait(10)
    assert done == [b"a"]
    before = threading.active_count()
    with ahead.held():
        ahead.ask([b"b"], done.append)
        ahead.close()
    assert threading.active_count() == before - 1
    assert done == [b"a"]
