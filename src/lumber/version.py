"""The version of Lumber: the one place that says it. The package's metadata is built from here."""

from __future__ import annotations

__version__ = "0.1.0"
