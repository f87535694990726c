"""Samples sent from the app to a real UDP receiver, and what the status line says where that cannot be."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.config.send_targets import parse_send_targets
from tui_browser.config.settings import Settings
from tui_browser.records import Root
from tui_browser.ui.dialogs.chooser import Chooser
from tui_browser.ui.dialogs.confirm import Confirm


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        yield udp


def received(receiver: socket.socket) -> tuple[str, list[object]]:
    message = OscMessage(receiver.recv(65_536))
    return message.address, message.params


def bench(folder: Path, ports: dict[str, int], *, count: int = 3, root: bytes = b"") -> Bench:
    """The app on files in a folder, with a Sonic Pi for each port."""
    paths = []
    for number in range(count):
        (folder / f"kick {number}.wav").touch()
        paths.append(os.fsencode(folder / f"kick {number}.wav"))
    targets = parse_send_targets({name: {"kind": "sonic-pi", "port": at} for name, at in ports.items()}, path="c")
    held = snapshot(count, paths=paths)
    library = FakeLibrary(held, roots=[Root(root or os.fsencode(folder), True, count)])
    return Bench(library=library, settings=Settings(motion=False, send=targets))


def path_of(drive: Drive) -> str:
    return os.fsdecode(drive.path)


def test_a_key_sends_the_sample_under_the_cursor(receiver: socket.socket, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with driving(bench(tmp_path, {"pi": receiver.getsockname()[1]}), size=(160, 30)) as drive:
            await drive.press("ctrl+o")
            await drive.sees("sent to pi (127.0.0.1:")
            assert received(receiver) == ("/trigger/sample", [path_of(drive)])

    run(scenario)


def test_all_selected_samples_are_sent_and_missing_files_are_told(receiver: socket.socket, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with driving(bench(tmp_path, {"pi": receiver.getsockname()[1]}), size=(200, 30)) as drive:
            await drive.press("asterisk")
            (tmp_path / "kick 1.wav").unlink()
            await drive.press("ctrl+o")
            await drive.sees("2 samples sent to pi")
            await drive.sees("1 file left out, the first: this file does not exist")
            names = {Path(str(received(receiver)[1][0])).name for _ in range(2)}
            assert names == {"kick 0.wav", "kick 2.wav"}

    run(scenario)


def test_without_a_target_one_sentence_names_the_setting(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with driving(bench(tmp_path, {}), size=(200, 30)) as drive:
            await drive.press("ctrl+o")
            await drive.sees("sending is off: the settings name no target")
            await drive.sees("[send.dirt]")

    run(scenario)


def test_of_several_targets_a_list_asks_which(receiver: socket.socket, tmp_path: Path) -> None:
    async def scenario() -> None:
        ports = {"left": 9, "right": receiver.getsockname()[1]}
        async with driving(bench(tmp_path, ports), size=(120, 30)) as drive:
            await drive.press("ctrl+o")
            await drive.until(lambda: isinstance(drive.app.screen, Chooser))
            await drive.type("right")
            await drive.press("enter")
            await drive.sees("sent to right")
            assert received(receiver) == ("/trigger/sample", [path_of(drive)])

    run(scenario)


def test_nobody_listening_is_an_error_in_the_status_line(receiver: socket.socket, tmp_path: Path) -> None:
    port = receiver.getsockname()[1]
    receiver.close()

    async def scenario() -> None:
        async with driving(bench(tmp_path, {"pi": port}), size=(160, 30)) as drive:
            await drive.press("ctrl+o")
            await drive.sees(f"nothing listens at 127.0.0.1:{port} for pi")

    run(scenario)


def test_many_are_sent_after_a_question(receiver: socket.socket, tmp_path: Path) -> None:
    async def scenario() -> None:
        made = bench(tmp_path, {"pi": receiver.getsockname()[1]}, count=120)
        async with driving(made, size=(120, 30)) as drive:
            await drive.press("asterisk", "ctrl+o")
            await drive.until(lambda: isinstance(drive.app.screen, Confirm))
            await drive.sees("Send 120 samples to pi?")
            await drive.press("n")
            receiver.setblocking(False)
            with pytest.raises(BlockingIOError):
                receiver.recv(1)

    run(scenario)


def test_a_path_outside_of_the_librarys_folders_is_not_sent(receiver: socket.socket, tmp_path: Path) -> None:
    async def scenario() -> None:
        made = bench(tmp_path, {"pi": receiver.getsockname()[1]}, root=b"/elsewhere")
        async with driving(made, size=(120, 30)) as drive:
            await drive.press("ctrl+o")
            await drive.sees("this file is not sent: it is outside of the library's folders")

    run(scenario)
