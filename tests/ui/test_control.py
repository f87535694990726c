"""The app driven through its control socket: what each request does, answers, and tells those who listen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, present, run
from tests.ui.test_guests import guest_of
from tui_browser.playback.messages import Finished
from tui_browser.records import MISSING
from tui_browser.service.messages import Locate, LocateFailed
from tui_browser.ui.controllers import search as search_controller
from tui_browser.ui.dialogs.details import DetailsScreen
from tui_browser.ui.dialogs.roots import RootsScreen


class Script:
    """A client of the app's socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.events: list[dict[str, Any]] = []

    async def _line(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(await asyncio.wait_for(self._reader.readline(), 20))
        return line

    async def ask(self, do: str, **fields: object) -> dict[str, Any]:
        """The answer; events that come before it are kept."""
        self.writer.write(json.dumps({"do": do, **fields}).encode() + b"\n")
        while "ok" not in (line := await self._line()):
            self.events.append(line)
        return line

    async def event(self) -> dict[str, Any]:
        """The next event."""
        return self.events.pop(0) if self.events else await self._line()


@contextlib.asynccontextmanager
async def connected(drive: Drive, path: Path) -> AsyncIterator[Script]:
    drive.controllers.control.open(str(path / "c.sock"))
    await drive.until(lambda: (path / "c.sock").exists() and drive.controllers.control.is_open)
    script = Script(*await asyncio.open_unix_connection(str(path / "c.sock"), limit=1 << 22))
    try:
        yield script
    finally:
        script.writer.transport.abort()
        with contextlib.suppress(OSError):
            await script.writer.wait_closed()


def scripted(path: Path, test: Callable[[Drive, Script], Awaitable[None]], *, bench: Bench | None = None) -> None:
    """Run a test of an app with a script beside it."""

    async def go() -> None:
        async with driving(bench or Bench(), size=(120, 30)) as drive, connected(drive, path) as script:
            await test(drive, script)

    run(go)


REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("search", {"query": "x"}), ("play", {}), ("pick", {}), ("details", {}), ("cursor", {"id": 1}),
)  # fmt: skip
"""What cannot be done without samples."""


def path_of(drive: Drive) -> str:
    return os.fsdecode(drive.path)


def test_state_has_the_sample_and_what_is_shown(tmp_path: Path) -> None:
    async def test(drive: Drive, script: Script) -> None:
        state = await script.ask("state")
        assert state["sample"]["path"] == path_of(drive)
        assert state["sample"]["id"] == drive.selected and "loudness_db" in state["sample"]
        assert (state["query"], state["count"], state["total"], state["selected"]) == ("", 300, 300, 0)
        assert (state["mode"], state["focus"], state["playing"], state["guest"]) == ("main", "map", None, None)
        await drive.press("x", "tab")
        state = await script.ask("state")
        assert (state["selected"], state["focus"]) == (1, "list")
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.app.screen, DetailsScreen))
        state = await script.ask("state")
        assert (state["mode"], state["focus"]) == ("details", None)

    scripted(tmp_path, test)


@pytest.mark.parametrize("in_thread", [False, True])
def test_a_search_is_answered_when_its_matches_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_thread: bool
) -> None:
    if in_thread:
        monkeypatch.setattr(search_controller, "INLINE", 0)

    async def test(drive: Drive, script: Script) -> None:
        answer = await script.ask("search", query="snare")
        assert answer["count"] == len(drive.matches.rows) > 0
        assert answer["path"] == path_of(drive) and "snare" in answer["path"]
        await drive.sees("/ snare")
        answer = await script.ask("search", query="no such sound")
        assert (answer["ok"], answer["count"], answer["path"]) == (True, 0, None)
        answer = await script.ask("search", query="class:snar")
        assert not answer["ok"] and "class:snar" in answer["error"]
        answer = await script.ask("search", query=" ")
        assert (answer["query"], answer["count"]) == ("", 300)
        assert not drive.controllers.state.search.active and "snar" not in drive.text.splitlines()[0]

    scripted(tmp_path, test)


