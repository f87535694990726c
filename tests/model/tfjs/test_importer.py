"""From two model.json files to a bundle; each file that is not as it should be is one named error."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.numpy_layers import run_layers
from tests.support.tfjs_models import (
    dense,
    encoder_layers,
    functional,
    layer,
    seeded_weights,
    write_autoencoder,
    write_model,
)
from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.errors import BundleError
from tui_browser.model.bundle import Bundle, load_bundle
from tui_browser.model.encoder_process import Encoder
from tui_browser.model.tfjs import importer
from tui_browser.model.tfjs.importer import ImportOptions, import_autoencoder, read_autoencoder, read_model

DEFAULTS = ImportOptions()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("imported")
    encoder, decoder = write_autoencoder(folder / "theirs")
    return import_autoencoder(str(encoder), str(decoder), str(folder / "mine"), options=DEFAULTS)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write_autoencoder(tmp_path / "theirs")


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = json.loads(path.read_text())
    change(file)
    path.write_text(json.dumps(file))


def keras_layer(file: dict[str, Any], name: str) -> dict[str, Any]:
    layers = file["modelTopology"]["model_config"]["config"]["layers"]
    found: dict[str, Any] = next(entry for entry in layers if entry["name"] == name)
    return found


def refused(files: tuple[Path, Path], match: str, options: ImportOptions = DEFAULTS) -> None:
    encoder, decoder = files
    with pytest.raises(BundleError, match=match) as caught:
        read_autoencoder(str(encoder), str(decoder), options)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700


def test_b6_an_imported_model_gives_the_numbers_of_its_layers(bundle: Bundle) -> None:
    assert (bundle.z_dim, bundle.dim, bundle.classes, bundle.has_map, bundle.has_decoder) == (4, 8, None, False, True)
    assert bundle.front_end == StftFrontEnd()
    assert sorted(os.listdir(bundle.folder)) == ["CARD.md", "config.json", "sound.safetensors", "weights.safetensors"]
    assert sorted(os.listdir(os.path.dirname(bundle.folder))) == ["mine", "theirs"]
    pictures = np.random.default_rng(0).random((11, 256, 64), dtype=np.float32)
    layers = encoder_layers()
    mu = run_layers(layers, seeded_weights(layers, 0), pictures[..., None])
    with Encoder(bundle) as encoder:
        encoding, last = encoder.encode(pictures), encoder.encode(pictures[10:])
    assert encoding.z == pytest.approx(mu, abs=1e-5)
    assert encoding.probabilities is None and encoding.xy is None
    angles = np.clip(mu / bundle.config["network"]["reach"], -1, 1) * np.pi / 2
    assert encoding.embedding == pytest.approx(np.concatenate([np.cos(angles), np.sin(angles)], axis=1) / 2, abs=1e-5)
    assert np.linalg.norm(encoding.embedding, axis=1) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(last.z[0], encoding.z[10]), "a sound alone gives the same bits as in a batch"


def test_distances_of_vectors_follow_those_of_z(bundle: Bundle) -> None:
    """The order of neighbours is that of mu: 4 numbers keep 4 directions, none is lost to the unit length."""
    with Encoder(bundle) as encoder:
        encoding = encoder.encode(np.random.default_rng(1).random((40, 256, 64), dtype=np.float32))
    z, vectors = encoding.z.astype(float), encoding.embedding.astype(float)
    far = np.linalg.norm(z[:, None] - z, axis=2)[np.triu_indices(40, 1)]
    distances = np.linalg.norm(vectors[:, None] - vectors, axis=2)[np.triu_indices(40, 1)]
    factor = np.pi / 2 / bundle.config["network"]["reach"] / np.sqrt(4)
    assert distances == pytest.approx(far * factor, rel=0.02)


def test_the_front_end_is_what_the_options_say(tmp_path: Path) -> None:
    files = write_autoencoder(tmp_path / "old", latent=20, rows=512)
    model = read_autoencoder(str(files[0]), str(files[1]), ImportOptions(hop=256, reference="one"))
    assert model.front_end == StftFrontEnd(hop=256, reference="one", phase=1)
    assert model.encoder.chain.output == (20,) and model.front_end.window_s == pytest.approx(16361 / 22050)


def test_b6_an_old_model_stays_when_a_new_one_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = str(tmp_path / "mine")
    before = import_autoencoder(str(files[0]), str(files[1]), out, options=DEFAULTS)
    with pytest.raises(BundleError, match=r"already exists.*--force"):
        import_autoencoder(str(files[0]), str(files[1]), out, options=DEFAULTS)
    edit(files[0], lambda file: keras_layer(file, "conv_2").update(class_name="SeparableConv2D"))
    with pytest.raises(BundleError, match=r"conv_2.*SeparableConv2D"):
        import_autoencoder(str(files[0]), str(files[1]), out, options=DEFAULTS, force=True)
    assert load_bundle(out, folders=()).space == before.space
    other = write_autoencoder(tmp_path / "others", seed=9)
    after = import_autoencoder(str(other[0]), str(other[1]), out, options=DEFAULTS, force=True)
    assert after.space != before.space and sorted(os.listdir(tmp_path)) == ["mine", "others", "theirs"]


@pytest.mark.parametrize("step", ["_reach", "write_decoder", "_put_in_place"])
def test_an_interrupted_import_leaves_nothing(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importer, "_reach", lambda _: 1.0)
    monkeypatch.setattr(importer, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        import_autoencoder(str(files[0]), str(files[1]), str(tmp_path / "mine"), options=DEFAULTS)
    assert os.listdir(tmp_path) == ["theirs"]


def test_a_model_that_is_replaced_comes_back_if_that_is_interrupted(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "_reach", lambda _: 1.0)
    out = str(tmp_path / "mine")
    before = import_autoencoder(str(files[0]), str(files[1]), out, options=DEFAULTS)
    rename, calls = os.rename, []

    def interrupted(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        import_autoencoder(str(files[0]), str(files[1]), out, options=ImportOptions(hop=256), force=True)
    assert load_bundle(out, folders=()).space == before.space
    assert sorted(os.listdir(tmp_path)) == ["mine", "theirs"]


def test_only_a_model_is_ever_replaced(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "song.wav").write_bytes(b"mine")
    with pytest.raises(BundleError, match="something else than a model"):
        import_autoencoder(str(files[0]), str(files[1]), str(tmp_path / "music"), options=DEFAULTS, force=True)
    assert (tmp_path / "music" / "song.wav").read_bytes() == b"mine"


def test_b6_a_decoder_of_another_latent_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = write_autoencoder(tmp_path / "others", latent=20)
    refused((files[0], other[1]), "the decoder takes 20 numbers, the encoder gives 4")
    other = write_autoencoder(tmp_path / "old", rows=512)
    refused((files[0], other[1]), "the decoder gives 512 x 64 x 1, the encoder takes 256 x 64 x 1")
    refused((files[1], files[0]), "the encoder takes 4, not a spectrogram")


def test_b6_a_missing_or_short_or_long_shard_is_named(files: tuple[Path, Path]) -> None:
    shard = files[0].parent / "group1-shard2of2.bin"
    raw = shard.read_bytes()
    shard.write_bytes(raw[:-1])
    refused(files, "1 bytes shorter than the manifest says")
    shard.write_bytes(raw + b"\0")
    refused(files, "longer than the manifest says.*group1-shard2of2.bin")
    shard.unlink()
    refused(files, "lacks a shard of weights.*group1-shard2of2.bin")
    os.mkfifo(shard)
    refused(files, "pipe or a device")
    shard.unlink()
    shard.mkdir()
    refused(files, "cannot be read")


def test_b6_weights_that_are_not_finite_are_named(files: tuple[Path, Path]) -> None:
    shard = files[1].parent / "group1-shard2of3.bin"
    raw = bytearray(shard.read_bytes())
    for value in (np.nan, np.inf):
        raw[40:44] = np.float32(value).tobytes()
        shard.write_bytes(raw)
        refused(files, "not finite: dense/kernel")


def test_b6_a_pickle_is_refused_and_not_run(files: tuple[Path, Path], tmp_path: Path) -> None:
    files[0].write_bytes(pickle.dumps(_Attack(str(tmp_path / "run"))))
    refused(files, "not JSON")
    assert not (tmp_path / "run").exists()


class _Attack:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize(
    "name", ["../secret.bin", "/etc/passwd", "a/../../secret.bin", "link.bin", "folder/secret.bin", "."]
)
def test_no_shard_leaves_the_folder(files: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    (tmp_path / "theirs" / "secret.bin").write_bytes(b"\0" * 100)
    folder = files[0].parent
    (folder / "link.bin").symlink_to(tmp_path / "theirs" / "secret.bin")
    (folder / "folder").symlink_to(tmp_path / "theirs")
    edit(files[0], lambda file: file["weightsManifest"][0].update(paths=[name]))
    refused(files, "outside of its folder")


Change = Callable[[dict[str, Any]], object]


def _set(name: str, **values: Any) -> Change:
    return lambda file: keras_layer(file, name)["config"].update(values)


def _inbound(nodes: Any) -> Change:
    return lambda file: keras_layer(file, "conv_2").update(inbound_nodes=nodes)


def _weight(number: int, **values: Any) -> Change:
    return lambda file: file["weightsManifest"][0]["weights"][number].update(values)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (_set("conv_1", filters=10**12), "conv_1.*filters is out of range"),
        (_set("conv_1", filters=100_000), "conv_1.*(would give|does not fit)|weights"),
        (_set("conv_1", filters=-1), "conv_1.*filters"),
        (_set("conv_1", filters=True), "conv_1.*filters"),
        (_set("conv_1", kernel_size=[999999, 2]), "conv_1.*kernel"),
        (_set("conv_1", kernel_size=[5]), "conv_1.*kernel_size"),
        (_set("conv_1", strides=[0, 1]), "conv_1.*strides"),
        (_set("conv_1", padding="causal"), "conv_1.*causal"),
        (_set("conv_1", groups=2), "conv_1.*groups"),
        (_set("conv_1", data_format="channels_first"), "conv_1.*channels first"),
        (_set("conv_1", activation="mish"), "conv_1.*mish"),
        (_set("conv_1", use_bias="no"), "conv_1.*use_bias"),
        (_set("conv_1", filters=7), "conv_1/kernel has the shape"),
        (_set("norm_1", axis=[1]), "norm_1.*another axis"),
        (_set("norm_1", epsilon=0), "norm_1.*epsilon"),
        (_set("encoder_input", batch_input_shape=[None, 10**9, 64, 1]), "out of range"),
        (lambda file: keras_layer(file, "encoder_input")["config"].pop("batch_input_shape"), "does not say what shape"),
        (_set("encoder_input", batch_input_shape=[None, 300, 64, 1]), "300 x 64|kernel"),
        (_inbound([[["nobody", 0, 0, {}]]]), "nobody"),
        (_inbound([[["conv_2", 0, 0, {}]]]), "circle"),
        (_inbound([[["conv_1", 0, 0], ["relu_1", 0, 0]]]), "2 inputs"),
        (_inbound(7), "inbound nodes"),
        (lambda file: keras_layer(file, "conv_2").update(name="conv_1"), "two layers"),
        (lambda file: keras_layer(file, "flatten").update(class_name="\x1b[31mLambda"), "flatten.*Lambda"),
        (lambda file: file["modelTopology"]["model_config"].update(class_name="Subclassed"), "Subclassed"),
        (lambda file: file.pop("modelTopology"), "no modelTopology"),
        (lambda file: file.update(format="graph-model"), "graph model"),
        (lambda file: file.pop("weightsManifest"), "weights manifest"),
        (_weight(0, shape=[2**30] * 8), "more than"),
        (_weight(0, shape=[-1]), "no valid shape"),
        (_weight(0, dtype="string"), "string"),
        (_weight(0, name="other/kernel"), "conv_1/kernel is missing"),
        (_weight(0, quantization={"dtype": "uint4"}), "quantised"),
        (_weight(1, name="x/conv_1/kernel"), "twice"),
        (lambda file: file["weightsManifest"][0].update(paths=[7]), "not a name"),
    ],
)  # fmt: skip
def test_b6_what_does_not_fit_is_named(files: tuple[Path, Path], change: Change, match: str) -> None:
    edit(files[0], change)
    refused(files, match)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff", b'{"modelTopology": 3}', b"1" * 10_000])
def test_a_file_that_is_no_model(files: tuple[Path, Path], raw: bytes) -> None:
    files[0].write_bytes(raw)
    refused(files, "not the model.json of a TensorFlow.js model")


def test_layers_that_lead_elsewhere_may_be_of_any_kind(tmp_path: Path) -> None:
    """A sampling layer beside the head of means is no obstacle."""
    layers = encoder_layers()
    heads = [*layers, layer("Lambda", "sampling"), dense("log_variance", 4)]
    weights = seeded_weights(layers, 0)
    path = write_model(tmp_path, functional(heads, outputs=["mu", "sampling", "log_variance"]), weights)
    assert read_model(str(path))[0].chain.output == (4,)


def test_of_several_outputs_one_is_named(files: tuple[Path, Path]) -> None:
    def rename(file: dict[str, Any]) -> None:
        file["modelTopology"]["model_config"]["config"]["output_layers"] = [["dense", 0, 0], ["log_variance", 0, 0]]

    edit(files[0], rename)
    refused(files, "which output is the latent is not clear: choose one of dense, log_variance with --latent")
    refused(files, "no output is called 'mu'", ImportOptions(latent="mu"))
    refused(files, "the decoder takes 4 numbers, the encoder gives 30", ImportOptions(latent="dense"))
    assert read_model(str(files[0]), latent="log_variance")[0].chain.output == (4,)


def test_a_bundle_of_layers_is_looked_over_like_any_other(bundle: Bundle, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle.folder, tmp_path / "mine")
    path = Path(folder, "config.json")
    whole = path.read_text()
    for change, match in [
        (lambda file: file["network"].update(reach=0), "reach"),
        (lambda file: file["network"].update(more=1), "more"),
        (lambda file: file["network"].update(input=[256, 63, 1]), "differ in bands|does not fit"),
        (lambda file: file["network"]["layers"][0].update(kind="attention"), "attention"),
        (lambda file: file["network"]["layers"][0].update(filters=10**9), "filters"),
        (lambda file: file["network"]["layers"][0].update(filters=7), "0.bias|0.kernel"),
        (lambda file: file["network"].update(layers=file["network"]["layers"][:3]), "one row"),
        (lambda file: file["front_end"].update(hop=1), "hop"),
    ]:
        path.write_text(whole)
        edit(path, change)
        with pytest.raises(BundleError, match=match):
            load_bundle(str(folder), folders=())
