"""What a benchmark says: a table of our figure, the peer's in the same run, the ratio, the budget and the verdict."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing. Less is better, except for a unit a second ("files/s") or a share ("of 10")."""

    what: str
    ours: float
    unit: str
    peer: str = ""
    """What it is compared with, in words; empty for nothing."""
    theirs: float | None = None
    """The peer's figure in the same unit; None when it was not measured."""
    budget: float | None = None
    note: str = ""

    @property
    def rate(self) -> bool:
        """Whether more is better."""
        return self.unit.endswith("/s") or self.unit.startswith("of ")

    @property
    def ratio(self) -> str:
        return "" if not self.theirs else f"{self.ours / self.theirs:.2f}"

    @property
    def verdict(self) -> str:
        if self.budget is None:
            return ""
        kept = self.ours >= self.budget if self.rate else self.ours <= self.budget
        return "ok" if kept else "MISSED"

    def cells(self) -> list[str]:
        theirs = self.peer if self.theirs is None else f"{figure(self.theirs, self.unit)} {self.peer}"
        sign = "≥ " if self.rate else "≤ "
        budget = "" if self.budget is None else sign + figure(self.budget, self.unit)
        return [self.what, figure(self.ours, self.unit), theirs, self.ratio, budget, self.verdict, self.note]


HEADS = ["what", "ours", "peer or limit", "ours / peer", "budget", "", "note"]


@dataclass(slots=True)
class Table:
    """Rows under one title, with remarks below."""

    title: str
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, what: str, ours: float, unit: str, **rest: Any) -> None:
        self.rows.append(Row(what, ours, unit, **rest))

    def text(self) -> str:
        """For a terminal: columns in line."""
        lines = [HEADS, *(row.cells() for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
        body = [
            "  ".join(
                cell.rjust(width) if column in (1, 3) else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
                if width
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *body, *self.remarks, machine()])

    def markdown(self) -> str:
        """For docs/performance.md."""
        used = [c for c in range(len(HEADS)) if c < 2 or any(row.cells()[c] for row in self.rows)]
        lines = [HEADS, ["---"] * len(HEADS), *(row.cells() for row in self.rows)]
        table = ["| " + " | ".join(line[c] for c in used) + " |" for line in lines]
        return "\n".join([f"### {self.title}", "", *table, "", *(f"{remark}  " for remark in self.remarks), machine()])


def figure(value: float, unit: str) -> str:
    """A number with about three significant digits and its unit."""
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def machine() -> str:
    """One line that says on what and how quietly this was measured."""
    load = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    quiet = "quiet" if load < 0.75 * cores else "NOT quiet"
    return f"({cores} cores, Python {platform.python_version()}, load {load:.1f}: {quiet})"


def show(tables: Sequence[Table], *, markdown: bool) -> None:
    for table in tables:
        print(table.markdown() if markdown else table.text(), end="\n\n", flush=True)
