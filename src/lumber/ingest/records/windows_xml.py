"""One Windows event as XML, as its fields.

Source of the format: the event schema of Windows, "Windows Event Log Schema". Only elements, attributes and
text are read. A text without a document type can't declare entities, so it can't expand.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from lumber.ingest.records.windows import LEVELS, typed

MOST_LEVELS = 100
# The attribute SystemTime is UTC, and old programs write it without the Z.
_WITHOUT_ZONE = re.compile(r"[0-9]{4}-.*:[0-9.]+")
_LONGEST_NAME = 200


class _Element:
    """An element with its children, or with its text."""

    __slots__ = ("attributes", "children", "tag", "texts")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[_Element] = []
        self.texts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def child(self, tag: str) -> _Element | None:
        return next((child for child in self.children if child.tag == tag), None)


def fields_of(text: str, most_elements: int) -> dict[str, Any]:
    """Return the fields of an element `Event`. Raises ValueError with the reason if it isn't one."""
    event = _parsed(text, most_elements)
    system = event.child("System")
    if event.tag != "Event" or system is None:
        raise ValueError("is not a Windows event: it has no element System")
    fields: dict[str, Any] = {}
    for child in system.children:
        _read_system(child, fields)
    rendered: _Element | None = None
    for child in event.children:
        if child.tag == "RenderingInfo":
            rendered = child
        elif child.tag == "EventData":
            _add(fields, "EventData", _data(child))
        elif child is not system:
            _add(fields, child.tag, _value(child))
    if rendered is not None:
        message = rendered.child("Message")
        if message is not None and message.text:
            fields["message"] = message.text
            rendered.children.remove(message)
        fields["RenderingInfo"] = _value(rendered)
        fields["severity_text"] = _level(fields.get("severity_text"), rendered.child("Level"))
    fields.setdefault("message", _composed(fields))
    return fields


def _level(text: Any, rendered: _Element | None) -> Any:
    """Return the level of an event. Its rendered name is in the language of the system."""
    name = rendered.text if rendered is not None else ""
    return name if name and text in (None, LEVELS["0"]) else text


def _read_system(child: _Element, fields: dict[str, Any]) -> None:
    """Add what an element of System tells; five of them are columns."""
    attributes = dict(child.attributes)
    match child.tag:
        case "TimeCreated" if "SystemTime" in attributes:
            moment = attributes.pop("SystemTime")
            fields["timestamp"] = f"{moment}Z" if _WITHOUT_ZONE.fullmatch(moment) else moment
        case "Computer":
            fields["host_name"] = child.text or None
            return
        case "Provider":
            fields["process_name"] = attributes.pop("Name", None) or attributes.get("EventSourceName")
        case "EventID":
            if "Qualifiers" in attributes:
                fields["Qualifiers"] = typed(attributes.pop("Qualifiers"))
        case "Level":
            fields["severity_text"] = LEVELS.get(child.text.strip(), child.text)
    rest = _Element(child.tag, attributes)
    rest.children, rest.texts = child.children, child.texts
    value = _value(rest)
    if value is not None:
        _add(fields, child.tag, value)


def _data(element: _Element) -> Any:
    """Return EventData: the values of named Data by their names, the others as the list `Data`."""
    values: dict[str, Any] = {name: typed(text) for name, text in element.attributes.items()}
    unnamed: list[Any] = []
    for child in element.children:
        name = child.attributes.get("Name")
        if child.tag != "Data" or (len(child.attributes) > (name is not None)):
            _add(values, child.tag, _value(child))
        elif name:
            _add(values, name, _value(_without_attributes(child)))
        else:
            unnamed.append(_value(_without_attributes(child)))
    if unnamed:
        _add(values, "Data", unnamed)
    return values


def _without_attributes(element: _Element) -> _Element:
    plain = _Element(element.tag, {})
    plain.children, plain.texts = element.children, element.texts
    return plain


def _value(element: _Element) -> Any:
    """Return an element as a value: its text, or an object of its attributes and children. Empty is null."""
    text = element.text
    if not element.children and not element.attributes:
        return typed(text) if text else None
    values: dict[str, Any] = {name: typed(value) for name, value in element.attributes.items()}
    for child in element.children:
        _add(values, child.tag, _value(child))
    if text.strip():
        _add(values, "#text", typed(text))
    return values


def _add(values: dict[str, Any], name: str, value: Any) -> None:
    """Add a value; values of one name become a list."""
    if name not in values:
        values[name] = value
    elif isinstance(values[name], list):
        values[name].append(value)
    else:
        values[name] = [values[name], value]


def _composed(fields: dict[str, Any]) -> str:
    """Return a message of an event that was exported without its text: its id and its data."""
    start = f"Event {fields['EventID']}" if "EventID" in fields else "Event"
    data = fields.get("EventData") or fields.get("UserData")
    shown = ", ".join(_pairs(data)) if isinstance(data, dict) else ""
    return f"{start}: {shown}" if shown else start


def _pairs(values: dict[str, Any]) -> list[str]:
    pairs: list[str] = []
    for name, value in values.items():
        if isinstance(value, dict):
            pairs += _pairs(value)
        elif isinstance(value, list):
            pairs += [f"{name}={_shown(item)}" for item in value if not isinstance(item, dict)]
        else:
            pairs.append(f"{name}={_shown(value)}")
    return pairs


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _parsed(text: str, most_elements: int) -> _Element:
    """Return the element that a text is. Raises ValueError."""
    root = _Element("", {})
    path = [root]
    # Windows declares UTF-16, and the source is UTF-8 by now.
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True

    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1 + len(attributes)
        if count > most_elements:
            raise ValueError(
                f"has more elements and attributes than the {most_elements:,} of LUMBER_MAX_COLUMNS"
            )
        if len(path) > MOST_LEVELS:
            raise ValueError(f"has elements in more than {MOST_LEVELS} levels")
        element = _Element(_local(tag), {_local(name): value for name, value in attributes.items()})
        path[-1].children.append(element)
        path.append(element)

    def end(_tag: str) -> None:
        path.pop()

    def refuse(*_: Any) -> None:
        raise ValueError("has a document type declaration, which no event has")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: path[-1].texts.append(data)
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise ValueError(f"not valid XML: {expat.errors.messages[error.code]}") from None
    return root.children[0]


def _local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(" ")[2][:_LONGEST_NAME]
