"""A sound for a place of the map: what lies around it is mixed, and axes that are latent dimensions are obeyed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.generate.conftest import one
from tests.support.libraries import index
from tests.support.sounds import one_shot, write
from tui_browser.generate.generator import Generator
from tui_browser.generate.plan import pins_at
from tui_browser.generate.request import GenerationRequest
from tui_browser.layouts.axes import AxisScale
from tui_browser.layouts.shown import Placer
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import SampleId

pytestmark = pytest.mark.slow
AXES = "x=dim3 y=dim5"


@pytest.fixture(scope="module")
def charted(studio: Generator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library of seven sounds, one of them twice, whose map shows the latent dimensions 3 and 5."""
    base = tmp_path_factory.mktemp("charted")
    for seed in range(6):
        write(base / "samples" / f"{seed}.wav", one_shot(("kick", "tom", "clap")[seed % 3], seed))
    for name in ("twin-a", "twin-b"):
        write(base / "samples" / f"{name}.wav", one_shot("snare", 9))
    path = str(base / "library.db")
    index(path, base / "samples", model=studio.bundle.folder)
    with open_for_writing(path) as store:
        placer = Placer(store, space=studio.bundle.space, has_map=studio.bundle.has_map)
        placer.chart(AXES)
    with Library.open(path) as library:
        assert library.shown_layout() == AXES
        yield library


def places(library: Library) -> tuple[list[SampleId], NDArray[np.float32], NDArray[np.float32]]:
    """Ids, positions (N, 2) and latents (N, Z) of all samples."""
    snapshot = library.snapshot()
    ids = [SampleId(int(sample)) for sample in snapshot.ids]
    return ids, snapshot.xy, np.stack([z for _, z in library.latents(ids)])


def test_b3_samples_lie_exactly_where_both_dimensions_say(charted: Library) -> None:
    _, xy, z = places(charted)
    scales = charted.scales(AXES)
    assert scales is not None
    for side, dimension in enumerate((2, 4)):
        values = [scales[side].invert(float(place)) for place in xy[:, side]]
        np.testing.assert_allclose(values, z[:, dimension], atol=1e-5)


def test_b3_a_sound_from_elsewhere_lies_where_its_dimensions_say(studio: Generator, charted: Library) -> None:
    _, xy, z = places(charted)
    with open_for_writing(charted.path) as store:
        placer = Placer(store, space=studio.bundle.space, has_map=studio.bundle.has_map)
        own = placer.on_axes(z[3])
        assert own is not None
        np.testing.assert_allclose(own, xy[3], atol=1e-6)


@pytest.mark.parametrize("log", [False, True])
def test_b3_a_place_on_an_axis_is_a_value_and_back(log: bool) -> None:
    scale = AxisScale(0.5, 8.0, log)
    values = np.array([0.5, 1.0, 3.0, 8.0])
    back = [scale.invert(float(place)) for place in scale.apply(values)]
    np.testing.assert_allclose(back, values, rtol=1e-5)
    assert scale.invert(0.0) == pytest.approx(0.5) and scale.invert(1.0) == pytest.approx(8.0)
    assert AxisScale(2.0, 2.0).invert(0.3) == 2.0, "all equal: one value everywhere"


def test_b5_at_a_source_it_is_that_source(studio: Generator, charted: Library) -> None:
    ids, xy, z = places(charted)
    for at, sample in enumerate(ids):
        made = one(studio, GenerationRequest(at=(float(xy[at, 0]), float(xy[at, 1]))), charted)
        assert np.abs(made.lineage.latent() - z[at]).max() < 1e-6, sample


def test_b5_twins_are_one_place_and_finite(studio: Generator, charted: Library) -> None:
    ids, xy, z = places(charted)
    twins = [at for at in range(len(ids)) if sum(np.array_equal(xy[at], other) for other in xy) == 2]
    assert len(twins) == 2 and np.allclose(z[twins[0]], z[twins[1]])
    made = one(studio, GenerationRequest(at=(float(xy[twins[0], 0]), float(xy[twins[0], 1]))), charted)
    assert np.abs(made.lineage.latent() - z[twins[0]]).max() < 1e-6
    assert len(made.lineage.sources) == 2 and np.isfinite(made.sound).all()


def test_b5_between_two_it_is_their_mean_and_the_axes_are_those_of_the_place(
    studio: Generator, charted: Library
) -> None:
    ids, xy, z = places(charted)
    at = tuple(map(float, (xy[0].astype(np.float64) + xy[1]) / 2))
    for pair in ((0, 1), (1, 0)):
        request = GenerationRequest(samples=(ids[pair[0]], ids[pair[1]]), weights=(0.5, 0.5), at=(at[0], at[1]))
        latent = one(studio, request, charted).lineage.latent()
        assert np.abs(latent - (z[0] + z[1]) / 2).max() < 1e-5, "the middle of the axes is the mean there, too"
    asked = (0.2, 0.9)
    scales = charted.scales(AXES)
    assert scales is not None
    made = one(studio, GenerationRequest(at=asked), charted)
    latent = made.lineage.latent()
    assert latent[2] == pytest.approx(scales[0].invert(0.2), abs=1e-6)
    assert latent[4] == pytest.approx(scales[1].invert(0.9), abs=1e-6)
    weights = np.array(made.lineage.weights)
    rows = [os.path.basename(source.path) for source in made.lineage.sources]
    around = {os.path.basename(row.path): latent for row, latent in charted.latents(ids)}
    mean = (weights[:, None] * np.stack([around[name] for name in rows])).sum(0) / weights.sum()
    free = [number for number in range(len(mean)) if number not in (2, 4)]
    np.testing.assert_allclose(latent[free], mean[free], atol=1e-6)


def test_b5_a_map_without_latent_axes_pins_nothing(studio: Generator, library: str) -> None:
    with Library.open(library) as opened:
        assert pins_at(opened, (0.5, 0.5), []) == ()


def test_what_is_heard_again_is_what_the_index_hears(studio: Generator, charted: Library, tmp_path: Path) -> None:
    row = next(charted.all_rows())
    heard = studio.process.hear(row.path)
    snapshot = charted.snapshot()
    assert snapshot.vectors is not None
    at = int(np.searchsorted(snapshot.ids, row.id))
    np.testing.assert_allclose(heard.encoding.embedding[0], snapshot.vectors[at], atol=1e-4)
    assert heard.duration_s == pytest.approx(row.duration_s)
