"""One listener serves a machine, whoever started it, and another one takes over when it ends."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.pty import until
from tui_browser.errors import PlayerError
from tui_browser.playback.remote.connection import ListenerConnection
from tui_browser.playback.remote.listener import Listener, ListenerOptions, ListenerRunsError
from tui_browser.playback.remote.pairing import own_token
from tui_browser.playback.remote.protocol import ListenerError
from tui_browser.playback.remote.shared_listener import SharedListener


def answers(options: ListenerOptions) -> bool:
    try:
        ListenerConnection(options.address, [options.token]).close()
    except (ListenerError, OSError):
        return False
    return True


@pytest.fixture
def options(tmp_path: Path, own_home: Path) -> ListenerOptions:
    return ListenerOptions(str(tmp_path / "l.sock"), own_token(), str(tmp_path / "cache"), 1 << 20, "null")


def test_the_second_takes_the_first_and_serves_when_that_ends(options: ListenerOptions) -> None:
    with closing(SharedListener(options)) as first, closing(SharedListener(options)) as second:
        assert (first.own, second.own) == (True, False)
        until(lambda: answers(options), "an answer of the first")
        first.close()
        until(lambda: second.own and answers(options), "an answer of the second")
    assert not os.path.exists(options.address)


def test_one_that_was_killed_leaves_nothing_in_the_way(options: ListenerOptions) -> None:
    with closing(Listener(options)) as first:
        with pytest.raises(ListenerRunsError, match="running already"):
            Listener(options)
        with closing(SharedListener(options)) as second:
            until(lambda: answers(options), "an answer of the first")
            assert first._child is not None
            os.kill(first._child.process.pid, signal.SIGKILL)
            first._child.process.wait()
            first._unlock()  # as the end of its process does; the dead socket stays
            until(lambda: second.own and answers(options), "an answer of the second")


def test_what_our_own_listener_says_is_kept(options: ListenerOptions) -> None:
    with closing(SharedListener(options)) as shared:
        until(lambda: shared.notes, "a note")
        assert shared.notes == ["sounds go to null"]


def test_a_folder_of_others_is_refused(options: ListenerOptions) -> None:
    folder = Path(options.address).parent
    folder.chmod(0o777)
    with pytest.raises(PlayerError, match="other users can write"):
        SharedListener(options)
    folder.chmod(0o700)
