"""Training checkpoints: tensors and JSON metadata in one safetensors file, read without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from tui_browser.errors import BundleError
from tui_browser.safe_files import replace_file


def write_checkpoint(path: str, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors by name and `facts` as JSON, atomically."""
    from safetensors.torch import save

    # Copies, because safetensors accepts neither shared storage nor channels-last tensors.
    copies = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    replace_file(path, save(copies, metadata={"facts": json.dumps(facts)}))


def read_checkpoint(path: str) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Tensors and facts of a checkpoint, None if the file does not exist; raises BundleError if it is damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, ValueError) as error:
        raise BundleError("the checkpoint is damaged", path=path, hint="--restart starts from scratch") from error
    if not isinstance(facts, dict):
        raise BundleError("the checkpoint is damaged", path=path, hint="--restart starts from scratch")
    return tensors, facts


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """State of an AdamW optimizer as named tensors."""
    state = optimizer.state_dict()["state"]
    return {f"optimizer.{index}.{key}": value for index, values in state.items() for key, value in values.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load the state saved by `optimizer_tensors`."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".")
            state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def module_state(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The state_dict of one module in a checkpoint: tensors with the prefix `name`."""
    return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}.")}
