"""Verbs `import-gentle` and `import-sphinx`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, ProgressLine, complain, pass_common
from tui_browser.cli.numbers import FiniteRange
from tui_browser.errors import BrowserError, counted

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.records import SampleId
    from tui_browser.workbench.phonemes.speech import Speech
    from tui_browser.workbench.phonemes.units import Kind, Unit

_OPTIONS = (
    click.option("--out", required=True, metavar="DIR", help="Folder for the samples; created if it is missing."),
    click.option("--width", type=FiniteRange(min=0.001), metavar="S", help="Seconds of each sample (its own)."),
    click.option("--centre", is_flag=True, help="With --width: around the middle of the phone or word."),
    click.option("--no-index", is_flag=True, help="Only write files: add none to the library, and no tags."),
    click.option("--force", is_flag=True, help="Replace files that exist."),
    click.option("--dry-run", is_flag=True, help="Only list the samples."),
)


_KINDS: dict[str, Kind] = {"phones": "phone", "words": "word"}


def _shared_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("import-gentle")
@click.argument("align", metavar="ALIGN.json")
@click.argument("audio", metavar="AUDIO")
@click.option("--units", type=click.Choice(["phones", "words"]), default="phones", help="What becomes a sample.")
@click.option("--drop-doubtful", is_flag=True, help="Leave out phones of 0.01 s, where the aligner lost its way.")
@_shared_options
@pass_common
def import_gentle(
    common: CommonOptions, /, align: str, audio: str, units: str, drop_doubtful: bool, **options: Any
) -> None:
    """Cut speech into phones or words by an alignment of Gentle.

    The samples have the rate, channels and depth of AUDIO. They come into the library with the tags `phone:` and
    `word:`. Words that Gentle did not find are left out; what begins in AUDIO and ends behind it is cut there.
    """
    from tui_browser.workbench.phonemes.gentle import read_gentle
    from tui_browser.workbench.phonemes.speech import prepared_speech

    alignment = read_gentle(align, kind=_KINDS[units])
    found = [unit for unit in alignment.units if not (drop_doubtful and unit.doubtful)]
    notes = []
    if alignment.skipped:
        notes.append(f"{counted(alignment.skipped, 'word')} not found by the aligner")
    with prepared_speech(_absolute(audio)) as speech:
        _import(common, found, speech, _absolute(audio), f"import of {os.path.basename(align)}", notes, **options)


@click.command("import-sphinx")
@click.argument("files", nargs=-1, required=True, metavar="[SEGMENTS] AUDIO")
@click.option("--units", type=click.Choice(["phones", "words"]), help="What the segments are, where it is not told.")
@click.option("--silence", is_flag=True, help="Keep silence (SIL) and noises (+SPN+), too.")
@click.option("--keep-rate", is_flag=True, help="Cut AUDIO as it is, not as mono at 16 kHz.")
@_shared_options
@pass_common
def import_sphinx(
    common: CommonOptions, /, files: tuple[str, ...], units: str | None, silence: bool, keep_rate: bool, **options: Any
) -> None:
    """Cut speech into phones or words by segments of Sphinx.

    SEGMENTS are lines of WORD START END (frames, or seconds with a point) or JSON. Without them an installed
    pocketsphinx finds the phones. The samples come into the library with the tags `phone:` or `word:`.
    """
    if len(files) > 2:
        raise click.UsageError("import-sphinx takes SEGMENTS and AUDIO, or AUDIO alone")
    from tui_browser.workbench.phonemes.speech import prepared_speech, read_mono_16_bit
    from tui_browser.workbench.phonemes.sphinx import RATE, decode_phones, read_segments

    audio = _absolute(files[-1])
    if len(files) == 2:
        found = read_segments(files[0], kind=_KINDS.get(units or ""))
    else:
        with prepared_speech(audio, rate=RATE) as heard:
            found = decode_phones(read_mono_16_bit(heard))
    kept = found if silence else [unit for unit in found if not unit.is_noise]
    with prepared_speech(audio, rate=None if keep_rate else RATE) as speech:
        _import(common, kept, speech, audio, f"import of {os.path.basename(files[0])}", [], **options)


def _import(
    common: CommonOptions,
    units: Sequence[Unit],
    speech: Speech,
    source: bytes,
    what: str,
    notes: list[str],
    *,
    out: str,
    width: float | None,
    centre: bool,
    no_index: bool,
    force: bool,
    dry_run: bool,
) -> None:
    """Write the units of a recording as samples, and take them into the library."""
    from tui_browser.workbench.new_files import make_folder
    from tui_browser.workbench.phonemes.samples import unit_rows, write_units
    from tui_browser.workbench.phonemes.units import UnitWidth, fitted_units

    if centre and width is None:
        raise click.UsageError("--centre takes --width")
    fitted, outside = fitted_units(units, duration_s=speech.duration_s, width=UnitWidth(width, centre))
    if not fitted:
        raise BrowserError("nothing that is spoken lies within this recording", path=source)
    folder = _absolute(out)
    rows = unit_rows(fitted, speech, source, folder)
    if not dry_run:
        make_folder(folder)
        write_units(fitted, speech, source, folder, force=force)
        if not no_index:
            _index(common, folder, {os.fsencode(row["path"]): row["tags"] for row in rows}, what)
    answer = AnswerWriter(common)
    for row in rows:
        span = f"{row['start_s']:.3f} s\t{row['end_s'] - row['start_s']:.3f} s"
        shown = f"{span}\t{answer.shown(' '.join(row['tags']))}\t{answer.shown(row['path'])}"
        answer.row(row, path=os.fsencode(row["path"]), text=shown)
    if outside:
        notes.append(f"{outside:,} behind the end of the recording")
    if doubtful := sum(unit.doubtful for unit in fitted):
        notes.append(f"{doubtful:,} of 0.01 s, tagged doubtful")
    if not (common.quiet or common.json or common.null):
        done = "would be written" if dry_run else "written"
        complain(f"{counted(len(rows), 'sample')} {done}" + "".join(f"; {note}" for note in notes))


def _index(common: CommonOptions, folder: bytes, tags: dict[bytes, list[str]], what: str) -> None:
    """Take the folder into the library, and tag its samples in one run that `labels undo` takes back."""
    from tui_browser.config.settings import load_settings
    from tui_browser.indexing.indexer import index_library
    from tui_browser.library.library import open_for_writing
    from tui_browser.workbench.labels.collect import most_frequent_first
    from tui_browser.workbench.labels.tag_runs import TagRun, apply_run

    settings, line = load_settings(), ProgressLine(common)
    try:
        with open_for_writing(common.library_path) as store:
            index_library(
                store,
                add=[folder],
                only=[folder],
                model=common.model or store.meta("model") or settings.model,
                jobs=settings.jobs or os.cpu_count() or 1,
                layout="auto",
                report=line.show,
            )
            add: dict[str, list[SampleId]] = {}
            for path, own in tags.items():
                if (sample := store.id_of(path)) is not None:
                    for tag in own:
                        add.setdefault(tag, []).append(sample)
            if add:
                apply_run(store, TagRun(what, most_frequent_first(add)))
    finally:
        line.end()


def _absolute(path: str) -> bytes:
    return os.fsencode(os.path.abspath(path))
