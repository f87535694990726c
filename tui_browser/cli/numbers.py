"""Number types of the command line, which refuse `nan` and `inf`."""

from __future__ import annotations

import math
from typing import Any

import click

from tui_browser.errors import printable

SEED = click.IntRange(0, (1 << 63) - 1)
"""Seeds that the random generators accept."""


class FiniteRange(click.FloatRange):
    """A finite number within a range; click itself would let `nan` and `inf` through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if isinstance(number, float) and not math.isfinite(number):
            self.fail(f"{printable(str(value))} is not a finite number.", param, ctx)
        return number


SECONDS = FiniteRange(min=0, max=1e9)
"""A position or length in a file, in seconds."""


def number_list(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """Parse finite numbers separated by commas; a usage error for anything else."""
    if value is None:
        return None
    try:
        numbers = tuple(map(float, value.split(",")))
    except ValueError:
        numbers = (math.nan,)
    if not all(map(math.isfinite, numbers)):
        raise click.BadParameter(f"{printable(value)} is not a list of numbers separated by commas", context, parameter)
    return numbers
