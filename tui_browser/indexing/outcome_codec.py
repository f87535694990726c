"""Outcomes of files as bytes, for shard files and for the way from another machine.

The bytes come from elsewhere: nothing in them is executed, and what has another shape than an outcome is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

import msgspec
import numpy as np

from tui_browser.indexing.decoder_pool import DecodeOutcome, UnsettledFile
from tui_browser.model.bundle import Bundle
from tui_browser.records import Clip, Reject

_MOST_VALUES = 1 << 26
"""Of one array: the slices of a recording of days."""


@dataclass(frozen=True, slots=True)
class _Packed:
    """One of the three."""

    clip: Clip | None = None
    reject: Reject | None = None
    unsettled: UnsettledFile | None = None


def pack(outcome: DecodeOutcome) -> bytes:
    """The outcome as bytes."""
    packed = _Packed(
        outcome if isinstance(outcome, Clip) else None,
        outcome if isinstance(outcome, Reject) else None,
        outcome if isinstance(outcome, UnsettledFile) else None,
    )
    return _encoder().encode(packed)


def unpack(packed: bytes, *, bundle: Bundle) -> DecodeOutcome:
    """The outcome; raises ValueError for bytes that are none, or that are not of this model."""
    try:
        parts = _decoder().decode(packed)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if parts.clip is not None:
        _check(parts.clip, bundle)
    outcome = parts.clip or parts.reject or parts.unsettled
    if outcome is None:
        raise ValueError("an outcome without content")
    return outcome


def _check(clip: Clip, bundle: Bundle) -> None:
    """Raise ValueError for an encoding that the model does not give."""
    if clip.mel is not None or (clip.slices is not None and clip.slices.mels is not None):
        raise ValueError("a clip that is not encoded")
    encoding = clip.encoding
    if encoding is None:
        return
    classes = bundle.classes
    sizes = {
        "embedding": (encoding.embedding, (bundle.width,)),
        "latents": (encoding.z, (bundle.z_dim,)),
        "probabilities": (encoding.probabilities, None if classes is None else (len(classes),)),
    }
    for name, (array, size) in sizes.items():
        if (None if array is None else array.shape) != size or (array is not None and not np.isfinite(array).all()):
            raise ValueError(f"{name} that the model does not give")
    if encoding.xy is not None and not all(map(math.isfinite, encoding.xy)):
        raise ValueError("a place that is none")
    if (slices := clip.slices) is not None:
        vectors, count = slices.vectors, len(slices)
        if vectors is None or vectors.shape != (count, bundle.width) or slices.length_s.shape != (count,):
            raise ValueError("slices without their embeddings")


@cache
def _encoder() -> msgspec.msgpack.Encoder:
    return msgspec.msgpack.Encoder(enc_hook=_cells)


@cache
def _decoder() -> msgspec.msgpack.Decoder[_Packed]:
    return msgspec.msgpack.Decoder(_Packed, dec_hook=_array)


def _cells(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        little = value.astype(value.dtype.newbyteorder("<"), copy=False)
        return little.dtype.str, little.shape, little.tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be packed")


def _array(kind: Any, value: Any) -> Any:
    """The array of these cells, if it has the type that its field states."""
    try:
        type_name, shape, content = value
        stated = np.dtype(get_args(get_args(kind)[1])[0]).newbyteorder("<")
        size = tuple(int(length) for length in shape)
        if type_name != stated.str or any(length < 0 for length in size) or math.prod(size) > _MOST_VALUES:
            raise ValueError
        return np.frombuffer(content, dtype=stated).reshape(size)
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError("an array that is none") from error
