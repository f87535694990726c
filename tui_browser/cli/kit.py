"""Verb `kit`: kits of samples, kept in the library."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common
from tui_browser.cli.hearing import hear
from tui_browser.cli.kit_export import export
from tui_browser.cli.numbers import SEED, FiniteRange
from tui_browser.errors import counted, printable

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.kits.filling import KitFiller
    from tui_browser.kits.kit import Kit

_SEEDS = 1 << 31


@click.group()
def kit() -> None:
    """Kits of 4 to 16 samples: fill, change and hand them to samplers and live coding.

    `annotations undo` takes the last change back.
    """


kit.add_command(export)


@kit.command("list")
@pass_common
def list_kits(common: CommonOptions) -> None:
    """List the kits of the library."""
    from tui_browser.kits.kit_collection import kit_infos
    from tui_browser.store.store import Store

    answer = AnswerWriter(common)
    with Store.open(common.library_path) as store:
        infos = kit_infos(store)
    for info in infos:
        absent = f", {info.absent} not in the library" if info.absent else ""
        fields = {"name": info.name, "slots": info.items, "absent": info.absent}
        answer.row(fields, text=f"{answer.shown(info.name)}\t{counted(info.items, 'slot')}{absent}")
    if not infos:
        answer.say("there is no kit yet (tui-browser kit new NAME makes one)")


@kit.command()
@click.argument("name")
@pass_common
def show(common: CommonOptions, name: str) -> None:
    """List the slots of the kit NAME; --json writes the kit as one object."""
    from tui_browser.kits.kit_collection import absent_slots, load_kit
    from tui_browser.store.store import Store

    with Store.open(common.library_path) as store:
        shown = load_kit(store, name)
        absent = absent_slots(store, name)
    _tell(common, shown, absent=absent)


@kit.command()
@click.argument("name")
@click.argument("query", default="")
@click.option("--seed", type=SEED, help="Choose at random, the same for the same seed.")
@click.option("--slots", type=click.IntRange(4, 16), default=8, show_default=True, help="Number of slots.")
@click.option("--force", is_flag=True, help="Replace a kit of this name.")
@pass_common
def new(common: CommonOptions, name: str, query: str, seed: int | None, slots: int, force: bool) -> None:
    """Fill a kit from the samples that match QUERY, one of each class first.

    Without --seed they are those nearest to the middle of what matches on the map.
    """
    from tui_browser.kits.filling import KitFiller
    from tui_browser.kits.kit_collection import check_free, save_kit
    from tui_browser.library.library import Library, open_for_writing

    with open_for_writing(common.library_path) as store:
        check_free(store, name, replace=force)
        library = Library(common.library_path, store, hear)
        made = KitFiller.of_query(library, query).new(name.strip(), slots=slots, seed=seed)
        save_kit(store, made, replace=force, run=f"kit new {printable(made.name)}")
    _tell(common, made, seed=seed)
    if len(made.slots) < slots and not common.quiet:
        complain(f"only {counted(len(made.slots), 'different sound')} on the map match, so the kit has so many slots")


@kit.command("set")
@click.argument("name")
@click.argument("slot")
@click.option("--sample", metavar="FILE", help="A sample of the library.")
@click.option("--onset", type=FiniteRange(min=0.0, max=1e6), metavar="S", help="Where the sound begins, in seconds.")
@click.option("--level", type=FiniteRange(-60.0, 6.0), metavar="DB", help="Level, -60 to 6 dB.")
@click.option("--pan", type=FiniteRange(-1.0, 1.0), metavar="P", help="-1 left, 0 middle, 1 right.")
@click.option("--pitch", type=FiniteRange(-24.0, 24.0), metavar="ST", help="Semitones, -24 to 24.")
@click.option("--choke", type=click.IntRange(0, 16), metavar="G", help="Slots of one group stop each other; 0 is none.")
@click.option("--lock/--unlock", default=None, help="Whether reroll leaves it as it is.")
@click.option("--rename", metavar="SLOT", help="Another name.")
@click.option("--add", is_flag=True, help="A new slot, with --sample.")
@click.option("--remove", is_flag=True, help="Take the slot out of the kit.")
@pass_common
def set_slot(
    common: CommonOptions,
    name: str,
    slot: str,
    sample: str | None,
    onset: float | None,
    level: float | None,
    pan: float | None,
    pitch: float | None,
    choke: int | None,
    lock: bool | None,
    rename: str | None,
    add: bool,
    remove: bool,
) -> None:
    """Change one SLOT of the kit NAME by hand. SLOT is its name, or its number from 1 on."""
    values = {
        "onset_s": onset, "level_db": level, "pan": pan, "pitch_semitones": pitch, "choke": choke, "locked": lock,
        "role": rename,
    }  # fmt: skip
    given: dict[str, Any] = {field: value for field, value in values.items() if value is not None}
    if add and sample is None:
        raise click.UsageError("--add takes --sample FILE")
    if remove and (add or sample is not None or given):
        raise click.UsageError("--remove takes no other option")
    if not (given or sample is not None or remove):
        raise click.UsageError("kit set takes an option that says what to change")

    def change(filler: KitFiller, before: Kit) -> Kit:
        from tui_browser.kits.filling import filled_with
        from tui_browser.kits.kit import Slot

        row = filler.row_at(os.fsencode(os.path.abspath(sample))) if sample is not None else None
        if add and row is not None:
            added = replace(Slot(slot, row.path, row.content_hash, onset_s=row.onset_s), **given)
            return replace(before, slots=(*before.slots, added))
        index = before.index_of(slot)
        if remove:
            return replace(before, slots=(*before.slots[:index], *before.slots[index + 1 :]))
        changed = before.slots[index] if row is None else filled_with(before.slots[index], row)
        return before.with_slot(index, replace(changed, **given))

    _, after = _changed(common, "set", name, change)
    _tell(common, after)


@kit.command()
@click.argument("name")
@click.argument("slots", nargs=-1, metavar="[SLOT]...")
@click.option("--query", metavar="QUERY", help="Choose among these samples (default: those that the kit was made of).")
@click.option("--seed", type=SEED, help="The same sounds for the same seed.")
@pass_common
def reroll(common: CommonOptions, name: str, slots: tuple[str, ...], query: str | None, seed: int | None) -> None:
    """Choose other sounds of the same classes at random, in each SLOT or in all that are not locked."""
    from tui_browser.kits.filling import chosen_slots

    used_seed = secrets.randbelow(_SEEDS) if seed is None else seed

    def change(filler: KitFiller, before: Kit) -> Kit:
        return filler.reroll(before, chosen_slots(before, slots), seed=used_seed)

    before, after = _changed(common, "reroll", name, change, query=query)
    _tell(common, after, seed=used_seed)
    for index in chosen_slots(before, slots):
        slot = before.slots[index]
        if slot == after.slots[index] and not common.quiet and not (slot.locked and not slots):
            why = "it is locked" if slot.locked else "no other sound of its class matches"
            complain(f"slot {slot.role} stays as it is: {why}")


@kit.command()
@click.argument("name")
@click.argument("slot")
@click.option("--back", is_flag=True, help="Go back to the one before.")
@click.option("--query", default="", metavar="QUERY", help="Choose among these samples (default: the whole library).")
@pass_common
def swap(common: CommonOptions, name: str, slot: str, back: bool, query: str) -> None:
    """Swap the sound of SLOT for the next similar one of its class.

    Each swap goes one further from the sound that the slot had at first; --back returns. SLOT is its name, or its
    number from 1 on.
    """

    def change(filler: KitFiller, before: Kit) -> Kit:
        return filler.swap(before, before.index_of(slot), steps=-1 if back else 1)

    _, after = _changed(common, "swap", name, change, query=query, vectors=True)
    _tell(common, after)


@kit.command()
@click.argument("name")
@pass_common
def remove(common: CommonOptions, name: str) -> None:
    """Delete the kit NAME from the library; its samples stay."""
    from tui_browser.kits.kit_collection import remove_kit
    from tui_browser.library.library import open_for_writing

    with open_for_writing(common.library_path) as store:
        removed = remove_kit(store, name)
    answer = AnswerWriter(common)
    if common.json:
        answer.row({"name": removed, "removed": True})
    answer.say(f"kit {answer.shown(removed)} removed")


def _changed(
    common: CommonOptions,
    verb: str,
    name: str,
    change: Callable[[KitFiller, Kit], Kit],
    *,
    query: str | None = None,
    vectors: bool = False,
) -> tuple[Kit, Kit]:
    """Store the changed kit; the kit before and after. A `query` of None is that of the kit."""
    from tui_browser.kits.filling import KitFiller
    from tui_browser.kits.kit_collection import load_kit, save_kit
    from tui_browser.library.library import Library, open_for_writing

    with open_for_writing(common.library_path) as store:
        before = load_kit(store, name)
        library = Library(common.library_path, store, hear)
        filler = KitFiller.of_query(library, before.query if query is None else query, vectors=vectors)
        after = change(filler, before)
        if after != before:
            save_kit(store, after, replace=True, run=f"kit {verb} {printable(after.name)}")
    return before, after


def _tell(common: CommonOptions, shown: Kit, *, absent: Iterable[str] = (), seed: int | None = None) -> None:
    """Print a kit: as its record in JSON, else a line a slot."""
    from tui_browser.kits.kit import kit_record

    answer, missing = AnswerWriter(common), set(absent)
    if common.json:
        record: dict[str, Any] = {**kit_record(shown), "absent": sorted(missing)}
        answer.row(record if seed is None else {**record, "seed": seed})
        return
    for number, slot in enumerate(shown.slots, start=1):
        marks = [f"{slot.level_db:+g} dB"] if slot.level_db else []
        marks += [f"pan {slot.pan:+g}"] if slot.pan else []
        marks += [f"{slot.pitch_semitones:+g} st"] if slot.pitch_semitones else []
        marks += [f"choke {slot.choke}"] if slot.choke else []
        marks += ["locked"] if slot.locked else []
        marks += ["not in the library"] if slot.role in missing else []
        text = f"{number}\t{answer.shown(slot.role)}\t{answer.shown(slot.path)}\t{', '.join(marks)}".rstrip("\t")
        answer.row({}, path=slot.path, text=text)
    if seed is not None:
        answer.say(f"seed {seed}")
