"""What the system says of a process and its children; nothing where there is no /proc."""

from __future__ import annotations

import os

_TICKS = os.sysconf("SC_CLK_TCK")
_MAPPED = ("/torch/", "/llvmlite/", "/numba/", "/scipy/", "/sklearn/")


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit() and (fields := _stat(int(name))):
            parents.setdefault(int(fields[1]), []).append(int(name))
    found = [pid]
    for parent in found:
        found += parents.get(parent, [])
    return found


def app(pid: int) -> int:
    """The process that paints: the one that the program has forked, or, where it has forked none, the program."""
    return next((member for member in family(pid)[1:] if _command(member) == _command(pid)), pid)


def _command(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def cpu_s(pid: int) -> float:
    """Processor seconds that the family has used."""
    return sum(own_cpu_s(member) for member in family(pid))


def own_cpu_s(pid: int) -> float:
    """Processor seconds that the process has used, its children aside."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def memory_mb(pid: int) -> float | None:
    """Memory that the process holds for itself, and its part of what it shares (PSS)."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024
    except OSError:
        return None


def resident_mb(pid: int) -> float | None:
    """Memory that is in use (RSS)."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024
    except (OSError, StopIteration):  # gone, or about to be
        return None


def mapped(pid: int) -> list[str]:
    """Libraries in the process's memory that have no place in the app's."""
    try:
        with open(f"/proc/{pid}/maps") as file:
            text = file.read()
    except OSError:
        return []
    return [name.strip("/") for name in _MAPPED if name in text]


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None
