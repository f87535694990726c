"""Verb `freesound`: sounds from Freesound into a folder of the library."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, complain, exit_if_failed, pass_common
from tui_browser.cli.freesound_login import login
from tui_browser.cli.numbers import FiniteRange
from tui_browser.config.places import freesound_folder
from tui_browser.config.settings import load_settings
from tui_browser.errors import BrowserError, FreesoundError, counted, printable

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.freesound.found_sound import FoundSound
    from tui_browser.freesound.messages import SoundFetched
    from tui_browser.freesound.search_request import SearchRequest
    from tui_browser.records import SampleRow

_MOST = 1_000
_LOGIN = "login"


class QueryOrLogin(click.Command):
    """Takes a query; `login` as the first word stores the key instead, and after `--` is a query as any other."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args[:1] == [_LOGIN]:
            return login.make_context(f"{info_name} {_LOGIN}", args[1:], parent=parent, **extra)
        return super().make_context(info_name, args, parent=parent, **extra)


@click.command(cls=QueryOrLogin)
@click.argument("words", nargs=-1, metavar="[QUERY]")
@click.option("-n", "count", type=click.IntRange(1, _MOST), default=3, help="How many sounds (default: 3).")
@click.option("--min", "min_s", type=FiniteRange(min=0), default=1.0, metavar="S", help="Shortest, in seconds (1).")
@click.option("--max", "max_s", type=FiniteRange(min=0), default=2.0, metavar="S", help="Longest, in seconds (2).")
@click.option("--filter", "conditions", default="", metavar="F", help="Freesound's own filter, as in 'tag:kick'.")
@click.option(
    "--license", "--licence", "licences", multiple=True, metavar="L",
    help="Only this licence: cc0, by, by-nc, or commercial; may be repeated.",
)  # fmt: skip
@click.option("--into", metavar="FOLDER", help="Folder for the sounds (default: freesound in your data folder).")
@click.option("--dry-run", is_flag=True, help="List what would be fetched, and fetch nothing.")
@pass_common
def freesound(
    common: CommonOptions, words: tuple[str, ...], count: int, min_s: float, max_s: float, conditions: str,
    licences: tuple[str, ...], into: str | None, dry_run: bool,
) -> None:  # fmt: skip
    """Fetch sounds from Freesound into the library, with author and licence.

    Without QUERY footsteps are searched for. FOLDER becomes a root of the library, and what is fetched gets its place
    on the map. `freesound login` stores the key; after `--`, login is a query as any other.
    """
    from tui_browser.freesound.process import FreesoundProcess
    from tui_browser.freesound.search_request import DEFAULT_QUERY, SearchRequest, check_range

    query = " ".join(words).strip() or DEFAULT_QUERY
    try:
        check_range(min_s, max_s)
    except FreesoundError as error:
        raise click.UsageError(f"{error.what} ({error.hint})") from error
    request = SearchRequest(
        query, min_s, max_s, _licence_codes(licences), extra_filter=conditions, page_size=min(count, 150)
    )
    folder = os.fsencode(os.path.abspath(os.path.expanduser(into) if into else freesound_folder()))
    process = FreesoundProcess()
    line = ProgressLine(common)
    try:
        sounds = _search(process, request, count, common)
        if not sounds:
            complain(f"Couldn't find {printable(query)!r} in Freesound")
            raise SystemExit(1)
        if dry_run:
            _write_rows(common, sounds, {}, {})
            return
        fetched, errors = _fetch(process, sounds, folder, line)
    finally:
        line.end()
        process.close()
    rows: dict[bytes, SampleRow] = {}
    if fetched:
        try:
            rows = _index(common, folder, [each.path for each in fetched.values()], line)
        except BrowserError as error:
            errors.append(error)
        finally:
            line.end()
    _write_rows(common, sounds, fetched, rows)
    new = sum(each.fresh for each in fetched.values())
    old = len(fetched) - new
    there = f", {counted(old, 'sound')} there before" if old else ""
    AnswerWriter(common).say(f"{counted(new, 'sound')} fetched into {printable(folder)}{there}")
    exit_if_failed(errors)


def _licence_codes(words: Sequence[str]) -> frozenset[str]:
    """The licences that are meant; a usage error for one that no sound on Freesound has."""
    from tui_browser.freesound.search_request import LICENCE_NAMES
    from tui_browser.search.licences import codes_meant

    codes: frozenset[str] = frozenset()
    for word in words:
        meant = codes_meant(word) or frozenset()
        if not meant & LICENCE_NAMES.keys():
            names = ", ".join((*LICENCE_NAMES, "commercial", "nc"))
            raise click.UsageError(f"--license {printable(word)}: no sound on Freesound has it; one of {names}")
        codes |= meant
    return codes


