"""Options of `index` for machines beside this one: a Dask cluster, or a shard of a job array."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import complain
from tui_browser.config.pathmap import PathMap, parse_path_map
from tui_browser.errors import ConfigError

if TYPE_CHECKING:
    from tui_browser.indexing.engine import Engine
    from tui_browser.model.bundle import Bundle

engine_option = click.option(
    "--engine", type=click.Choice(["local", "dask"]), default="local", help="What runs the work (docs/scale.md)."
)
scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS", help="Scheduler of the Dask cluster, as in tcp://10.0.0.1:8786; it is trusted."
)
path_map_option = click.option(
    "--path-map",
    "path_maps",
    multiple=True,
    metavar="FROM=TO",
    help="The folder FROM of this machine is TO where the work is done; may be repeated.",
)


def path_map(rules: Sequence[str]) -> PathMap:
    """The map of `--path-map FROM=TO ...`; raises a usage error."""
    table = {}
    for rule in rules:
        here, sign, there = rule.partition("=")
        if not sign:
            raise click.UsageError(f"--path-map takes FROM=TO, not {rule!r}")
        table[here] = there
    try:
        return parse_path_map(table)
    except ConfigError as error:
        raise click.UsageError(f"--path-map: {error.what} ({error.hint})") from error


@contextlib.contextmanager
def engine_starter(
    engine: str, *, scheduler: str | None, rules: Sequence[str]
) -> Iterator[Callable[[Bundle], Engine] | None]:
    """What starts the engine that was asked for, connected to its cluster; None for this machine."""
    if engine == "local":
        for option, value in (("--scheduler", scheduler), ("--path-map", rules)):
            if value:
                raise click.UsageError(f"{option} is for --engine dask")
        yield None
        return
    if not scheduler:
        raise click.UsageError("--engine dask needs --scheduler ADDRESS")
    mapped = path_map(rules)
    from tui_browser.indexing.cluster.connect import connected
    from tui_browser.indexing.cluster.pool import DaskEngine

    with connected(scheduler) as client:
        yield lambda bundle: DaskEngine(client, bundle, path_map=mapped, tell=complain)