def test_a_search_near_a_file_is_answered_when_that_was_heard(tmp_path: Path) -> None:
    held, files = snapshot(150), [tmp_path / "take.wav", tmp_path / "noise.wav"]
    for file in files:
        file.write_bytes(b"RIFF")
    take, noise = map(os.fsencode, files)

    async def test(drive: Drive, script: Script) -> None:
        asked, service = drive.bench.service.asked, drive.bench.service
        answer = asyncio.create_task(script.ask("search", query=f"near:{files[0]}"))
        await drive.until(lambda: Locate(take) in asked)
        service.tell(drive.app, guest_of(take, held, 42))
        assert (await answer)["id"] == held.ids[42]
        answer = asyncio.create_task(script.ask("search", query=f"near:{files[1]}"))
        await drive.until(lambda: Locate(noise) in asked)
        service.tell(drive.app, LocateFailed(noise, "it is silent"))
        assert "it is silent" in (await answer)["error"]
        assert "no such file" in (await script.ask("search", query=f"near:{tmp_path}/none.wav"))["error"]

    scripted(tmp_path, test, bench=Bench(held))


def test_a_search_that_another_one_replaces_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_controller, "INLINE", 0)

    async def test(drive: Drive, script: Script) -> None:
        other = Script(*await asyncio.open_unix_connection(str(tmp_path / "c.sock")))
        asked = asyncio.gather(script.ask("search", query="kick"), other.ask("search", query="snare"))
        answers = await asked
        assert any(answer["ok"] and answer["count"] for answer in answers)
        for answer in answers:
            assert answer["ok"] or answer["error"] == "another search has taken the place of this one"
        other.writer.transport.abort()

    scripted(tmp_path, test)


def test_the_cursor_goes_where_it_is_told(tmp_path: Path) -> None:
    async def test(drive: Drive, script: Script) -> None:
        names, ids = drive.controllers.state.map_model.snapshot.names, drive.controllers.state.map_model.snapshot.ids
        assert await script.ask("cursor", path=os.fsdecode(names[7])) == {
            "ok": True, "id": int(ids[7]), "path": os.fsdecode(names[7]),
        }  # fmt: skip
        assert drive.row == 7
        assert (await script.ask("cursor", id=int(ids[9])))["path"] == os.fsdecode(names[9])
        assert drive.row == 9
        await drive.press("b")
        assert drive.row == 7  # the way back knows of it
        answer = await script.ask("cursor", path="/elsewhere.wav")
        assert "not in the library: /elsewhere.wav" in answer["error"]
        assert "no sample has this id" in (await script.ask("cursor", id=1 << 62))["error"]
        assert drive.row == 7

    scripted(tmp_path, test)


def test_play_always_begins_and_stop_ends(tmp_path: Path) -> None:
    async def test(drive: Drive, script: Script) -> None:
        played, names = drive.bench.player.played, drive.controllers.state.map_model.snapshot.names
        for times in (1, 2):
            assert (await script.ask("play"))["path"] == path_of(drive)
            assert len(played) == times
        assert (await script.ask("state"))["playing"] == path_of(drive)
        assert await script.ask("stop") == {"ok": True}
        assert drive.bench.player.stopped == 1
        await script.ask("play", path=os.fsdecode(names[3]))
        assert played[-1] == names[3] and drive.row == 3

    scripted(tmp_path, test)


def test_a_missing_file_is_not_played(tmp_path: Path) -> None:
    held = snapshot(5)
    held.flags[:] |= MISSING

    async def test(drive: Drive, script: Script) -> None:
        assert "the file is missing" in (await script.ask("play"))["error"]
        assert not drive.bench.player.played

    scripted(tmp_path, test, bench=Bench(held))


def test_pick_is_the_selection_else_the_cursor(tmp_path: Path) -> None:
    async def test(drive: Drive, script: Script) -> None:
        picked = await script.ask("pick")
        assert [each["path"] for each in picked["samples"]] == [path_of(drive)]
        await drive.press("right", "x", "right", "x")
        rows = drive.controllers.state.selection.rows(drive.controllers.state.map_model)
        names = drive.controllers.state.map_model.snapshot.names
        picked = await script.ask("pick")
        assert [each["path"] for each in picked["samples"]] == [os.fsdecode(names[row]) for row in rows.tolist()]

    scripted(tmp_path, test)


