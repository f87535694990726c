"""Connect to the scheduler of a Dask cluster; every way in which that fails is one sentence."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tui_browser.config.places import log_file
from tui_browser.errors import BrowserError, WorkerError

if TYPE_CHECKING:  # 0.8 s; only this engine imports it
    from distributed import Client

CONNECT_S = 10.0
"""Longest wait for the scheduler; less where Dask's own settings say so."""


@contextlib.contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler at this address, closed at the end. Raises BrowserError."""
    try:
        import dask
        from dask.utils import parse_timedelta
        from distributed import Client
    except ImportError as error:
        raise BrowserError(
            "the dask engine needs an extra", hint="pip install 'tui-browser[dask]'; --engine local uses all cores"
        ) from error
    _log_to_file()
    patience_s = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    client = _client(Client, address, min(CONNECT_S, patience_s))
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):  # the cluster may be gone; what matters is stored
            client.close(timeout=2)  # type: ignore[no-untyped-call]


def _client(kind: type[Client], address: str, timeout_s: float) -> Client:
    from distributed.comm.core import connect
    from distributed.security import Security

    async def try_it() -> None:
        """Shake hands with what is there: a client that fails halfway leaves threads and messages of its own."""
        security: Any = Security()  # type: ignore[no-untyped-call]
        arguments = security.get_connection_args("client")
        comm: Any = await connect(address, timeout=timeout_s, **arguments)  # type: ignore[no-untyped-call]
        comm.abort()

    hint = "the address that dask scheduler printed, as in tcp://10.0.0.1:8786"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions: what matters is looked at on the workers
            asyncio.run(try_it())
            return kind(address, timeout=timeout_s, set_as_default=False, name="tui-browser")
    except ValueError as error:
        raise WorkerError("this is no address of a Dask scheduler", path=address, hint=hint) from error
    except OSError as error:  # includes its timeouts
        raise WorkerError("the Dask scheduler cannot be reached", path=address, hint=hint) from error
    except Exception as error:
        raise WorkerError(
            f"this is no Dask scheduler, or one of another version ({type(error).__name__})", path=address, hint=hint
        ) from error


def _log_to_file() -> None:
    """Dask's own messages go to a file: errors are told here, in one sentence each."""
    log = log_file("dask")
    handler = logging.FileHandler(log, delay=True) if log else logging.NullHandler()
    for name in ("distributed", "asyncio", "tornado"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    for name, child in logging.Logger.manager.loggerDict.items():
        if name.startswith("distributed.") and isinstance(child, logging.Logger):  # Dask gives each its own
            child.handlers, child.propagate = [], True
