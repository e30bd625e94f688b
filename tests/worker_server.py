"""The server that the workers of exports in this process are forked from: it loads more than the product's.

It starts once in a session. What workers of private exports, of splits and of versions load, for a third of a
second of CPU in each of them, it loads once for all.
"""

from __future__ import annotations

import multiprocessing.forkserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lumber.engine import forkserver

OF_PRODUCT = tuple(forkserver._PRELOADED)
MORE = (
    *(module for modules in forkserver._OF_OPTIONS.values() for module in modules),
    "lumber.dataset.sketches.shards",
    "lumber.engine.sketches",
    "lumber.engine.json_text",
    "lumber.catalog.kinds.logs",
    "lumber.catalog.kinds.anomalies",
    "lumber.catalog.kinds.ips",
    "datasketches",
    "importlib.readers",
)


def load_more() -> None:
    """Let the server load more, when it starts."""
    forkserver._PRELOADED[:] = [*OF_PRODUCT, *MORE]


@contextmanager
def server_of_product() -> Iterator[None]:
    """Fork workers from a server that loads what the product's does, within the block."""
    stop()
    forkserver._PRELOADED[:] = OF_PRODUCT
    try:
        yield
    finally:
        stop()
        load_more()


def stop() -> None:
    """Stop the server; the next pool starts another one."""
    with suppress(FileNotFoundError):  # it has removed its socket
        multiprocessing.forkserver._forkserver._stop()  # type: ignore[attr-defined]
