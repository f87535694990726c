"""Lineage of a generated sound: all that is needed to generate it again, as a JSON file beside it."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from tui_browser.errors import BrowserError
from tui_browser.model.source_detail import N_DETAIL
from tui_browser.records import FloatArray
from tui_browser.version import __version__

LINEAGE_SUFFIX = b".json"
"""Extension of a lineage file, in place of the sound's `.wav`."""

GenerationMode = Literal["drawn", "again", "varied", "mixed", "at"]
"""Drawn from the prior; one file re-generated; one varied; several mixed; mixed from samples at a map position."""

_MAX_BYTES = 1 << 20
_MAX_ITEMS = 4096


@dataclass(frozen=True, slots=True)
class LineageSource:
    """A sound that another one was generated from."""

    path: bytes
    content_hash: str
    """Of its decoded PCM, as in the library."""
    onset_s: float
    """Start of the sound in its file."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """How a sound was generated; `z`, `seconds`, `detail` and `seed` reproduce it exactly with the same decoder."""

    how: GenerationMode
    model: str
    space: str
    """Space of `z`; only latents of the same space can be mixed."""
    decoder: str
    """Hash of the decoder's weights."""
    seed: int
    variance: float
    z: tuple[float, ...]
    """(Z,) the decoded latent, float32 values."""
    seconds: float
    """The decoded length."""
    class_name: str | None = None
    weights: tuple[float, ...] | None = None
    """One for each source, as given; None for equal weights."""
    raw: bool = False
    at: tuple[float, float] | None = None
    """Map position, x and y in [0, 1]."""
    sources: tuple[LineageSource, ...] = ()
    content_hash: str = ""
    """Of the generated sound."""
    torch: str = ""
    """Version of torch that rendered it."""
    detail: tuple[float, ...] | None = None
    """(N_DETAIL,) what the recording had beyond `z`, float32 values; None for nothing."""

    def latent(self) -> FloatArray:
        """`z` as an array (Z,)."""
        return np.array(self.z, dtype=np.float32)

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; a path that is not UTF-8 gets surrogate escapes."""
        return {
            "program": f"tui-browser {__version__}",
            "how": self.how,
            "model": self.model,
            "space": self.space,
            "decoder": self.decoder,
            "torch": self.torch,
            "seed": self.seed,
            "class": self.class_name,
            "variance": self.variance,
            "weights": None if self.weights is None else list(self.weights),
            "raw": self.raw,
            "at": None if self.at is None else list(self.at),
            "sources": [
                {"path": os.fsdecode(source.path), "content_hash": source.content_hash, "onset_s": source.onset_s}
                for source in self.sources
            ],
            "z": list(self.z),
            "seconds": self.seconds,
            "detail": None if self.detail is None else list(self.detail),
            "content_hash": self.content_hash,
        }

    def to_bytes(self) -> bytes:
        """The lineage as a JSON file."""
        return json.dumps(self.to_json(), indent=1, allow_nan=False).encode("ascii") + b"\n"


def read_lineage(path: bytes) -> Lineage:
    """Read a lineage file; raises BrowserError if it cannot be read or is not valid."""
    try:
        with open(path, "rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BrowserError((error.strerror or "cannot be read").lower(), path=path) from error
    try:
        if len(raw) > _MAX_BYTES:
            raise ValueError("the file is too large")
        return _from_json(json.loads(raw))
    except (ValueError, LookupError, TypeError, RecursionError, OverflowError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise BrowserError("not the lineage of a sound", path=path, hint=reason[:100]) from error


def _from_json(fields: Any) -> Lineage:
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    if fields["how"] not in get_args(GenerationMode):
        raise ValueError("the value of how is unknown")
    sources = tuple(
        LineageSource(os.fsencode(_text(each["path"])), _text(each["content_hash"]), _number(each["onset_s"]))
        for each in _list(fields["sources"])
    )
    seed = fields["seed"]
    if type(seed) is not int or not 0 <= seed < 1 << 63:
        raise ValueError("the seed is not a 63-bit integer")
    weights, at = fields["weights"], fields["at"]
    return Lineage(
        how=fields["how"],
        model=_text(fields["model"]),
        space=_text(fields["space"]),
        decoder=_text(fields["decoder"]),
        seed=seed,
        variance=_number(fields["variance"]),
        z=tuple(map(_number, _list(fields["z"]))),
        seconds=_number(fields["seconds"]),
        class_name=None if fields["class"] is None else _text(fields["class"]),
        weights=None if weights is None else tuple(map(_number, _list(weights))),
        raw=bool(fields["raw"]),
        at=None if at is None else (_number(at[0]), _number(at[1])),
        sources=sources,
        content_hash=_text(fields["content_hash"]),
        torch=_text(fields["torch"]),
        detail=_detail(fields.get("detail")),
    )


def _detail(value: Any) -> tuple[float, ...] | None:
    """The detail; lineages of before it was kept have none."""
    if value is None:
        return None
    numbers = tuple(map(_number, _list(value)))
    if len(numbers) != N_DETAIL:
        raise ValueError("the detail has the wrong length")
    return numbers


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a value is not a string")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("a value is not a finite number")
    return float(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        raise ValueError("a value is not a list, or too long a list")
    return value
