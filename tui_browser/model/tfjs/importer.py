"""An autoencoder of Audio Intellimixer, encoder and decoder, becomes a bundle of this program."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.errors import BundleError
from tui_browser.model.bundle import CONFIG, Bundle, load_bundle, read_model_file, write_bundle
from tui_browser.model.decoder_bundle import write_decoder
from tui_browser.model.encoder_process import Encoder
from tui_browser.model.layer_chain import LayerEncoderShape, check_layer_decoder
from tui_browser.model.tfjs.card import imported_model_card
from tui_browser.model.tfjs.topology import MOST_JSON_BYTES, KerasModel, parse_model_json, read_topology
from tui_browser.model.tfjs.weights import read_weights
from tui_browser.records import DRUM_CLASSES, FloatArray
from tui_browser.safe_files import replace_file
from tui_browser.synth.render import render

ORIGIN = "imported"
"""Key of config.json with where an imported model comes from."""
_EACH = 3
"""Synthesised sounds of each class from which the reach of z is measured."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the files do not say."""

    hop: int = 128
    """Samples between two frames of the spectrogram."""
    reference: str = "loudest"
    """What 0 dB is; see `StftFrontEnd`."""
    latent: str | None = None
    """Name of the encoder's output that is the latent; None for the only one, or the one called mu or mean."""
    licence: str = ""
    trained_by: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Autoencoder:
    """An encoder and a decoder that fit each other, with their weights."""

    encoder: KerasModel
    decoder: KerasModel
    encoder_weights: dict[str, FloatArray]
    decoder_weights: dict[str, FloatArray]
    front_end: StftFrontEnd


def read_autoencoder(encoder_json: str, decoder_json: str, options: ImportOptions) -> Autoencoder:
    """Read both models; raises BundleError with what does not fit. Nothing is written."""
    encoder_file, encoder = _read_layers(encoder_json, options.latent)
    decoder_file, decoder = _read_layers(decoder_json, None)
    front_end = _front_end(encoder, options, path=encoder_json)
    try:
        LayerEncoderShape(encoder.chain, reach=1.0).check()
    except ValueError as error:
        raise BundleError(f"the model cannot be imported: {error}", path=encoder_json) from error
    try:
        check_layer_decoder(decoder.chain, z_dim=encoder.chain.output[0], size=front_end.size)
    except ValueError as error:
        raise BundleError(f"encoder and decoder do not fit each other: {error}", path=decoder_json) from error
    return Autoencoder(
        encoder,
        decoder,
        _weights(encoder_file, encoder, path=encoder_json),
        _weights(decoder_file, decoder, path=decoder_json),
        front_end,
    )


def import_autoencoder(
    encoder_json: str, decoder_json: str, out: str, *, options: ImportOptions, force: bool = False
) -> Bundle:
    """Write the bundle `out` from the model.json files of an encoder and a decoder.

    The folder appears at once, whole; `force` replaces a model that is there. The encoder is tried on synthesised
    sounds. Raises BundleError; nothing is left behind then.
    """
    out = os.path.abspath(out)
    check_free(out, force=force)
    model = read_autoencoder(encoder_json, decoder_json, options)
    about: dict[str, object] = {
        ORIGIN: {
            "from": "Audio Intellimixer (TensorFlow.js layers-model)",
            "licence": options.licence,
            "trained_by": options.trained_by,
        }
    }
    with _working_folder(out) as folder:
        new = os.path.join(folder, os.path.basename(out))
        bundle = _write(new, model, about, reach=1.0)
        bundle = _write(new, model, about, reach=_reach(bundle))
        bundle = write_decoder(new, shape=model.decoder.chain, weights=model.decoder_weights, about={}, half=False)
        replace_file(os.path.join(new, "CARD.md"), imported_model_card(bundle).encode())
        _put_in_place(new, out, old=os.path.join(folder, "old"), force=force)
    return load_bundle(out, folders=())


