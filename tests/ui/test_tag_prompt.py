"""Tags that samples have are suggested as one types: the most frequent first, tab takes them."""

from __future__ import annotations

from dataclasses import replace

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, drive_on
from tui_browser.records import SampleId


def bench() -> Bench:
    held = snapshot(20)
    ids = [SampleId(int(each)) for each in held.ids]
    tags = {each: ("Dark", "drone") if at < 5 else ("deep",) for at, each in enumerate(ids[2:14])}
    return Bench(replace(held, tags={**tags, ids[2]: ("Dark", "dusty\x1b[31m")}))


def test_d8_suggestions_follow_the_typed_tag() -> None:
    async def go(drive: Drive) -> None:
        drive.controllers.cursor.go(SampleId(10))
        await drive.press("t")
        await drive.sees("7 samples")
        lines = [line for line in drive.text.splitlines() if " sample" in line and "│" in line]
        order = [next(tag for tag in ("deep", "Dark", "drone", "dusty") if tag in line) for line in lines[-4:]]
        assert order == ["deep", "Dark", "drone", "dusty"]
        assert "\x1b[31m" not in drive.text
        await drive.type("warm D")
        await drive.press("down", "tab")
        await drive.sees("warm Dark")
        await drive.type("d")
        await drive.until(lambda: "Dark" not in drive.text.split("warm Dark")[1], what="no tag twice")
        await drive.press("tab", "enter")
        assert set(drive.bench.service.tags_given) == {"warm", "Dark", "deep"}

    drive_on(bench(), go, size=(100, 30))


def test_typing_on_past_suggestions_is_free() -> None:
    async def go(drive: Drive) -> None:
        drive.controllers.cursor.go(SampleId(11))
        await drive.press("t")
        await drive.type("zzz")
        await drive.press("tab", "down", "up", "enter")
        assert list(drive.bench.service.changes[-1].add_tags) == ["zzz"]
        await drive.press("t", "escape")

    drive_on(bench(), go)
