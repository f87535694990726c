"""The detail of a recording brings decoded charts nearer to it, and does not spoil what it is mixed with."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.sounds import one_shot
from tui_browser.model.decoder_charts import analyse
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.model.peaks import measure_peak
from tui_browser.model.source_detail import N_DETAIL, add_detail, detail_peak, fit_detail, mix_details
from tui_browser.records import FloatArray

SHAPE = DecoderShape()
FLAT = (np.ones(SHAPE.bands, dtype=np.float32), np.ones(SHAPE.frames, dtype=np.float32))


def fitted(sound: FloatArray, decoded: FloatArray) -> FloatArray:
    charts = analyse(sound, shape=SHAPE)
    seconds = len(sound) / RATE
    return fit_detail(sound, charts, decoded=decoded, weights=FLAT, seconds=seconds, shape=SHAPE)


def test_decoded_levels_come_nearer_and_tone_stays() -> None:
    sound = one_shot("snare", 1)
    true, decoded = analyse(sound, shape=SHAPE), analyse(one_shot("snare", 2), shape=SHAPE)
    nearer = add_detail(decoded, fitted(sound, decoded), seconds=len(sound) / RATE, shape=SHAPE)
    sounding = decoded[0] > 0.1
    before, after = (np.abs(charts[0] - true[0])[sounding].mean() for charts in (decoded, nearer))
    assert after < 0.7 * before
    assert np.array_equal(nearer[1:], decoded[1:])
    assert not nearer[0][decoded[0] == 0].any()


def test_a_detail_knows_the_peak() -> None:
    sound = one_shot("kick", 3)
    peak = detail_peak(fitted(sound, analyse(sound, shape=SHAPE)))
    measured = measure_peak(sound)
    assert peak is not None
    assert (peak.crest_db, peak.rise_s) == pytest.approx((measured.crest_db, measured.rise_s), abs=0.01)
    assert detail_peak(np.zeros(N_DETAIL, dtype=np.float32)) is None


def test_a_mixture_has_less_of_each() -> None:
    details = np.stack([fitted(one_shot(kind, 1), analyse(one_shot(kind, 2), shape=SHAPE)) for kind in ("kick", "rim")])
    alone, even = (mix_details(details, np.array(weights)) for weights in ([1.0, 0.0], [0.5, 0.5]))
    assert np.allclose(alone[0], details[0], atol=1e-3)
    assert np.allclose(even[0, :-2], 0.25 * details[:, :-2].sum(axis=0), atol=1e-3)
    assert detail_peak(even[0]) is None and even.dtype == np.float32
