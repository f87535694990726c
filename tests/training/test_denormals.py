"""What a training asks of the processor ends with it."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from tui_browser.training.denormals import flush_denormals  # noqa: E402 - it needs torch


def _kept() -> bool:
    return float(torch.tensor([1e-310], dtype=torch.float64).mul(2.0)[0]) > 0.0


def test_small_numbers_count_again_afterwards_also_after_an_error() -> None:
    assert _kept()
    with pytest.raises(KeyboardInterrupt), flush_denormals():
        assert not _kept()
        with flush_denormals():
            pass
        assert not _kept(), "an inner one leaves an outer one in force"
        raise KeyboardInterrupt
    assert _kept()
