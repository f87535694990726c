"""What a snapshot is made into: an order, colours, a walk, and what is kept of the map model before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import names_of, snapshot
from tui_browser.records import CLASSES, FEATURES, UNCLASSED
from tui_browser.ui.controllers.layout_animation import moves
from tui_browser.ui.state.colouring import CYCLE, colouring
from tui_browser.ui.state.list_order import map_order
from tui_browser.ui.state.map_model import complete, empty_map_model, recoloured, sketch


def test_the_order_goes_from_neighbour_to_neighbour() -> None:
    side = 16
    xy = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) + 0.5) / side
    order = map_order(xy.astype(np.float32))
    assert sorted(order.tolist()) == list(range(side * side))
    steps = np.abs(np.diff(xy[order], axis=0)).sum(axis=1) * side
    assert np.allclose(steps, 1.0)


def test_samples_off_the_map_come_last() -> None:
    xy = np.array([[np.nan, np.nan], [0.1, 0.1], [np.nan, 0.5], [0.9, 0.2]], dtype=np.float32)
    assert sorted(map_order(xy).tolist()) == [0, 1, 2, 3]
    assert set(map_order(xy)[2:].tolist()) == {0, 2}


@pytest.mark.parametrize("by", CYCLE)
def test_every_sample_has_a_colour(by: str) -> None:
    held = snapshot(200)
    held = replace(held, classes=np.where(np.arange(200) < 5, UNCLASSED, held.classes).astype(np.uint8))
    features = held.features.copy()
    features[:10] = np.nan
    colours = colouring(replace(held, features=features), by, steps=8)
    assert colours.index.max() <= {"class": len(CLASSES), "key": 12}.get(by, 8)
    if by != "class":
        assert set(colours.index[:10].tolist()) == {12 if by == "key" else 8}
        assert all(colours.ends())
        column = features[10:, FEATURES.index(by)]
        if by == "key":
            assert {entry.name for entry in colours.entries()} >= {"C/Am", "G/Em", "no key"}
            return
        assert np.all(np.diff(colours.index[10:][np.argsort(column)].astype(int)) >= 0)


def test_colours_of_what_nobody_knows_do_not_fail() -> None:
    held = snapshot(5)
    nothing = np.full((5, len(FEATURES)), np.nan, dtype=np.float32)
    colours = colouring(replace(held, features=nothing), "pitch_hz", steps=8)
    assert colours.ends() == ("", "") and set(colours.index.tolist()) == {8}


def test_parts_that_still_hold_are_kept() -> None:
    first = complete(sketch(snapshot(50), by="class", steps=8), aspect=1.0)
    flags = replace(first.snapshot, revision=2, flags=np.ones(50, dtype=np.uint8))
    second = complete(sketch(flags, by="class", steps=8), aspect=1.0, previous=first)
    assert second.walk is first.walk and second.index is first.index and second.order is first.order
    moved = replace(flags, xy=1 - flags.xy)
    third = complete(sketch(moved, by="class", steps=8), aspect=1.0, previous=second)
    assert third.walk is not second.walk and third.index is second.index
    assert moves(second, third) and not moves(first, second)
    renamed = replace(moved, names=names_of([b"/x/%d.wav" % row for row in range(50)]))
    assert complete(sketch(renamed, by="class", steps=8), aspect=1.0, previous=third).index is not third.index


def test_an_empty_world_and_one_in_other_colours() -> None:
    map_model = empty_map_model()
    assert len(map_model) == 0 and map_model.row_of(None) is None
    map_model = recoloured(sketch(snapshot(30), by="class", steps=8), by="loudness_db", steps=8)
    assert map_model.colours.by == "loudness_db" and len(map_model) == 30
