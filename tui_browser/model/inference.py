"""The encoder of a bundle for inference, whatever its network is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tui_browser.model.bundle import Bundle, read_tensors
from tui_browser.model.layer_chain import LayerEncoderShape

if TYPE_CHECKING:
    from torch import Tensor


class InferenceEncoder(Protocol):
    """A network from pictures to embeddings."""

    def __call__(self, pictures: Tensor, /) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        """(B, M, T) -> embedding (B, D), z (B, Z), probabilities (B, C) or None, xy (B, 2) or None."""

    def place(self, embedding: Tensor, /) -> Tensor:
        """Map positions (B, 2) of embeddings (B, D); raises BundleError without a map head."""


def open_encoder(bundle: Bundle) -> InferenceEncoder:
    """Load the encoder; raises BundleError on wrong shapes or values that are not finite."""
    if isinstance(bundle.shape, LayerEncoderShape):
        import torch  # 1.6 s

        from tui_browser.model.layer_network import LayerEncoder

        tensors = read_tensors(bundle.weights_path, bundle.shape.tensors())
        return LayerEncoder(bundle.shape, {name: torch.from_numpy(value) for name, value in tensors.items()}).eval()
    from tui_browser.model.encoder_network import load_encoder

    return load_encoder(bundle)
