"""What comes from a terminal is sorted into keys and pastes, however its bytes are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui_browser.ui.terminal.flow_control import ANSWER
from tui_browser.ui.terminal.input_batches import (
    CUT_OFF_S,
    END,
    LONGEST,
    QUIET_S,
    START,
    InputBatches,
    KeyInput,
    PastedText,
    plain,
)


def sorted_out(chunks: list[str], *, quiet: bool = True) -> list[KeyInput | PastedText]:
    """All that is handed on for chunks that come one after the other; keys side by side as one."""
    arrivals, pieces = InputBatches(), []
    for chunk in chunks:
        pieces += arrivals.feed(chunk, 0.0)
    pieces += arrivals.quiet(CUT_OFF_S) if quiet else []
    merged: list[KeyInput | PastedText] = []
    for piece in pieces:
        if merged and isinstance(piece, KeyInput) and isinstance(merged[-1], KeyInput):
            merged[-1] = KeyInput(merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return merged


def test_keys_are_handed_on_at_once() -> None:
    for keys in ("l", "\x1b", "/kick", "\x1b[A\x1b[B", "\x1b[<35;10;20M" * 40, "\x1b[97;;97u" * 40, "lk" * 200):
        assert sorted_out([keys], quiet=False) == [KeyInput(keys)]


@given(st.text(alphabet="ab\x1b[201~\r\n\0", max_size=30), st.data())
def test_a_bracketed_paste_is_one_text_wherever_it_is_cut(text: str, data: st.DataObject) -> None:
    text = text.replace(END, "")
    whole = f"x{START}{text}{END}y"
    cuts = sorted(data.draw(st.lists(st.integers(3, len(whole)), max_size=6)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert sorted_out(chunks) == [KeyInput("x"), PastedText(text), KeyInput("y")]


def test_escape_sequences_in_a_paste_are_text_and_no_keys() -> None:
    text = "lorem \x1b[31mipsum \x1b[A\x1bq"
    assert sorted_out([START, text, END]) == [PastedText(text)]


def test_many_letters_at_once_are_a_paste_in_a_terminal_that_marks_none() -> None:
    text = "lorem ipsum " * 20
    assert sorted_out([text[:100], text[100:]]) == [PastedText(text)]
    assert sorted_out([text, "\x1b"]) == [PastedText(text), KeyInput("\x1b")]
    assert sorted_out([f"a\x1b[31mb\tc\r\n{text}\x07"]) == [PastedText(f"ab c\n{text}")]


def test_a_paste_without_marks_ends_when_nothing_comes() -> None:
    arrivals = InputBatches()
    text = "lorem ipsum " * 9
    assert arrivals.feed(text, 0.0) == []
    waits = arrivals.waits
    assert waits and arrivals.quiet(QUIET_S / 2) == []
    assert arrivals.quiet(QUIET_S) == [PastedText(text)] and not arrivals.waits
    assert arrivals.feed("q", 1.0) == [KeyInput("q")]


def test_the_lost_end_of_a_paste_swallows_no_keys_for_ever() -> None:
    arrivals = InputBatches()
    assert arrivals.feed(f"{START}kick", 0.0) == []
    assert arrivals.quiet(CUT_OFF_S / 2) == []
    assert arrivals.quiet(CUT_OFF_S) == [PastedText("kick")]
    assert arrivals.feed("q", 3.0) == [KeyInput("q")]


def test_half_a_sequence_was_a_key_when_nothing_more_came() -> None:
    arrivals = InputBatches()
    assert arrivals.feed("a\x1b", 0.0) == [KeyInput("a")]
    assert arrivals.quiet(QUIET_S) == [KeyInput("\x1b")]


def test_of_an_endless_paste_only_so_much_is_kept() -> None:
    for begin, end in ((START, END), ("", "")):
        arrivals, pieces = InputBatches(), []
        for chunk in (begin, *["lorem ipsum " * 400] * 400, end):
            pieces += arrivals.feed(chunk, 0.0)
            assert sum(map(len, arrivals._parts)) <= LONGEST
        pieces += arrivals.quiet(CUT_OFF_S)
        (pasted,) = pieces
        assert isinstance(pasted, PastedText) and pasted.text == ("lorem ipsum " * 6000)[:LONGEST]


def test_the_terminals_answer_is_heard_in_the_middle_of_a_paste() -> None:
    assert sorted_out([f"{START}ki{ANSWER}", f"ck{END}"]) == [KeyInput(ANSWER), PastedText("kick")]
    text = "lorem ipsum " * 9
    assert sorted_out([text + ANSWER[:2], ANSWER[2:] + "y" * 10]) == [KeyInput(ANSWER), PastedText(text + "y" * 10)]


@given(st.text())
def test_plain_text_holds_no_control_characters(text: str) -> None:
    assert all(char == "\n" or char.isprintable() or ord(char) > 0x9F for char in plain(text))
