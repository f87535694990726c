"""Verb `copies`: groups of samples with one sound, and a script of what could go."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common, sample_fields
from tui_browser.cli.copy_script import write_script
from tui_browser.cli.hearing import hear
from tui_browser.cli.step_progress import StepProgress
from tui_browser.errors import BrowserError, LibraryBusy, LibraryError, counted
from tui_browser.indexing.copy_finder import COPY_KINDS, KEEPER
from tui_browser.indexing.copy_process import CopyProgress, search, store_found
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import SampleId, SampleRow
from tui_browser.store.copies import CopyMember


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Samples with one sound, the one that stays first."""

    members: Sequence[tuple[CopyMember, SampleRow]]

    @property
    def keeper(self) -> SampleRow:
        return self.members[0][1]


@click.command()
@click.argument("query", default="")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(COPY_KINDS[1:]),
    multiple=True,
    help="Only copies of this kind: identical, same but for gain, trim and format, or near; may be repeated.",
)
@click.option(
    "--script",
    is_flag=True,
    help="Print a shell script that would delete them, the near ones only with --kind near; nothing runs it.",
)
@pass_common
def copies(common: CommonOptions, query: str, kinds: tuple[str, ...], script: bool) -> None:
    """List groups of samples that hold the same sound.

    Of each group the file that should stay comes first. With QUERY, groups that hold a match are listed.
    """
    if script and (common.json or common.null):
        raise click.UsageError("--script prints a script, neither JSON nor paths")
    if script and not kinds:
        kinds = ("identical", "same")
    members = _search(common)
    groups = _groups(common, members, query, kinds)
    if script:
        write_script(sys.stdout.buffer, groups)
        sys.stdout.buffer.flush()
    elif groups:
        _list(common, groups)
    if not groups:
        if not common.quiet:
            complain("no sample has a copy" + (" among these" if query or kinds else ""))
        raise SystemExit(1)


def _search(common: CommonOptions) -> list[CopyMember]:
    """The groups as the library is now; they are kept, unless another process writes."""
    if not os.path.exists(common.library_path):
        raise BrowserError("the library is empty", path=common.library_path, hint="tui-browser index FOLDER fills it")
    with StepProgress(common, "comparing", 0, "sound") as progress:

        def show(step: CopyProgress) -> None:
            progress.at(step.done, total=step.total)

        found = search(common.library_path, progress=show)
    try:
        with open_for_writing(common.library_path, wait_s=0.5) as store:
            store_found(store, found)
    except LibraryBusy:
        if not common.quiet:
            complain("the groups are not kept, as another process writes to the library; the app keeps its own")
    except LibraryError as error:
        complain(error)
    return found.members


def _groups(common: CommonOptions, members: Iterable[CopyMember], query: str, kinds: Sequence[str]) -> list[CopyGroup]:
    """The groups with a member of one of these kinds, and with a match of the query."""
    by_keeper: dict[int, list[CopyMember]] = {}
    for member in members:
        if member.kind == KEEPER or not kinds or COPY_KINDS[member.kind] in kinds:
            by_keeper.setdefault(member.keeper, []).append(member)
    chosen = [group for group in by_keeper.values() if len(group) > 1]
    with Library.open(common.library_path, hear=hear) as library:
        if query:
            matching = {int(row.id) for row, _ in library.search(query)}
            chosen = [group for group in chosen if any(member.sample in matching for member in group)]
        rows = {row.id: row for row in library.rows_of(SampleId(each.sample) for group in chosen for each in group)}
    groups = []
    for group in chosen:
        known = [(member, rows[SampleId(member.sample)]) for member in group if SampleId(member.sample) in rows]
        if len(known) > 1 and known[0][0].kind == KEEPER:
            groups.append(CopyGroup(known))
    return sorted(groups, key=lambda each: each.keeper.path)


def _list(common: CommonOptions, groups: Sequence[CopyGroup]) -> None:
    answer = AnswerWriter(common)
    for number, group in enumerate(groups, start=1):
        for member, row in group.members:
            if common.null and member.kind == KEEPER:
                continue
            fields = {
                **sample_fields(row),
                "group": number,
                "copy": COPY_KINDS[member.kind],
                "keeper": os.fsdecode(group.keeper.path),
                "agreement": round(member.agreement, 5),
                "gain_db": round(member.gain_db, 2),
                "shift_s": round(member.shift_s, 5),
            }
            answer.row(fields, path=row.path, text=f"{_told(member, group)}\t{answer.shown(row.path)}")
    spare = [row.size for group in groups for member, row in group.members if member.kind != KEEPER]
    noun = "copy" if len(spare) == 1 else "copies"
    answer.say(f"{counted(len(groups), 'group')}, {len(spare):,} {noun} with {sum(spare) / 1e6:,.1f} MB")


def _told(member: CopyMember, group: CopyGroup) -> str:
    """What a member is, in one column."""
    if member.kind == KEEPER:
        return f"{len(group.members)} x"
    gain = f" {member.gain_db:+.1f} dB" if abs(member.gain_db) >= 0.05 else ""
    share = f" {100 * member.agreement:.0f} %" if COPY_KINDS[member.kind] == "near" else ""
    return f"  {COPY_KINDS[member.kind]}{share}{gain}"
