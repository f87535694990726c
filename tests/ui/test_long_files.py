"""While long files are read: the status line shows it, a search says what is not known, what is near is read first."""

from __future__ import annotations

from tests.support.pilot import Drive, scenario
from tui_browser.records import Progress
from tui_browser.service.messages import ReadSoon


@scenario(size=(100, 30))
async def test_a_search_for_tempo_says_how_many_long_files_are_unfinished(drive: Drive) -> None:
    status = drive.controllers.presenter.widgets.status
    drive.bench.service.tell(drive.app, Progress("long", 10, 50))
    await drive.sees("reading long files: 10 of 50 files")
    await drive.press("/")
    await drive.type("kick")
    assert "not known yet" not in status.notice
    await drive.type(" bpm:120")
    await drive.until(lambda: "tempo, key and slices of 40 long files are not known yet" in status.notice)
    await drive.press("escape")
    drive.bench.service.tell(drive.app, Progress("idle", 0, 0))
    await drive.until(lambda: "reading long files" not in drive.text)
    await drive.press("/")
    await drive.type("bpm:120")
    assert "not known yet" not in status.notice


@scenario(size=(100, 30))
async def test_what_is_near_the_cursor_is_read_soon(drive: Drive) -> None:
    def asked() -> list[ReadSoon]:
        return [request for request in drive.bench.service.asked if isinstance(request, ReadSoon)]

    await drive.press("right")
    assert not asked(), "only while long files are read"
    drive.bench.service.tell(drive.app, Progress("long", 10, 50))
    await drive.press("left")
    await drive.until(lambda: bool(asked()) and asked()[-1].ids[0] == drive.selected, what="what is near the cursor")
    assert 1 < len(asked()[-1].ids) <= 32
