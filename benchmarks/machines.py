"""Two machines on one: network namespaces joined by a cable, for trying what goes between a laptop and a server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from benchmarks.sshd import Unavailable


class TwoMachines:
    """A laptop and a studio that reach each other by network alone; Linux, and root, while it is entered.

    They share files and users: what tells them apart is the network and the home folders that they are given.
    """

    studio_address = "10.213.97.2"

    def __init__(self) -> None:
        mark = f"{os.getpid() % 100_000:05d}"
        self._laptop, self._studio = f"laptop{mark}", f"studio{mark}"

    @property
    def laptop(self) -> list[str]:
        """What a command begins with so that it runs on the laptop."""
        return ["ip", "netns", "exec", self._laptop]

    @property
    def studio(self) -> list[str]:
        """The same for the studio."""
        return ["ip", "netns", "exec", self._studio]

    def __enter__(self) -> TwoMachines:
        if sys.platform != "linux" or os.getuid() != 0 or shutil.which("ip") is None:
            raise Unavailable("network namespaces want Linux, root and the program ip")
        try:
            for name in (self._laptop, self._studio):
                _ip("netns", "add", name)
            _ip("link", "add", "to-studio", "netns", self._laptop, "type", "veth",
                "peer", "name", "to-laptop", "netns", self._studio)  # fmt: skip
            for name, cable, address in (
                (self._laptop, "to-studio", "10.213.97.1"),
                (self._studio, "to-laptop", self.studio_address),
            ):
                _ip("-n", name, "address", "add", f"{address}/30", "dev", cable)
                for link in ("lo", cable):
                    _ip("-n", name, "link", "set", link, "up")
        except subprocess.CalledProcessError as error:
            self.__exit__()
            raise Unavailable(f"no network namespaces here: {error.stderr.decode().strip()}") from error
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self._laptop, self._studio):
            subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL, check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
