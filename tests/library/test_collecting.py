"""Samples added to a collection, moved in it and taken out; hidden ones are no neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.made_up import made_up_library
from tui_browser.errors import BrowserError
from tui_browser.library.annotating import annotation_change
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import SampleId
from tui_browser.store.collecting import with_samples, without_samples
from tui_browser.store.records import CollectionItem, SampleCollection

A, B, C, D = map(SampleId, range(1, 5))
ABC = SampleCollection("mine", "kit", (CollectionItem(A, data={"pad": 1}), CollectionItem(B), CollectionItem(C)))


def test_what_is_there_already_stays_in_its_place() -> None:
    assert with_samples(ABC, [B, D, D]).samples == [A, B, C, D]
    assert with_samples(ABC, []).items == ABC.items


def test_a_place_moves_samples_with_what_belongs_to_them() -> None:
    moved = with_samples(ABC, [D, A], place=2)
    assert moved.samples == [B, D, A, C] and moved.items[2].data == {"pad": 1} and moved.kind == "kit"
    assert with_samples(ABC, [A], place=99).samples == [B, C, A]
    assert with_samples(ABC, [C, A], before=B).samples == [C, A, B]
    assert with_samples(ABC, [A], before=D).samples == [B, C, A]


def test_absent_items_keep_their_places() -> None:
    absent = CollectionItem(None, "abc", b"/gone.wav")
    collection = SampleCollection("mine", "list", (absent, CollectionItem(A)))
    assert without_samples(collection, [A]).items == (absent,)
    assert with_samples(collection, [B]).items[0] == absent


def test_a_hidden_sample_is_no_neighbour(tmp_path: Path) -> None:
    vectors = np.eye(4, 8, dtype=np.float32)
    path = made_up_library(tmp_path / "l.db", tmp_path, ["a.wav", "b.wav", "c.wav", "d.wav"], vectors=vectors)
    with open_for_writing(path) as store:
        store.annotate(annotation_change([A, C], hidden=True))
    with Library.open(path) as library:
        assert {row.id for row, _ in library.near(vectors[0], k=2)} == {B, D}
        assert [row.id for row, _ in library.near(vectors[1], k=4)] == [B, D]


def test_a_change_from_python_is_checked() -> None:
    for words in ({"rating": 6}, {"class_name": "nose"}):
        with pytest.raises(BrowserError):
            annotation_change([A], **words)
    taken = annotation_change([A], rating=0, note=" ", class_name="")
    assert (taken.ratings, taken.notes, taken.classes) == ({A: None}, {A: None}, {A: None})
    assert not annotation_change([A])
