"""Every folder can be written into a query, and finds what lies in it and nothing else."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.fakes import names_of, snapshot
from tui_browser.search.folder_paths import read_folder, under_folder, written_folder
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse

folder_parts = st.lists(st.binary(min_size=1, max_size=6).filter(lambda part: b"/" not in part), min_size=1, max_size=4)


@given(folder_parts)
@example([b'a "quoted" \\x41 name'])
@example([b"\x1b[31mred\n", b"\xff\xfe"])
def test_a_folder_is_read_back_from_one_printable_line(parts: list[bytes]) -> None:
    folder = b"/" + b"/".join(parts)
    written = written_folder(folder)
    assert written.isprintable()
    query = parse(f"under:{written} kick")
    assert not query.problems and read_folder(written.strip('"')) == folder
    names = [
        folder + b"/kick.wav",
        folder + b"/deeper/kick.wav",
        folder + b"_kick/kick.wav",
        b"/else" + folder + b"/kick",
    ]
    held = snapshot(4, paths=names)
    assert sorted(match(query, held, NameIndex(held.names)).rows.tolist()) == [0, 1]


def test_writing_counts_and_the_top_holds_all() -> None:
    names = names_of([b"/s/Kicks/a.wav", b"/s/kicks/a.wav", b"/s/kicks.wav", b"/t/kicks/a.wav"])
    assert under_folder(b"/s/kicks", names).tolist() == [False, True, False, False]
    assert under_folder(b"/s/", names).tolist() == [True, True, True, False]
    assert under_folder(b"/", names).all() and not under_folder(b"/u", names).any()


def test_what_is_no_folder_is_said() -> None:
    (problem,) = parse("under:drums").problems
    assert "whole path" in problem.sentence
