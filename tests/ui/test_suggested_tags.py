"""Tags suggested by sound: heard and accepted one by one, or all above; undone like other edits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, drive_on
from tests.workbench.test_tag_prediction import sounds
from tui_browser.records import SampleId
from tui_browser.ui.dialogs.suggested_tags import SuggestedTags


def bench(*, tagged: bool = True) -> Bench:
    """Half of the samples of two kinds have their tag; packs are folders."""
    vectors, kind, pack = sounds(0)
    paths = [f"/samples/pack {p}/{at}.wav".encode() for at, p in enumerate(pack.tolist())]
    held = snapshot(len(kind), paths=paths)
    ids = held.ids.tolist()
    some = [(ids[at], k) for at, k in enumerate(kind.tolist()) if tagged and at % 2 and k < 2]
    known: dict[SampleId, tuple[str, ...]] = {SampleId(id): (f"kind{k}",) for id, k in some}
    vectors = np.ascontiguousarray(vectors)
    return Bench(replace(held, vectors=vectors, tags=known))


def given(drive: Drive) -> int:
    """How many tags were given."""
    return sum(len(ids) for change in drive.bench.service.changes for ids in change.add_tags.values())


@pytest.mark.slow
def test_suggestions_are_heard_accepted_skipped_and_undone() -> None:
    async def go(drive: Drive) -> None:
        await drive.press("T")
        await drive.until(lambda: "2 tags learned" in drive.text, what="the suggestions")
        await drive.press("space")
        assert drive.bench.player.played
        await drive.press("y")
        assert given(drive) == 1
        await drive.sees("1 tag given")
        await drive.press("n", "j", "j", "A")
        assert given(drive) == 4
        await drive.sees("4 tags given")
        await drive.press("escape")
        assert not isinstance(drive.app.screen, SuggestedTags)
        await drive.press("u", "u")
        assert drive.bench.service.taken_back == 2

    drive_on(bench(), go, size=(100, 30))


def test_without_tags_it_says_what_to_do() -> None:
    async def go(drive: Drive) -> None:
        await drive.press("T")
        await drive.sees("no sample has a tag yet")
        await drive.press("y", "n", "A", "space", "j", "q")
        assert not isinstance(drive.app.screen, SuggestedTags)

    drive_on(bench(tagged=False), go)
