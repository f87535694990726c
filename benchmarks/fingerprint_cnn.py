"""The tag classifier of AudioNotebooks, to compare with: a small convolutional network on fingerprints of 32 x 32.

Convolutions 32, 32, pool, 64, 64, pool, dense 512, softmax with several ones in a target; slices of at most 100 samples
a tag, ten epochs each, in batches of 32, the rate 0.001 * 0.99^k in slice k. The dropout is that of such networks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

SLICES = 48
_EPOCHS, _BATCH, _PER_TAG = 10, 32, 100


def train_cnn(
    pictures: FloatArray,
    has: NDArray[np.bool_],
    *,
    slices: int,
    seed: int,
    after_slice: Callable[[int, Callable[[FloatArray], FloatArray]], None],
) -> None:
    """Train on pictures (N, 32, 32) with their tags (N, T).

    `after_slice` gets the number of slices done, and a function from pictures to scores (N, T).
    """
    import torch
    from torch import nn

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = _network(has.shape[1])
    targets = torch.from_numpy(has.astype(np.float32))
    images = torch.from_numpy(np.ascontiguousarray(pictures[:, np.newaxis]))
    for number in range(slices):
        optimiser = torch.optim.Adam(network.parameters(), lr=0.001 * 0.99 ** (number * SLICES / slices))
        rows = _limited(has, rng)
        network.train()
        for _ in range(_EPOCHS):
            for batch in np.array_split(rng.permutation(rows), max(1, len(rows) // _BATCH)):
                log_p = nn.functional.log_softmax(network(images[batch]), dim=1)
                loss = -(targets[batch] * log_p).sum(dim=1).mean()
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
                optimiser.step()
        after_slice(number + 1, lambda pictures: _scores(network, pictures))


def _network(tags: int) -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Dropout(0.25), nn.Flatten(), nn.Linear(64 * 8 * 8, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, tags),
    )  # fmt: skip


def _limited(has: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows with at most 100 drawn for each tag."""
    chosen = [rng.permutation(np.flatnonzero(has[:, tag]))[:_PER_TAG] for tag in range(has.shape[1])]
    return np.unique(np.concatenate(chosen))


def _scores(network: Any, pictures: FloatArray) -> FloatArray:
    import torch

    network.eval()
    with torch.inference_mode():
        parts = [
            torch.softmax(network(torch.from_numpy(np.ascontiguousarray(part[:, np.newaxis]))), dim=1).numpy()
            for part in np.array_split(pictures, max(1, len(pictures) // 256))
        ]
    return np.concatenate(parts)
