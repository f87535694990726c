"""The command line inside this process: exit code and output of a verb."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tui_browser.cli.main import main


@dataclass(frozen=True, slots=True)
class CliResult:
    """What a verb left behind."""

    code: int
    out: bytes
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """The JSON objects of standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., CliResult]


def invoke(
    *words: object,
    monkeypatch: pytest.MonkeyPatch,
    capture: pytest.CaptureFixture[bytes] | pytest.CaptureFixture[str],
    stdin: bytes = b"",
) -> CliResult:
    """Run `tui-browser WORDS` to its exit; `capture` is `capfdbinary` or `capfd`."""
    monkeypatch.setattr(sys, "argv", ["tui-browser", *map(str, words)])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    with pytest.raises(SystemExit) as ended:
        main()
    sys.stdout.flush()
    out, err = capture.readouterr()
    code = ended.value.code
    return CliResult(
        code if isinstance(code, int) else 0,
        out if isinstance(out, bytes) else out.encode(),
        err if isinstance(err, str) else err.decode(),
    )
