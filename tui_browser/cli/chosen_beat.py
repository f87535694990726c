"""The options that name a kit and the beat that it plays, for all verbs that make something of a beat."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.common import CommonOptions
from tui_browser.cli.numbers import FiniteRange

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.kits.kit import Kit
    from tui_browser.kits.pattern import Pattern


@dataclass(frozen=True, slots=True)
class ChosenBeat:
    """What the options say; the fields are called like the options."""

    name: str
    file: str | None
    pattern: str
    bars: int | None
    bpm: float | None
    swing: float | None
    mute: tuple[str, ...]
    solo: tuple[str, ...]
    shuffle: int | None

    def kit_and_pattern(self, common: CommonOptions) -> tuple[Kit, Pattern]:
        """The kit and the pattern that are meant; raises BrowserError."""
        from tui_browser.kits.patterns import find_pattern

        if bool(self.name) == bool(self.file):
            raise click.UsageError("give the NAME of a kit, or --kit FILE")
        pattern = find_pattern(self.pattern).played(bpm=self.bpm, swing=self.swing)
        pattern = pattern.mixed(mute=self.mute, solo=self.solo)
        kit = self._kit(common)
        return (kit if self.shuffle is None else _shuffled(common, kit, self.shuffle)), pattern

    def _kit(self, common: CommonOptions) -> Kit:
        from tui_browser.kits.kit_collection import load_kit
        from tui_browser.kits.kit_file import read_kit
        from tui_browser.store.store import Store

        if self.file is not None:
            return read_kit(self.file)
        store = Store.open(common.library_path, mode="read")
        try:
            return load_kit(store, self.name)
        finally:
            store.close()


def takes_beat(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the argument and options of a beat, which come to it as one `chosen`."""

    @functools.wraps(command)
    def with_chosen(*args: Any, **values: Any) -> None:
        chosen = ChosenBeat(**{field.name: values.pop(field.name) for field in fields(ChosenBeat)})
        command(*args, chosen=chosen, **values)

    options = (
        click.argument("name", default="", metavar="[NAME]"),
        click.option("--kit", "file", metavar="FILE", help="A kit as a JSON file, instead of NAME."),
        click.option(
            "--pattern", default="four-on-the-floor", metavar="P", show_default=True, help="Pattern, or a text file."
        ),
        click.option("--bars", type=click.IntRange(1, 999), help="Bars of 16 steps (default: the pattern once)."),
        click.option("--bpm", type=FiniteRange(20.0, 400.0), metavar="B", help="Tempo (default: the pattern's)."),
        click.option(
            "--swing",
            type=FiniteRange(50.0, 75.0),
            metavar="S",
            help="Swing in percent; 50 is straight, 66.7 triplets.",
        ),
        click.option("--mute", multiple=True, metavar="TRACK", help="Leave this track out."),
        click.option("--solo", multiple=True, metavar="TRACK", help="Only this track, and others with --solo."),
        click.option(
            "--shuffle", type=click.IntRange(min=0), metavar="SEED", help="Swap each sample for one of its 20 nearest."
        ),
    )
    for option in reversed(options):
        with_chosen = option(with_chosen)
    return with_chosen


def _shuffled(common: CommonOptions, kit: Kit, seed: int) -> Kit:
    """The kit with samples near those that it has."""
    from tui_browser.kits.shuffle import near_slots, shuffled
    from tui_browser.library.library import Library

    with Library.open(common.library_path) as library:
        return shuffled(kit, near_slots(library), seed=seed)
