"""The map head: neighbours stay neighbours, also for sounds that it was not fitted on, within the unit square."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.training.metrics import purity


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_neighbours_stay_neighbours() -> None:
    import torch
    from torch.nn import functional

    from tui_browser.model.encoder_network import EncoderNetwork
    from tui_browser.training.encoder.map_head import train_map_head

    torch.manual_seed(0)
    shape = EncoderShape(
        n_mels=16, frames=16, channels=(4,), blocks=(0,), features=8, dim=16, z_dim=4, classes=11, map_hidden=32
    )
    network = EncoderNetwork(shape).eval()
    centres = torch.randn(8, 16)
    labels = torch.arange(8).repeat(60)
    sounds = functional.normalize(centres[labels] + 0.3 * torch.randn(480, 16), dim=1)
    seen, unseen = sounds[:400], sounds[400:]
    before = {name: value.clone() for name, value in network.state_dict().items() if "to_map" not in name}
    train_map_head(network, seen, steps=150, seed=0, anchors=24, perplexity=8.0, log=lambda _: None)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items() if name in before)
    with torch.inference_mode():
        places = network.place(seen).numpy()
        fresh = network.place(unseen).numpy()
    assert purity(places, labels[:400].numpy()) > 0.9
    assert purity(fresh, labels[400:].numpy(), k=5) > 0.8
    for xy in (places, fresh):
        assert xy.min() >= 0.0 and xy.max() <= 1.0
    # The square is used, and nothing is crushed against its edge.
    assert np.ptp(places, axis=0).min() > 0.6
    assert len(np.unique(places.round(4), axis=0)) > 390


def test_places_far_out_stay_inside() -> None:
    import torch

    from tui_browser.model.encoder_network import EncoderNetwork

    shape = EncoderShape(
        n_mels=16, frames=16, channels=(4,), blocks=(0,), features=8, dim=16, z_dim=4, classes=0, map_hidden=4
    )
    network = EncoderNetwork(shape)
    assert network.to_map is not None
    with torch.no_grad():
        for parameter in network.to_map.parameters():
            parameter.mul_(1e3)
        xy = network.place(torch.randn(50, 16))
    assert bool(torch.isfinite(xy).all()) and float(xy.min()) >= 0.0 and float(xy.max()) <= 1.0


def test_what_people_know_stays_where_it_was() -> None:
    import torch
    from torch.nn import functional

    from tui_browser.model.encoder_network import EncoderNetwork
    from tui_browser.training.encoder.map_head import train_map_head

    torch.manual_seed(1)
    shape = EncoderShape(
        n_mels=16, frames=16, channels=(4,), blocks=(0,), features=8, dim=16, z_dim=4, classes=11, map_hidden=32
    )
    network = EncoderNetwork(shape).eval()
    centres = torch.randn(8, 16)
    labels = torch.arange(8).repeat(60)
    sounds = functional.normalize(centres[labels] + 0.3 * torch.randn(480, 16), dim=1)
    angle = torch.arange(8) * 0.785
    places = 0.5 + 0.3 * torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)[labels]
    known = labels < 5
    wanted = torch.where(known[:, None], places, torch.nan)
    train_map_head(
        network, sounds, steps=250, seed=0, anchors=24, perplexity=8.0, places=wanted, keep=2.0, log=lambda _: None
    )
    with torch.inference_mode():
        xy = network.place(sounds)
    moved = (xy - places).norm(dim=1)[known].median()
    assert moved < 0.12, "five groups lie on a circle as before"
    assert purity(xy.numpy(), labels.numpy()) > 0.9, "and the new ones have places of their own"
    assert xy.min() >= 0.0 and xy.max() <= 1.0
