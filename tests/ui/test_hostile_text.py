"""No screen shows text of a stranger as a terminal obeys it, and no file outside of the library is played."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.segment import Segment

from tests.support.fakes import Bench, FakeLibrary, names_of, snapshot, whole_screen
from tests.support.hostile import NAME, TEXT, raw_characters
from tests.support.pilot import Drive, drive_on
from tui_browser.config.settings import Settings
from tui_browser.errors import BrowserError
from tui_browser.records import Root, SampleId, SampleRow, Snapshot
from tui_browser.service.messages import Notice
from tui_browser.ui.terminal.compositor import Pen

HOSTILE_ROOT = b"/sam\x1b]0;owned\x07ples"


class HostileLibrary(FakeLibrary):
    """Hostile text in every field; the real store cleans most of them."""

    def sample(self, id: SampleId) -> SampleRow | None:
        row = super().sample(id)
        return row and replace(row, note=TEXT, tags=(TEXT,), root=HOSTILE_ROOT, content_hash=TEXT, class_name=TEXT)


def hostile_snapshot(count: int = 40) -> Snapshot:
    clean = snapshot(count)
    paths = [HOSTILE_ROOT + TEXT.replace("/", "").encode() + b"/%d" % row + NAME for row in range(count)]
    return replace(
        clean,
        names=names_of(paths),
        layout=f"umap{TEXT}",
        class_names=tuple(f"{name}{TEXT}" for name in clean.class_names),
        tags={SampleId(int(sample)): (TEXT, "dark") for sample in clean.ids},
    )


def hostile_bench(held: Snapshot) -> Bench:
    library = HostileLibrary(held, roots=[Root(HOSTILE_ROOT, True, 40), Root(b"/gone" + NAME, False, 0)])
    settings = Settings(motion=False, templates={TEXT: f"{TEXT} {{path}}"})
    return Bench(library=library, settings=settings, notice=TEXT)


KEYS = {
    "main": (),
    "list and details": ("tab", "down", "enter"),
    "search": ("slash", "x", "enter"),
    "tags": ("down", "t"),
    "copy as": ("down", "Y"),
    "copied": ("down", "y"),
    "folders": ("R",),
    "forget a folder": ("R", "d"),
    "legend": ("s", "right"),
    "colours": ("C", "down"),
    "neighbours": ("down", "n", "n"),
    "zoomed in": ("down", "plus", "plus", "plus", "plus", "plus", "plus"),
    "export": ("down", "E"),
    "select by": ("down", "B"),
    "help": ("question_mark",),
    "palette": ("ctrl+p", "l"),
}


@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_no_screen_shows_what_a_terminal_obeys(keys: tuple[str, ...]) -> None:
    async def test(drive: Drive) -> None:
        await drive.press(*keys)
        shown = "".join(segment.text for strip in whole_screen(drive.app) for segment in strip)
        assert not raw_characters(shown.encode("utf-8", "surrogateescape"), allowed="")
        drive.bench.service.tell(drive.app, Notice(TEXT))
        drive.app.show_error(BrowserError(TEXT, path=NAME, hint=TEXT))
        await drive.settle()
        shown = "".join(segment.text for strip in whole_screen(drive.app) for segment in strip)
        assert not raw_characters(shown.encode("utf-8", "surrogateescape"), allowed="")

    drive_on(hostile_bench(hostile_snapshot()), test, size=(110, 30))


def test_the_tags_of_a_stranger_stay_as_they_are_until_a_person_changes_them() -> None:
    async def test(drive: Drive) -> None:
        before = len(drive.bench.service.asked)
        await drive.press("down", "t", "enter")
        assert not [request for request in drive.bench.service.asked[before:] if "Tag" in type(request).__name__]

    held = hostile_snapshot()
    held = replace(held, tags=dict.fromkeys(held.tags, ("a\x1b]0;owned\x07",)))
    drive_on(hostile_bench(held), test, size=(110, 30))


def test_what_slips_through_a_widget_does_not_reach_the_terminal() -> None:
    assert Pen(None).write([Segment(f"a{TEXT}b", None)]) == "aa]0;ownedb[2Jc31m\u202edef\u2028ghib"


def test_a_row_outside_of_the_librarys_folders_is_not_played() -> None:
    clean = snapshot(30)
    paths = [b"/samples/a/%02d.wav" % row for row in range(29)] + [b"/home/me/private.wav"]
    held = replace(clean, names=names_of(paths))
    bench = Bench(library=FakeLibrary(held, roots=[Root(b"/samples", True, 30)]))

    async def test(drive: Drive) -> None:
        await drive.until(lambda: bool(drive.controllers.state.map_model.roots))
        stranger, ours = int(held.ids[-1]), int(held.ids[0])
        for sample in (stranger, ours):
            drive.controllers.cursor.go(SampleId(sample))
            await drive.settle()
            await drive.press("p")
            if sample == stranger:
                await drive.sees("not played: it is outside of the library's folders")
        assert bench.player.played == [paths[0]]

    drive_on(bench, test, size=(100, 30))
