"""The service beside the app, on a library that is damaged: it says so, and goes on once the file was repaired."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.pty import until
from tests.support.store_processes import filled
from tui_browser.records import FAVOURITE, SampleId
from tui_browser.service.client import ServiceClient
from tui_browser.service.messages import Annotate, Changed, Event, Notice
from tui_browser.store import schema
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.repair import repair_library
from tui_browser.store.store import Store

FAVOURED = Annotate(AnnotationChange(flags={FAVOURITE: {SampleId(3): True}}))


@pytest.fixture
def damaged(tmp_path: Path) -> str:
    path = str(tmp_path / "library.db")
    filled(path, 30)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    with open(path, "r+b") as file:
        file.write(os.urandom(schema.PAGE_SIZE))
    return path


@pytest.fixture
def client(damaged: str) -> Iterator[ServiceClient]:
    client = ServiceClient(damaged, fallback="drums")
    client.start()
    yield client
    client.close()


def test_a_repaired_library_is_used_at_once(client: ServiceClient, damaged: str) -> None:
    events: list[Event] = []

    def told(kind: type[Notice | Changed], words: str = "") -> bool:
        events.extend(client.poll())
        return any(isinstance(event, kind) and words in str(event) for event in events)

    until(lambda: told(Notice, "tui-browser repair saves what can be read"), "the reason")
    events.clear()
    client.send(FAVOURED)
    until(lambda: told(Notice, "the library is damaged"), "an answer to a request")
    repair_library(damaged)
    until(lambda: told(Notice, "the library file was replaced"), "the good news")
    client.send(FAVOURED)
    until(lambda: told(Changed), "the change")
    with Store.open(damaged) as store:
        row = store.row(SampleId(3))
    assert row is not None and row.favourite
