"""Runs that tag many samples at once, each kept in the library so that it can be taken back, the latest first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui_browser.records import SampleId
from tui_browser.store.errors import strange_values
from tui_browser.store.store import Store

KEPT_RUNS = 10
_NEWEST = "tag_run"
"""Note with the number of the newest run; its tags are in the note `tag_run:N`."""


@dataclass(frozen=True, slots=True)
class TagRun:
    """One run: what it was, and which tags it added to which samples."""

    what: str
    add: Mapping[str, Sequence[SampleId]]


def apply_run(store: Store, run: TagRun) -> int:
    """Write the tags of a run in one transaction; the number of samples found.

    The run is noted before: were it interrupted between the two, `take_back` would find nothing to remove.
    """
    number = _newest(store) + 1
    noted = json.dumps({"what": run.what, "add": {tag: list(map(int, ids)) for tag, ids in run.add.items()}})
    forgotten = {f"{_NEWEST}:{number - KEPT_RUNS}": ""} if number > KEPT_RUNS else {}
    store.set_meta({f"{_NEWEST}:{number}": noted, _NEWEST: str(number), **forgotten})
    return store.change_tags(run.add)


def take_back(store: Store) -> TagRun | None:
    """Remove the tags that the newest run added; None if no run is left. Tags given otherwise stay."""
    number = _newest(store)
    noted = store.meta(f"{_NEWEST}:{number}") if number else ""
    if not noted:
        return None
    with strange_values(store.path):
        content = json.loads(noted)
        add = {str(tag): [SampleId(int(each)) for each in ids] for tag, ids in content["add"].items()}
        run = TagRun(str(content["what"]), add)
    store.change_tags({}, run.add)
    store.set_meta({f"{_NEWEST}:{number}": "", _NEWEST: str(number - 1)})
    return run


def _newest(store: Store) -> int:
    noted = store.meta(_NEWEST)
    return int(noted) if noted.isdecimal() else 0
