"""The models there are, and what each of them can do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tui_browser.errors import BundleError
from tui_browser.model.bundle import holds_model, load_bundle

Origin = Literal["shipped", "own", "imported"]

_FILES = (
    "config.json",
    "weights.safetensors",
    "sound.safetensors",
    "families.json",
    "words.json",
    "CARD.md",
    "report.html",
)
_MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model as a list shows it."""

    name: str
    folder: str
    origin: Origin
    """Shipped with the program, trained by its user, or imported from another program."""
    size: int
    """Bytes on disk."""
    space: str = ""
    """Empty for a model that cannot be used."""
    classes: tuple[str, ...] | None = None
    """None for a model without classes."""
    makes_sounds: bool = False
    has_map: bool = False
    dim: int = 0
    z_dim: int = 0
    licence: str = ""
    trained_by: str = ""
    refusal: str = ""
    """Why it cannot be used; usually empty."""

    @property
    def abilities(self) -> str:
        """What the model can do, in a few words."""
        count = len(self.classes or ())
        parts = [f"{count} class{'' if count == 1 else 'es'}" if count else "no classes"]
        parts.append("makes sounds" if self.makes_sounds else "makes no sounds")
        parts += ["its own map"] if self.has_map else []
        return ", ".join([*parts, f"{self.z_dim} dimensions"])


def list_models(folders: Sequence[str], *, shipped: str, more: Iterable[str] = ()) -> list[ModelFacts]:
    """The models in `folders`, and those in the folders `more`, each once; damaged ones with the reason.

    Where two have one name the first is found by it; the other one is listed, too. `shipped` is one of `folders`.
    """
    paths = [path for base in folders for path in _models_in(base)]
    paths += [os.path.abspath(path) for path in more if os.path.isdir(path)]
    return [model_facts(path, shipped=shipped) for path in dict.fromkeys(paths)]


def _models_in(base: str) -> list[str]:
    try:
        entries = sorted(os.listdir(base))[:_MOST_LISTED]
    except OSError:
        return []
    folders = [os.path.abspath(os.path.join(base, entry)) for entry in entries if not entry.startswith(".")]
    return [folder for folder in folders if holds_model(folder)]


def model_facts(folder: str, *, shipped: str) -> ModelFacts:
    """The model in a folder; one that is damaged has a refusal."""
    name, size = os.path.basename(folder), _size(folder)
    is_shipped = os.path.dirname(folder) == os.path.abspath(shipped)
    origin: Origin = "shipped" if is_shipped else "own"
    try:
        bundle = load_bundle(folder, folders=())
    except BundleError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return ModelFacts(name, folder, origin, size, refusal=f"{error.what}{hint}")
    licence, trained_by = "of its recordings", "you"
    if is_shipped:
        licence, trained_by = "MIT", "this project"
    elif isinstance(imported := bundle.config.get("imported"), dict):
        origin = "imported"
        licence, trained_by = (_told(imported.get(key)) for key in ("licence", "trained_by"))
    return ModelFacts(
        name,
        folder,
        origin,
        size,
        space=bundle.space,
        classes=bundle.classes,
        makes_sounds=bundle.has_decoder,
        has_map=bundle.has_map,
        dim=bundle.dim,
        z_dim=bundle.z_dim,
        licence=licence,
        trained_by=trained_by,
    )


def _told(value: Any) -> str:
    return value[:200] if isinstance(value, str) and value else "not told"


def _size(folder: str) -> int:
    total = 0
    for name in _FILES:
        with contextlib.suppress(OSError):
            total += os.stat(os.path.join(folder, name)).st_size
    return total
