"""export map: pictures that other programs read, and a table of places."""

from __future__ import annotations

import io
import os
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.cli import CliResult, invoke
from tests.support.libraries import index
from tests.support.sounds import tree
from tui_browser.config.themes import load_theme
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library
from tui_browser.records import DRUM_CLASSES
from tui_browser.workbench.map_picture.png import png
from tui_browser.workbench.map_picture.scene import MapDots, map_scene
from tui_browser.workbench.map_picture.svg import svg

Run = Callable[..., CliResult]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str | Path) -> CliResult:
        return invoke("export", "map", *words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Iterator[Path]:
    base = tmp_path_factory.mktemp("stock")
    tree(base / "samples", each=1)
    odd = os.path.join(os.fsencode(base / "samples"), b"caf\xe9\t<b>&.wav")
    shutil.copyfile(base / "samples" / "kit 0" / "kick 0.wav", odd)
    index(base / "l.db", base / "samples", workers=workers)
    yield base / "l.db"


def test_an_svg_has_a_dot_with_its_name_for_each_sample(run: Run, stock: Path, tmp_path: Path) -> None:
    done = run("--out", tmp_path / "m.svg", "--library", stock, "--json")
    assert (done.code, done.rows()) == (0, [{"path": str(tmp_path / "m.svg"), "samples": 12}])
    root = ElementTree.parse(tmp_path / "m.svg").getroot()
    names = [title.text for title in root.iter(f"{SVG}title")]
    assert len(names) == 12
    assert "caf\\xe9\\t<b>&.wav" in names
    assert root.get("width") == "1600"
    assert any("12 sounds" in (text.text or "") for text in root.iter(f"{SVG}text"))


def test_a_png_shows_each_sample_in_the_colour_of_its_kind(run: Run, stock: Path, tmp_path: Path) -> None:
    words = ("--no-words", "--theme", "dark", "--size", "400x300", "--library", stock)
    assert run("--out", tmp_path / "m.png", *words).code == 0
    pixels = np.asarray(Image.open(tmp_path / "m.png"))
    assert pixels.shape == (300, 400, 3)
    theme = load_theme("dark")
    with Library.open(str(stock)) as library:
        kinds = {row.class_name for row in library.all_rows()} - {"other"}
    colours = {tuple(pixel) for pixel in pixels.reshape(-1, 3).tolist()}
    for kind in kinds:
        colour = theme.class_colour(DRUM_CLASSES.index(str(kind)))
        assert tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5)) in colours, kind


def test_a_table_has_the_places_of_the_library(run: Run, stock: Path, tmp_path: Path) -> None:
    assert run("--out", tmp_path / "m.tsv", "--library", stock).code == 0
    lines = (tmp_path / "m.tsv").read_bytes().decode("utf-8", "surrogateescape").split("\n")
    assert lines[0].split("\t") == ["id", "path", "x", "y", "class", "class_p", "class_family"]
    cells = [line.split("\t") for line in lines[1:-1]]
    with Library.open(str(stock)) as library:
        rows = sorted(library.all_rows(), key=lambda row: row.id)
    assert [int(line[0]) for line in cells] == [row.id for row in rows]
    assert [float(line[2]) for line in cells] == pytest.approx([row.x for row in rows], abs=1e-6)
    assert [float(line[3]) for line in cells] == pytest.approx([row.y for row in rows], abs=1e-6)
    assert any(line[1].endswith("caf\udce9\\t<b>&.wav") for line in cells)


def test_a_query_colours_what_matches_and_a_stream_holds_the_picture_alone(run: Run, stock: Path) -> None:
    done = run("name:snare", "--out", "-", "--format", "svg", "--library", stock)
    assert done.code == 0
    root = ElementTree.fromstring(done.out)
    assert [title.text for title in root.iter(f"{SVG}title")] == ["snare 0.wav"]
    assert len(list(root.iter(f"{SVG}path"))) == 1, "the others are faint, in one path"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--out", "m.jpg"), 2, "--format"),
        (("--out", "m.svg", "--size", "9x9"), 2, "1600x1000"),
        (("--out", "m.svg", "--size", "99999x99999"), 2, "1600x1000"),
        (("--out", "m.svg", "--theme", "mono"), 1, "colours of a terminal"),
        (("--out", "m.svg", "--theme", "nosuch"), 1, "nosuch"),
        (("nothingiscalledso", "--out", "m.svg"), 1, "no matching sample"),
    ],
)
def test_what_cannot_be_written_says_why(
    run: Run, stock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words, "--library", stock)
    assert done.code == code
    assert said in done.err
    assert os.listdir(tmp_path) == []


def test_nothing_is_replaced_without_force(run: Run, stock: Path, tmp_path: Path) -> None:
    (tmp_path / "m.svg").write_text("mine")
    assert run("--out", tmp_path / "m.svg", "--library", stock).code == 1
    assert (tmp_path / "m.svg").read_text() == "mine"
    assert run("--out", tmp_path / "m.svg", "--library", stock, "--force").code == 0


def dots(count: int) -> MapDots:
    rng = np.random.default_rng(3)
    groups = rng.integers(0, len(DRUM_CLASSES), count)
    xy = (0.1 * rng.random((count, 2)) + np.stack((groups % 4, groups // 4), axis=1) / 4).astype(np.float32)
    return MapDots(xy, groups, np.arange(count) % 10 > 0, [], DRUM_CLASSES)


def test_pictures_are_the_same_each_time_and_words_stand_on_their_kind() -> None:
    scene = map_scene(dots(3000), theme=load_theme("light"), size=(800, 500), title="A & <b>")
    assert svg(scene) == svg(map_scene(dots(3000), theme=load_theme("light"), size=(800, 500), title="A & <b>"))
    assert png(scene) == png(scene)
    assert {word.text for word in scene.areas} == {name.replace("_", " ") for name in DRUM_CLASSES}
    assert "A &amp; &lt;b&gt; · 2,700 sounds" in svg(scene)
    assert all(0 <= word.left <= 800 and 0 <= word.top <= 500 for word in scene.areas)


def test_faint_dots_lie_below_and_dots_at_the_edge_are_whole() -> None:
    xy = np.array([[0, 0], [1, 1], [0.5, 0.5], [0.5, 0.5]], dtype=np.float32)
    one = MapDots(xy, np.array([0, 0, 1, 0]), np.array([True, True, True, False]), [], DRUM_CLASSES)
    scene = map_scene(one, theme=load_theme("dark"), size=(300, 300), title="", words=False)
    pixels = np.asarray(Image.open(io.BytesIO(png(scene))))
    left, top = scene.places[scene.colour_index == 2][0].astype(int)
    colour = load_theme("dark").class_colour(1)
    assert pixels[top, left].tolist() == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    ground = load_theme("dark").roles["background"]
    edges = np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))
    assert (edges == [int(ground[at : at + 2], 16) for at in (1, 3, 5)]).all()
