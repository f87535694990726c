"""A library that another model heard: its own classes on the screen, more of them than colours, or none at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import driving, present, run
from tui_browser.records import CLASSES, UNCLASSED, Snapshot


def held(names: tuple[str, ...], classes: np.ndarray) -> Snapshot:
    return replace(snapshot(len(classes)), classes=classes.astype(np.uint8), class_names=names)


def test_own_classes_have_their_names_everywhere() -> None:
    bench = Bench(held(("growl", "Boom\x1b"), np.arange(60) % 3 // 2))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            await drive.sees("growl 40")
            await drive.sees("Boom\\x1b 20")
            assert "kick" not in drive.text.splitlines()[-3] and "snare" not in drive.text.splitlines()[-3]
            await drive.press("/")
            await drive.type("class:growl")
            await drive.until(lambda: int(present(drive.controllers.state.search.mask).sum()) == 40)
            await drive.press("escape", "z")
            await drive.sees(f"class? {drive.app.paint.letter(0)} {drive.app.paint.letter(1)}")

    run(scenario)


def test_more_classes_than_colours_share_the_last_one() -> None:
    names = tuple(f"kind{number}" for number in range(30))
    bench = Bench(held(names, np.arange(90) % 30))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            assert drive.controllers.state.map_model.colours.index.max() == len(CLASSES)
            await drive.sees("kind0")
            await drive.press("/")
            await drive.type("class:kind29")
            await drive.until(lambda: int(present(drive.controllers.state.search.mask).sum()) == 3)

    run(scenario)


def test_a_model_without_classes_leaves_the_map_uncoloured() -> None:
    bench = Bench(held((), np.full(50, UNCLASSED)))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            assert set(drive.controllers.state.map_model.colours.index.tolist()) == {len(CLASSES)}
            await drive.sees("no class 50")
            await drive.press("z")
            await drive.sees("no classes")

    run(scenario)
