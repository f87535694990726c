"""The class `other` in hues of its own: found beside the painting, kept, and folded in the legend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench, names_of, snapshot
from tests.support.pilot import driving, present, run
from tui_browser.config.themes import load_theme
from tui_browser.map.path_labels import Ints, LabelIndex, labels_of
from tui_browser.records import CLASSES, FAMILIES, NO_FAMILY, OTHER, Names, Snapshot
from tui_browser.ui.state import families
from tui_browser.ui.state.colouring import colouring
from tui_browser.ui.state.families import FIRST_FAMILY, carried, find_families, is_other
from tui_browser.ui.styles import LEVELS, Styles
from tui_browser.ui.widgets.legend import Legend

AT = CLASSES.index(OTHER)
FOLDERS = ("Bass", "speech", "tabla", "sf")
"""By these the samples of class `other` go round; the last one says nothing."""


def messy(count: int = 300, *, extra: int = 0) -> Snapshot:
    """The fake library, in which samples of class `other` lie in folders with telling names."""
    held = snapshot(count + extra)
    paths = [
        b"/samples/%s/%04d.wav" % (FOLDERS[row % 4].encode() if kind == AT else CLASSES[kind].encode(), row)
        for row, kind in enumerate(held.classes.tolist())
    ]
    return replace(held, names=names_of(paths))


def truth(held: Snapshot) -> np.ndarray:
    wanted = [FAMILIES.index(name) for name in ("bass", "voice", "percussion")]
    rows = np.arange(len(held))
    return np.where(held.classes == AT, np.array([*wanted, NO_FAMILY])[rows % 4], NO_FAMILY)


def test_only_samples_of_class_other_have_a_family() -> None:
    held = messy()
    assert find_families(held).index.tolist() == truth(held).tolist()
    assert not is_other(replace(held, class_names=("boom", "tick"))).any()


def test_what_is_known_is_not_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(names: Names, rows: Ints, *, shared: int | None) -> LabelIndex:
        asked.append(len(rows))
        return labels_of(names, rows, shared=shared)

    monkeypatch.setattr(families, "labels_of", counted)
    held = messy(300)
    first = find_families(held)
    grown = messy(300, extra=80)
    assert (grown.classes[:300] == held.classes).all(), "the fake grows at its end"
    second = find_families(grown, first)
    assert second.index.tolist() == truth(grown).tolist()
    assert asked == [int(is_other(held).sum()), int(is_other(grown)[300:].sum())]
    assert find_families(grown, second).index.tolist() == truth(grown).tolist() and len(asked) == 2
    moved = [grown.names[row] for row in range(len(grown))]
    row = int(np.flatnonzero(is_other(grown))[0])
    moved[row] = b"/samples/violin/1.wav"
    renamed = replace(grown, names=names_of(moved))
    assert FAMILIES[find_families(renamed, second).index[row]] == "strings"
    assert asked[2] == 1
    corrected = grown.classes.copy()
    corrected[row] = 0
    assert find_families(replace(grown, classes=corrected), second).index[row] == NO_FAMILY


def test_until_it_is_found_out_samples_that_stay_keep_their_family() -> None:
    held = messy()
    family = find_families(held).index
    kept = np.delete(np.arange(300), [0, 7, 9])
    fewer = replace(held, ids=held.ids[kept], classes=held.classes[kept])
    assert carried(family, held, fewer).tolist() == family[kept].tolist()
    none = replace(held, ids=held.ids[:0], classes=held.classes[:0])
    assert (carried(family[:0], none, held) == NO_FAMILY).all() and not len(carried(family, held, none))


@pytest.mark.parametrize("theme", ["dark", "light", "colour-blind", "16-colours", "mono"])
def test_families_have_styles_behind_those_of_the_classes_and_the_letter_of_other(theme: str) -> None:
    held = messy()
    colours = colouring(held, "class", steps=1, family=find_families(held).index)
    paint = Styles(load_theme(theme))
    assert len(paint.classes) == (FIRST_FAMILY + len(FAMILIES)) * LEVELS
    assert colours.index.max() * LEVELS < len(paint.classes)
    bass = FIRST_FAMILY + FAMILIES.index("bass")
    assert paint.classes[bass * LEVELS + 2].color == paint.class_style(bass).color
    assert paint.letter(bass) == paint.letter(AT) and paint.letter(255) == "?"
    if theme not in ("mono",):
        assert paint.class_style(bass).color != paint.class_style(AT).color


def test_every_colour_has_its_entry_and_the_counts_of_other_are_those_of_all_within() -> None:
    held = messy()
    colours = colouring(held, "class", steps=1, family=find_families(held).index)
    entries = colours.entries()
    assert len({entry.id for entry in entries}) == len(entries)
    within = [entry for entry in entries if entry.within]
    assert [entry.name for entry in within] == ["bass", "voice", "percussion", "unnamed"]
    whole = next(entry for entry in entries if entry.more)
    assert whole.name == OTHER and set(whole.indices) == {index for entry in within for index in entry.indices}
    assert set(colours.index.tolist()) <= {index for entry in entries for index in entry.indices}


def test_hues_come_after_the_dots_and_the_legend_unfolds_them() -> None:
    bench = Bench(messy())

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            controllers, legend = drive.controllers, drive.app.main.query_one(Legend)
            await drive.until(lambda: controllers.state.map_model.family is not None)
            held = bench.library.held
            index = controllers.state.map_model.colours.index
            assert (index[held.classes == AT] >= FIRST_FAMILY).any()
            assert (index[held.classes != AT] == held.classes[held.classes != AT]).all()
            row = int(np.flatnonzero(index == FIRST_FAMILY + FAMILIES.index("bass"))[0])
            map_model, paint = controllers.state.map_model, drive.app.paint
            assert map_model.hue_of(row) == index[row] and map_model.hue_of(int(np.argmin(held.classes))) == 0
            controllers.cursor.go_row(row)
            await drive.pilot.pause(0.2)
            assert present(controllers.details.facts).class_index == index[row]
            assert paint.class_style(index[row], bold=True) in {
                style for _, style in controllers.presenter.widgets.list._row(0, row, "")
            }
            line = drive.text.splitlines()[-3]
            assert "▸" in line and "bass" not in line
            await drive.press("s", *["right"] * AT)
            assert legend.chosen is not None and legend.chosen.id == OTHER
            others = held.classes == AT
            await drive.press("space")
            assert (controllers.state.visibility.mask == ~others).all() and "1 kind off" in drive.text
            await drive.press("space", "right")
            assert legend.chosen.name == "bass"
            line = drive.text.splitlines()[-3]
            assert "▾" in line and "█ bass" in line and "voice" in line
            bass = index == FIRST_FAMILY + FAMILIES.index("bass")
            await drive.press("enter")
            assert (controllers.state.visibility.mask == bass).all()
            await drive.press("enter")
            assert controllers.state.visibility.mask is None or controllers.state.visibility.mask.all()
            await drive.press("left", "space", "right", "space")  # all of other off, then bass on again
            assert (controllers.state.visibility.mask == (~others | bass)).all()
            await drive.press("a", "x")
            assert len(controllers.state.selection) == bass.sum()
            await drive.press("escape", "c")
            await drive.until(lambda: controllers.state.map_model.colours.by != "class")
            await drive.press("s", "escape")
            assert controllers.state.map_model.family is not None

    run(scenario)


def test_hues_stay_while_a_changed_library_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(messy())

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            controllers = drive.controllers
            await drive.until(lambda: controllers.state.map_model.family is not None)
            seen: list[bool] = []
            show = controllers.presenter.show_map

            def shown() -> None:
                seen.append(controllers.state.map_model.colours.index.max() >= FIRST_FAMILY)
                show()

            monkeypatch.setattr(controllers.presenter, "show_map", shown)
            bench.library.held = replace(messy(300, extra=40), revision=2)
            controllers.snapshots.refresh()
            await drive.until(lambda: controllers.state.map_model.snapshot.revision == 2)
            await drive.until(
                lambda: np.array_equal(present(controllers.state.map_model.family), truth(bench.library.held))
            )
            assert seen and all(seen)

    run(scenario)
