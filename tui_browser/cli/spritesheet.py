"""Verb `export spritesheet`."""

from __future__ import annotations

from typing import Any

import click

from tui_browser.cli.common import CommonOptions, pass_common
from tui_browser.cli.folder_export import clip_format, export_options, finish, run_export
from tui_browser.errors import printable
from tui_browser.workbench.clips import ExportSummary
from tui_browser.workbench.spritesheets.sheets import AUDIO, FILES, IMAGES, SpriteRequest

_MOST_SIDE = 1024


class TileSize(click.ParamType):  # type: ignore[type-arg]  # click's stubs differ in that
    """Width and height of a tile, as in 64x48, or one number for both."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        sides = str(value).lower().split("x")
        if (
            not all(side.isascii() and side.isdigit() and 0 < int(side) <= _MOST_SIDE for side in sides)
            or len(sides) > 2
        ):
            self.fail(
                f"{printable(str(value))} is no size of a tile, as 32 or 64x48 (at most {_MOST_SIDE}).", param, ctx
            )
        return int(sides[0]), int(sides[-1])


@click.command()
@export_options(rate=48_000, clip_s=0.25)
@click.option("--out", required=True, metavar="FOLDER", help="New folder for the sheets.")
@click.option(
    "--audio",
    type=click.Choice(AUDIO),
    multiple=True,
    default=("wav",),
    show_default=True,
    help="Formats of the sound.",
)
@click.option("--image", type=click.Choice(IMAGES), default="stft", show_default=True, help="What the pictures show.")
@click.option("--tile", type=TileSize(), default=(32, 32), help="Size of a picture in pixels (32x32).")
@click.option("--whole", is_flag=True, help="Whole sounds instead of clips of one length.")
@pass_common
def spritesheet(
    common: CommonOptions,
    query: str,
    out: str,
    force: bool,
    limit: int,
    rate: int,
    clip_s: float,
    longest_s: float,
    audio: tuple[str, ...],
    image: str,
    tile: tuple[int, int],
    whole: bool,
) -> None:
    """Write the samples that match QUERY as one sound and as pictures in one image.

    The order is that of the paths, and in a second image that of the map. spritesheet.json tells where each one is.
    """
    formats = tuple(dict.fromkeys(name for name in audio if name != "none"))
    if not formats and image == "none":
        raise click.UsageError("--audio none and --image none leave nothing to write")

    def request(folder: str) -> SpriteRequest:
        return SpriteRequest(
            library=common.library_path,
            folder=folder,
            query=query,
            limit=limit,
            clip_format=clip_format(rate, None if whole else clip_s, longest_s),
            image=image,
            tile=tile,
            audio=formats,
        )

    target = "tui_browser.workbench.spritesheets.sheets:write_spritesheets"
    summary: ExportSummary = run_export(common, out, force=force, names=FILES, target=target, request=request)
    fields = {"audio": list(formats), "image": image}
    finish(common, out, samples=summary.samples, omitted=summary.omitted, fields=fields, report="report.json")
