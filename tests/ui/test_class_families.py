"""A library whose model tells 26 classes apart: colours, letters, the legend that folds by family, places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, driving, present, run, scenario
from tui_browser.config.themes import KIND_LETTERS, load_theme
from tui_browser.records import CLASS_FAMILIES, CLASSES, DRUMS, FAMILY_OF, KINDS
from tui_browser.ui.state.classes import typed_letter
from tui_browser.ui.state.colouring import colouring
from tui_browser.ui.styles import LEVELS, Styles
from tui_browser.ui.widgets.legend import Legend

GENERAL = (*DRUMS, *KINDS)
HELD = snapshot(600, class_names=GENERAL)


def bench() -> Bench:
    return Bench(HELD)


def members(*names: str) -> np.ndarray:
    return np.isin(HELD.classes, [GENERAL.index(name) for name in names])


def legend_of(drive: Drive) -> tuple[Legend, str]:
    return drive.app.main.query_one(Legend), drive.text.splitlines()[-3]


@pytest.mark.parametrize("theme", ["dark", "light", "colour-blind", "16-colours", "mono"])
def test_every_class_has_a_style_and_a_letter_of_its_own(theme: str) -> None:
    paint, colours = Styles(load_theme(theme)), colouring(HELD, "class", steps=1)
    assert len(paint.classes) == (len(CLASSES) + 1) * LEVELS > colours.index.max() * LEVELS
    letters = [paint.letter(at) for at in range(len(CLASSES))]
    assert len(set(letters)) == len(CLASSES) and "".join(letters[:11]) == "KSCRHOYTBAX"
    voice = CLASSES.index("voice")
    assert paint.classes[voice * LEVELS + 2].color == paint.class_style(voice).color
    entries = [entry for entry in colours.entries() if not entry.more]
    assert set(colours.index.tolist()) <= {entry.index for entry in entries}
    for entry in colours.entries()[:-1]:
        assert {CLASSES[at] for at in entry.indices} == set(CLASS_FAMILIES.get(entry.name, [entry.id]))


def test_a_typed_letter_means_its_own_case_first_and_small_letters_still_lead_to_drums() -> None:
    letters = dict(zip([*"KSCRHOYTBA", *KIND_LETTERS.values()], GENERAL, strict=True))
    small = {letter: letters[typed_letter(letter.lower(), letters)] for letter in "KSCRHOYTA"}
    assert small == {letter: letters[letter] for letter in "KSCRHOYTA"}, "as with a model that knows only drums"
    assert letters[typed_letter("b", letters)] == "bass" and letters[typed_letter("B", letters)] == "cowbell"
    assert letters[typed_letter("V", letters)] == "voice" and typed_letter("!", letters) == ""


def test_the_legend_folds_by_family_and_unfolds_by_key() -> None:
    async def test() -> None:
        async with driving(bench(), size=(80, 24)) as drive:
            visibility = drive.controllers.state.visibility
            legend, line = legend_of(drive)
            assert all(f"▸{name}" in line or name[:4] in line for name in CLASS_FAMILIES if name != "voice"), line
            assert "kick" not in line and "v voice" in line, "a family of one class is that class"
            await drive.press("s", "right")
            assert present(legend.chosen).name == "percussion"
            await drive.press("space")
            assert (present(visibility.mask) == ~members(*CLASS_FAMILIES["percussion"])).all()
            await drive.press("space", "down")
            legend, line = legend_of(drive)
            assert present(legend.chosen).id == "perc_hand" and "▾" in line and "n hand" in line
            await drive.press("enter")
            assert (present(visibility.mask) == members("perc_hand")).all()
            await drive.press("enter", "up")
            assert present(legend.chosen).name == "percussion" and "n hand" not in legend_of(drive)[1]
            await drive.press("space", "down", "space")  # all of percussion off, then one of it on again
            shown = ~members(*CLASS_FAMILIES["percussion"]) | members("perc_hand")
            assert (present(visibility.mask) == shown).all()
            await drive.press("a", "up", "x")
            assert len(drive.controllers.state.selection) == members(*CLASS_FAMILIES["percussion"]).sum()

    run(test)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_a_click_on_the_mark_unfolds_a_family_and_one_on_its_name_hides_it(size: tuple[int, int]) -> None:
    async def test() -> None:
        async with driving(bench(), size=size) as drive:
            legend, line = legend_of(drive)
            x = line.index("▸", line.index("tonal") - 12)
            await drive.pilot.click(Legend, offset=(x, 0))
            await drive.sees("b bass")
            await drive.apart()
            await drive.pilot.click(Legend, offset=(legend_of(drive)[1].index("bass"), 0))
            mask = drive.controllers.state.visibility
            await drive.until(lambda: mask.active)
            assert (present(mask.mask) == ~members("bass")).all()
            await drive.apart()
            x = legend_of(drive)[1].index("▾")
            await drive.pilot.click(Legend, offset=(x, 0))
            await drive.until(lambda: "bass" not in legend_of(drive)[1])
            assert legend._open == ""

    run(test)


def test_a_wide_legend_shows_letters_of_the_classes_that_are_there() -> None:
    there = snapshot(300, class_names=GENERAL)
    kept = ~np.isin(there.classes, [GENERAL.index(name) for name in ("fx", "tom", "loop_drum", "loop_tonal")])
    few = replace(there, classes=np.where(kept, there.classes, 0).astype(np.uint8))

    async def test() -> None:
        async with driving(Bench(few), size=(160, 45)) as drive:
            line = legend_of(drive)[1]
            assert "KSCRHOYBA drums" in line and "▸j effects" in line and "ngd percussion" in line
            assert "loops" not in line and "T" not in line, "families and classes without samples are left out"

    run(test)


@scenario(size=(120, 40), held=HELD)
async def test_letters_go_to_classes_and_places_hold_families(drive: Drive) -> None:
    state = drive.controllers.state
    await drive.press("z")
    await drive.sees("class? K S C")
    await drive.press("v")
    assert GENERAL[state.map_model.snapshot.classes[present(state.row)]] == "voice"
    await drive.press("z", "k")
    assert GENERAL[state.map_model.snapshot.classes[present(state.row)]] == "kick"
    await drive.press("/")
    await drive.type("class:tonal")
    wanted = members(*(name for name in KINDS if FAMILY_OF[name] == "tonal"))
    await drive.until(lambda: state.search.mask is not None and (present(state.search.mask) == wanted).all())
    await drive.press("escape")
    await drive.press("ctrl+t")
    await drive.sees("percussion")
