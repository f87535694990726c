"""Fitting a layout in a child process: degenerate libraries, old places kept, failures told."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import types
from multiprocessing.connection import wait

import numpy as np
import pytest

from tui_browser.errors import LayoutError
from tui_browser.layouts import fit as fit_module
from tui_browser.layouts.exact_knn import knn
from tui_browser.layouts.fit import FitProgress, FitRequest, FitResult, LayoutFit, fit_layout
from tui_browser.records import FloatArray


def needs(module: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(module) is None, reason="the extra layouts is not installed")


needs_umap, needs_tsne = needs("umap"), needs("openTSNE")


def sounds(n: int, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(6, 16))[rng.integers(0, 6, n)] + rng.normal(size=(n, 16)) * 0.3
    unit: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def finish(request: FitRequest, log: str | None = None, told: list[FitProgress] | None = None) -> FitResult:
    """The result of a fit in a child; `told` is filled with what it tells meanwhile."""
    running = LayoutFit(request, log=log)
    try:
        while (result := running.poll()) is None:
            if told is not None:
                told.append(running.progress)
            wait([running.fileno()], timeout=30)
        return result
    finally:
        running.close()


def quiet(_: FitProgress) -> None:
    """Nobody listens."""


def test_a_child_fits_and_tells_how_it_went() -> None:
    vectors = sounds(300)
    vectors[4] = np.nan
    result = finish(FitRequest("pca", vectors))
    assert result.kind == "pca" and result.seconds > 0
    assert np.isnan(result.xy[4]).all()
    rest = np.delete(result.xy, 4, axis=0)
    assert rest.min() >= 0 and rest.max() <= 1 and np.ptp(rest, axis=0).min() > 0.8


@pytest.mark.parametrize("kind", ["pca", "near", "umap", "tsne"])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 20, 3000])
def test_a_few_sounds_or_many_copies_never_reach_a_neighbour_layout(kind: str, n: int) -> None:
    vectors = np.tile(sounds(5), (n // 5 + 1, 1))[:n] if n > 20 else sounds(n)
    before = set(sys.modules)
    result = fit_layout(FitRequest(kind, vectors), report=quiet)
    assert np.isfinite(result.xy).all() and result.xy.shape == (n, 2)
    if n > 20:  # copies have a place each, side by side
        assert len(np.unique(result.xy, axis=0)) == n
        near, _ = knn(result.xy, result.xy, k=10, skip=np.arange(n))
        assert (near % 5 == np.arange(n)[:, np.newaxis] % 5).mean() > 0.95
    assert not {"umap", "openTSNE", "pynndescent"} & (set(sys.modules) - before)


@pytest.mark.parametrize("kind", ["pca", "near"])
@pytest.mark.parametrize("n", [4, 20, 300, 2500])
def test_one_sound_far_from_all_others_leaves_them_their_room(kind: str, n: int) -> None:
    rng = np.random.default_rng(n)
    vectors = np.eye(64)[0] + rng.normal(0, 0.1, (n, 64))
    vectors[0] = -np.eye(64)[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = fit_layout(FitRequest(kind, vectors.astype(np.float32)), report=quiet).xy
    assert places.min() >= 0 and places.max() <= 1
    assert np.ptp(np.percentile(places[1:], [5, 95], axis=0), axis=0).min() > 0.3


def test_the_new_map_stays_where_the_old_one_was() -> None:
    vectors = sounds(200)
    first = fit_layout(FitRequest("pca", vectors), report=quiet)
    old = first.xy[:, ::-1].copy()
    old[:20] = np.nan
    again = fit_layout(FitRequest("pca", vectors, previous=old), report=quiet)
    assert again.drift_median < 0.02 and again.drift_p95 < 0.05
    np.testing.assert_allclose(again.xy[20:], old[20:], atol=0.05)


def test_a_grid_is_made_from_the_map_and_leaves_nobody_out() -> None:
    vectors = sounds(120)
    vectors[7], vectors[9] = np.nan, vectors[8]
    map_xy = fit_layout(FitRequest("pca", vectors), report=quiet).xy
    map_xy[20:30] = np.nan
    result = finish(FitRequest("grid", vectors, previous=map_xy, aspect=2.0))
    columns, rows = result.shape
    assert columns * rows >= 119 and columns > rows
    assert np.isnan(result.xy[7]).all()
    assert len({(int(x * columns), int(y * rows)) for x, y in np.delete(result.xy, 7, axis=0)}) == 119
    again = fit_layout(FitRequest("grid", vectors, previous=result.xy, source=map_xy, aspect=2.0), report=quiet)
    assert again.drift_p95 == 0.0


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_grid_without_a_map_starts_from_components(n: int) -> None:
    result = fit_layout(FitRequest("grid", sounds(n)), report=quiet)
    assert np.isfinite(result.xy).all() and len(np.unique(result.xy, axis=0)) == n


@pytest.mark.parametrize("exact", [True, False])
def test_the_neighbour_graph_has_the_nearest_others(exact: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exact:
        monkeypatch.setattr(fit_module, "_EXACT_UP_TO", 100)
    vectors, told = sounds(400), list[FitProgress]()
    (rows, distances), recall = fit_module._graph(vectors, seed=1, report=told.append)
    assert recall == 1.0 and rows.shape == distances.shape == (400, fit_module.NEIGHBOURS)
    assert (rows != np.arange(400)[:, np.newaxis]).all()
    every = np.linalg.norm(vectors[:, np.newaxis] - vectors, axis=2)
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, 1 : fit_module.NEIGHBOURS + 1], atol=1e-4)
    assert told[-1] == FitProgress("neighbours", 400, 400)


def test_near_keeps_neighbours_that_components_lose() -> None:
    rng = np.random.default_rng(5)
    sheets = rng.normal(size=(8, 2, 24))
    sheet = rng.integers(0, 8, 1500)
    vectors = rng.normal(size=(8, 24))[sheet] + np.einsum("ni,nid->nd", rng.random((1500, 2)), sheets[sheet])
    vectors[3] = 40.0  # a far outlier
    vectors[9] = np.nan
    request = FitRequest("near", vectors.astype(np.float32))
    result, again = finish(request), fit_layout(request, report=quiet)
    np.testing.assert_array_equal(result.xy, again.xy)
    assert np.isnan(result.xy[9]).all()
    good = np.delete(np.arange(1500), [3, 9])
    assert np.ptp(result.xy[good], axis=0).min() > 0.6

    def kept(xy: FloatArray) -> float:
        true, _ = knn(request.vectors[good], request.vectors[good], k=10, skip=np.arange(len(good)))
        found, _ = knn(xy[good], xy[good], k=10, skip=np.arange(len(good)))
        return float(np.mean([np.isin(a, b).mean() for a, b in zip(true, found, strict=True)]))

    assert kept(result.xy) > 0.65 > kept(fit_layout(FitRequest("pca", request.vectors), report=quiet).xy)
    refit = fit_layout(FitRequest("near", request.vectors, previous=result.xy), report=quiet)
    assert refit.drift_median < 0.1


def test_a_fit_starts_at_the_old_places_when_most_have_one() -> None:
    vectors = sounds(100)
    flat = np.zeros((100, 2), np.float32)
    old = np.random.default_rng(0).random((100, 2)).astype(np.float32)
    old[:30] = np.nan
    begin = fit_module._start_at(flat, old, vectors)
    np.testing.assert_array_equal(begin[30:], old[30:])
    assert np.isfinite(begin).all()
    old[:60] = np.nan
    assert fit_module._start_at(flat, old, vectors) is flat


def test_the_graph_of_very_many_samples_comes_from_pynndescent(monkeypatch: pytest.MonkeyPatch) -> None:
    class NNDescent:
        """As pynndescent's, but exact: each vector is its own first neighbour."""

        def __init__(self, vectors: FloatArray, *, random_state: int) -> None:
            rows, distances = knn(vectors, vectors, k=30)
            self.neighbor_graph = rows.astype(np.int32), distances

    monkeypatch.setitem(sys.modules, "pynndescent", types.SimpleNamespace(NNDescent=NNDescent))
    monkeypatch.setattr(fit_module, "_DESCENT_FROM", 500)
    vectors = sounds(600)
    (rows, distances), recall = fit_module._graph(vectors, seed=1, report=quiet)
    true, exact = knn(vectors, vectors, k=fit_module.NEIGHBOURS, skip=np.arange(600))
    assert recall == 1.0 and rows.dtype == np.int64
    np.testing.assert_array_equal(rows, true)
    np.testing.assert_allclose(distances, exact, atol=1e-6)


