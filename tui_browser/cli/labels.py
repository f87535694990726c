"""Verb `labels`: tags for many samples at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common
from tui_browser.cli.hearing import hear
from tui_browser.cli.numbers import FiniteRange
from tui_browser.cli.step_progress import StepProgress
from tui_browser.errors import BrowserError, counted

if TYPE_CHECKING:  # numpy: 130 ms, which --help need not wait for
    from tui_browser.library.library import Library
    from tui_browser.records import SampleId
    from tui_browser.workbench.labels.collect import Tagged
    from tui_browser.workbench.labels.prediction import Predictions, Suggestion

_SHARE = FiniteRange(min=0.0, max=1.0)
_QUERY_HELP = "Only samples that match this query."


@click.group("labels", invoke_without_command=True)
@click.option(
    "--from",
    "sources",
    multiple=True,
    type=click.Choice(["sidecars", "folders", "tags"]),
    help="JSON beside samples, names of folders, synonyms of tags (default: sidecars, folders; repeatable).",
)
@click.option("--synsets", metavar="FILE", help='Words that mean the same: [["kick", "kickdrum"], ...].')
@click.option(
    "--least", type=click.IntRange(min=1), default=1, metavar="N", help="Leave out tags of fewer samples (1)."
)
@click.option("--query", default="", metavar="QUERY", help=_QUERY_HELP)
@click.option("--dry-run", is_flag=True, help="Only list the tags.")
@pass_common
@click.pass_context
def labels(
    context: click.Context,
    common: CommonOptions,
    sources: tuple[str, ...],
    synsets: str | None,
    least: int,
    query: str,
    dry_run: bool,
) -> None:
    """Tag samples from what lies beside them.

    Sources are JSON with the fields of Freesound (name.wav.json, name.json, or metadata.json of a folder), and the
    names of folders. Words that mean the same get one tag. `labels undo` takes the last run back.
    """
    if context.invoked_subcommand is not None:
        return
    from tui_browser.library.library import Library, open_for_writing
    from tui_browser.library.synsets_file import load_synsets
    from tui_browser.workbench.labels.collect import SOURCES, Source, collect_tags
    from tui_browser.workbench.labels.tag_runs import TagRun, apply_run

    known = load_synsets(synsets)
    chosen: list[Source] = [each for each in SOURCES if each in (sources or ("sidecars", "folders"))]
    with Library.open(common.library_path, hear=hear) as library:
        samples, roots = _tagged(library, query), library.root_paths()
    with StepProgress(common, "reading", len(samples), "sample") as progress:
        plan = collect_tags(
            samples, sources=chosen, synsets=known, roots=roots, least=least, step=lambda: progress.step()
        )
    for path, reason in plan.unreadable.items():
        complain(BrowserError(f"this JSON was left out: {reason}", path=path))
    if plan.add and not dry_run:
        with open_for_writing(common.library_path) as store:
            apply_run(store, TagRun(f"labels from {' and '.join(chosen)}", plan.add))
    answer = AnswerWriter(common)
    for tag, ids in plan.add.items():
        answer.row({"tag": tag, "samples": len(ids)}, text=f"{len(ids):,}\t{answer.shown(tag)}")
    if plan.add:
        answer.say(_summary(plan.count, plan.samples, dry_run=dry_run))
    elif not common.quiet:
        complain("there is no tag to add" if samples else "no sample matches")
    if not plan.add:
        raise SystemExit(1)


@labels.command("list")
@click.argument("prefix", default="")
@click.option("-n", "limit", type=click.IntRange(min=0), default=100, help="Show at most this many; 0 shows all.")
@pass_common
def list_(common: CommonOptions, prefix: str, limit: int) -> None:
    """List the tags that start with PREFIX, the most frequent first."""
    from tui_browser.library.library import Library
    from tui_browser.search.tag_counts import suggested_tags, tag_counts

    answer = AnswerWriter(common)
    with Library.open(common.library_path, hear=hear) as library:
        counts = tag_counts(library.snapshot(vectors=False).tags.values())
    tags = suggested_tags(counts, prefix, most=limit or len(counts))
    for tag, samples in tags:
        answer.row({"tag": tag, "samples": samples}, text=f"{samples:,}\t{answer.shown(tag)}")
    if not tags:
        if not common.quiet:
            complain("no tag starts so" if counts else "no sample has a tag yet (tui-browser labels finds some)")
        raise SystemExit(1)


@labels.command()
@pass_common
def undo(common: CommonOptions) -> None:
    """Remove the tags that the last run of `labels`, `labels predict` or an import added."""
    from tui_browser.library.library import open_for_writing
    from tui_browser.workbench.labels.tag_runs import take_back

    with open_for_writing(common.library_path) as store:
        run = take_back(store)
    if run is None:
        raise BrowserError("there is no run of labels to take back", path=common.library_path)
    samples = len(set[int]().union(*run.add.values()))
    answer = AnswerWriter(common)
    if common.json:
        answer.row({"undone": run.what, "tags": len(run.add), "samples": samples})
    answer.say(f"taken back: {run.what}, {counted(len(run.add), 'tag')} of {counted(samples, 'sample')}")


@labels.command()
@click.option("--query", default="", metavar="QUERY", help=_QUERY_HELP)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Predict only this tag (repeatable).")
@click.option(
    "--least", type=_SHARE, default=0.5, metavar="P", help="List suggestions of at least this probability (0.5)."
)
@click.option(
    "--least-samples", type=click.IntRange(min=3), default=8, metavar="N", help="Learn tags of N samples (8)."
)
@click.option("--accept", type=_SHARE, metavar="P", help="Write all suggestions of at least this probability.")
@click.option("--review", is_flag=True, help="Ask for each suggestion, and play it on p.")
@click.option("--figures", is_flag=True, help="List how well each tag can be told, instead of suggestions.")
@click.option(
    "-n", "limit", type=click.IntRange(min=0), default=0, help="At most this many suggestions; 0 is no limit."
)
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@pass_common
def predict(
    common: CommonOptions,
    query: str,
    tags: tuple[str, ...],
    least: float,
    least_samples: int,
    accept: float | None,
    review: bool,
    figures: bool,
    limit: int,
    dry_run: bool,
) -> None:
    """Suggest tags that samples lack, learned from the tagged samples by their sound.

    The probabilities hold for folders that were not learned from: one of 0.8 is right in four of five cases. Nothing
    is written without --accept or --review.
    """
    from tui_browser.library.library import Library
    from tui_browser.workbench.labels.prediction import predict_tags

    if review and accept is not None:
        raise click.UsageError("--review asks for each suggestion, --accept for none: give one of them")
    least = min(least, accept) if accept is not None else least
    with Library.open(common.library_path, hear=hear) as library:
        if not len(library):
            raise BrowserError("the library is empty", path=common.library_path, hint="tui-browser index FOLDER")
        among = [sample.id for sample in _tagged(library, query)]
        with StepProgress(common, "learning", 0, "tag") as progress:
            predictions = predict_tags(
                library,
                among=among,
                tags=tags,
                least_p=least,
                least_samples=least_samples,
                report=lambda done, total: progress.at(done, total=total),
            )
    if figures:
        _write_figures(common, predictions)
        return
    suggestions = predictions.suggestions[: limit or None]
    if review and suggestions:
        from tui_browser.cli.review_labels import review_suggestions

        accepted = review_suggestions(common, suggestions)
    else:
        accepted = [each for each in suggestions if accept is not None and each.p >= accept]
    _write_suggestions(common, accepted if review or accept is not None else suggestions)
    if accepted and not dry_run:
        _apply(common, accepted)
    if not suggestions:
        if not common.quiet:
            complain(f"no suggestion has a probability of {least:g} or more (--least lowers that)")
        raise SystemExit(1)


def _apply(common: CommonOptions, accepted: list[Suggestion]) -> None:
    from tui_browser.library.library import open_for_writing
    from tui_browser.workbench.labels.collect import most_frequent_first
    from tui_browser.workbench.labels.tag_runs import TagRun, apply_run

    add: dict[str, list[SampleId]] = {}
    for each in accepted:
        add.setdefault(each.tag, []).append(each.sample)
    with open_for_writing(common.library_path) as store:
        apply_run(store, TagRun("predicted labels", most_frequent_first(add)))
    AnswerWriter(common).say(_summary(len(accepted), len({each.sample for each in accepted}), dry_run=False))


def _write_suggestions(common: CommonOptions, suggestions: list[Suggestion]) -> None:
    answer = AnswerWriter(common)
    for each in suggestions:
        fields = {"path": os.fsdecode(each.path), "id": each.sample, "tag": each.tag, "p": each.p}
        answer.row(fields, path=each.path, text=f"{each.p:.2f}\t{answer.shown(each.tag)}\t{answer.shown(each.path)}")


def _write_figures(common: CommonOptions, predictions: Predictions) -> None:
    answer = AnswerWriter(common)
    for each in predictions.tags:
        told = "not learned: on too few samples, or in one folder only"
        if each.precision is not None and each.calibration_error is not None:
            told = f"precision {each.precision:.2f}\tcalibration error {each.calibration_error:.3f}"
        fields = {
            "tag": each.tag,
            "samples": each.samples,
            "precision": None if each.precision is None else round(each.precision, 4),
            "calibration_error": None if each.calibration_error is None else round(each.calibration_error, 4),
        }
        answer.row(fields, text=f"{each.samples:,}\t{answer.shown(each.tag)}\t{told}")


def _tagged(library: Library, query: str) -> list[Tagged]:
    """The samples that match a query, with their tags."""
    from tui_browser.records import SampleId
    from tui_browser.workbench.labels.collect import Tagged

    snapshot, matches = library.find(query)
    rows = matches.rows
    ids = [SampleId(int(each)) for each in snapshot.ids[rows]]
    return [
        Tagged(id, snapshot.names[row], snapshot.tags.get(id, ())) for row, id in zip(rows.tolist(), ids, strict=True)
    ]


def _summary(tags: int, samples: int, *, dry_run: bool) -> str:
    done = f"{counted(tags, 'tag')} {'would be ' if dry_run else ''}given to {counted(samples, 'sample')}"
    return done if dry_run else f"{done} (tui-browser labels undo takes them back)"