def _search(process: Any, request: SearchRequest, count: int, common: CommonOptions) -> list[FoundSound]:
    from tui_browser.freesound.messages import MoreResults, Search, SearchFailed, SoundsFound, Waiting

    sounds: list[FoundSound] = []
    process.send(Search(1, request))
    for event in process.events():
        match event:
            case SoundsFound(sounds=page, last=last):
                sounds += page
                if last or len(sounds) >= count:
                    return sounds[:count]
                process.send(MoreResults(1))
            case SearchFailed(reason=reason):
                raise FreesoundError(reason)
            case Waiting(seconds=seconds, reason=reason) if not common.quiet:
                complain(f"waiting {seconds:.0f} s: {reason}")
    return sounds[:count]


def _fetch(
    process: Any, sounds: Sequence[FoundSound], folder: bytes, line: ProgressLine
) -> tuple[dict[int, SoundFetched], list[BrowserError]]:
    """What is in the folder afterwards, by the sound's number, and what failed."""
    from tui_browser.freesound.messages import FetchEnded, FetchSounds, SoundFailed, SoundFetched
    from tui_browser.records import Progress

    fetched: dict[int, SoundFetched] = {}
    errors: list[BrowserError] = []
    started = time.monotonic()
    process.send(FetchSounds(2, tuple(sounds), folder))
    line.show(Progress("fetch", 0, len(sounds)))
    for event in process.events():
        match event:
            case SoundFetched(sound=sound):
                fetched[sound.id] = event
            case SoundFailed(sound=sound, reason=reason):
                errors.append(FreesoundError(f"sound {sound.id} ({sound.name}) was not fetched: {reason}"))
            case FetchEnded():
                break
        done = len(fetched) + len(errors)
        left_s = (time.monotonic() - started) / done * (len(sounds) - done) if done else None
        line.show(Progress("fetch", done, len(sounds), seconds_left=left_s))
    return fetched, errors


def _index(common: CommonOptions, folder: bytes, paths: list[bytes], line: ProgressLine) -> dict[bytes, SampleRow]:
    """Index the folder, as a root unless it is below one; the samples at these paths.

    While the app or another run holds the library, the watching app does it, if the folder belongs to the library.
    """
    from tui_browser.errors import LibraryBusy
    from tui_browser.folder.sample_path import is_below
    from tui_browser.indexing.indexer import index_library
    from tui_browser.library.library import Library, open_for_writing

    with Library.open(common.library_path) as library:
        covered = any(folder == root or is_below(folder, root) for root in library.root_paths())
    settings = load_settings()
    try:
        with open_for_writing(common.library_path, wait_s=1.0) as store:
            outcome = index_library(
                store,
                add=() if covered else (folder,),
                only=(folder,),
                model=common.model or store.meta("model") or settings.model,
                jobs=settings.jobs or os.cpu_count() or 1,
                layout="auto",
                report=line.show,
                tell=lambda note: complain(note),
            )
        for notice in outcome.notices:
            complain(notice)
    except LibraryBusy as error:
        if not covered:
            raise LibraryBusy(
                "the sounds are there, but the library is in use, so that their folder was not added",
                path=folder,
                hint="add it in the app, or later with tui-browser index FOLDER",
            ) from error
        complain("the library is in use: the app, or the next index, reads the new sounds")
    with Library.open(common.library_path) as library:
        ids = ((path, library.id_of(path)) for path in paths)
        return {path: row for path, sample in ids if sample is not None and (row := library.sample(sample)) is not None}


def _write_rows(
    common: CommonOptions,
    sounds: Sequence[FoundSound],
    fetched: dict[int, SoundFetched],
    rows: dict[bytes, SampleRow],
) -> None:
    answer = AnswerWriter(common)
    for sound in sounds:
        got = fetched.get(sound.id)
        path = got.path if got is not None else None
        if common.null and path is None:
            continue
        row = rows.get(path) if path is not None else None
        licence = sound.licence
        fields = {
            "id": sound.id,
            "name": sound.name,
            "author": sound.author,
            "license": licence.name,
            "license_url": licence.url or None,
            "commercial_use": licence.commercial,
            "duration_s": sound.duration_s,
            "tags": list(sound.tags),
            "url": sound.url,
            "gen_ai_preference": sound.ai_preference or None,
            "path": None if path is None else os.fsdecode(path),
            "fresh": None if got is None else got.fresh,
            "sample": None if row is None else row.id,
            "class": None if row is None else row.class_name,
            "x": None if row is None else row.x,
            "y": None if row is None else row.y,
        }
        length = "" if sound.duration_s is None else f"{sound.duration_s:.2f} s"
        forbids = ", no commercial use" if licence.commercial is False else ""
        text = f"{sound.id}\t{length}\t{licence.name}{forbids}\t{sound.author}\t"
        answer.row(fields, path=path, text=text + (sound.name if path is None else answer.shown(path)))