@needs_umap
@pytest.mark.timeout(600)  # umap compiles: 15 s, 45 s once after an installation
def test_umap_keeps_kinds_together_and_the_map_in_place() -> None:
    rng = np.random.default_rng(5)
    kind = rng.integers(0, 4, 240)
    vectors = (rng.normal(size=(4, 16))[kind] + rng.normal(size=(240, 16)) * 0.2).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[7], vectors[9] = vectors[3], np.nan
    spots = np.array([[0.2, 0.2], [0.8, 0.2], [0.2, 0.8], [0.8, 0.8]])
    previous = np.clip(spots[kind] + rng.normal(size=(240, 2)) * 0.05, 0, 1).astype(np.float32)

    told: list[FitProgress] = []
    result = finish(FitRequest("umap", vectors, previous=previous), told=told)

    assert np.isnan(result.xy[9]).all()
    assert 0 < np.linalg.norm(result.xy[7] - result.xy[3]) < 0.1  # a copy lies beside its twin
    placed = np.delete(result.xy, 9, axis=0)
    assert placed.min() >= 0 and placed.max() <= 1
    centres = np.array([np.nanmean(result.xy[(kind == each) & (np.arange(240) != 7)], axis=0) for each in range(4)])
    apart = np.linalg.norm(result.xy[:, np.newaxis] - centres, axis=2)
    known = np.delete(np.arange(240), [7, 9])
    assert (apart[known].argmin(axis=1) == kind[known]).mean() > 0.98
    assert np.abs(centres - spots).max() < 0.25 and result.drift_median < 0.2
    steps = [each for each in told if each.stage == "layout" and each.total]
    assert len(steps) > 1 and steps == sorted(steps, key=lambda each: each.done) and steps[0].done < steps[0].total


