"""`near:` of a file on the query line: heard as `near FILE` hears it, by the shell, by Python, and in kits."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.libraries import index
from tests.support.sounds import RATE, one_shot, tree, write
from tui_browser.api import SampleTool
from tui_browser.errors import QueryError
from tui_browser.indexing.workers import IndexWorkers


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str, stdin: bytes = b"") -> CliResult:
        return invoke(*words, monkeypatch=monkeypatch, capture=capfdbinary, stdin=stdin)

    return call


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> tuple[str, Path]:
    """The file of a library with a long recording, and a sound outside of it."""
    base = tmp_path_factory.mktemp("near-in-query")
    tree(base / "samples", each=2)
    hits = [np.pad(one_shot(kind, 7), (0, RATE)) for kind in ("kick", "snare", "clap", "tom", "snare", "cymbal")]
    write(base / "samples/take of hits.wav", np.concatenate(hits).astype(np.float32))
    index(base / "l.db", base / "samples", workers=workers)
    (base / "else where").mkdir()
    outside = Path(write(base / "else where" / "snare 99.wav", one_shot("snare", 99)))
    return str(base / "l.db"), outside


def listed(run: Run, *words: str) -> list[str]:
    return [row["path"] for row in run(*words, "--json").rows()]


def test_a_file_from_outside_is_heard_as_near_hears_it(run: Run, stock: tuple[str, Path]) -> None:
    library, outside = stock
    wanted = run("near", str(outside), "-k", "100", "--json", "--library", library).rows()
    found = run("search", f'near:"{outside}"', "-n", "0", "--json", "--library", library).rows()
    assert len(wanted) > 10 and [row["path"] for row in found] == [row["path"] for row in wanted]
    scores = [100 * (1 - row["distance"] / 2) for row in wanted]
    assert [row["score"] for row in found] == pytest.approx(scores, abs=1e-3)


def test_within_other_conditions_and_by_python(run: Run, stock: tuple[str, Path]) -> None:
    library, outside = stock
    query = f'near:"{outside}" dur:<0.5 sort:near'
    inside = listed(run, "near", str(outside), "-k", "100", "--among", "dur:<0.5", "--library", library)
    found = listed(run, "search", query, "-n", "0", "--library", library)
    assert found == [path for path in inside if path in found] and found[0] == inside[0]
    with SampleTool(library=library) as tool:
        assert [os.fsdecode(row.path) for row in tool.search(query)] == found
        with pytest.raises(QueryError, match="there is no such file"):
            tool.search("near:/nowhere/at all.wav")


def test_home_is_spelled_with_a_tilde(run: Run, stock: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    library, outside = stock
    whole = listed(run, "search", f'near:"{outside}"', "--library", library)
    monkeypatch.setenv("HOME", str(outside.parent))
    assert listed(run, "search", f'near:"~/{outside.name}"', "--library", library) == whole


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [("gone.wav", None, "there is no such file"), ("text.wav", b"no sound", "is not understood")],
)
def test_what_cannot_be_heard_is_one_sentence(
    run: Run, stock: tuple[str, Path], tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    answer = run("search", f"near:{tmp_path / name} kick", "--library", stock[0])
    assert answer.code == 2 and not answer.out
    assert answer.err.count("\n") == 1 and name in answer.err and reason in answer.err


def test_a_file_of_the_library_is_named_by_its_path_without_its_ending_too(run: Run, stock: tuple[str, Path]) -> None:
    library, outside = stock
    kick = outside.parents[1] / "samples/kit 0/kick 0.wav"
    whole = listed(run, "search", f'near:"{kick}"', "--library", library)
    assert whole[0] == str(kick)
    assert listed(run, "search", f'near:"{kick.with_suffix("")}"', "--library", library) == whole


def test_a_kit_of_what_is_like_a_file(run: Run, stock: tuple[str, Path], tmp_path: Path) -> None:
    library, outside = stock
    copied = tmp_path / "l.db"
    copied.write_bytes(Path(library).read_bytes())
    answer = run("kit", "new", "like it", f'near:"{outside}"', "--slots", "4", "--library", str(copied))
    assert answer.code == 0, answer.err
