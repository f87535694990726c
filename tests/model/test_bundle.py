"""Bundles are looked over before anything of them is used; each refusal names what is wrong."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.support.bundles import tiny_bundle
from tui_browser.errors import BundleError
from tui_browser.model.bundle import load_bundle


def change(folder: Path, **keys: object) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for key, value in keys.items():
        *outer, last = key.split("__")
        section = config
        for name in outer:
            section = section[name]
        section[last] = value
    path.write_text(json.dumps(config))


def refused(folder: Path, match: str) -> None:
    with pytest.raises(BundleError, match=match) as caught:
        load_bundle(str(folder), folders=())
    assert "\n" not in str(caught.value)


class _Attack:
    """Unpickled, it makes a folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.path,)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tiny_bundle(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_found_by_name_and_by_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_name = load_bundle("tiny", folders=["/nowhere", str(folder.parent)])
    monkeypatch.chdir(folder.parent)
    assert by_name == load_bundle(str(folder), folders=()) == load_bundle("./tiny", folders=())
    assert by_name.name == "tiny"
    assert by_name.space.startswith("tiny-")
    assert (by_name.dim, by_name.z_dim, by_name.has_map) == (16, 8, True)


def test_the_space_follows_weights_and_config(tmp_path: Path) -> None:
    one, again = tiny_bundle(tmp_path / "a" / "m"), tiny_bundle(tmp_path / "b" / "m")
    other = tiny_bundle(tmp_path / "c" / "m", seed=1)
    assert one.space == again.space != other.space
    change(tmp_path / "b" / "m", front_end__floor_db=-70.0)
    assert load_bundle(str(tmp_path / "b" / "m"), folders=()).space != one.space


def test_without_classes_and_map(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "plain", classes=None, has_map=False)
    assert bundle.classes is None and not bundle.has_map


def test_families_of_classes_are_the_usual_ones_unless_the_config_names_them(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "m", classes=("kick", "voice", "growl"))
    assert bundle.class_family == {"kick": "drums", "voice": "voice"}
    change(tmp_path / "m", class_family={"growl": "tonal", "voice": "effects"})
    families = load_bundle(str(tmp_path / "m"), folders=()).class_family
    assert families == {"kick": "drums", "voice": "effects", "growl": "tonal"}


@pytest.mark.parametrize("wrong", [["kick"], {"growl": 3}, {"growl": "a\x1b"}, {"howl": "tonal"}])
def test_wrong_families_are_refused(tmp_path: Path, wrong: object) -> None:
    tiny_bundle(tmp_path / "m", classes=("kick", "growl"))
    change(tmp_path / "m", class_family=wrong)
    refused(tmp_path / "m", "class_family")


def test_an_unknown_name_tells_the_known_ones(folder: Path) -> None:
    with pytest.raises(BundleError, match="tiny"):
        load_bundle("tinny", folders=[str(folder.parent)])
    with pytest.raises(BundleError):
        load_bundle("", folders=[str(folder.parent)])


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    refused(folder, "lacks a file")


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[1]", "not an object"),
        (b"[" * 99999, "JSON"),
    ],
)
def test_a_damaged_config(folder: Path, raw: bytes, match: str) -> None:
    (folder / "config.json").write_bytes(raw)
    refused(folder, match)


@pytest.mark.parametrize("key", ["name", "front_end", "network", "classes"])
def test_a_missing_key_is_named(folder: Path, key: str) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    del config[key]
    path.write_text(json.dumps(config))
    refused(folder, key)


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        ({"format": 2}, "format 2"),
        ({"format": "x" * 1000}, "format"),
        ({"name": "a/b"}, "name"),
        ({"name": 3}, "name"),
        ({"front_end": []}, "front_end"),
        ({"front_end__hop": 0}, "hop"),
        ({"front_end__n_mels": 64}, "differ in bands"),
        ({"network": None}, "network"),
        ({"network__channels": [4, 8]}, "channels and blocks"),
        ({"network__channels": 4}, "channels"),
        ({"network__features": 10**12}, "features"),
        ({"network__dim": 17}, "to_classes.weight|to_embedding"),
        ({"network__map_hidden": 0}, "to_map"),
        ({"network__classes": 5}, "number of classes"),
        ({"classes": ["kick"]}, "classes"),
        ({"classes": None}, "number of classes"),
    ],
)
def test_a_wrong_config(folder: Path, keys: dict[str, object], match: str) -> None:
    change(folder, **keys)
    refused(folder, match)


