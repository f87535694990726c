"""A tree of sample files, and random things that people, programs and drives do to it; the same seed does the same."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.trouble.small_sounds import sound_file

SOUNDS = 600
"""Different sounds; more files than that are copies."""


@dataclass
class SlowWriter:
    """A program that writes a file piece by piece."""

    path: str
    pieces: list[bytes]


@dataclass
class SampleTree:
    """Folders `roots` with files, changed by `step`, one random operation at a time."""

    folder: str
    seed: int
    most: int = 300
    """Files at most; from there on more is deleted than created."""
    roots: list[str] = field(default_factory=list)
    away: dict[str, str] = field(default_factory=dict)
    """Roots that are unplugged, and where they are."""
    slow: list[SlowWriter] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How often each operation was done."""

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        self._made = 0
        self._clock_ns = 1_600_000_000_000_000_000
        self._operations: tuple[tuple[Callable[[], bool], int], ...] = (
            (self.create, 10), (self.append_slowly, 4), (self.replace, 6), (self.overwrite, 6), (self.move, 8),
            (self.swap, 4), (self.copy, 4), (self.hard_link, 2), (self.symlink, 2), (self.chmod, 3), (self.touch, 3),
            (self.delete, 5), (self.make_folder, 2), (self.move_folder, 2), (self.delete_folder, 1),
            (self.edit_in_place, 2), (self.unplug, 1), (self.replug, 3),
        )  # fmt: skip
        for name in ("drums", "loops", "field"):
            root = os.path.join(self.folder, name)
            os.makedirs(os.path.join(root, "first"), exist_ok=True)
            self.roots.append(root)

    def step(self) -> str:
        """Do one random operation; its name. Writers that are under way go on."""
        self.write_on()
        operations, weights = zip(*self._operations, strict=True)
        shares = np.array(weights) / sum(weights)
        while True:
            operation = operations[int(self._rng.choice(len(operations), p=shares))]
            with contextlib.suppress(FileNotFoundError):  # a link may lead to what is unplugged
                if operation():
                    name = str(getattr(operation, "__name__", operation))
                    self.counts[name] = self.counts.get(name, 0) + 1
                    return name

    def settle(self) -> None:
        """Plug everything in, and let all writers end."""
        while self.away:
            self.replug()
        while self.slow:
            self.write_on()

    def files(self) -> list[str]:
        """All files below the roots that are present, in a fixed order."""
        return sorted(
            os.path.join(place, name)
            for root in self.roots
            if root not in self.away
            for place, _, names in os.walk(root)
            for name in names
        )

    def folders(self) -> list[str]:
        """All folders at and below the roots that are present, in a fixed order."""
        return sorted(place for root in self.roots if root not in self.away for place, _, _ in os.walk(root))

    # --- operations: each returns whether it could do anything -----------------------------------------------------

    def create(self) -> bool:
        ending, content = self._sound()
        return self._write(self._new_path(ending), content)

    def append_slowly(self) -> bool:
        ending, content = self._sound()
        cuts = [0, *sorted(self._rng.integers(1, len(content), 5).tolist()), len(content)]
        pieces = [content[start:end] for start, end in itertools.pairwise(cuts)]
        self.slow.append(SlowWriter(self._new_path(ending), pieces))
        return True

    def write_on(self) -> None:
        """Each slow writer appends its next piece."""
        for writer in list(self.slow):
            with contextlib.suppress(FileNotFoundError):  # its folder is gone: so is the file
                with open(writer.path, "ab") as file:
                    file.write(writer.pieces.pop(0))
                if writer.pieces:
                    continue
            self.slow.remove(writer)

    def replace(self) -> bool:
        path = self._file()
        if not path:
            return False
        _, content = self._sound(like=path)
        part = os.path.join(os.path.dirname(path), f"{self._number()}.part")
        self._write(part, content)
        os.replace(part, path)
        return True

    def overwrite(self) -> bool:
        path = self._file()
        return bool(path) and self._write(path, self._sound(like=path)[1])

    def edit_in_place(self) -> bool:
        """Other bytes, the same size and modification time."""
        path = self._file()
        if not path.endswith(".wav"):
            return False
        about = os.stat(path)
        if about.st_size < 2_000:
            return False
        with open(path, "r+b") as file:
            file.seek(about.st_size // 2)
            file.write(self._rng.bytes(200) if about.st_size % 2 else b"\x10\x20" * 100)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        return True

    def move(self) -> bool:
        path, folder = self._file(), self._folder()
        if not path or not folder:
            return False
        os.rename(path, os.path.join(folder, f"{self._number()}{os.path.splitext(path)[1]}"))
        return True

    def swap(self) -> bool:
        one, other = self._file(), self._file()
        if not one or one == other or os.path.splitext(one)[1] != os.path.splitext(other)[1]:
            return False
        between = os.path.join(os.path.dirname(one), f"{self._number()}.swap")
        os.rename(one, between)
        os.rename(other, one)
        os.rename(between, other)
        return True

    def copy(self) -> bool:
        path = self._file()
        if not path:
            return False
        shutil.copy2(path, self._new_path(os.path.splitext(path)[1][1:]))
        return True

    def hard_link(self) -> bool:
        path = self._file()
        if not path:
            return False
        os.link(path, self._new_path(os.path.splitext(path)[1][1:]))
        return True

    def symlink(self) -> bool:
        path = self._file()
        if not path:
            return False
        os.symlink(path, self._new_path(os.path.splitext(path)[1][1:]))
        return True

    def chmod(self) -> bool:
        path = self._file()
        if not path:
            return False
        os.chmod(path, int(self._rng.choice([0o600, 0o644, 0o755, 0o444])))
        return True

    def touch(self) -> bool:
        path = self._file()
        self._clock_ns += 1_000_000_007
        if not path:
            return False
        os.utime(path, ns=(self._clock_ns, self._clock_ns))
        return True

    def delete(self) -> bool:
        path = self._file()
        if not path:
            return False
        os.remove(path)
        return True

    def make_folder(self) -> bool:
        folder = self._folder()
        if not (bool(folder) and len(self.folders()) < 40):
            return False
        os.mkdir(f"{folder}/f{self._number()}")
        return True

    def move_folder(self) -> bool:
        folder, place = self._folder(), self._folder()
        if not folder or folder in self.roots or f"{place}/".startswith(f"{folder}/"):
            return False
        os.rename(folder, f"{place}/f{self._number()}")
        return True

    def delete_folder(self) -> bool:
        folder = self._folder()
        if not (bool(folder) and folder not in self.roots):
            return False
        shutil.rmtree(folder)
        return True

    def unplug(self) -> bool:
        present = [root for root in self.roots if root not in self.away]
        if len(present) < 2:
            return False
        root = present[int(self._rng.integers(len(present)))]
        self.away[root] = f"{root}.away"
        os.rename(root, self.away[root])
        return True

    def replug(self) -> bool:
        if not self.away:
            return False
        root = sorted(self.away)[0]
        os.rename(self.away.pop(root), root)
        return True

    # --- what they are made of ---------------------------------------------------------------------------------------

    def _sound(self, *, like: str = "") -> tuple[str, bytes]:
        """Ending and content of a random sound; of the ending that `like` has, where it is given."""
        while True:
            ending, content = sound_file(int(self._rng.integers(SOUNDS)))
            if not like or like.endswith(f".{ending}"):
                return ending, content

    def _number(self) -> int:
        self._made += 1
        return self._made

    def _new_path(self, ending: str) -> str:
        return os.path.join(self._folder(), f"{self._number()}.{ending}")

    def _file(self) -> str:
        files = self.files()
        return files[int(self._rng.integers(len(files)))] if files else ""

    def _folder(self) -> str:
        folders = self.folders()
        return folders[int(self._rng.integers(len(folders)))]

    def _write(self, path: str, content: bytes) -> bool:
        with open(path, "wb") as file:
            file.write(content)
        if len(self.files()) > self.most:
            self.delete()
        return True
