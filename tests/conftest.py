"""Every test has a home of its own, and leaves no thread and no child process behind."""

from __future__ import annotations

import compileall
import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.hanging_drive import Drive, mounted
from tests.support.libraries import running_workers
from tui_browser.indexing.workers import IndexWorkers

settings.register_profile("same-everywhere", deadline=None, derandomize=True)
settings.load_profile("same-everywhere")

# A shell without job control lets what runs in its background ignore ctrl-c. Programs that the tests start would
# inherit that, and are tested for how ctrl-c ends them.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_configure(config: pytest.Config) -> None:
    """Compile the package once: hundreds of programs are started, and each would spend 0.4 s on it."""
    if not hasattr(config, "workerinput"):
        for folder in ("tui_browser", "tests/support"):
            compileall.compile_dir(config.rootpath / folder, quiet=2)  # a checkout that cannot be written is fine, too


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HOME and XDG tree: a test never sees the person's library, config or clipboard."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("TUI_BROWSER_LIBRARY", "DISPLAY", "WAYLAND_DISPLAY", "SSH_TTY", "SSH_CONNECTION", "TMUX", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    """A decoder and an encoder with a tiny model that run already."""
    with running_workers(tmp_path_factory.mktemp("models") / "tiny") as running:
        yield running


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Drive]:
    """A drive that can hang, over a folder of the test's own."""
    with mounted(tmp_path) as made:
        yield made


def _children() -> set[int]:
    path = f"/proc/self/task/{os.getpid()}/children"
    if not os.path.exists(path):
        return set()
    with open(path) as file:
        return {int(pid) for pid in file.read().split()}


@pytest.fixture(autouse=True)
def leaves_nothing_running() -> Iterator[None]:
    """Fails a test that leaves a thread or a child process."""
    threads, children = set(threading.enumerate()), _children()
    yield
    deadline = time.monotonic() + 3.0
    while True:
        left = [t for t in threading.enumerate() if t not in threads and t.is_alive() and not _pooled(t)]
        orphans = _children() - children
        if not left and not orphans:
            return
        if time.monotonic() > deadline:
            pytest.fail(f"left behind: threads {[t.name for t in left]}, processes {sorted(orphans)}")
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def forgets_its_cycles() -> Iterator[None]:
    """An app leaves what it has loaded out of the search for cycles; that search goes on here in the next test."""
    yield
    gc.unfreeze()


def _pooled(thread: threading.Thread) -> bool:
    """Threads of asyncio's shared executor idle until the loop's owner is gone."""
    return thread.name.startswith(("asyncio_", "ThreadPoolExecutor"))