@needs_tsne
def test_tsne_keeps_kinds_together() -> None:
    rng = np.random.default_rng(5)
    kind = rng.integers(0, 3, 150)
    vectors = (rng.normal(size=(3, 16))[kind] + rng.normal(size=(150, 16)) * 0.2).astype(np.float32)
    result = finish(FitRequest("tsne", vectors))
    assert result.xy.min() >= 0 and result.xy.max() <= 1
    centres = np.array([result.xy[kind == each].mean(axis=0) for each in range(3)])
    apart = np.linalg.norm(result.xy[:, np.newaxis] - centres, axis=2)
    assert (apart.argmin(axis=1) == kind).mean() > 0.98


@pytest.mark.parametrize(("kind", "module"), [("umap", "umap"), ("tsne", "openTSNE")])
def test_a_layout_without_its_package_says_what_to_install(
    kind: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(LayoutError, match=r"pip install 'tui-browser\[layouts\]'"):
        LayoutFit(FitRequest(kind, sounds(100)))


def test_an_unknown_layout_is_named() -> None:
    with pytest.raises(LayoutError, match="pancake"):
        LayoutFit(FitRequest("pancake", sounds(3)))


def test_a_failure_in_the_child_is_one_sentence() -> None:
    running = LayoutFit(FitRequest("pca", np.zeros(7, np.float32)))  # not (N, D)
    try:
        with pytest.raises(LayoutError, match="pca layout failed"):
            while running.poll() is None:
                wait([running.fileno()], timeout=30)
    finally:
        running.close()


def test_a_child_that_dies_is_told() -> None:
    running = LayoutFit(FitRequest("pca", sounds(10)))
    running._child.process.kill()
    running._child.process.wait()
    try:
        with pytest.raises(LayoutError, match="ended before"):
            for _ in range(5):
                if isinstance(running.poll(), FitResult):
                    pytest.skip("the child was done before it was killed")
                wait([running.fileno()], timeout=5)
    finally:
        running.close()


def test_a_fit_can_be_given_up_at_any_time() -> None:
    running = LayoutFit(FitRequest("pca", sounds(10)))
    running.cancel()
    running.close()
    assert running._child.process.poll() is not None


def test_the_parent_imports_nothing_heavy() -> None:
    code = (
        "import sys; import tui_browser.layouts.fit, tui_browser.map.raster, tui_browser.map.walk, "
        "tui_browser.map.waveform; heavy = {'torch', 'numba', 'umap', 'sklearn', 'scipy', 'pynndescent'}; "
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
