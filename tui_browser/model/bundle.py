"""A model on disk: a folder with config.json, weights.safetensors and CARD.md.

Loading needs neither torch nor pickle. Bundles are untrusted input: file sizes are checked before memory is allocated
and tensor shapes before weights are used. A bundle that fails a check raises BundleError with the reason and the path.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.front_end import FrontEnd, read_front_end
from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.dsp.picture_part import SIZE
from tui_browser.errors import BundleError
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.model.layer_chain import LayerChain, LayerEncoderShape
from tui_browser.records import FAMILY_OF, FloatArray
from tui_browser.safe_files import read_bounded, replace_file

FORMAT = 1
"""Version of the bundle format; `load_bundle` rejects every other one."""

MAX_CLASSES = 250
"""The library stores a class in one byte and reserves the highest values."""

MAX_WEIGHTS_BYTES = 1 << 30
"""Longest file of weights."""

CONFIG = "config.json"
"""Name of the file that makes a folder a bundle."""
_WEIGHTS = "weights.safetensors"
_MAX_CONFIG_BYTES = 4 << 20
_MAX_HEADER_BYTES = 4 << 20
_BYTES = {"F16": 2, "BF16": 2, "F32": 4}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model whose config and weights have been checked against each other."""

    name: str
    folder: str
    space: str
    """Name and hash of config and weights. Vectors of the same space can be compared."""
    front_end: FrontEnd
    shape: EncoderShape | LayerEncoderShape
    """The encoder's network: one of this program, or one made of layers, imported from another."""
    dim: int
    """Numbers in the network's embedding."""
    z_dim: int
    classes: tuple[str, ...] | None
    """None for a model without classes."""
    has_map: bool
    config: dict[str, Any]
    """The parsed config.json."""
    class_family: Mapping[str, str]
    """Family of each class that has one."""
    has_decoder: bool = False
    """Whether the bundle has a decoder that generates sounds."""

    @property
    def weights_path(self) -> str:
        return os.path.join(self.folder, _WEIGHTS)

    @property
    def has_picture_part(self) -> bool:
        """Whether vectors have a picture part: the network sees a log-mel, whose bands can be measured."""
        return isinstance(self.front_end, MelFrontEnd)

    @property
    def width(self) -> int:
        """Numbers in a vector: the embedding with its picture part."""
        return self.dim + (SIZE if self.has_picture_part else 0)

    @property
    def trainable(self) -> tuple[EncoderShape, MelFrontEnd]:
        """Network and front end for further training; raises BundleError for a model of another program."""
        if isinstance(self.shape, EncoderShape) and isinstance(self.front_end, MelFrontEnd):
            return self.shape, self.front_end
        raise BundleError(
            f"the model {self.name} was imported from another program and cannot be trained further",
            path=self.folder,
            hint="train --from-scratch needs no model to begin with",
        )


def load_bundle(name_or_folder: str, *, folders: Sequence[str]) -> Bundle:
    """The bundle called so in one of `folders`, or the bundle in the given folder; raises BundleError."""
    folder = _find(name_or_folder, folders)
    config, raw = _read_config(os.path.join(folder, CONFIG))
    path = os.path.join(folder, CONFIG)
    try:
        front_end = read_front_end(_section(config, "front_end"))
        shape = _encoder_shape(_section(config, "network"))
    except ValueError as error:
        raise BundleError(f"the model's config is wrong: {error}", path=path) from error
    if shape.input_size != front_end.size:
        raise BundleError("the model's config is wrong: network and front end differ in bands or frames", path=path)
    classes = config["classes"]
    if classes is not None and not _valid_classes(classes):
        raise BundleError("the model's config is wrong: classes must be a list of distinct names", path=path)
    if shape.classes != len(classes or ()):
        raise BundleError("the model's config is wrong: the network has a different number of classes", path=path)
    digest = hashlib.blake2b(_config_without_decoder(config, raw), digest_size=6)
    digest.update(_checked_bytes(os.path.join(folder, _WEIGHTS), shape.tensors()))
    return Bundle(
        name=config["name"],
        folder=folder,
        space=f"{config['name']}-{digest.hexdigest()}",
        front_end=front_end,
        shape=shape,
        dim=shape.dim,
        z_dim=shape.z_dim,
        classes=None if classes is None else tuple(classes),
        has_map=shape.map_hidden > 0,
        config=config,
        class_family=_class_family(config, classes or (), path),
        has_decoder="sound" in config,
    )