def test_commands_are_those_of_the_keys_and_say_what_the_status_line_says(tmp_path: Path) -> None:
    async def test(drive: Drive, script: Script) -> None:
        answer = await script.ask("command", id="loop")
        assert answer == {"ok": True, "said": "loop"} and drive.controllers.state.playback.options.loop
        answer = await script.ask("command", id="favourit")
        assert "no command is called 'favourit' (did you mean 'favourite'?)" in answer["error"]
        answer = await script.ask("command", id="seek_on")
        assert answer == {"ok": False, "error": "no long sound is playing"}
        answer = await script.ask("command", id="redo")
        assert answer == {"ok": False, "error": "nothing to redo"}
        assert (await script.ask("command", id="roots"))["ok"]
        await drive.until(lambda: isinstance(drive.app.screen, RootsScreen))
        answer = await script.ask("command", id="loop")
        assert "'loop' does not act on the screen 'roots'" in answer["error"]
        assert (await script.ask("command", id="close"))["ok"]
        await drive.until(lambda: not isinstance(drive.app.screen, RootsScreen))

    scripted(tmp_path, test)


def test_listeners_are_told_of_what_a_person_does(tmp_path: Path) -> None:
    async def test(drive: Drive, script: Script) -> None:
        await script.ask("subscribe")
        await drive.press("right")
        event = await script.event()
        assert event == {"event": "cursor", "id": drive.selected, "path": path_of(drive)}
        await drive.press("space")
        assert await script.event() == {"event": "played", "path": path_of(drive)}
        drive.bench.player.tell(drive.app, Finished(drive.controllers.state.playback.token))
        assert await script.event() == {"event": "stopped"}
        await drive.press("ctrl+g")
        assert await script.event() == {"event": "picked", "paths": [path_of(drive)]}
        await drive.sees("handed to 1 listener: ")
        await drive.press("slash")
        await drive.type("k")
        seen = [await script.event(), await script.event()]
        assert {"event": "query", "query": "k", "count": len(drive.matches.rows)} in seen
        await drive.press("escape")
        while (event := await script.event())["event"] != "query":
            pass
        assert event == {"event": "query", "query": "", "count": 300}

    scripted(tmp_path, test)


def test_handing_over_says_why_nobody_gets_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with driving(Bench(), size=(160, 30)) as drive:
            await drive.press("ctrl+g")
            await drive.sees("--control, or control = true in the settings, lets them")
            async with connected(drive, tmp_path):
                await drive.press("ctrl+g")
                await drive.sees("nobody listens")

    run(go)


def test_a_library_that_is_empty_or_still_loading_says_so(tmp_path: Path) -> None:
    async def test(drive: Drive, script: Script) -> None:
        assert (await script.ask("state"))["sample"] is None
        for do, fields in REFUSED:
            answer = await script.ask(do, **fields)
            assert not answer["ok"], do
        answer = await script.ask("command", id="play")
        assert "the library has no samples yet" in answer["error"]

    scripted(tmp_path, test, bench=Bench(library=FakeLibrary(snapshot(0), roots=[])))


def test_a_socket_that_cannot_be_opened_is_one_sentence_and_the_app_goes_on(tmp_path: Path) -> None:
    async def go() -> None:
        async with driving(Bench(), size=(200, 30)) as drive:
            drive.controllers.control.open(str(tmp_path / "none" / "c.sock"))
            await drive.sees("the control socket cannot be opened")
            await drive.press("right")
            assert not drive.controllers.control.is_open

    run(go)


def test_the_end_of_the_app_ends_the_connection_and_removes_the_socket(tmp_path: Path) -> None:
    async def go() -> None:
        async with driving(Bench(), size=(120, 30)) as drive, connected(drive, tmp_path) as script:
            assert (await script.ask("command", id="quit"))["ok"]
            assert not (tmp_path / "c.sock").exists()
            assert present(drive.app.return_code) == 0

    run(go)
