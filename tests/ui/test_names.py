"""Names where a file's own name says nothing, and folders from their root on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import Bench, FakeLibrary, names_of, snapshot
from tests.support.pilot import driving, run
from tui_browser.config.themes import load_theme
from tui_browser.records import Root
from tui_browser.ui.sample_names import folder_below, sample_name
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.details import Facts, fact_lines


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"/dirt/sf/015.wav", "sf 15"),
        (b"/dirt/sf/000.wav", "sf 0"),
        (b"/dirt/sf/000_1.wav", "sf 000_1"),
        (b"/dirt/sf/sample 12.wav", "sf 12"),
        (b"/dirt/808/03.wav", "dirt 3"),
        (b"/lib/tabla/wav/01.wav", "tabla 1"),
        (b"/lib/Piano/C3.wav", "Piano C3"),
        (b"/lib/bells/3f9a2b1c77.wav", "bells 3f9a2b1c77"),
        (b"/lib/Untitled/2021-04-05.wav", "lib 2021-04-05"),
        (b"/lib/kicks/BD0025.wav", "BD0025.wav"),
        (b"/lib/kicks/snare_01.wav", "snare_01.wav"),
        ("/lib/kit/鼓.wav".encode(), "鼓.wav"),
        (b"/01/02/03/04/05.wav", "05.wav"),
        (b"/05.wav", "05.wav"),
        (b"/lib/x\x1b\n/7.wav", "lib 7"),
    ],
)
def test_a_name_that_says_nothing_has_its_folder_and_number(path: bytes, name: str) -> None:
    assert sample_name(path) == name
    assert sample_name(path, ending=False) == name.removesuffix(".wav")


@given(st.binary(min_size=1, max_size=30).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_every_name_is_one_safe_line(name: bytes) -> None:
    for path in (b"/a/" + name, b"/a/" + name + b"/7.wav"):
        shown = sample_name(path)
        assert shown and shown.isprintable() and "\n" not in shown


@pytest.mark.parametrize(
    ("path", "roots", "shown"),
    [
        (b"/srv/lib/kits/808/a.wav", [b"/srv/lib"], "kits/808"),
        (b"/srv/lib/a.wav", [b"/srv/lib"], "lib"),
        (b"/srv/lib/kits/a.wav", [b"/srv/lib/"], "kits"),
        (b"/srv/lib/kits/a.wav", [b"/srv/lib", b"/mnt/usb"], "lib/kits"),
        (b"/srv/lib/kits/808/a.wav", [b"/srv/lib", b"/srv/lib/kits"], "kits/808"),
        (b"/srv/library/a.wav", [b"/srv/lib"], "/srv/library"),
        (b"/kits/a.wav", [b"/"], "kits"),
        (b"/kits/a.wav", [], "/kits"),
    ],
)
def test_a_folder_is_shown_from_its_root_on(path: bytes, roots: list[bytes], shown: str) -> None:
    assert folder_below(path, roots) == shown


def test_details_show_the_whole_folder_where_it_fits_else_from_the_root_on() -> None:
    facts = Facts(b"/srv/a/long/way/to/lib/kits/808/x.wav", 0, 0.9, below="kits/808")
    paint = Styles(load_theme("dark"))
    assert fact_lines(facts, paint, 60)[1][0][0] == "/srv/a/long/way/to/lib/kits/808"
    assert fact_lines(facts, paint, 20)[1][0][0] == "kits/808"
    assert fact_lines(facts, paint, 6)[1][0][0] == "…s/808"
    assert fact_lines(replace(facts, below=""), paint, 20)[1][0][0] == "…way/to/lib/kits/808"


def test_list_status_map_and_neighbours_name_samples_by_folder_and_number() -> None:
    held = snapshot(30)
    paths = [b"/a/deep/place/lib/%s/%03d.wav" % ((b"sf", b"tabla", b"gong")[row % 3], row) for row in range(30)]
    held = replace(held, names=names_of(paths))
    bench = Bench(library=FakeLibrary(held, roots=[Root(b"/a/deep/place/lib", True, 30)]))

    async def scenario() -> None:
        async with driving(bench, size=(200, 50)) as drive:
            await drive.until(lambda: drive.controllers.state.map_model.roots == (b"/a/deep/place/lib",))
            await drive.pilot.pause(0.2)
            row = drive.row
            name = f"{('sf', 'tabla', 'gong')[row % 3]} {row}"
            assert name in drive.text.splitlines()[-2], "the status line"
            listed = [line for line in drive.text.splitlines() if " sf 12 " in line]
            assert listed and "place" not in listed[0] and "  sf " in listed[0].split("sf 12", 1)[1]
            await drive.press("+", "+", "+")
            shown = [f" {('sf', 'tabla', 'gong')[at % 3]} {at} " for at in range(30)]
            on_the_map = "\n".join(line[:120] for line in drive.text.splitlines())
            assert any(label in on_the_map for label in shown)
            await drive.press("n")
            await drive.sees(f"of {name}")

    run(scenario)
