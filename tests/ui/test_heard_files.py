"""`near:` of a file outside of the library on the search line."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, drive_on
from tests.ui.test_guests import guest_of
from tests.ui.test_search_line import underlined
from tui_browser.service.messages import Locate, LocateFailed


def sound(folder: Path, name: str) -> bytes:
    (folder / name).write_bytes(b"RIFF")
    return os.fsencode(folder / name)


def test_a_named_file_is_heard_once_and_its_nearest_are_found(tmp_path: Path) -> None:
    held = snapshot(150)
    path = sound(tmp_path, "take.wav")

    async def test(drive: Drive) -> None:
        await drive.press("/")
        await drive.type(f"near:{os.fsdecode(path)}")
        await drive.until(lambda: Locate(path) in drive.bench.service.asked)
        await drive.sees("hearing take.wav")
        drive.bench.service.tell(drive.app, guest_of(path, held, 42))
        await drive.until(lambda: len(drive.matches) == 100)
        assert drive.matches.rows[0] == 42 and drive.selected == held.ids[42]
        await drive.press("enter")
        await drive.sees("near take.wav")
        await drive.press("/")
        await drive.type(" -kick")
        await drive.until(lambda: 0 < len(drive.matches) < 100)
        assert drive.bench.service.asked.count(Locate(path)) == 1

    drive_on(Bench(held), test, size=(140, 30))


def test_a_file_that_cannot_be_heard_is_underlined_with_a_sentence(tmp_path: Path) -> None:
    path = sound(tmp_path, "noise.wav")

    async def test(drive: Drive) -> None:
        await drive.press("/")
        text = f"near:{os.fsdecode(path)}"
        await drive.type(text)
        await drive.until(lambda: Locate(path) in drive.bench.service.asked)
        drive.bench.service.tell(drive.app, LocateFailed(path, "it is silent"))
        await drive.until(lambda: bool(drive.controllers.state.search.problems))
        await drive.until(lambda: underlined(drive) == text)
        await drive.sees("it is silent")
        assert len(drive.matches) == 0, "what means nothing matches nothing"

    drive_on(Bench(snapshot(60)), test, size=(160, 30))


def test_a_file_that_is_not_there_is_told_and_found_once_it_is(tmp_path: Path) -> None:
    held = snapshot(60)

    async def test(drive: Drive) -> None:
        await drive.press("/")
        await drive.type(f"near:{tmp_path}/later.wav")
        await drive.sees("there is no such file")
        path = sound(tmp_path, "later.wav")
        await drive.type(" kick")
        await drive.type("s")
        await drive.press(*["backspace"] * 6)
        await drive.press("backspace")
        await drive.type("v")
        await drive.until(lambda: Locate(path) in drive.bench.service.asked)
        drive.bench.service.tell(drive.app, guest_of(path, held, 7))
        await drive.until(lambda: len(drive.matches) == 60)

    drive_on(Bench(held), test, size=(140, 30))


def test_the_header_names_what_near_measures_from() -> None:
    held = snapshot(40)

    async def test(drive: Drive) -> None:
        name = os.fsdecode(os.path.basename(held.names[5]))
        await drive.press("/")
        await drive.type(f'near:"{name}"')
        await drive.press("enter")
        await drive.sees(f"near {name}")

    drive_on(Bench(held), test, size=(140, 30))
