"""Lineage: a sound is made again from what is written beside it, and nonsense is named."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.generate.conftest import one
from tui_browser.errors import BrowserError
from tui_browser.generate.generator import Generator, lineage_path
from tui_browser.generate.lineage import Lineage, read_lineage
from tui_browser.generate.request import GenerationRequest
from tui_browser.generate.sound_files import write_new
from tui_browser.model.source_detail import N_DETAIL


def test_a_sound_is_made_again_from_its_lineage_to_the_byte(
    studio: Generator, sounds: list[bytes], z: NDArray[np.float64], tmp_path: Path
) -> None:
    first = os.fsencode(tmp_path / "first.wav")
    one(studio, GenerationRequest(tuple(sounds), weights=(1.0, 2.0, 3.0), variance=0.3, seed=99)).save(
        first, lineage=True
    )
    again = one(studio, GenerationRequest((lineage_path(first),)))
    again.save(os.fsencode(tmp_path / "again.wav"), lineage=True)
    assert (tmp_path / "first.wav").read_bytes() == (tmp_path / "again.wav").read_bytes()
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "again.json").read_bytes()
    told = json.loads((tmp_path / "first.json").read_bytes())
    assert told["program"].startswith("tui-browser ")
    assert (told["model"], told["space"]) == (studio.bundle.name, studio.bundle.space)
    assert (told["seed"], told["variance"], told["weights"], told["class"]) == (99, 0.3, [1, 2, 3], None)
    assert [source["path"] for source in told["sources"]] == [os.fsdecode(path) for path in sounds]
    assert len(told["z"]) == studio.bundle.z_dim and told["seconds"] > 0
    other = one(studio, GenerationRequest((lineage_path(first),), seed=3))
    assert other.lineage.seed == 3 and other.lineage.z == again.lineage.z
    mixed = one(studio, GenerationRequest((lineage_path(first), sounds[0])))
    assert np.allclose(mixed.lineage.latent(), (again.lineage.latent() + z[0]) / 2, atol=1e-6)


def test_a_lineage_comes_back_as_it_was(tmp_path: Path) -> None:
    full = Lineage(
        "at", "m", "m-1", "d", 5, 0.25, (0.1, -2.0), 0.5, None, (0.5, 0.5), False, (0.1, 0.9), (), "h", "2.1"
    )
    write_new(os.fsencode(tmp_path / "x.json"), full.to_bytes())
    assert read_lineage(os.fsencode(tmp_path / "x.json")) == full


@pytest.mark.parametrize(
    "change",
    [
        {"z": "long"},
        {"z": [1, "2"]},
        {"z": [math.inf]},
        {"seed": -1},
        {"seed": 1.5},
        {"how": "magic"},
        {"sources": [{"path": 1}]},
        {"at": [1]},
        {"seconds": None},
        {"space": "another"},
        {"z": [0.0]},
    ],
)
def test_a_lineage_that_makes_no_sense_is_named(studio: Generator, tmp_path: Path, change: dict[str, object]) -> None:
    fields = one(studio, GenerationRequest(seed=1)).lineage.to_json() | change
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(fields))
    with pytest.raises(BrowserError, match=r"odd\.json"):
        one(studio, GenerationRequest((os.fsencode(path),)))


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000])
def test_what_is_no_lineage_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(BrowserError, match=r"odd\.json"):
        read_lineage(os.fsencode(tmp_path / "odd.json"))


def test_a_lineage_carries_what_the_recording_has_beyond_its_latent(
    studio: Generator, sounds: list[bytes], tmp_path: Path
) -> None:
    varied = one(studio, GenerationRequest((sounds[0],), variance=0.2, seed=5))
    assert varied.lineage.detail is not None and len(varied.lineage.detail) == N_DETAIL
    path = os.fsencode(tmp_path / "varied.wav")
    varied.save(path, lineage=True)
    again = one(studio, GenerationRequest((lineage_path(path),)))
    assert again.sound.tobytes() == varied.sound.tobytes()
    assert one(studio, GenerationRequest(class_name="kick", seed=1)).lineage.detail is None


def test_a_lineage_of_before_details_is_read(studio: Generator, tmp_path: Path) -> None:
    first = one(studio, GenerationRequest(seed=4))
    fields = first.lineage.to_json()
    del fields["detail"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(fields))
    assert one(studio, GenerationRequest((os.fsencode(path),))).sound.tobytes() == first.sound.tobytes()
    path.write_text(json.dumps(fields | {"detail": [1.0, 2.0]}))
    with pytest.raises(BrowserError, match="not the lineage"):
        one(studio, GenerationRequest((os.fsencode(path),)))
