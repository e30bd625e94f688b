"""The presets of a service, as far as the key's account may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from lumber.exports.presets.preset import PresetDefinition, PresetReport
from lumber.exports.presets.stored import missing, several
from lumber.identity.names import folded

if TYPE_CHECKING:
    from lumber.remote.client import Client


class _List(BaseModel):
    presets: list[PresetReport]


def list_presets(client: Client) -> Sequence[PresetReport]:
    """Return the presets by name."""
    return client.read(_List, client.connection.get("/presets")).presets


def find_preset(client: Client, name: str) -> PresetReport:
    """Return the preset with this id or name. Raises PresetNotFound, or ConfigError for several."""
    found = _named(client, name)
    if not found:
        raise missing(name)
    if len(found) > 1:
        raise several(name, [each.preset_id for each in found])
    return found[0]


def save_preset(client: Client, definition: PresetDefinition) -> PresetReport:
    """Create a preset of the key's account, or replace the one of this name that it sees.

    Raises ConfigError and NotPermitted.
    """
    found = _named(client, definition.name)
    if len(found) > 1:
        raise several(definition.name, [each.preset_id for each in found])
    method, path = ("PATCH", f"/presets/{found[0].preset_id}") if found else ("POST", "/presets")
    body = definition.model_dump(mode="json")
    return client.read(PresetReport, client.connection.call(method, path, body=body)[0])


def delete_preset(client: Client, name: str) -> PresetReport:
    """Delete a preset, and return it. Raises PresetNotFound."""
    found = find_preset(client, name)
    client.connection.call("DELETE", f"/presets/{found.preset_id}")
    return found


def _named(client: Client, name: str) -> Sequence[PresetReport]:
    return [
        each for each in list_presets(client) if name == each.preset_id or folded(name) == folded(each.name)
    ]
