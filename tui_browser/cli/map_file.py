"""Verb `export map`: the map as a picture, or as a table of places."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common
from tui_browser.cli.hearing import hear
from tui_browser.cli.output import is_stream, open_output
from tui_browser.errors import BrowserError, counted, printable, without_controls
from tui_browser.library.library import Library

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui_browser.config.themes import Theme
    from tui_browser.records import Snapshot
    from tui_browser.search.matcher import Matches
    from tui_browser.workbench.map_picture.scene import MapScene

FORMATS = ("svg", "png", "tsv")
_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})")
_MOST_PIXELS = 64_000_000
_MOST_NAMES = 20_000
"""Dots that have their name in an SVG."""
_COLUMNS = ("id", "path", "x", "y", "class", "class_p", "class_family")


def _size(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(value)
    if found is None or int(found[1]) * int(found[2]) > _MOST_PIXELS:
        raise click.BadParameter(f"{printable(value)} is no size such as 1600x1000", context, parameter)
    return int(found[1]), int(found[2])


@click.command("map")
@click.argument("query", default="")
@click.option("--out", required=True, metavar="FILE", help="FILE.svg, FILE.png or FILE.tsv; - is standard output.")
@click.option("--format", "kind", type=click.Choice(FORMATS), help="Format, where FILE does not end in it.")
@click.option(
    "--size", default="1600x1000", show_default=True, callback=_size, metavar="WxH", help="Pixels of a picture."
)
@click.option("--theme", "theme_name", default="light", show_default=True, metavar="NAME", help="Colours of a picture.")
@click.option("--title", metavar="TEXT", help="Title of a picture (default: the query, or the folders' names).")
@click.option("--no-words", is_flag=True, help="Dots only, without title, words and legend.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@pass_common
def map_file(
    common: CommonOptions,
    query: str,
    out: str,
    kind: str | None,
    size: tuple[int, int],
    theme_name: str,
    title: str | None,
    no_words: bool,
    force: bool,
) -> None:
    """Write the map as a picture (SVG, PNG) or its places as a table (TSV).

    With QUERY, only what matches is in colour on a picture, and in a table.
    """
    ending = os.path.splitext(out)[1].lower().lstrip(".")
    kind = kind or (ending if ending in FORMATS else None)
    if kind is None:
        raise click.UsageError(f"--out {printable(out)} ends in none of .svg, .png, .tsv: --format says which")
    with Library.open(common.library_path, hear=hear) as library:
        snapshot, matches = library.find(query)
        roots = library.root_paths()
    matching = _matching(snapshot, matches)
    count = int(matching.sum())
    if not count:
        raise BrowserError("no matching sample has a place on the map", hint="index the library, or widen the QUERY")
    content: Iterable[bytes]
    if kind == "tsv":
        content = _table(snapshot, matching)
    else:
        from tui_browser.workbench.page.chosen import page_title

        name = title if title is not None else page_title(count, roots, query)
        scene = _scene(snapshot, matching, theme=_theme(theme_name), size=size, title=name, words=not no_words)
        content = [_picture(scene, kind)]
    with open_output(out, force=force, library=common.library_path, binary=kind == "png") as file:
        _write(file, content)
    if is_stream(out):
        return
    path = os.path.abspath(out)
    answer = AnswerWriter(common)
    answer.say(f"{counted(count, 'sample')} in {printable(path)}")
    if common.json or common.null:
        answer.row({"path": path, "samples": count}, path=os.fsencode(path))


def _theme(name: str) -> Theme:
    """A theme with colours of its own; raises BrowserError for one that takes the terminal's."""
    from tui_browser.config.themes import load_theme

    theme = load_theme(name)
    if theme.depth != "truecolor":
        raise BrowserError(
            f"the theme {printable(name)} has the colours of a terminal only", hint="take dark, light or colour-blind"
        )
    return theme


def _write(file: IO[bytes], parts: Iterable[bytes]) -> None:
    for part in parts:
        file.write(part)


def _picture(scene: MapScene, kind: str) -> bytes:
    if kind == "svg":
        from tui_browser.workbench.map_picture.svg import svg

        return svg(scene).encode()
    from tui_browser.workbench.map_picture.png import png

    return png(scene)


def _matching(snapshot: Snapshot, matches: Matches) -> NDArray[np.bool_]:
    """(N,) the samples that match and have a place."""
    import numpy as np

    matching = matches.mask.copy()
    matching &= np.isfinite(snapshot.xy).all(axis=1)
    return matching


def _scene(
    snapshot: Snapshot, matching: NDArray[np.bool_], *, size: tuple[int, int], words: bool, **look: Any
) -> MapScene:
    import numpy as np

    from tui_browser.records import colour_names
    from tui_browser.workbench.map_picture.scene import MapDots, map_scene
    from tui_browser.workbench.page.chosen import sound_groups

    placed = np.flatnonzero(np.isfinite(snapshot.xy).all(axis=1))
    named = matching.sum() <= _MOST_NAMES
    dots = MapDots(
        xy=snapshot.xy[placed],
        groups=sound_groups(snapshot)[placed],
        chosen=matching[placed],
        names=[printable(os.path.basename(snapshot.names[row])) for row in placed.tolist()] if named else [],
        class_names=colour_names(snapshot.class_names),
    )
    return map_scene(dots, size=size, words=words, **look)


def _table(snapshot: Snapshot, matching: NDArray[np.bool_]) -> Iterator[bytes]:
    import numpy as np

    from tui_browser.records import FAMILY_OF

    yield _line(_COLUMNS)
    for row in np.flatnonzero(matching).tolist():
        number = int(snapshot.classes[row])
        name = snapshot.class_names[number] if number < len(snapshot.class_names) else None
        p = round(float(snapshot.class_p[row]), 6) if name else None
        x, y = (round(float(place), 6) for place in snapshot.xy[row])
        yield _line(
            (int(snapshot.ids[row]), os.fsdecode(snapshot.names[row]), x, y, name, p, FAMILY_OF.get(name or ""))
        )


def _line(cells: Iterable[object]) -> bytes:
    """Tab-separated text; backslash and control characters are written `\\\\`, `\\t`, `\\n`, `\\x1b`."""
    words = ("" if cell is None else without_controls(str(cell).replace("\\", "\\\\")) for cell in cells)
    return ("\t".join(words) + "\n").encode("utf-8", "surrogateescape")
