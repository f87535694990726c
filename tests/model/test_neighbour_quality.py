"""How often the nearest sound from another kit is of the same class, on recordings that no model was trained on."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries import index
from tui_browser.dsp.picture_part import SIZE, with_width
from tui_browser.library.library import Library
from tui_browser.records import FloatArray

_DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.slow
@pytest.mark.skipif(not (_DATA / "validation.tsv").exists(), reason="no validation recordings beside the checkout")
def test_the_nearest_sound_of_another_kit_is_of_the_class(tmp_path: Path) -> None:
    index(tmp_path / "l.db", _DATA / "validation", model="drums", jobs=2, layout="none")
    with open(_DATA / "validation.tsv", encoding="utf-8", newline="") as table:
        rows = {row["path"]: row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)}
    with Library.open(str(tmp_path / "l.db")) as library:
        snapshot = library.snapshot()
    names = ["/".join(os.fsdecode(snapshot.names[row]).split("/")[-2:]) for row in range(len(snapshot))]
    kept = [at for at, name in enumerate(names) if name in rows]
    assert snapshot.vectors is not None and len(kept) > 1300
    vectors = snapshot.vectors[kept]
    classes = np.array([rows[names[at]]["class"] for at in kept])
    families = np.array([rows[names[at]]["family"] for at in kept])
    with_picture = _nn1(vectors, classes, families)
    alone = _nn1(with_width(vectors, vectors.shape[1] - SIZE), classes, families)
    assert with_picture >= 0.845 > alone


def _nn1(vectors: FloatArray, classes: np.ndarray, families: np.ndarray) -> float:
    similarity = vectors @ vectors.T
    similarity[families[:, np.newaxis] == families] = -np.inf
    return float((classes[similarity.argmax(axis=1)] == classes).mean())