def _class_family(config: dict[str, Any], classes: Sequence[str], path: str) -> dict[str, str]:
    """The families of the classes: those that the config names, for others the usual ones."""
    named = config.get("class_family", {})
    if not isinstance(named, dict) or not all(isinstance(each, str) and each.isprintable() for each in named.values()):
        raise BundleError("the model's config is wrong: class_family must name a family for each class", path=path)
    unknown = [name for name in named if name not in classes]
    if unknown:
        raise BundleError(
            f"the model's config is wrong: class_family names {unknown[0][:80]!r}, which is no class", path=path
        )
    usual = {name: FAMILY_OF[name] for name in classes if name in FAMILY_OF}
    return {**usual, **named}


def _encoder_shape(section: dict[str, Any]) -> EncoderShape | LayerEncoderShape:
    kind = section.get("kind")
    return LayerEncoderShape.from_config(section) if kind == LayerChain.KIND else EncoderShape.from_config(section)


def _config_without_decoder(config: dict[str, Any], raw: bytes) -> bytes:
    """The part of config.json that embeddings depend on: a new decoder must not change the space."""
    if "sound" not in config:
        return raw
    return config_bytes({name: value for name, value in config.items() if name != "sound"})


def config_bytes(config: Mapping[str, Any]) -> bytes:
    """`config` as the bytes of a config.json."""
    return (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode()


def _valid_classes(classes: Any) -> bool:
    """Whether `classes` is a list of 1 to `MAX_CLASSES` distinct printable names."""
    if not isinstance(classes, list) or not 1 <= len(classes) <= MAX_CLASSES:
        return False
    printable = all(isinstance(name, str) and 1 <= len(name) <= 100 and name.isprintable() for name in classes)
    return printable and len(set(classes)) == len(classes)


def _find(name_or_folder: str, folders: Sequence[str]) -> str:
    if "\0" in name_or_folder or not name_or_folder:
        raise BundleError("not a valid model name", path=name_or_folder)
    if os.sep not in name_or_folder and name_or_folder not in (".", ".."):
        for base in folders:
            folder = os.path.join(base, name_or_folder)
            if os.path.isdir(folder):
                return os.path.abspath(folder)
    if os.path.isdir(name_or_folder):
        return os.path.abspath(name_or_folder)
    known = sorted({entry for base in folders for entry in _model_names(base)})
    hint = f"known models: {', '.join(known)}" if known else "give the folder of a model"
    raise BundleError("model not found", path=name_or_folder, hint=hint)


def _model_names(base: str) -> list[str]:
    try:
        entries = os.listdir(base)
    except OSError:
        return []
    return [entry for entry in entries if holds_model(os.path.join(base, entry))]


def holds_model(folder: str) -> bool:
    """Whether a folder holds a model of sounds, damaged or not; models for something else have a `kind`."""
    path = os.path.join(folder, CONFIG)
    if not os.path.isfile(path):
        return False
    try:
        config = json.loads(read_bounded(path, _MAX_CONFIG_BYTES))
    except (OSError, ValueError, RecursionError):
        return True
    return not (isinstance(config, dict) and "kind" in config)


def _read_config(path: str) -> tuple[dict[str, Any], bytes]:
    raw = read_model_file(path, _MAX_CONFIG_BYTES)
    try:
        config = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BundleError("the model's config is not JSON", path=path) from error
    if not isinstance(config, dict):
        raise BundleError("the model's config is not an object", path=path)
    if config.get("format") != FORMAT:
        raise BundleError(
            f"the model has format {str(config.get('format'))[:20]}, this version reads {FORMAT}",
            path=path,
            hint="use a model made for this version",
        )
    if "kind" in config:
        kind = str(config["kind"])[:40]
        raise BundleError(f"this model is of the kind {kind!r}, which hears no samples", path=path)
    missing = [key for key in ("name", "front_end", "network", "classes") if key not in config]
    if missing:
        raise BundleError(f"the model's config lacks {', '.join(missing)}", path=path)
    name = config["name"]
    if not isinstance(name, str) or not 1 <= len(name) <= 100 or not name.isprintable() or "/" in name:
        raise BundleError("the model's config is wrong: name must be 1 to 100 printable characters", path=path)
    return config, raw


def _section(config: dict[str, Any], key: str) -> dict[str, Any]:
    section = config[key]
    if not isinstance(section, dict):
        raise ValueError(f"{key} is not an object")
    return section


def read_model_file(path: str, max_bytes: int) -> bytes:
    """The bytes of a file of a model; raises BundleError if it is missing, too large or no regular file."""
    try:
        return read_bounded(path, max_bytes)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise BundleError("a file of the model is too large", path=path) from error
        what = "the model lacks a file" if isinstance(error, FileNotFoundError) else "the model cannot be read"
        raise BundleError(what, path=path, hint=error.strerror or "") from error


def read_tensors(path: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, FloatArray]:
    """The tensors of a safetensors file as float32; raises BundleError unless it holds exactly `shapes`."""
    from safetensors.numpy import load

    try:
        tensors = load(_checked_bytes(path, shapes))
    except (KeyError, TypeError, ValueError) as error:  # a dtype that numpy does not have
        raise BundleError("the model's weights cannot be read", path=path, hint=str(error)[:100]) from error
    for name, value in tensors.items():
        if not np.isfinite(value).all():
            raise BundleError(f"the model's weights hold values that are not finite: {name}", path=path)
    return {name: np.asarray(value, dtype=np.float32) for name, value in tensors.items()}


def check_weights(bundle: Bundle) -> Bundle:
    """The bundle itself, all of whose weights are finite; raises BundleError. Reads them, but needs no torch."""
    read_tensors(bundle.weights_path, bundle.shape.tensors())
    return bundle


def _checked_bytes(path: str, shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    """The bytes of a safetensors file whose header and length match `shapes`; raises BundleError."""
    raw = read_model_file(path, MAX_WEIGHTS_BYTES)
    length = struct.unpack("<Q", raw[:8])[0] if len(raw) >= 8 else 0
    if not 2 <= length <= min(_MAX_HEADER_BYTES, len(raw) - 8):
        if _is_pickle(raw):
            raise BundleError("the model's weights are a pickle, which could run code", path=path)
        raise BundleError("the model's weights are damaged: the header is cut off or too long", path=path)
    try:
        header = json.loads(raw[8 : 8 + length])
        entries = {name: _parse_entry(entry) for name, entry in header.items() if name != "__metadata__"}
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError) as error:
        raise BundleError("the model's weights are damaged: the header cannot be read", path=path) from error
    for name in sorted(shapes.keys() | entries.keys()):
        if name not in entries:
            raise BundleError(f"the model's weights lack {name}", path=path)
        if name not in shapes:
            raise BundleError(f"the model's weights hold {name[:80]!r}, which is not part of the network", path=path)
        if entries[name][0] != shapes[name]:
            raise BundleError(
                f"the model's weights do not fit: {name} is {entries[name][0]}, not {shapes[name]}", path=path
            )
    end = 0
    for start, stop in sorted(span for _, span in entries.values()):
        if start != end:
            raise BundleError("the model's weights are damaged: tensors overlap or leave gaps", path=path)
        end = stop
    if 8 + length + end != len(raw):
        raise BundleError("the model's weights are damaged: the file is cut off or too long", path=path)
    return raw


def _is_pickle(raw: bytes) -> bool:
    """Whether a file that is no safetensors file begins like a pickle, or like the archive of pickles that torch saves.

    The first byte alone says little: that of a safetensors file is part of a length, and may be 0x80 too.
    """
    return raw[:4] == b"PK\x03\x04" or (raw[:1] == b"\x80" and raw[1:2] in (b"\2", b"\3", b"\4", b"\5"))


def _parse_entry(entry: dict[str, Any]) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Shape and byte span of a header entry; raises ValueError if they do not match."""
    shape, (start, stop) = entry["shape"], entry["data_offsets"]
    if not all(type(n) is int and n >= 0 for n in (*shape, start, stop)):
        raise ValueError
    if math.prod(shape) * _BYTES[entry["dtype"]] != stop - start:
        raise ValueError
    return tuple(shape), (start, stop)


def write_bundle(
    folder: str,
    *,
    shape: EncoderShape | LayerEncoderShape,
    front_end: FrontEnd,
    weights: Mapping[str, NDArray[np.float32]],
    classes: Sequence[str] | None,
    about: Mapping[str, Any],
    half: bool = True,
) -> Bundle:
    """Write config.json and weights.safetensors atomically, then load the bundle to check it.

    `half` stores float16. `about` is merged into config.json: data, licences, figures.
    """
    from safetensors.numpy import save

    folder = os.path.abspath(folder)
    os.makedirs(folder, exist_ok=True)
    dtype = np.float16 if half else np.float32
    tensors = {name: np.ascontiguousarray(value, dtype=dtype) for name, value in weights.items()}
    config = {
        "format": FORMAT,
        "name": os.path.basename(folder),
        "front_end": front_end.to_config(),
        "network": shape.to_config(),
        "classes": None if classes is None else list(classes),
        **about,
    }
    replace_file(os.path.join(folder, _WEIGHTS), save(tensors))
    replace_file(os.path.join(folder, CONFIG), config_bytes(config))
    return load_bundle(folder, folders=())
