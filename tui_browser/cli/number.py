"""Numbers of the command line: `nan` and `inf` are none."""

from __future__ import annotations

import math
from typing import Any

import click

from tui_browser.errors import printable

SEED = click.IntRange(0, (1 << 63) - 1)
"""What the generators of random numbers take."""


class Finite(click.FloatRange):
    """A number within a range; a usage error for `nan` and `inf`, which comparisons let through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if isinstance(number, float) and not math.isfinite(number):
            self.fail(f"{printable(str(value))} is no finite number.", param, ctx)
        return number


SECONDS = Finite(min=0, max=1e9)
"""Seconds within a file."""


def number_list(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """Finite numbers with commas between them; a usage error where one is none."""
    if value is None:
        return None
    try:
        numbers = tuple(map(float, value.split(",")))
    except ValueError:
        numbers = (math.nan,)
    if not all(map(math.isfinite, numbers)):
        raise click.BadParameter(f"{printable(value)} is no list of numbers with commas between", context, parameter)
    return numbers
