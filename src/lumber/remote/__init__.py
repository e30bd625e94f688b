"""A Lumber service at another address: its exports, from Python and for the command line.

>>> from lumber.remote import Client
>>> with Client("https://lumber.example.org") as client:
...     made = client.create_export({"data_types": ["logs"], "output_format": "parquet"})
...     client.wait(made.export_id)
...     dataset = client.download(made.export_id, "out")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumber.remote.client import Client

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    # Loaded when it is asked for: the command line looks for the choice of a service without it.
    if name != "Client":
        raise AttributeError(f"module 'lumber.remote' has no attribute {name!r}")
    return import_module("lumber.remote.client").Client
