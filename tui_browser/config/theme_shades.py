"""Shades of a family's hue, one for each of its classes: steps of lightness that stay readable on the background.

In OKLab (Ottosson, 2020), where equal steps look equal; a shade that sRGB does not hold loses saturation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_READABLE = {True: (0.56, 0.96), False: (0.25, 0.62)}
"""Lightness of shades in dark and in light themes."""
_STEP = 0.13
"""Between the shades of a small family; those of a large one share the whole range."""

Triple = tuple[float, float, float]


def shades_of(hue: str, count: int, *, dark: bool) -> tuple[str, ...]:
    """`count` colours for classes that follow each other in a list: neighbours there are more than a step apart.

    A hue that is a colour of the terminal (`ansi_green`) has no shades.
    """
    if not hue.startswith("#"):
        return (hue,) * count
    lightness, a, b = _oklab(hue)
    low, high = _READABLE[dark]
    width = min(high - low, _STEP * (count - 1))
    start = min(max(lightness - width / 2, low), high - width)
    step = width / (count - 1) if count > 1 else 0.0
    half = (count + 1) // 2
    places = [half * (at % 2) + at // 2 for at in range(count)]
    return tuple(_hex(start + step * place, a, b) for place in places)


def _oklab(colour: str) -> Triple:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _hex(lightness: float, a: float, b: float) -> str:
    """The nearest colour of sRGB with this lightness and hue."""
    saturation = 1.0
    while True:
        channels = _srgb(lightness, a * saturation, b * saturation)
        if all(-0.001 <= channel <= 1.001 for channel in channels) or saturation < 0.02:
            return "#" + "".join(f"{round(255 * min(1.0, max(0.0, _encoded(channel)))):02x}" for channel in channels)
        saturation -= 0.02


def _srgb(lightness: float, a: float, b: float) -> Sequence[float]:
    """Linear red, green and blue."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
