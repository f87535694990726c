"""Augmentation of log-mels and charts: both change alike, and mixed sounds add up."""

from __future__ import annotations

import numpy as np
import torch

from tests.support.sounds import one_shot
from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.model.decoder_charts import analyse
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.training.decoder.augmentation import DecoderAugmentation, mix_pairs
from tui_browser.training.decoder.training_data import encoder_mel

SHAPE, FRONT_END = DecoderShape(), MelFrontEnd()


def looks(*sounds: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    drawn = np.stack([analyse(sound, shape=SHAPE) for sound in sounds])
    drawn[:, 2] = 0.5 + 0.5 * drawn[:, 2]
    heard = np.stack([encoder_mel(sound, front_end=FRONT_END) for sound in sounds])
    return torch.from_numpy(heard), torch.from_numpy(drawn)


def tone(hertz: float) -> np.ndarray:
    time = np.arange(RATE // 2) / RATE
    return (0.5 * np.sin(2 * np.pi * hertz * time) * np.exp(-6 * time)).astype(np.float32)


def test_a_varied_sound_keeps_its_loudest_cell_and_its_range() -> None:
    mels, drawn = looks(*(one_shot(kind, 1) for kind in ("kick", "snare", "cymbal", "cowbell")))
    vary = DecoderAugmentation(SHAPE, FRONT_END)
    for seed in range(5):
        heard, truth, longer = vary(mels, drawn, rng=torch.Generator().manual_seed(seed))
        assert ((heard >= 0) & (heard <= 1)).all() and ((truth >= -1e-6) & (truth <= 1 + 1e-6)).all()
        assert (longer > 0.6).all() and (longer < 1.6).all()
        assert truth[:, 0].amax(dim=(1, 2)).min() > 0.9


def test_layers_add_up_as_the_sounds_themselves_do() -> None:
    low, high = tone(200.0), tone(320.0)
    mels, drawn = looks(low, high)
    ranges_db = DecoderAugmentation(SHAPE, FRONT_END).ranges_db
    lengths = torch.tensor([[0.2, 0.5], [1.0, 0.4]])
    seen = 0
    for seed in range(40):
        rng = torch.Generator().manual_seed(seed)
        heard, truth, longest = mix_pairs(mels, drawn, lengths, ranges_db=ranges_db, rng=rng)
        rng = torch.Generator().manual_seed(seed)
        other, some = torch.randperm(2, generator=rng), torch.rand(2, generator=rng) < 0.25
        below = torch.rand(2, generator=rng) * 24.0
        if not (bool(some[0]) and int(other[0]) == 1):
            assert torch.equal(truth[0], drawn[0]) or bool(some[0])
            continue
        seen += 1
        true_heard, true_drawn = looks(low + high * 10 ** (-float(below[0]) / 20))
        loud = true_drawn[0, 0] > 0.6
        assert (truth[0, 0] - true_drawn[0, 0])[loud].abs().mean() * ranges_db[1] < 1.5
        loud = true_heard[0] > 0.6
        assert (heard[0] - true_heard[0])[loud].abs().mean() * ranges_db[0] < 2.5
        assert longest[:, 0].tolist() == lengths.amax(dim=1).tolist()
    assert seen > 2
