"""A real sshd on the loopback, for one test or measurement: own keys, own port, own configuration."""

from __future__ import annotations

import contextlib
import getpass
import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence


class Unavailable(Exception):
    """There is no sshd here that could be used, and why."""


class Sshd:
    """Runs while it is entered; `home` is the home folder of whoever logs in.

    `around` is what its command begins with and `address` where it listens, on another machine made for a test;
    `env` is set for whoever logs in, and `options` are more lines of its configuration.
    """

    def __init__(
        self,
        folder: str,
        *,
        home: str,
        address: str = "127.0.0.1",
        around: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.home = home
        self.address = address
        self._around = list(around)
        self._options = list(options)
        self._env = {"HOME": home, **(env or {})}
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Sshd:
        sshd, keygen, ssh = (_program(name) for name in ("sshd", "ssh-keygen", "ssh"))
        self._ssh = ssh
        if os.getuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        for key in ("host", "user"):
            subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", self._at(key)], check=True)
        shutil.copy(self._at("user.pub"), self._at("authorized"))
        with open(self._at("sshd.conf"), "w") as file:
            file.write(
                f"Port {self.port}\nListenAddress {self.address}\nHostKey {self._at('host')}\n"
                f"AuthorizedKeysFile {self._at('authorized')}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
                f"PidFile none\nSetEnv {' '.join(f'{name}={value}' for name, value in self._env.items())}\n"
                + "".join(f"{option}\n" for option in self._options)
            )
        with open(self._at("sshd.log"), "wb") as log:
            command = [*self._around, sshd, "-D", "-e", "-f", self._at("sshd.conf")]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 20
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), open(self._at("sshd.log")) as log_text:
                if "Server listening" in log_text.read():
                    return self
            time.sleep(0.05)
        self.__exit__()
        with open(self._at("sshd.log")) as log_text:
            raise Unavailable(f"sshd does not start: {log_text.read()[-500:]}")

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def client(self, *, port: int | None = None, extra: str = "") -> str:
        """A folder with an `ssh` that knows this server as `studio`; `extra` stands first in its configuration."""
        folder = self._at(f"client-{port or self.port}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "config"), "w") as file:
            file.write(
                f"{extra}\nHost studio\n  HostName {self.address}\n  Port {port or self.port}\n"
                f"  User {getpass.getuser()}\n"
                f"  IdentityFile {self._at('user')}\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n"
                f"  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n"
            )
        wrapper = os.path.join(folder, "ssh")
        with open(wrapper, "w") as file:
            file.write(f'#!/bin/sh\nexec {self._ssh} -F {shlex.quote(os.path.join(folder, "config"))} "$@"\n')
        os.chmod(wrapper, 0o755)  # noqa: S103 - a script in a folder of its own, to be started
        return folder

    def _at(self, name: str) -> str:
        return os.path.join(self.folder, name)


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        raise Unavailable(f"{name} is not installed")
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
