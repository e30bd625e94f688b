"""Loads what the writers of the built-in formats need.

The server process that workers are forked from imports this module by its name: the workers share the memory,
and none of them has to load it. Formats of other packages are loaded in the workers that write them.
"""

from __future__ import annotations

import importlib

from lumber.formats.registry import built_in_formats

for _library in dict.fromkeys(library for format in built_in_formats() for library in format.libraries):
    importlib.import_module(_library)
