"""A library, a service and a player in memory, and a synthetic snapshot: all that the app needs of the floors below."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from textual._context import visible_screen_stack
from textual.strip import Strip

from tui_browser.config.settings import Settings
from tui_browser.config.state import SavedState
from tui_browser.config.themes import Theme, load_theme
from tui_browser.layouts.axes import AxisScale
from tui_browser.library.slice_search import SliceNeighbour, nearest_slices_in_parts
from tui_browser.playback.messages import AS_IT_IS, BeatPart, KnownLevel, PlayBeat, TimeStretch
from tui_browser.records import (
    DRUM_CLASSES,
    FileStat,
    FloatArray,
    Names,
    Reject,
    Root,
    SampleId,
    SampleRow,
    Slice,
    SliceTable,
    Snapshot,
)
from tui_browser.records import SampleState as SoundState
from tui_browser.search.file_columns import FileColumns, unknown_files
from tui_browser.service.messages import Annotate, Event, Request, TakeBack
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.records import CollectionInfo, LayoutInfo, SampleCollection
from tui_browser.ui.app import BrowserApp
from tui_browser.ui.ports import FreesoundLike

PACKS = ("Vintage Machines", "Studio One", "field recordings", "808 Essentials", "Dusty Breaks")


def names_of(paths: Sequence[bytes]) -> Names:
    offsets = np.zeros(len(paths) + 1, dtype=np.int64)
    np.cumsum([len(path) for path in paths], out=offsets[1:])
    return Names(b"".join(paths), offsets)


def snapshot(
    count: int,
    *,
    seed: int = 1,
    paths: Sequence[bytes] | None = None,
    dim: int = 16,
    class_names: tuple[str, ...] = DRUM_CLASSES,
) -> Snapshot:
    """`count` samples in clouds, one a class, with vectors that lie as the dots do."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, len(class_names), count).astype(np.uint8)
    centres = np.random.default_rng(7).uniform(0.15, 0.85, (len(class_names), 2))
    xy = np.clip(centres[classes] + rng.normal(0, 0.06, (count, 2)), 0.0, 1.0).astype(np.float32)
    vectors = np.concatenate([xy * 4 - 2, rng.normal(0, 0.05, (count, dim - 2))], axis=1).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    features = np.stack(
        [
            rng.lognormal(-1, 0.8, count),
            rng.lognormal(7, 1, count),
            rng.uniform(0, 1, count),
            rng.lognormal(5, 1, count),
            rng.lognormal(-5, 1, count),
            rng.uniform(-40, -3, count),
            np.random.default_rng(seed).uniform(70, 180, count),
            np.random.default_rng(seed).integers(0, 24, count),
        ],
        axis=1,
    ).astype(np.float32)
    if paths is None:
        paths = [
            f"/samples/{PACKS[row % len(PACKS)]}/{class_names[kind]}/{class_names[kind]}_{row:04d}.wav".encode()
            for row, kind in enumerate(classes.tolist())
        ]
    return Snapshot(
        revision=1,
        layout="pca",
        space="fake",
        ids=np.arange(10, 10 + count, dtype=np.int64),
        xy=xy,
        classes=classes,
        class_p=rng.uniform(0.3, 1.0, count).astype(np.float32),
        flags=np.zeros(count, dtype=np.uint8),
        features=features,
        names=names_of(paths),
        vectors=vectors,
        class_names=class_names,
    )


_REJECT = Reject(FileStat(b"/samples/broken.wav", 1, 0, 0, 0, 0), "broken")