def test_weights_of_another_shape(folder: Path) -> None:
    weights = load_file(folder / "weights.safetensors")
    weights["to_z.bias"] = np.zeros(9, dtype=np.float16)
    save_file(weights, folder / "weights.safetensors")
    refused(folder, "to_z.bias")


def test_weights_too_few_and_too_many(folder: Path) -> None:
    weights = load_file(folder / "weights.safetensors")
    missing = {name: value for name, value in weights.items() if name != "to_z.bias"}
    save_file(missing, folder / "weights.safetensors")
    refused(folder, "to_z.bias")
    save_file({**weights, "extra": np.zeros(1, dtype=np.float16)}, folder / "weights.safetensors")
    refused(folder, "extra")


def test_pickles_are_refused(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(pickle.dumps({"a": 1}))
    refused(folder, "pickle")
    (folder / "weights.safetensors").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    refused(folder, "pickle")


def test_a_header_whose_length_begins_like_a_pickle_is_read(folder: Path) -> None:
    before, path = load_bundle(str(folder), folders=()), folder / "weights.safetensors"
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = raw[8 : 8 + length].ljust(length + (0x80 - length) % 256)
    path.write_bytes(struct.pack("<Q", len(header)) + header + raw[8 + length :])
    assert path.read_bytes()[0] == 0x80
    after = load_bundle(str(folder), folders=())
    assert (after.dim, after.classes) == (before.dim, before.classes)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_b6_a_pickle_that_runs_code_is_refused_and_not_run(folder: Path, protocol: int) -> None:
    attack = pickle.dumps(_Attack(str(folder / "run")), protocol=protocol)
    (folder / "weights.safetensors").write_bytes(attack)
    refused(folder, "are a pickle")
    assert not (folder / "run").exists()


@pytest.mark.parametrize("length", [0, 1, 10**6, 2**63, 2**64 - 1])
def test_a_header_of_absurd_length(folder: Path, length: int) -> None:
    (folder / "weights.safetensors").write_bytes(struct.pack("<Q", length) + b"{}" * 20)
    refused(folder, "damaged")


def test_weights_cut_off_or_too_long(folder: Path) -> None:
    path = folder / "weights.safetensors"
    raw = path.read_bytes()
    for damaged in (raw[:4], raw[:100], raw[:-1], raw + b"\0"):
        path.write_bytes(damaged)
        refused(folder, "damaged")


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F64", "shape": [8], "data_offsets": [0, 64]},
        {"dtype": "F16", "shape": [8], "data_offsets": [0, 17]},
        {"dtype": "F16", "shape": [-8], "data_offsets": [0, -16]},
        {"dtype": "F16", "shape": [2.0, 4], "data_offsets": [0, 16]},
        {"dtype": "F16", "shape": [8]},
        "nothing",
        None,
    ],
)
def test_a_lying_header(folder: Path, entry: object) -> None:
    header = json.dumps({"to_z.bias": entry}).encode()
    (folder / "weights.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 16)
    refused(folder, "damaged")


def test_overlapping_tensors(folder: Path) -> None:
    path = folder / "weights.safetensors"
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])
    header["trunk.stages.0.1.bias"]["data_offsets"] = header["trunk.stages.0.1.weight"]["data_offsets"]
    packed = json.dumps(header).encode().ljust(length)
    path.write_bytes(struct.pack("<Q", len(packed)) + packed + raw[8 + length :])
    refused(folder, "overlap|cut off")


def test_looking_is_cheap_and_needs_no_torch(folder: Path) -> None:
    load_bundle(str(folder), folders=())
    began = time.perf_counter()
    load_bundle(str(folder), folders=())
    assert time.perf_counter() - began < 0.5
    code = "import sys, tui_browser.model.bundle, tui_browser.model.encoder_process; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_a_pipe_or_a_device_in_a_model_is_not_waited_for(folder: Path, name: str) -> None:
    for make in (os.mkfifo, lambda path: os.symlink("/dev/zero", path)):
        (folder / name).unlink()
        make(folder / name)
        refused(folder, "cannot be read: .*pipe or a device")


def test_a_giant_of_holes_is_refused_at_once(folder: Path) -> None:
    with open(folder / "weights.safetensors", "r+b") as file:
        file.truncate(1 << 40)
    refused(folder, "too large")
