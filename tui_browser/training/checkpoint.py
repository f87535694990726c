"""The state of a run on disk: tensors and plain facts in one safetensors file, read without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from tui_browser.errors import BundleError
from tui_browser.model.bundle import replace_file


def write_checkpoint(path: str, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors by name, and facts that JSON can hold; all or nothing."""
    from safetensors.torch import save

    # Copies: safetensors takes no views of one storage, and no channels-last ones.
    plain = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    replace_file(path, save(plain, metadata={"facts": json.dumps(facts)}))


def read_checkpoint(path: str) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Tensors and facts of a checkpoint; None where there is none. Raises BundleError for a damaged one."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, ValueError) as error:
        raise BundleError("the checkpoint is damaged", path=path, hint="--restart begins anew") from error
    if not isinstance(facts, dict):
        raise BundleError("the checkpoint is damaged", path=path, hint="--restart begins anew")
    return tensors, facts


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of AdamW as tensors by name."""
    state = optimizer.state_dict()["state"]
    return {f"optimizer.{at}.{key}": value for at, values in state.items() for key, value in values.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give AdamW the state back that `optimizer_tensors` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, at, key = name.split(".")
            state.setdefault(int(at), {})[key] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def module_state(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors below a name, as a state_dict."""
    return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}.")}
