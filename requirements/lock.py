"""Writes the lists beside this file: every package with its version and the hashes of all its files.

uv resolves within constraints.txt, for all systems and versions of Python at once. The lists name no index: pip takes
the one that a machine is set up for, and the hashes say what it may bring.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
_HEAD = "# Written by `make lock`. {}\n"
_CUDA = re.compile(r"(cuda|nvidia)-.*|triton")
_WINDOWS = "sys_platform == 'win32'"

TOOLS = ("uv", "cyclonedx-bom")
BUILD = ("hatchling", "editables", "setuptools", "wheel", "cffi")
"""What builds the project itself, and the packages that have no wheel: nothing is fetched while something is built."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", required=True, help="the uv to resolve with")
    uv = parser.parse_args().uv
    run = _resolved(uv, "pyproject.toml")
    dev = _resolved(uv, "pyproject.toml", "--extra", "dev")
    sound = _resolved(uv, "pyproject.toml", "--extra", "simpleaudio")
    _write("run", "What the program needs, without PyTorch.", {n: e for n, e in run.items() if not _is_torch(n)})
    _write("dev", "The same with what tests, checks and all extras need.", {
        name: entry for name, entry in dev.items() if not _is_torch(name)
    })  # fmt: skip
    _write("simpleaudio", "Built from source.", {n: e for n, e in sound.items() if n.startswith("simpleaudio")})
    _write("torch", "PyTorch.", {"torch": run["torch"]})
    _write("cuda", "What PyTorch's default build on Linux needs.", {n: e for n, e in run.items() if _CUDA.fullmatch(n)})
    _write("build", "What builds the project and the packages without a wheel.", _resolved(uv, "-", names=BUILD))
    _write("tools", "What writes these lists and the list of packages of a release.", _resolved(uv, "-", names=TOOLS))


def _is_torch(name: str) -> bool:
    return name == "torch" or _CUDA.fullmatch(name) is not None


def _resolved(uv: str, *source: str, names: tuple[str, ...] = ()) -> dict[str, str]:
    """Lines of each package by its name."""
    done = subprocess.run(
        [uv, "--no-config", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--quiet",
         "--no-emit-index-url", "--no-header", "--no-annotate", "--constraint", "constraints.txt", *source],
        input="\n".join(names), cwd=TOP, capture_output=True, text=True, check=True,
    )  # fmt: skip
    entries: dict[str, str] = {}
    name = ""
    for line in done.stdout.splitlines(keepends=True):
        if not line.startswith(" "):
            name = line.partition("==")[0]
        entries[name] = entries.get(name, "") + line
    return {name: entry for name, entry in entries.items() if _WINDOWS not in entry}


def _write(name: str, about: str, entries: dict[str, str]) -> None:
    text = _HEAD.format(about) + "".join(entries[each] for each in sorted(entries))
    (HERE / f"{name}.txt").write_text(text)


if __name__ == "__main__":
    main()
