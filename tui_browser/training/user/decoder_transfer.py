"""The decoder of the model that one's own began with, carried over: z means the same, sounds and classes are others.

The prior is fitted anew to where one's own files lie, so that what is drawn sounds like them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_bundle import read_decoder, write_decoder
from tui_browser.model.decoder_shape import LONGEST_S, SHORTEST_S, DecoderShape
from tui_browser.records import FloatArray
from tui_browser.training.prior_fit import fit_prior


def transfer_decoder(
    base: Bundle, folder: str, *, z: FloatArray, seconds: FloatArray, labels: NDArray[np.int64], classes: int
) -> Bundle:
    """Give the bundle at `folder` the decoder of `base`; `z` (N, Z), `seconds` and `labels` (N,) are of its files.

    `classes` is 0 for a model without any. Raises BundleError where the base has no decoder.
    """
    shape, tensors = read_decoder(base)
    lengths = np.log(np.clip(seconds, SHORTEST_S, LONGEST_S)).astype(np.float32)
    prior = fit_prior(np.column_stack([z, lengths]), labels, classes=classes, seed=0)
    own = {"prior.weights": prior.weights, "prior.means": prior.means, "prior.factors": prior.factors}
    about = {name: value for name, value in base.config["sound"].items() if name != "network"}
    return write_decoder(
        folder,
        shape=DecoderShape.from_config(shape.to_config() | {"centres": len(prior.means)}),
        weights=tensors | own,
        about={**about, "from": base.space},
    )
