"""Screens as SVG: stable names, rows written once, and XML that a browser reads."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from benchmarks.screen_svg import Run, Screen, moving, still


def screen(*rows: str, colour: str = "#ff0000") -> Screen:
    return Screen(10, tuple((Run(0, row, len(row), colour, "", False),) for row in rows))


def test_a_screen_has_the_same_text_whatever_the_order_of_styles_before() -> None:
    assert still(screen("kick", "<&>")) == still(screen("kick", "<&>"))
    root = ElementTree.fromstring(still(screen("kick", "<&>")))
    assert [span.text for span in root.iter("{http://www.w3.org/2000/svg}tspan")] == ["kick", "<&>"]


def test_a_row_that_stays_is_written_once_and_one_that_changes_is_timed() -> None:
    svg = moving([screen("same", "a"), screen("same", "b")], seconds=[1, 3], titles=["x", "x"], title="t")
    ElementTree.fromstring(svg)
    assert svg.count("same") == 1
    assert re.search(r"@keyframes t0\{0\.000%\{visibility:visible\}25\.000%\{visibility:hidden\}\}", svg)
    assert re.search(r"@keyframes t1\{0%\{visibility:hidden\}25\.000%\{visibility:visible\}\}", svg)
