"""A picture of the map as PNG: dots with smooth edges, drawn for all samples at once."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.workbench.map_picture.scene import MapScene

_FAINT = 0.55


def png(scene: MapScene) -> bytes:
    """The picture; the same scene gives the same bytes."""
    from PIL import Image, ImageDraw, ImageFont  # 60 ms

    image = Image.fromarray(_pixels(scene), "RGB")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(scene.text_size)
    text, background = scene.theme.roles["text"], scene.theme.roles["background"]
    if scene.title.text:
        draw.text((scene.title.left, scene.title.top), scene.title.text, fill=text, font=font, anchor="ls")
    halo = max(1, round(scene.text_size / 8))
    for word in scene.areas:
        draw.text(
            (word.left, word.top),
            word.text,
            fill=text,
            font=font,
            anchor="ms",
            stroke_width=halo,
            stroke_fill=background,
        )
    for line in scene.legend:
        size = scene.text_size
        left, top, radius = line.word.left - 0.8 * size, line.word.top - 0.35 * size, 0.35 * size
        draw.ellipse((left - radius, top - radius, left + radius, top + radius), fill=line.colour)
        draw.text((line.word.left, line.word.top), line.word.text, fill=text, font=font, anchor="ls")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _pixels(scene: MapScene) -> NDArray[np.uint8]:
    """(height, width, 3) the dots on their ground."""
    cover = np.zeros((scene.height, scene.width), dtype=np.float32)
    colour = np.zeros((scene.height, scene.width), dtype=np.intp)
    for faint in (True, False):
        rows = np.flatnonzero((scene.colour_index == 0) == faint)
        layer = np.zeros_like(cover)
        _stamp(layer, colour, scene.places[rows], scene.colour_index[rows], scene.radius)
        cover = np.maximum(_FAINT * layer, cover) if faint else np.where(layer > 0, layer, cover)
    palette = np.array([_rgb(name) for name in scene.palette], dtype=np.float32)
    ground = np.array(_rgb(scene.theme.roles["background"]), dtype=np.float32)
    mixed = ground + (palette[colour] - ground) * cover[:, :, None]
    return np.round(mixed).astype(np.uint8)


def _stamp(
    cover: FloatArray, colour: NDArray[np.intp], places: FloatArray, index: NDArray[np.intp], radius: float
) -> None:
    """Set how much of each pixel dots cover, 0 to 1, and the colour of the dot that covers most of it."""
    height, width = cover.shape
    corner = np.floor(places).astype(np.int64)
    reach = math.ceil(radius + 1)
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            pixel = corner + np.array((across, down))
            far = np.hypot(pixel[:, 0] + 0.5 - places[:, 0], pixel[:, 1] + 0.5 - places[:, 1])
            share = np.clip(radius + 0.5 - far, 0.0, 1.0)
            inside = (share > 0) & (pixel >= 0).all(axis=1) & (pixel[:, 0] < width) & (pixel[:, 1] < height)
            x, y = pixel[inside, 0], pixel[inside, 1]
            covered, own = share[inside].astype(np.float32), index[inside]
            more = covered > cover[y, x]
            colour[y[more], x[more]] = own[more]
            np.maximum.at(cover, (y, x), covered)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