def check_free(out: str, *, force: bool) -> None:
    """Raise BundleError if something is at `out`, unless it is a model and `force` allows to replace it."""
    if not os.path.lexists(out):
        return
    if not os.path.isfile(os.path.join(out, CONFIG)) or os.path.islink(out):
        raise BundleError("there is something else than a model here", path=out, hint="choose another folder")
    if not force:
        raise BundleError("the model already exists", path=out, hint="--force replaces it")


def _put_in_place(new: str, out: str, *, old: str, force: bool) -> None:
    """Rename `new` to `out`; a model there moves to `old`, and back if that is interrupted."""
    check_free(out, force=force)
    try:
        if os.path.lexists(out):
            os.rename(out, old)
        os.rename(new, out)
    except BaseException:
        if os.path.lexists(old) and not os.path.lexists(out):
            os.rename(old, out)
        raise


def read_model(path: str, *, latent: str | None = None) -> tuple[KerasModel, dict[str, FloatArray]]:
    """The layers of one model.json and their weights; raises BundleError."""
    file, model = _read_layers(path, latent)
    return model, _weights(file, model, path=path)


def _read_layers(path: str, latent: str | None) -> tuple[dict[str, object], KerasModel]:
    model = parse_model_json(read_model_file(path, MOST_JSON_BYTES), path=path)
    return model, read_topology(model, output=latent, path=path)


def _weights(file: dict[str, object], model: KerasModel, *, path: str) -> dict[str, FloatArray]:
    """The weights of a model under the names of our layers."""
    shapes = model.chain.tensors()
    found = read_weights(file, {source: shapes[name] for name, source in model.sources.items()}, path=path)
    return {name: found[source] for name, source in model.sources.items()}


def _front_end(encoder: KerasModel, options: ImportOptions, *, path: str) -> StftFrontEnd:
    size = encoder.chain.input
    bins = StftFrontEnd().bins
    if len(size) != 3 or size[0] not in (bins, 2 * bins) or not 8 <= size[1] <= 256 or size[2] != 1:
        raise BundleError(
            f"the encoder takes {' x '.join(map(str, size))}, not a spectrogram of {bins} or {2 * bins} rows",
            path=path,
            hint="models of Audio Intellimixer take 256 x 64 x 1 or 512 x 64 x 1",
        )
    front_end = StftFrontEnd(hop=options.hop, frames=size[1], phase=int(size[0] != bins), reference=options.reference)
    return StftFrontEnd.from_config({name: value for name, value in front_end.to_config().items() if name != "kind"})


def _write(folder: str, model: Autoencoder, about: dict[str, object], *, reach: float) -> Bundle:
    return write_bundle(
        folder,
        shape=LayerEncoderShape(model.encoder.chain, reach),
        front_end=model.front_end,
        weights=model.encoder_weights,
        classes=None,
        about=about,
        half=False,
    )


def _reach(bundle: Bundle) -> float:
    """Twice the largest value of z of synthesised sounds, so that real ones keep their distances, too."""
    rng = np.random.default_rng(0)
    sounds = [render(kind, rng, rate=bundle.front_end.sample_rate) for kind in DRUM_CLASSES for _ in range(_EACH)]
    with Encoder(bundle) as encoder:
        z = encoder.encode(np.stack([bundle.front_end.compute(sound) for sound in sounds])).z
    return float(f"{max(1e-2, min(2.0 * float(np.abs(z).max()), 1e6)):.3g}")


@contextlib.contextmanager
def _working_folder(out: str) -> Iterator[str]:
    """A private folder beside `out`, which is removed at the end with all that is left in it."""
    parent = os.path.dirname(out)
    try:
        os.makedirs(parent, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=".tui-browser-import-", dir=parent)
    except OSError as error:
        raise BundleError(f"the model cannot be written: {error.strerror}", path=parent) from error
    try:
        yield folder
    except OSError as error:
        raise BundleError(f"the model cannot be written: {error.strerror}", path=error.filename or out) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
