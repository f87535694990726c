"""What is dropped on the app: sounds from elsewhere, files of the library, folders."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, drive_on, paste
from tui_browser.records import Snapshot
from tui_browser.service.messages import (
    AddRoot,
    Guest,
    Locate,
    LocateFailed,
)


def guest_of(path: bytes, held: Snapshot, row: int) -> Guest:
    assert held.vectors is not None
    x, y = (float(value) for value in held.xy[row])
    return Guest(path, held.vectors[row], (x, y), "kick", 0.9, {"kick": 0.9}, 0.4, -9.0)


def test_a6_a_dropped_sound_is_a_guest_with_its_neighbours(tmp_path: Path) -> None:
    held = snapshot(150)
    path = os.fsencode(tmp_path / "a copy.wav")
    (tmp_path / "a copy.wav").write_bytes(b"RIFF")

    async def test(drive: Drive) -> None:
        await paste(drive, f"'{os.fsdecode(path)}' ")
        await drive.until(lambda: drive.bench.service.asked == [Locate(path)])
        await drive.sees("placing ")
        drive.bench.service.tell(drive.app, guest_of(b"/stale.wav", held, 3), guest_of(path, held, 42))
        await drive.sees("50 neighbours of a copy.wav")
        await drive.sees("guest, not in the library")
        assert "neighbours of a copy.wav" in drive.text and "⟨G⟩" in drive.text
        assert len(drive.controllers.state.map_model) == 150
        await drive.press("space")
        assert drive.bench.player.played == [path]
        await drive.press("f")
        assert "not in the library" in drive.text
        await drive.press("n")
        assert drive.selected == held.ids[42], "an identical sound is the first neighbour"
        assert "neighbour 1 of 50 · distance 0.00 from a copy.wav" in drive.text
        await drive.press("N")
        assert "50 neighbours" in drive.text
        await drive.press("escape")
        assert "⟨G⟩" not in drive.text and "neighbours of a copy" not in drive.text

    drive_on(Bench(held), test, size=(100, 30))


def test_a_dropped_file_of_the_library_is_simply_selected() -> None:
    held = snapshot(20)

    async def test(drive: Drive) -> None:
        drive.controllers.drops._take([_seen(held.names[7], int(held.ids[7]))])
        await drive.pilot.pause()
        assert drive.selected == held.ids[7] and "the cursor is" in drive.text and drive.bench.service.asked == []

    from tui_browser.records import SampleId
    from tui_browser.ui.controllers.drop_handler import _DroppedFile
    from tui_browser.ui.terminal.paste import Dropped

    def _seen(path: bytes, sample: int) -> _DroppedFile:
        return _DroppedFile(Dropped(path, "file"), SampleId(sample))

    drive_on(Bench(held), test)


def test_what_cannot_be_heard_or_is_no_path_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"")

    async def test(drive: Drive) -> None:
        for text, says in (
            ("hello", "not a path"),
            ("/a\x1b[0m", "control characters"),
            ("/nowhere/x.wav", "does not exist"),
        ):
            await paste(drive, text)
            await drive.sees(says)
        await paste(drive, str(tmp_path / "x.wav"))
        await drive.sees("placing ")
        drive.bench.service.tell(drive.app, LocateFailed(os.fsencode(tmp_path / "x.wav"), "not audio"))
        await drive.sees("not audio")

    drive_on(Bench(), test, size=(160, 30))


def test_a_dropped_folder_is_offered_as_a_root(tmp_path: Path) -> None:
    folder = tmp_path / "my sounds"
    folder.mkdir()

    async def test(drive: Drive) -> None:
        await paste(drive, str(folder))
        await drive.sees("y add   n leave")
        await drive.press("n")
        assert drive.bench.service.asked == []
        await paste(drive, str(folder).replace(" ", "\\ "))
        await drive.sees("y add   n leave")
        await drive.press("y")
        assert drive.bench.service.asked == [AddRoot(os.fsencode(folder))]

    drive_on(Bench(), test, size=(120, 30))
