"""docs/workbench.ipynb runs from its first cell to its last, and comes to what it says."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "workbench.ipynb"


def test_the_notebook_carries_no_results() -> None:
    notebook = _notebook()
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 10
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_five_workflows_of_audionotebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_FOLDER", str(tmp_path / "work"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = _notebook()
    client = NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    result = {tag: _result(cell) for cell in notebook.cells for tag in cell.metadata.get("tags", ())}

    names, samples, fingerprints, places = result["collected"]
    assert (names, samples, fingerprints, places) == (72, (72, 12_000), (72, 32, 32), (72, 2))
    assert result["sprites"] == (72, 72, 0.25)
    called, cut = result["sliced"]
    assert called == cut == 36
    bird, nearest = result["near"]
    assert nearest.count(bird) >= 4
    phones, tags, alike = result["phones"]
    assert phones == sum(tags.values()) == 64
    assert alike.count("iy") >= 4
    assert result["labels"]["kick"] == result["labels"]["snare"] == 9
    suggested, right = result["predicted"]
    assert suggested >= 18 and right >= 0.8
    chunks, sounds, like = result["machine"]
    assert (chunks, sounds) == (50, 72)
    assert set(like) == {"0", "1", "2", "3"}
    count, size, page = result["page"]
    assert count == 72 and Path(page).stat().st_size == size


def _notebook() -> Any:
    return nbformat.read(NOTEBOOK, 4)  # type: ignore[no-untyped-call]


def _result(cell: Any) -> Any:
    """The value of the last line of a cell."""
    (text,) = [output["data"]["text/plain"] for output in cell.outputs if output["output_type"] == "execute_result"]
    return ast.literal_eval(text)
