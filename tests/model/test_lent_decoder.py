"""A model may use the decoder of the one beside it that has the same z."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tui_browser.errors import BundleError
from tui_browser.generate.sound_decoder import SoundDecoder
from tui_browser.model.bundle import Bundle, config_bytes, load_bundle
from tui_browser.model.decoder_bundle import decoder_hash, read_decoder

LENDER = ("kick", "bass", "voice")
BORROWER = ("kick", "other")


def lent(folder: Path, of: object = "lender") -> Bundle:
    """A bundle of two classes that uses the decoder of one with three."""
    if not (folder / "lender").exists():
        tiny_bundle(folder / "lender", classes=LENDER, sound=True)
    bundle = tiny_bundle(folder / "borrower", classes=BORROWER)
    config = json.loads((folder / "borrower" / "config.json").read_text()) | {"sound": {"of": of}}
    (folder / "borrower" / "config.json").write_bytes(config_bytes(config))
    after = load_bundle(str(folder / "borrower"), folders=())
    assert after.space == bundle.space, "what was encoded with it stays valid"
    return after


def test_a_lent_decoder_makes_the_same_sounds_and_knows_the_classes_of_the_borrower(tmp_path: Path) -> None:
    borrower = lent(tmp_path)
    lender = load_bundle(str(tmp_path / "lender"), folders=())
    own, theirs = SoundDecoder(lender), SoundDecoder(borrower)
    recipe = own.draw(2, seed=1)
    for one, other in zip(own.decode(recipe, seed=3), theirs.decode(recipe, seed=3), strict=True):
        assert np.array_equal(one, other)
    _, before = read_decoder(lender)
    _, after = read_decoder(borrower)
    weights, mapped = before["prior.weights"], after["prior.weights"]
    assert np.array_equal(mapped[:, 0], weights[:, 0])
    assert np.allclose(mapped[:, 1], weights[:, 1:].mean(axis=1)), "what it does not tell apart stands for all the rest"
    assert len(decoder_hash(borrower)) == len(decoder_hash(lender))


@pytest.mark.parametrize("of", ["../lender", "", ".hidden", 3, None, "borrower", "nobody"])
def test_a_wrong_lender_is_one_sentence(tmp_path: Path, of: object) -> None:
    borrower = lent(tmp_path, of)
    with pytest.raises(BundleError) as caught:
        read_decoder(borrower)
    assert "\n" not in str(caught.value)
