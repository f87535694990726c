"""Evaluation by class and family, with bootstrap intervals over families.

`python -m tui_browser.training.encoder.family_evaluation VECTORS MANIFEST`

VECTORS is the output of `tui-browser export vectors`, MANIFEST a table with the columns path, class and family (a
machine, or machines that share recordings). Files of one machine are alike, so intervals that hold for other machines
need a bootstrap over families. The output is JSON; saved as families.json in a bundle, it becomes part of the card.
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

_DRAWS = 500


def main(argv: list[str] | None = None) -> int:
    """Print the figures; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tui_browser.training.encoder.family_evaluation", description=__doc__
    )
    parser.add_argument("vectors")
    parser.add_argument("manifest")
    args = parser.parse_args(argv)
    try:
        evaluation = evaluate_families(*_read(args.vectors, args.manifest))
    except BrowserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(_to_json(evaluation))
    return 0


def _to_json(evaluation: dict[str, Any]) -> str:
    """JSON with one figure in a line."""
    parts = []
    for name, value in evaluation.items():
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
        export = {name: file[name] for name in ("paths", "vectors", "xy", "classes", "class_p")}
    depth = 1 + max(path.count("/") for path in table)
    keys = ["/".join(str(path).split("/")[-depth:]) for path in export["paths"]]
    first = {key: row for row, key in reversed(list(enumerate(keys))) if key in table}
    if not first:
        raise BrowserError("no exported path ends with a path of the manifest", path=vectors)
    rows = np.array(sorted(first.values()))
    labels, families = zip(*(table[keys[row]] for row in rows), strict=True)
    return {name: values[rows] for name, values in export.items()}, np.array(labels), np.array(families)


def evaluate_families(
    export: dict[str, NDArray[Any]], labels: NDArray[np.str_], families: NDArray[np.str_]
) -> dict[str, Any]:
    """Figures and recall by class with 95 % intervals, and accuracy by family.

    `export` holds vectors, xy, classes and class_p of N files; `labels` and `families` are (N,).
    """
    names = np.unique(labels)
    truth = np.searchsorted(names, labels)
    predicted = np.array([int(np.flatnonzero(names == name)[0]) if name in names else -1 for name in export["classes"]])
    correct, p = predicted == truth, export["class_p"].astype(np.float64)
    purity = _neighbour_purity(export["vectors"], truth)
    other_purity = _neighbour_purity(export["vectors"], truth, excluded_family=families)
    map_purity = _neighbour_purity(export["xy"], truth)
    members = [np.flatnonzero(families == family) for family in np.unique(families)]
    rng = np.random.default_rng(0)
    draws = [np.concatenate([members[at] for at in rng.integers(0, len(members), len(members))]) for _ in range(_DRAWS)]

    def with_interval(figure: Callable[[NDArray[np.intp]], float]) -> list[float]:
        values = [value for value in map(figure, draws) if np.isfinite(value)]
        low, high = np.quantile(values, [0.025, 0.975])
        return [round(float(value), 3) for value in (figure(np.arange(len(truth))), low, high)]

    def recall(label: int) -> Callable[[NDArray[np.intp]], float]:
        return lambda rows: float(np.nanmean(np.append(correct[rows][truth[rows] == label], np.nan)))

    return {
        "families": len(members),
        "files": len(truth),
        "figures": {
            "purity10": with_interval(lambda rows: float(purity[rows].mean())),
            "purity10_other": with_interval(lambda rows: float(other_purity[rows].mean())),
            "map_purity10": with_interval(lambda rows: float(map_purity[rows].mean())),
            "accuracy": with_interval(lambda rows: float(correct[rows].mean())),
            "macro_f1": with_interval(lambda rows: macro_f1(truth[rows], predicted[rows])),
            "ece": with_interval(lambda rows: expected_calibration_error(correct[rows], p[rows].astype(np.float32))),
        },
        "recall": {str(name): with_interval(recall(at)) for at, name in enumerate(names)},
        "by_family": {
            str(families[rows[0]]): [
                len(rows),
                round(float(correct[rows].mean()), 2),
                round(float(other_purity[rows].mean()), 2),
            ]
            for rows in members
        },
    }


def _neighbour_purity(
    vectors: FloatArray, truth: NDArray[np.intp], *, excluded_family: NDArray[np.str_] | None = None
) -> FloatArray:
    """(N,) share of the ten nearest neighbours that have a file's class; optionally not those of its own family."""
    wide = vectors.astype(np.float64)
    square = np.square(wide).sum(axis=1)
    distance = np.maximum(square[:, None] + square[None] - 2.0 * wide @ wide.T, 0.0)
    np.fill_diagonal(distance, np.inf)
    if excluded_family is not None:
        distance[excluded_family[:, None] == excluded_family[None]] = np.inf
    near = np.argsort(distance, axis=1, kind="stable")[:, :10]
    return np.asarray((truth[near] == truth[:, None]).mean(axis=1), dtype=np.float32)


if __name__ == "__main__":
    sys.exit(main())