class FakeLibrary:
    """Holds one snapshot at a time."""

    def __init__(self, held: Snapshot, *, roots: Sequence[Root] | None = None, rejects: int = 0) -> None:
        self.held = held
        self.path = "/fake/library.db"
        self.model: str | None = None
        self.space = ""
        self._roots = [Root(b"/samples", True, len(held))] if roots is None else list(roots)
        self._rejects = rejects
        self.fetched = 0
        self.stack_of: dict[int, int] = {}
        """The samples that have copies, with the one that stays."""
        self.hits: dict[SampleId, list[Slice]] = {}
        self.hit_vectors: dict[tuple[SampleId, int], FloatArray] = {}
        self.aside: SliceTable | None = None
        self.corrected: dict[SampleId, int] = {}
        self.axis_scales: dict[str, tuple[AxisScale, AxisScale]] = {}
        self.kits: dict[str, SampleCollection] = {}
        self.kept: dict[str, FloatArray] = {held.layout: held.xy}
        """Places of all samples on each stored layout."""

    def snapshot(self, previous: Snapshot | None = None, *, vectors: bool = True) -> Snapshot:
        self.fetched += 1
        return self.held if vectors else replace(self.held, vectors=None)

    def copy_stacks(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        ids = np.array(sorted(self.stack_of), dtype=np.int64)
        return ids, np.array([self.stack_of[sample] for sample in ids.tolist()], dtype=np.int64)

    def sample(self, id: SampleId) -> SampleRow | None:
        row = int(np.searchsorted(self.held.ids, id))
        path = self.held.names[row]
        duration, bright, noise, pitch, attack, loud = (float(value) for value in self.held.features[row, :6])
        return SampleRow(
            id=id, path=path, root=b"/samples", onset_s=0.01, duration_s=duration, sample_rate=44100, channels=2,
            frames=int(duration * 44100), size=1000, mtime_ns=0, content_hash=f"{'ab' * 8}{int(id):016x}",
            class_name=None, class_p=None,
            x=0.5, y=0.5, loudness_db=loud, brightness_hz=bright, noisiness=noise, pitch_hz=pitch, attack_s=attack,
            state=SoundState.READY, note="", missing=False, slices=tuple(self.slices(id)),
        )  # fmt: skip

    def id_of(self, path: bytes) -> SampleId | None:
        for row in range(len(self.held)):
            if self.held.names[row] == path:
                return SampleId(int(self.held.ids[row]))
        return None

    def roots(self) -> list[Root]:
        return self._roots

    def root_paths(self) -> list[bytes]:
        return [root.path for root in self._roots]

    def layouts(self) -> list[LayoutInfo]:
        return [LayoutInfo(name, "fake", len(self.held), 0.0, name == self.held.layout) for name in self.kept]

    def places(self, name: str, ids: NDArray[np.int64]) -> FloatArray:
        return self.kept.get(name, np.full((len(ids), 2), np.nan, dtype=np.float32))

    def files_of(self, snapshot: Snapshot) -> FileColumns:
        return unknown_files(snapshot.ids)

    def mtimes(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return self.held.ids, np.linspace(1.5e9, 1.7e9, len(self.held))

    def scales(self, layout: str) -> tuple[AxisScale, AxisScale] | None:
        return self.axis_scales.get(layout)

    def latent(self) -> int:
        return 4

    def slices(self, sample: SampleId) -> list[Slice]:
        return self.hits.get(sample, [])

    def slice_vector(self, sample: SampleId, place: int) -> FloatArray | None:
        return self.hit_vectors.get((sample, place))

    def nearest_slices(
        self, vector: FloatArray, *, k: int, among: NDArray[np.int64] | None = None
    ) -> list[SliceNeighbour]:
        return nearest_slices_in_parts([self.aside] if self.aside is not None else [], vector, k=k, among=among)

    def corrections(self) -> dict[SampleId, int]:
        return self.corrected

    def collections(self) -> list[CollectionInfo]:
        lists = [CollectionInfo(name, "list", len(own), 0) for name, own in self.held.collections.items()]
        return lists + [CollectionInfo(kit.name, kit.kind, len(kit.items), 0) for kit in self.kits.values()]

    def collection(self, name: str) -> SampleCollection | None:
        return self.kits.get(name)

    def known_as(self, paths: Sequence[bytes]) -> list[bytes | None]:
        return [path if self.id_of(path) is not None else None for path in paths]

    def rejects(self) -> list[Reject]:
        return [_REJECT] * self._rejects


class FakeService:
    """Keeps what was asked; `tell` makes it say something."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self._events: list[Event] = []

    @property
    def changes(self) -> list[AnnotationChange]:
        """The changes of annotations that were asked for."""
        return [each.change for each in self.asked if isinstance(each, Annotate)]

    @property
    def tags_given(self) -> dict[str, set[SampleId]]:
        """Samples by tag, of all changes together."""
        given: dict[str, set[SampleId]] = {}
        for change in self.changes:
            for tag, ids in change.add_tags.items():
                given.setdefault(tag, set()).update(ids)
        return given

    @property
    def taken_back(self) -> int:
        """How many changes were undone."""
        return sum(isinstance(each, TakeBack) for each in self.asked)

    def start(self) -> None:
        pass

    def send(self, request: Request) -> None:
        self.asked.append(request)

    def fileno(self) -> int:
        return -1

    def poll(self) -> Sequence[Event]:
        events, self._events = self._events, []
        return events

    def tell(self, app: BrowserApp, *events: Event) -> None:
        self._events.extend(events)
        app.read_service()


class FakePlayer:
    """Keeps what was played; two sounds are never on at once by its nature, so the calls are what counts."""

    def __init__(self) -> None:
        self.played: list[bytes] = []
        self.tokens: list[int] = []
        self.stopped = 0
        self.ways: list[tuple[bool, float]] = []
        self.volumes: list[float] = []
        self.starts: list[float] = []
        self.ends: list[float | None] = []
        self.known: list[KnownLevel | None] = []
        self.sought: list[float] = []
        self.likely: list[bytes] = []
        self.stretches: list[TimeStretch] = []
        self.likely_stretches: list[TimeStretch] = []
        self.beats: list[PlayBeat] = []
        self.stopped_beats = 0
        self._events: list[object] = []

    def play(
        self,
        path: bytes,
        *,
        token: int,
        start_s: float = 0.0,
        end_s: float | None = None,
        loop: bool = False,
        speed: float = 1.0,
        known: KnownLevel | None = None,
        stretch: TimeStretch = AS_IT_IS,
    ) -> None:
        self.played.append(path)
        self.stretches.append(stretch)
        self.starts.append(start_s)
        self.ends.append(end_s)
        self.known.append(known)
        self.tokens.append(token)
        self.ways.append((loop, speed))

    def seek(self, token: int, at_s: float) -> None:
        self.sought.append(at_s)

    def tune(self, token: int, *, loop: bool, speed: float = 1.0) -> None:
        self.ways.append((loop, speed))

    def set_volume(self, gain_db: float) -> None:
        self.volumes.append(gain_db)

    def prefetch(
        self,
        paths: Sequence[bytes],
        *,
        loop: bool = False,
        speed: float = 1.0,
        stretches: Sequence[TimeStretch] = (),
    ) -> None:
        self.likely, self.likely_stretches = list(paths), list(stretches)

    def play_beat(self, parts: Sequence[BeatPart], *, token: int, step_s: float, swing: float, steps: int) -> None:
        self.beats.append(PlayBeat(token, tuple(parts), step_s, swing, steps, requested_at=0.0))

    def stop(self, *, beat: bool = True) -> None:
        self.stopped += 1
        self.stopped_beats += beat

    def fileno(self) -> int:
        return -1

    def poll(self) -> Sequence[object]:
        events, self._events = self._events, []
        return events

    def tell(self, app: BrowserApp, *events: object) -> None:
        self._events.extend(events)
        app.read_player()


class Bench:
    """The app on fakes."""

    def __init__(
        self,
        held: Snapshot | None = None,
        *,
        library: FakeLibrary | None = None,
        settings: Settings | None = None,
        theme: Theme | str = "dark",
        ascii: bool = False,
        state: SavedState | None = None,
        notice: str = "",
        offer: str = "",
        offer_tour: bool = False,
        freesound: FreesoundLike | None = None,
    ) -> None:
        self.library = library or FakeLibrary(snapshot(300) if held is None else held)
        self.service = FakeService()
        self.player = FakePlayer()
        self.state = state or SavedState()
        self.app = BrowserApp(
            library=self.library,
            service=self.service,
            player=self.player,
            settings=settings or Settings(motion=False),
            theme=load_theme(theme) if isinstance(theme, str) else theme,
            ascii=ascii,
            state=self.state,
            remember=self._keep,
            library_path="/fake/library.db",
            load_theme=load_theme,
            theme_names=lambda: ["dark", "light"],
            notice=notice,
            offer=offer,
            offer_tour=offer_tour,
            freesound=freesound,
        )

    def _keep(self, change: Callable[[SavedState], SavedState]) -> None:
        self.state = change(self.state)


def whole_screen(app: BrowserApp) -> list[Strip]:
    """Every line as it is painted, with what is seen of the screens below a window."""
    visible_screen_stack.set(list(app._background_screens))
    return app.screen._compositor.render_strips(app.screen.size)


def screen_text(app: BrowserApp) -> str:
    """What a person sees, as lines of text."""
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in whole_screen(app))


def folder_bytes(path: str | os.PathLike[str]) -> bytes:
    return os.fsencode(path)
