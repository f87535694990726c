"""class queue, class refit and class repair as a script and a person see them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli import CliResult, Run, invoke
from tests.support.clips import ROOT
from tests.workbench.test_class_repair import CLAP, SPACE, clusters, entry
from tui_browser.records import DRUM_CLASSES
from tui_browser.store.store import Store

Answers = Callable[..., list[dict[str, str]]]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Sounds of four classes; the claps are taken for snares."""
    path = tmp_path / "l.db"
    vectors, model, _ = clusters()
    with Store.open(str(path), mode="write") as store, store.writing():
        store.add_root(ROOT)
        entries = [entry(n, *pair) for n, pair in enumerate(zip(vectors, model, strict=True))]
        store.put_clips(entries, space=SPACE, layout="")
        store.set_meta({"space": SPACE})
    return path


@pytest.fixture
def run(library: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object, stdin: bytes = b"") -> CliResult:
        return invoke("--library", library, *words, monkeypatch=monkeypatch, capture=capfdbinary, stdin=stdin)

    return call


def truth_of(path: str) -> str:
    return DRUM_CLASSES[clusters()[2][int(os.path.basename(path)[:4])]]


def shown_claps(library: Path) -> int:
    with Store.open(str(library)) as store:
        return int((store.load().classes == CLAP).sum())


def test_a_script_answers_the_queue_and_the_classes_are_mended(run: Run, library: Path, tmp_path: Path) -> None:
    queue = run("class", "queue", "-n", 20, "--json").rows()
    assert len(queue) == 20 and {"path", "class", "class_p"} <= queue[0].keys()
    answers = [{"path": row["path"], "answer": truth_of(row["path"])} for row in queue]
    file = tmp_path / "answers.jsonl"
    file.write_text("\n".join(map(json.dumps, answers)))
    told = run("class", "repair", file)
    assert told.code == 0 and b"20 answers taken" in told.out and b"changed class" in told.out
    assert shown_claps(library) > 55
    again = run("class", "queue", "-n", "20", "-0").out.split(b"\0")[:-1]
    assert again and not {os.fsencode(row["path"]) for row in queue} & set(again)
    assert run("annotations", "undo").out.startswith(b"taken back: class refit")
    assert shown_claps(library) < 20
    (dry,) = run("class", "refit", "--dry-run", "--json").rows()
    assert dry["answers"] == 20 and not dry["taken"] and dry["right_after"] > dry["right_before"]
    assert dry["p_after"] > dry["p_before"] and shown_claps(library) < 20
    assert b"answers met while held out" in run("class", "refit").out and shown_claps(library) > 55
    assert b"the model's again" in run("class", "refit", "--off").out and shown_claps(library) < 20
    told = run("class", "refit", "--off")
    assert told.code == 1 and "nothing was learned" in told.err


def test_too_few_answers_wrong_lines_and_unknown_files_are_sentences(run: Run, library: Path, tmp_path: Path) -> None:
    told = run("class", "refit")
    assert told.code == 1 and "8 are needed" in told.err and told.out == b""
    lines = [
        b"clap\t/sounds/none.wav",
        b"nose\t/x.wav",
        b"{}",
        b"[",
        b"",
        b"\xff\t\xff",
        b'{"path": 3, "answer": "clap"}',
    ]
    told = run("class", "repair", "-", stdin=b"\n".join(lines))
    assert told.code == 1 and told.err.count("left out") == 5 and "not in the library" in told.err
    assert run("class", "repair", tmp_path / "none").code == 1
    assert run("class", "refit", "--off", "--dry-run").code == 2
    told = run("class", "queue", "rating:5")
    assert told.code == 1 and "nothing is in doubt" in told.err


def test_what_is_no_better_is_taken_only_by_force(run: Run, library: Path) -> None:
    queue = run("class", "queue", "-n", 20, "--json").rows()
    lines = "\n".join(f"{DRUM_CLASSES[at % len(DRUM_CLASSES)]}\t{row['path']}" for at, row in enumerate(queue)).encode()
    told = run("class", "repair", "-", stdin=lines)
    if told.code == 1:  # answers at random teach nothing
        assert "no better than the model" in told.err
        with Store.open(str(library)) as store:
            assert store.class_head(SPACE) is None and len(store.corrections()) == 20
        assert run("class", "refit", "--force").code == 0
    with Store.open(str(library)) as store:
        assert store.class_head(SPACE) is not None
