"""Figures by family and class, with intervals over families.

`python -m tui_browser.training.encoder.family_evaluation VECTORS MANIFEST`

VECTORS is what `tui-browser export vectors` wrote, MANIFEST a table with the columns path, class and family (a machine,
or machines that share recordings). Files of one machine are alike; an interval that is to hold for machines that are
not in the set has to draw whole families. The outcome is JSON; as families.json in a bundle it is told in its card.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import BrowserError
from tui_browser.records import FloatArray
from tui_browser.training.metrics import expected_calibration_error, macro_f1

DRAWS = 500


def main(argv: list[str] | None = None) -> int:
    """Print the figures; 0, or 1 with a sentence about what is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tui_browser.training.encoder.family_evaluation", description=__doc__
    )
    parser.add_argument("vectors")
    parser.add_argument("manifest")
    args = parser.parse_args(argv)
    try:
        found = evaluate_families(*_read(args.vectors, args.manifest))
    except BrowserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(_spelled(found))
    return 0


def _spelled(found: dict[str, Any]) -> str:
    """JSON with a line a figure."""
    parts = []
    for name, value in found.items():
        text = json.dumps(value)
        if isinstance(value, dict):
            text = (
                "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(each)}" for key, each in value.items()) + "\n }"
            )
        parts.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _read(vectors: str, manifest: str) -> tuple[dict[str, NDArray[Any]], NDArray[np.str_], NDArray[np.str_]]:
    with open(manifest, encoding="utf-8", newline="") as file:
        table = {row["path"]: (row["class"], row["family"]) for row in csv.DictReader(file, delimiter="\t")}
    with np.load(vectors, allow_pickle=False) as file:
        data = {name: file[name] for name in ("paths", "vectors", "xy", "classes", "class_p")}
    depth = 1 + max(path.count("/") for path in table)
    keys = ["/".join(str(path).split("/")[-depth:]) for path in data["paths"]]
    first = {key: row for row, key in reversed(list(enumerate(keys))) if key in table}
    if not first:
        raise BrowserError("no exported path ends with a path of the table", path=vectors)
    rows = np.array(sorted(first.values()))
    labels, kin = zip(*(table[keys[row]] for row in rows), strict=True)
    return {name: values[rows] for name, values in data.items()}, np.array(labels), np.array(kin)


def evaluate_families(data: dict[str, NDArray[Any]], labels: NDArray[np.str_], kin: NDArray[np.str_]) -> dict[str, Any]:
    """Figures with their intervals (95 %), recall by class with its interval, and right classes by family."""
    names = np.unique(labels)
    truth = np.searchsorted(names, labels)
    said = np.array([int(np.flatnonzero(names == name)[0]) if name in names else -1 for name in data["classes"]])
    right, p = said == truth, data["class_p"].astype(np.float64)
    alike = _alike(data["vectors"], truth)
    elsewhere = _alike(data["vectors"], truth, apart=kin)
    flat = _alike(data["xy"], truth)
    of = [np.flatnonzero(kin == family) for family in np.unique(kin)]
    rng = np.random.default_rng(0)
    drawn = [np.concatenate([of[at] for at in rng.integers(0, len(of), len(of))]) for _ in range(DRAWS)]

    def told(figure: Callable[[NDArray[np.intp]], float]) -> list[float]:
        values = [value for value in map(figure, drawn) if np.isfinite(value)]
        low, high = np.quantile(values, [0.025, 0.975])
        return [round(float(value), 3) for value in (figure(np.arange(len(truth))), low, high)]

    def recall(label: int) -> Callable[[NDArray[np.intp]], float]:
        return lambda rows: float(np.nanmean(np.append(right[rows][truth[rows] == label], np.nan)))

    return {
        "families": len(of),
        "files": len(truth),
        "figures": {
            "purity10": told(lambda rows: float(alike[rows].mean())),
            "purity10_other": told(lambda rows: float(elsewhere[rows].mean())),
            "map_purity10": told(lambda rows: float(flat[rows].mean())),
            "accuracy": told(lambda rows: float(right[rows].mean())),
            "macro_f1": told(lambda rows: macro_f1(truth[rows], said[rows])),
            "ece": told(lambda rows: expected_calibration_error(right[rows], p[rows].astype(np.float32))),
        },
        "recall": {str(name): told(recall(at)) for at, name in enumerate(names)},
        "by_family": {
            str(kin[rows[0]]): [len(rows), round(float(right[rows].mean()), 2), round(float(elsewhere[rows].mean()), 2)]
            for rows in of
        },
    }


def _alike(vectors: FloatArray, truth: NDArray[np.intp], *, apart: NDArray[np.str_] | None = None) -> FloatArray:
    """(N,) share of the ten nearest others, of another family with `apart`, that have a file's class."""
    wide = vectors.astype(np.float64)
    square = np.square(wide).sum(axis=1)
    distance = np.maximum(square[:, None] + square[None] - 2.0 * wide @ wide.T, 0.0)
    np.fill_diagonal(distance, np.inf)
    if apart is not None:
        distance[apart[:, None] == apart[None]] = np.inf
    near = np.argsort(distance, axis=1, kind="stable")[:, :10]
    return np.asarray((truth[near] == truth[:, None]).mean(axis=1), dtype=np.float32)


if __name__ == "__main__":
    sys.exit(main())
